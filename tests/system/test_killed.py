"""The served product, killed again and again under mixed questions, consents and erasures.

Several clients at once, over HTTP, against two workers of the service on one database. SIGKILL to
a worker or to the postmaster, in between a backup by `pg_basebackup`. Clients note every answer.
Afterwards the log is held against what they were told, against the rows of the product, before
verifiers of other people, and the backup is restored.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from secrets import token_hex
from tempfile import mkdtemp
from uuid import UUID

import httpx2
import psycopg
import pytest

from app.audit.tiles import files
from app.audit.verification import verify_log
from demo import postgres
from tests.audit.strangers import Panel, Verifier, built_go_verifier
from tests.backups import Traces, back_up, collected, dump, run_as_superuser
from tests.system.ledger import Deed
from tests.system.lives import Crowd, Fate
from tests.system.reckoning import Opened, Rows, certain, entries, opened, reckoned
from tests.system.running import System
from tests.system.workers import Workers

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
# Lives, rounds of seven requests in each, and kills: 2,000 requests in the long run.
LIVES, ROUNDS, KILLS = (122, 2, 60) if THOROUGH else (7, 1, 4)
MOST_REQUESTS = 2_000 if THOROUGH else 70
PATIENCE_SECONDS = 180


@dataclass
class Aftermath:
    crowd: Crowd
    workers: Workers
    backup: Path
    traces: Traces
    found: Opened
    rows: Rows


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="klarfall-backup-"))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def workers(system: System) -> Iterator[Workers]:
    with Workers(system) as running:
        yield running


@pytest.fixture(scope="module")
def aftermath(system: System, workers: Workers, folder: Path) -> Aftermath:
    before = asyncio.run(entries(system))
    run_as_superuser(
        system.database, "ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()"
    )
    crowd = Crowd(system, workers.urls, token_hex(5), LIVES, ROUNDS)
    chance = Random(KILLS)  # noqa: S311 - the same each time
    traces = Traces()
    crowd.start()
    share = LIVES * (3 + 7 * ROUNDS) // (KILLS + 1)
    for number in range(KILLS):
        _progress(crowd, workers, share * (number + 1))
        time.sleep(chance.uniform(0, 0.2))
        if number % 4 == 1:
            workers.kill_database()
        else:
            workers.kill(number)
        if number == KILLS // 2:
            traces = _backed_up(system, crowd, folder / "backup")
    _finished(crowd, workers)
    found, rows = asyncio.run(opened(system, before, crowd.of(Fate.STAYS)))
    return Aftermath(crowd, workers, folder / "backup", traces, found, rows)


def _progress(crowd: Crowd, workers: Workers, beyond: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while crowd.ledger.total < beyond and crowd.busy:
        _must_go_on(crowd, workers, deadline)
        time.sleep(0.005)


def _finished(crowd: Crowd, workers: Workers) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while crowd.busy:
        _must_go_on(crowd, workers, deadline)
        time.sleep(0.01)
    assert not crowd.failures, crowd.failures


def _must_go_on(crowd: Crowd, workers: Workers, deadline: float) -> None:
    """Says what the database does where clients are told nothing any more."""
    workers.look_after()
    if not crowd.failures and time.monotonic() < deadline:
        return
    with psycopg.connect(crowd.system.database.superuser_url()) as connection:
        rows = connection.execute(
            "SELECT pid, state, wait_event_type, now() - xact_start, pg_blocking_pids(pid), "
            "left(query, 120) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        ).fetchall()
    doing = "\n".join(str(row) for row in rows)
    raise AssertionError(f"{crowd.ledger.total} told; {crowd.failures}; the database:\n{doing}")


def _backed_up(system: System, crowd: Crowd, backup: Path) -> Traces:
    """While clients go on. What is to be nowhere later is somewhere now."""
    chosen = crowd.of(Fate.LATE)[0]
    assert chosen.lived.wait(PATIENCE_SECONDS)
    traces = collected(system.database, chosen.ids["person"], word=crowd.word)
    back_up(system.database, system.folder / "postgres", backup)
    crowd.backed_up.set()
    return traces


def test_each_answer_a_client_got_has_its_entry_and_each_entry_a_cause(
    aftermath: Aftermath,
) -> None:
    """AP-12, AP-14: nothing lost, doubled or made up."""
    ledger, found = aftermath.crowd.ledger, aftermath.found

    assert reckoned(aftermath.crowd, found) == {"lost": [], "without a cause": []}
    released = found.of("released")
    assert ledger.answers
    for entry in ledger.answers.values():
        assert released[entry]["event"] == "released"
    assert set(found.releases("released").values()) == {1}
    assert set(found.releases("answered").values()) == {1}
    answered = found.releases("answered").keys()
    assert {str(released[each]["release"]) for each in ledger.answers.values()} <= answered
    for event in ("answered", "answer_failed", "known_values_read"):
        assert found.releases(event).keys() <= found.releases("released").keys(), event


def test_the_reckoning_finds_each_entry_that_is_missing_or_has_no_cause(
    aftermath: Aftermath,
) -> None:
    """One taken away, or put there once more, of each kind that somebody was told of."""
    crowd, found = aftermath.crowd, aftermath.found
    surely = {event for event, _ in certain(crowd)}
    left = set(surely)
    for entry, payload in found.payloads.items():
        event = str(payload["event"])
        if event not in left:
            continue
        rest = {each: other for each, other in found.payloads.items() if each != entry}
        more = {f"{number}": payload for number in range(crowd.ledger.cut.total() + 2)}
        assert reckoned(crowd, Opened(found.payloads | more))["without a cause"], event
        if reckoned(crowd, Opened(rest))["lost"]:
            left.remove(event)

    assert surely > {"released", "answered", "consent_changed", "erased"}
    assert left == set()


def test_each_payload_opens_and_stands_in_the_tree_once(aftermath: Aftermath) -> None:
    found = aftermath.found

    assert len(found.payloads) > aftermath.crowd.ledger.total
    assert (found.closed, found.doubled, found.outside_the_tree) == (0, 0, 0)


def test_what_the_product_keeps_is_in_the_log_and_the_other_way_round(
    aftermath: Aftermath,
) -> None:
    found, rows, crowd = aftermath.found, aftermath.rows, aftermath.crowd
    stays = crowd.of(Fate.STAYS)
    staying = {life.ids["person"] for life in stays}

    def theirs(event: str) -> dict[str, str]:
        return {
            entry: str(each["release"])
            for entry, each in found.of(event).items()
            if isinstance(subjects := each["subjects"], list) and staying & set(subjects)
        }

    assert rows.releases == set(theirs("released").values())
    assert {entry for entry, _ in rows.answers.values()} <= theirs("released").keys()
    assert {outcome for _, outcome in rows.answers.values()} == theirs("answered").keys()
    told = [(a, e) for a, e in crowd.ledger.answers.items() if e in theirs("released")]
    assert told
    assert [a for a, e in told if rows.answers[a][0] != e] == []
    assert rows.consents
    assert rows.consents == found.consents({each for life in stays for each in life.ids.values()})


def test_clients_were_cut_off_and_all_was_mixed(aftermath: Aftermath) -> None:
    """Otherwise the rest would show nothing."""
    ledger = aftermath.crowd.ledger

    assert ledger.cut.total() > 0
    assert {deed for deed, _ in ledger.told} == set(Deed)
    assert ledger.total >= MOST_REQUESTS
    assert aftermath.workers.kills == KILLS - KILLS // 4


def test_strangers_believe_the_log_as_it_is_served_afterwards(
    aftermath: Aftermath, tmp_path: Path
) -> None:
    """AP-12."""
    panel = Panel(built_go_verifier(tmp_path), tmp_path / "log")
    with httpx2.Client(trust_env=False, timeout=30) as client:
        at = f"{aftermath.workers.urls[0]}/log/bergstrasse"

        def get(path: str) -> bytes:
            return client.get(f"{at}/{path}").raise_for_status().content

        served = {name: get(name) for name in ("checkpoint", "vkey")}
        size = int(served["checkpoint"].split(b"\n")[1])
        served |= {tile.path: get(tile.path) for tile in files(size)}
    vkey = served["vkey"].decode().strip()

    assert panel.accepting(served, vkey) == set(Verifier)
    assert verify_log(served.__getitem__, vkey).size >= len(aftermath.found.payloads)


def test_the_erased_are_nowhere_on_the_disk_and_do_not_come_back_with_the_backup(
    aftermath: Aftermath, system: System
) -> None:
    """Art. 17 GDPR."""
    live, traces, crowd = system.folder / "postgres", aftermath.traces, aftermath.crowd
    run_as_superuser(
        system.database,
        "VACUUM (FULL, ANALYZE)",
        "CHECKPOINT",
        "SELECT pg_switch_wal()",
        "CHECKPOINT",
    )
    assert traces.found(dump(system.database, live)) == set()
    assert traces.found(system.logs().encode()) == set()
    assert traces.found((system.folder / "erased" / "bergstrasse.erased").read_bytes()) == set()
    system.stop_database()
    try:
        assert traces.in_folder(live / "data") == set()
        with postgres.running(aftermath.backup) as restored:
            gone = [UUID(life.ids["person"]) for life in crowd.of(Fate.EARLY, Fate.LATE)]
            late = UUID(crowd.of(Fate.LATE)[0].ids["person"])
            assert late in _persons(restored, gone)
            with aftermath.workers.on(restored.app_url()) as url:
                assert _persons(restored, gone) == set()
                back = crowd.of(Fate.LATE)[0].citizen
                back.url = url
                assert back.told("GET", "/v1/me")["mandates"] == []
                stays = crowd.of(Fate.STAYS)[0].citizen
                stays.url = url
                assert stays.told("GET", "/v1/me")["mandates"]
    finally:
        system.start_database()


def _persons(server: postgres.Server, of: list[UUID]) -> set[UUID]:
    with psycopg.connect(server.superuser_url()) as connection:
        rows = connection.execute("SELECT id FROM persons WHERE id = ANY(%s)", [of])
        return {row[0] for row in rows}
