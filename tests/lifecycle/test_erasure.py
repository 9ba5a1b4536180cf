"""Being forgotten: asked for, decided, held, carried out, taken up after a crash, for good."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from app.lifecycle import forgetting, references
from app.lifecycle.erasing import Eraser
from app.lifecycle.erasure_list import digest_of
from app.lifecycle.holdings import Erased
from app.lifecycle.inventory import HOLDINGS
from app.vocabulary.erasures import Refusal
from app.vocabulary.levels import Language
from tests.lifecycle_home import OFFICE, REQUESTS, asked_for, decide, erase, request, rows_of
from tests.parties import BERGSTRASSE
from tests.refuge import asked, entrust, family, mandates, trail
from tests.service import Whole

HOME = tuple[str, dict[str, str], str, str]


@pytest.fixture
async def home(whole: Whole) -> HOME:
    """The reference, the ids, and who is bound to `p1` and `p2`, with something of everything."""
    ref, ids = await whole.push(family())
    one, other = await whole.bound(ref, "p1"), await whole.bound(ref, "p2")
    await entrust(whole, ref, kind="PROXY", grantor="p1", grantee="p2")
    for who, person in ((one, "p1"), (other, "p2")):
        own = (await mandates(whole, who))["SELF", ids[person]]
        answer = (await asked(whole, who, ids["case"], own)).json()
        said = {"useful": True, "reason": "Danke"}
        await whole.call("POST", f"/v1/answers/{answer['id']}/feedback", whole.citizen(who), said)
    return ref, ids, one, other


async def test_a_person_asks_and_sees_by_when_the_office_must_answer(
    whole: Whole, home: HOME
) -> None:
    first, again = await request(whole, home[2]), await request(whole, home[2])

    (one,), (other,) = first.json()["requests"], again.json()["requests"]
    assert one == other
    assert (one["state"], one["asked_by"], one["overdue"]) == ("requested", "person", False)
    whole.clock.forward(timedelta(days=32))
    (late,) = (await whole.call("GET", REQUESTS, whole.citizen(home[2]))).json()["requests"]
    listed = (await whole.call("GET", OFFICE, whole.machine())).json()["requests"]
    assert late["overdue"] is True
    assert [each["overdue"] for each in listed if each["id"] == one["id"]] == [True]
    assert len(await trail(whole, "erasure_requested", home[1]["p1"])) == 1


@pytest.mark.parametrize(("acr", "status"), [("low", 401), ("substantial", 202)])
async def test_su_01_asking_takes_a_strong_sign_in(
    whole: Whole, home: HOME, acr: str, status: int
) -> None:
    """SU-01"""
    assert (await request(whole, home[2], acr)).status_code == status


@pytest.mark.parametrize("reason", [*Refusal])
async def test_a_refusal_says_why_and_on_which_law(
    whole: Whole, home: HOME, reason: Refusal
) -> None:
    asked_id = await asked_for(whole, home[2])

    refused = await decide(whole, asked_id, decision="refused", reason=reason)
    again = await decide(whole, asked_id, decision="refused", reason=reason)
    other = await decide(whole, asked_id, decision="approved")

    assert (refused.status_code, again.status_code, other.status_code) == (200, 200, 409)
    english = await whole.call("GET", REQUESTS, whole.citizen(home[2]), params={"language": "en"})
    (told,) = english.json()["requests"]
    assert (told["state"], told["refusal"]) == ("refused", reason)
    assert told["why"] == reason.told(Language.EN) != reason.told(Language.DE)
    assert "GDPR" in told["why"]
    assert "DSGVO" in reason.told(Language.DE)
    (entry,) = await trail(whole, "erasure_decided", home[1]["p1"])
    assert entry["outcome"] == "refused"


@pytest.mark.parametrize(
    "body",
    [
        {"decision": "refused"},
        {"decision": "refused", "reason": "because"},
        {"decision": "approved", "reason": "legal_hold"},
    ],
    ids=["no reason", "a reason of one's own", "a reason to approve"],
)
async def test_a_refusal_is_lawful_or_none(whole: Whole, home: HOME, body: dict[str, str]) -> None:
    assert (await decide(whole, await asked_for(whole, home[2]), **body)).status_code == 422


async def test_a_legal_hold_stops_it_until_it_is_lifted(whole: Whole, home: HOME) -> None:
    at = f"/v1/integration/cases/{home[0]}/persons/p1/legal-hold"
    held = {"held": True, "ground": "court_proceedings"}
    asked_id = await asked_for(whole, home[2])
    assert (await whole.call("PUT", at, whole.machine(), {"held": True})).status_code == 422
    assert (await whole.call("PUT", at, whole.machine(), held)).status_code == 204

    stopped = await decide(whole, asked_id, decision="approved")
    there = await rows_of(whole, home[1]["p1"])
    await whole.call("PUT", at, whole.machine(), {"held": False})
    erased = await decide(whole, asked_id, decision="approved")

    assert (stopped.status_code, erased.status_code) == (409, 200)
    assert there["persons.id"] == 1
    outcomes = [each["outcome"] for each in await trail(whole, "legal_hold_changed", home[1]["p1"])]
    assert sorted(map(str, outcomes)) == ["granted", "withdrawn"]


async def test_of_an_erased_person_no_row_is_left_and_others_keep_theirs(
    whole: Whole, home: HOME
) -> None:
    before = await rows_of(whole, home[1]["p1"])
    theirs = await rows_of(whole, home[1]["p2"])

    body = await erase(whole, home[2])

    assert len(before) > 10
    assert await rows_of(whole, home[1]["p1"]) == {}
    assert body["erased_at"] is not None
    left = await rows_of(whole, home[1]["p2"])
    gone = {"mandates.grantee": 1}
    assert left == {
        name: n - gone.get(name, 0) for name, n in theirs.items() if n > gone.get(name, 0)
    }
    for kind in ("erasure_requested", "erasure_decided", "erasure_begun", "erased"):
        assert len(await trail(whole, kind, home[1]["p1"])) == 1
    own = (await mandates(whole, home[3]))["SELF", home[1]["p2"]]
    assert (await asked(whole, home[3], home[1]["case"], own)).status_code == 200


async def test_the_household_no_longer_names_who_is_erased(whole: Whole) -> None:
    document = family()
    household = document["household"]
    assert isinstance(household, dict)
    fields = household["fields"]
    assert isinstance(fields, dict)
    fields["household.members"] = [
        {"person": ref, "role": role, "given": given, "family": "Berghaus"}
        for ref, role, given in (("p1", "applicant", "Alma"), ("p2", "partner", "Bo"))
    ]
    fields["household.representative"] = {"person": "p1", "given": "Alma", "family": "Berghaus"}
    ref, ids = await whole.push(document)
    one, other = await whole.bound(ref, "p1"), await whole.bound(ref, "p2")

    await erase(whole, one)

    exported = await whole.call(
        "GET", "/v1/me/export", whole.citizen(other) | {"accept": "application/json"}
    )
    shown = {each["field"]: each["value"] for each in exported.json()["file"][0]["fields"]}
    assert [each["given"] for each in shown["household.members"]] == ["Bo"]
    assert "household.representative" not in shown
    assert ids["p1"] not in exported.text


async def test_the_last_one_takes_the_household_along(whole: Whole) -> None:
    document = family()
    persons = document["persons"]
    assert isinstance(persons, list)
    document["persons"] = persons[:1]
    ref, ids = await whole.push(document)
    who = await whole.bound(ref, "p1")

    await erase(whole, who)

    assert await rows_of(whole, ids["p1"]) == {}
    assert await rows_of(whole, ids["case"]) == {}


async def test_who_is_erased_is_signed_out_and_has_nothing_here(whole: Whole, home: HOME) -> None:
    async with whole.browser() as browser:
        await whole.sign_in(browser, home[2])
        assert (await browser.get("/v1/me")).status_code == 200
        await erase(whole, home[2])
        assert (await browser.get("/v1/me")).status_code == 401
    me = await whole.call("GET", "/v1/me", whole.citizen(home[2]))
    assert me.json()["mandates"] == []


async def test_a_push_does_not_bring_them_back_until_the_office_takes_them_up_anew(
    whole: Whole, home: HOME
) -> None:
    ref, ids, who, _ = home
    await erase(whole, who)
    at, without = f"/v1/integration/cases/{ref}", family()
    persons = without["persons"]
    assert isinstance(persons, list)
    without["persons"] = persons[1:]

    refused = await whole.call("PUT", at, whole.machine(), family())
    others = await whole.call("PUT", at, whole.machine(), without)
    there = {"case": ref, "person": "p1"}
    reopened = await whole.call(
        "DELETE", "/v1/integration/erased-references", whole.machine(), params=there
    )
    again = await whole.call(
        "DELETE", "/v1/integration/erased-references", whole.machine(), params=there
    )
    anew = await whole.call("PUT", at, whole.machine(), family())

    assert (refused.status_code, refused.json()["code"]) == (409, "erased")
    assert others.status_code == 200, others.text
    assert (reopened.status_code, again.status_code) == (204, 404)
    assert anew.status_code == 200, anew.text
    assert anew.json()["persons"]["p1"] != ids["p1"]
    assert (await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"] == []
    assert await whole.parts.lifecycle.eraser.strays(BERGSTRASSE) == 0
    assert (await rows_of(whole, anew.json()["persons"]["p1"]))["persons.id"] == 1


async def test_entries_of_signing_in_go_and_entries_of_use_stay_until_their_date(
    whole: Whole, home: HOME
) -> None:
    async with whole.browser() as browser:
        await whole.sign_in(browser, home[2])
    before = await payloads(whole)

    await erase(whole, home[2])

    after = await payloads(whole)
    assert before["signed_in"] - after.get("signed_in", 0) == 1
    for kind in ("released", "answered", "case_pushed", "binding_created"):
        assert after[kind] >= before[kind], kind
    assert after["payloads_deleted"] > before.get("payloads_deleted", 0)


async def payloads(whole: Whole) -> dict[str, int]:
    sealer, found = whole.parts.answers.sealer, dict[str, int]()
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        for row in (await tx.execute(text("SELECT entry, sealed FROM audit_payloads"))).all():
            opened = await sealer.open(tx, BERGSTRASSE, row.entry, row.sealed)
            kind = json.loads(opened[32:])["event"]
            found[kind] = found.get(kind, 0) + 1
    return found


class Killed(BaseException):
    """The process, at this very place."""


@pytest.mark.parametrize(
    "step",
    ["references.shut", "forgetting.accounts", "forgetting.forget", "Eraser.move", "append"],
)
async def test_a_crash_at_any_step_is_taken_up_and_ends_the_same(
    whole: Whole, home: HOME, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    eraser = whole.parts.lifecycle.eraser
    listed = eraser.listed
    assert listed is not None
    asked_id = await asked_for(whole, home[2])

    async def killed(*_: object, **__: object) -> None:
        raise Killed

    def killed_after(*arguments: Any, **named: Any) -> None:
        append(*arguments, **named)
        raise Killed

    append = listed.append
    with monkeypatch.context() as patch:
        match step.partition("."):
            case ("append", _, _):
                patch.setattr(listed, "append", killed_after)
            case ("Eraser", _, name):
                patch.setattr(Eraser, name, killed)
            case ("references", _, name):
                patch.setattr(references, name, killed)
            case (_, _, name):
                patch.setattr(forgetting, name, killed)
        with pytest.raises(Killed):
            await decide(whole, asked_id, decision="approved")
    state = (await whole.call("GET", OFFICE, whole.machine())).json()["requests"]
    assert [each["state"] for each in state if each["id"] == asked_id] in (
        ["approved"],
        ["erasing"],
    )

    await eraser.replay(BERGSTRASSE)
    once_more = await eraser.resume(BERGSTRASSE)

    assert once_more == 0
    assert await rows_of(whole, home[1]["p1"]) == {}
    digest = digest_of(BERGSTRASSE, UUID(home[1]["p1"]))
    assert digest in {each.person for each in listed.read(BERGSTRASSE)}
    ended = await decide(whole, asked_id, decision="approved")
    assert ended.json()["state"] == "erased"


def test_every_table_that_an_erasure_empties_is_in_its_plan() -> None:
    deleted = {name for name, each in HOLDINGS.items() if each.erased is Erased.DELETED}

    assert deleted == forgetting.DELETIONS.keys()
