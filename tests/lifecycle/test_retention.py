"""What is over goes, what is not stays, and a dry run says beforehand exactly which."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import text

from app.audit.events import EventKind
from app.catalogue.sheets import Unsound
from app.lifecycle.inventory import HOLDINGS
from app.lifecycle.retention import Category, Retention
from app.lifecycle.running import WORK, Over
from app.vocabulary.levels import Language
from tests.fixtures import ROOT, Urls
from tests.parties import BERGSTRASSE
from tests.refuge import asked, family, mandates, trail
from tests.service import Whole, serving

SHEET = ROOT / "policies" / "retention.yaml"


@pytest.fixture(scope="module")
async def aged(
    new_database: Callable[..., Urls],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Whole]:
    """On a database of its own, as everything here grows old."""
    folder = tmp_path_factory.mktemp("aged")
    async with serving(folder, new_database(migrated_template).app) as whole:
        yield whole


async def lived(whole: Whole) -> dict[str, str]:
    ref, ids = await whole.push(family())
    who = await whole.bound(ref, "p1")
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
    own = (await mandates(whole, who))["SELF", ids["p1"]]
    answer = (await asked(whole, who, ids["case"], own)).json()
    said = {"useful": True, "reason": "Danke"}
    await whole.call("POST", f"/v1/answers/{answer['id']}/feedback", whole.citizen(who), said)
    return {**ids, "answer": answer["id"]}


async def counts(whole: Whole) -> dict[str, int]:
    """At one moment: what moves from one table to another meanwhile is counted once."""
    of = "(SELECT count(*) FROM {0}) AS {0}".format
    every = text(f"SELECT {', '.join(map(of, HOLDINGS))}")
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        return dict((await tx.execute(every)).mappings().one())


def _entries(counted: dict[str, int]) -> int:
    return counted["audit_queue"] + counted["audit_entries"]


async def test_a_dry_run_lists_exactly_what_the_real_one_deletes(aged: Whole) -> None:
    """By count and id, category by category; and what is not listed is there afterwards."""
    keeper = aged.parts.lifecycle.keeper
    await lived(aged)
    aged.clock.forward(timedelta(days=800))
    young = await lived(aged)
    before = await counts(aged)

    listed = await keeper.over(BERGSTRASSE)
    unchanged = await counts(aged)
    told: list[tuple[str, int]] = []
    done = await keeper.run(
        BERGSTRASSE, progress=lambda over, count: told.append((over.table, count))
    )
    after = await counts(aged)

    # The log moves on by itself meanwhile: an entry that leaves the queue stands in the tree.
    moving = {"audit_queue", "audit_entries", "audit_tiles", "audit_checkpoints"}
    assert {t: n for t, n in unchanged.items() if t not in moving} == {
        t: n for t, n in before.items() if t not in moving
    }
    assert _entries(unchanged) == _entries(before)
    assert done == listed
    assert {each.category for each in listed} >= {
        Category.ANSWERS,
        Category.RELEASES,
        Category.ACTIVATION_CODES,
        Category.SIGN_IN,
        Category.LOG_OF_USE,
    }
    assert [count for _, count in told] == [len(each.ids) for each in listed]
    gone = {each.table: len(each.ids) for each in listed}
    written = len(listed)  # an entry of the log for each batch
    for table in HOLDINGS.keys() - {"audit_payloads", "audit_queue", "audit_entries", "feedback"}:
        if table.startswith("audit_"):
            continue
        assert after[table] == before[table] - gone.get(table, 0), table
    assert after["audit_payloads"] == before["audit_payloads"] - gone["audit_payloads"] + written
    assert after["feedback"] == 1
    assert await keeper.over(BERGSTRASSE) == await keeper.run(BERGSTRASSE) == ()
    assert len(await trail(aged, "answers_deleted", young["p1"])) == 0


async def test_each_deletion_is_in_the_log_of_whom_it_was_about(aged: Whole) -> None:
    ids = await lived(aged)
    aged.clock.forward(timedelta(days=400))

    done = await aged.parts.lifecycle.keeper.run(BERGSTRASSE)

    (entry,) = await trail(aged, "answers_deleted", ids["p1"])
    assert entry["hits"] == len(next(each for each in done if each.table == "answers").ids)
    assert len(await trail(aged, "releases_deleted", ids["p1"])) == 1


async def test_a_release_stays_as_long_as_its_answer(aged: Whole) -> None:
    await lived(aged)
    aged.clock.forward(timedelta(days=380))

    listed = {each.table for each in await aged.parts.lifecycle.keeper.over(BERGSTRASSE)}

    assert not {"answers", "releases"} & listed


async def test_interrupted_it_has_done_whole_batches_and_then_finds_the_rest(
    aged: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = aged.parts.lifecycle.keeper
    for _ in range(3):
        await lived(aged)
    aged.clock.forward(timedelta(days=400))
    monkeypatch.setattr("app.lifecycle.running._BATCH", 2)
    before = {each.table: len(each.ids) for each in await keeper.over(BERGSTRASSE)}

    def stop(over: Over, done: int) -> None:
        if over.table == "answers" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await keeper.run(BERGSTRASSE, progress=stop)
    left = {each.table: len(each.ids) for each in await keeper.over(BERGSTRASSE)}
    done = {each.table: len(each.ids) for each in await keeper.run(BERGSTRASSE)}

    assert left["answers"] == before["answers"] - 2
    assert done == left
    assert await keeper.over(BERGSTRASSE) == ()


def test_every_table_has_a_retention_and_every_kind_of_event_one_category() -> None:
    retention = Retention.load(SHEET)

    assert retention.tables == HOLDINGS.keys()
    assert {kind for rule in retention for kind in rule.events} == set(EventKind)
    for rule in retention:
        for language in Language:
            assert len(rule.told(language)["law"]) > 10
    for category, table in WORK:
        assert table in retention[category].tables


@pytest.mark.parametrize(
    ("category", "german", "english"),
    [
        (Category.ACTIVATION_CODES, "14 Tage nach der", "14 days after they"),
        (Category.RELEASES, "höchstens 13 Monate nach der", "at most 13 months after the"),
        (Category.ANSWERS, "höchstens 13 Monate nach der", "at most 13 months after the"),
        (Category.ERASURES, "36 Monate nach der", "36 months after the"),
        (Category.CASE_FILE, "solange Ihr Fall", "as long as your case"),
    ],
)
def test_a_person_is_told_how_long_and_not_only_from_when(
    category: Category, german: str, english: str
) -> None:
    rule = Retention.load(SHEET)[category]

    assert rule.told(Language.DE)["kept"].startswith(german)
    assert rule.told(Language.EN)["kept"].startswith(english)


@pytest.mark.parametrize(
    ("category", "change"),
    [
        ("answers", {"period": "P0M"}),
        ("answers", {"period": "for ever"}),
        ("answers", {"erasure": "perhaps"}),
        ("answers", {"nickname": "x"}),
        ("log_of_sign_in", {"events": ["signed_in"]}),
        ("log_of_use", {"events": None}),
    ],
    ids=["no time", "no period", "no erasure", "unknown key", "other events", "events in none"],
)
def test_a_sheet_that_was_not_thought_through_stops_the_start(
    tmp_path: Path, category: str, change: dict[str, object]
) -> None:
    sheet = yaml.safe_load(SHEET.read_text())
    path = tmp_path / "retention.yaml"
    path.write_text(yaml.safe_dump(sheet))
    assert Retention.load(path)[Category.ANSWERS].shorter == "answers_months"

    sheet[category] |= change
    path.write_text(yaml.safe_dump(sheet))

    with pytest.raises(Unsound):
        Retention.load(path)
