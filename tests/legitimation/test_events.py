"""What the office is told of people, and mandates that are not what their kind may be."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.legitimation.kinds import TERMS, MandateKind
from app.vocabulary.ids import TenantId
from tests.legitimation.test_kinds import PAST, Stage, household, stage
from tests.service import Whole

__all__ = ["stage"]

CANARY = "Quittengelee"


async def test_a_mandate_of_a_kind_is_what_its_kind_may_be(stage: Stage) -> None:
    """Each twin of the refusals below."""
    for kind, grantor, grantee in (
        ("PARENT", "p3", "p1"),
        ("GUARDIAN", "p1", "rep1"),
        ("PROXY", "p1", "rep2"),
        ("LEGAL_COUNSEL", "p1", "rep3"),
        ("PRESUMED_38", "p2", "p1"),
        ("INSTITUTION", "p1", "rep4"),
    ):
        assert await stage.record(kind, grantor, grantee)


FLAWS: dict[str, tuple[str, str, str, dict[str, object], str]] = {
    "a guardian of everything": ("GUARDIAN", "p1", "rep1", {"groups": ["*"]}, "groups"),
    "an institution of everything": ("INSTITUTION", "p1", "rep1", {"groups": ["*"]}, "groups"),
    "an institution that applies": (
        "INSTITUTION",
        "p1",
        "rep1",
        {"actions": ["submit"]},
        "actions",
    ),
    "a presumption that reads": ("PRESUMED_38", "p2", "p1", {"actions": ["read"]}, "actions"),
    "a presumed child": ("PRESUMED_38", "p1", "p3", {}, "grantee"),
    "a presumed stranger": ("PRESUMED_38", "p1", "rep1", {}, "grantee.case"),
    "counsel of the household": ("LEGAL_COUNSEL", "p1", "p2", {}, "grantee.case"),
    "an institution of the household": ("INSTITUTION", "p1", "p2", {}, "grantee.case"),
    "a parent of an adult": ("PARENT", "p1", "p2", {}, "grantor.birth_date"),
    "a parent of nobody knows whom": ("PARENT", "p2", "p1", {}, "grantor.birth_date"),
    "a parent beyond eighteen": (
        *("PARENT", "p3", "p1"),
        {"valid_to": "2030-03-01T00:00:01+01:00"},
        "valid_to",
    ),
    "oneself as a proxy": ("PROXY", "p1", "p1", {}, "grantee"),
    "a proxy by court order": (
        *("PROXY", "p1", "rep1"),
        {"evidence": {"kind": "court_order", "reference": "x"}},
        "evidence.kind",
    ),
    "a surer proof than it is": (
        *("PROXY", "p1", "rep1"),
        {"evidence": {"kind": "power_of_attorney", "reference": "x", "assurance": "high"}},
        "evidence.assurance",
    ),
    "an end nobody gave a reason for": (
        *("PROXY", "p1", "rep1"),
        {"ended_received_at": "2026-01-01T00:00:00+01:00"},
        "ended_reason",
    ),
    "a mandate for oneself": ("SELF", "p1", "p1", {}, "kind"),
}


@pytest.mark.parametrize("case", FLAWS)
async def test_a_mandate_that_its_kind_may_not_be_is_refused_and_says_where(
    stage: Stage, case: str
) -> None:
    kind, grantor, grantee, changes, location = FLAWS[case]

    refused = await stage.put(stage.order(kind, grantor, grantee, **changes))

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_body")
    assert location in {error["location"] for error in refused.json()["errors"]}


async def test_a_parents_mandate_may_end_at_that_very_midnight(stage: Stage) -> None:
    order = stage.order("PARENT", "p3", "p1", valid_to="2030-03-01T00:00:00+01:00")

    assert (await stage.put(order)).status_code == 200


async def test_what_ended_does_not_come_back_by_being_sent_again(stage: Stage) -> None:
    """AZ-07: nor is an objection undone by a system that knows nothing of it."""
    mandate = await stage.record("PROXY", "p1", "rep1")
    grantor = await stage.bound("p1")
    assert (await stage.object_to(grantor, mandate)).status_code == 200

    again = await stage.put(stage.order("PROXY", "p1", "rep1"), "PROXY")
    anew = await stage.put(stage.order("PROXY", "p1", "rep1"), "given-anew")

    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert anew.status_code == 200
    assert anew.json()["id"] != mandate


async def test_a_presumption_and_an_objection_at_once_leave_none(stage: Stage) -> None:
    """Whichever comes first: one recorded beside the objection would outlive it."""
    mandate = await stage.record("PRESUMED_38", "p2", "p1")
    presumed, other = await stage.bound("p1"), await stage.bound("p2")
    again = stage.order("PRESUMED_38", "p2", "p1")

    done = await asyncio.gather(
        stage.object_to(other, mandate),
        *(stage.put(again, f"again-{number}") for number in range(3)),
    )

    assert done[0].status_code == 200
    assert [each["kind"] for each in await stage.mandates(presumed)] == ["SELF"]
    assert (await stage.put(again, "later")).status_code == 409


async def test_an_order_that_ends_is_always_taken(stage: Stage) -> None:
    """Also where the people could not be given such a mandate any more."""
    await stage.record("GUARDIAN", "p1", "rep1")
    await stage.told("p1", "died")

    ended = stage.order("GUARDIAN", "p1", "rep1", ended_reason="withdrawn_by_office")

    assert (await stage.put(ended, "GUARDIAN")).status_code == 200
    assert (await stage.put(stage.order("GUARDIAN", "p1", "rep1"), "anew")).status_code == 422


async def test_versions_stay_and_say_when_the_office_knew(stage: Stage) -> None:
    mandate = await stage.record("PROXY", "p1", "rep1")
    received = (stage.whole.clock() - PAST).isoformat()
    order = stage.order("PROXY", "p1", "rep1", ended_reason="revoked", ended_received_at=received)
    assert (await stage.put(order, "PROXY")).status_code == 200

    async with stage.whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        rows = (
            await tx.execute(
                text("SELECT * FROM mandates WHERE id = :id ORDER BY version"), {"id": mandate}
            )
        ).all()

    first, last = rows
    assert (first.version, first.ended_reason, first.ended_received_at) == (1, None, None)
    assert (last.version, last.ended_reason, last.ended_received_at.isoformat()) == (
        *(2, "revoked"),
        (stage.whole.clock() - PAST).astimezone(last.ended_received_at.tzinfo).isoformat(),
    )
    assert (first.legal_basis, first.evidence_assurance) == ("§ 13 SGB X", 2)
    assert (first.verified_by, first.source) == (first.verified_by, "own_register")
    assert first.verified_at == first.recorded_at
    assert CANARY not in str(rows)


async def test_somebody_taken_out_of_the_household_is_presumed_for_by_nobody(
    whole: Whole, stage: Stage
) -> None:
    """AZ-07, § 38 SGB II: leaving the household, as the next push has it."""
    await stage.record("PRESUMED_38", "p2", "p1")
    presumed = await stage.bound("p1")
    assert len(await stage.mandates(presumed)) == 2
    document = household()
    document["persons"] = [document["persons"][0], document["persons"][2]]  # type: ignore[index]  # a list by construction

    pushed = await whole.call(
        "PUT", f"/v1/integration/cases/{stage.ref}", whole.machine(), document
    )

    assert pushed.status_code == 200
    assert [each["kind"] for each in await stage.mandates(presumed)] == ["SELF"]


async def test_somebody_who_left_is_presumed_for_by_nobody_before_the_next_push(
    stage: Stage,
) -> None:
    await stage.record("PRESUMED_38", "p2", "p1")
    proxy = await stage.record("PROXY", "p2", "p1")
    presumed = await stage.bound("p1")

    told = await stage.told("p2", "left_household")

    assert told.json() == {"mandates_ended": 1}
    left = {each["kind"]: each["id"] for each in await stage.mandates(presumed)}
    assert left.keys() == {"SELF", "PROXY"}
    assert left["PROXY"] == proxy
    assert (await stage.told("p2", "left_household")).json() == {"mandates_ended": 0}


async def test_below_fifteen_ones_own_mandate_does_not_hold_even_when_bound(whole: Whole) -> None:
    """AZ-07, § 36(1) SGB I"""
    today = whole.clock()
    stage = await Stage.set(whole, born=f"{today.year - 14}-01-01")
    async with whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        fifteen = (
            await tx.execute(
                text("SELECT fifteen_at FROM persons WHERE id = :id"), {"id": stage.ids["p3"]}
            )
        ).scalar_one()
        await tx.execute(
            text("UPDATE persons SET fifteen_at = NULL WHERE id = :id"), {"id": stage.ids["p3"]}
        )
    child = await stage.bound("p3")  # as if the office had known no date of birth
    assert [each["kind"] for each in await stage.mandates(child)] == ["SELF"]

    async with whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        await tx.execute(
            text("UPDATE persons SET fifteen_at = :at WHERE id = :id"),
            {"id": stage.ids["p3"], "at": fifteen},
        )

    assert await stage.mandates(child) == []


async def test_a_parent_restricts_what_a_minor_applies_for(whole: Whole) -> None:
    """§ 36(2) SGB I: giving consent is among it; reading is not, nor saying no (Art. 7(3) GDPR)."""
    stage = await Stage.set(whole, born=f"{whole.clock().year - 16}-01-01")
    child = await stage.bound("p3")
    (own,) = await stage.mandates(child)
    consents = f"/v1/cases/{stage.ids['case']}/consents"

    async def decide(decision: str) -> int:
        listed = await whole.call("GET", consents, whole.citizen(child, "high"))
        each = listed.json()["choices"][0]
        path = f"{consents}/{each['field']}/{each['purpose']}"
        given = {"decision": decision, "notice": each["notice"]}
        return (await whole.call("PUT", path, whole.citizen(child, "high"), given)).status_code

    assert await decide("granted") == 204
    assert (await stage.told("p3", "submit_restricted")).status_code == 200
    assert await decide("granted") == 404
    assert await decide("refused") == 204
    assert (await stage.ask(child, own["id"])).json()["used"]
    assert (await stage.told("p3", "restriction_lifted")).status_code == 200
    assert await decide("granted") == 204


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": CANARY},
        {"effective_at": "2026-01-01"},
        {"effective_at": "2999-01-01T00:00:00+00:00"},
        {"received_at": "2999-01-01T00:00:00+00:00"},
        {"case": None, "kind": "left_household"},
        {CANARY: 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_an_event_that_does_not_fit_changes_nothing(
    stage: Stage, changes: dict[str, object]
) -> None:
    who = await stage.bound("p1")

    refused = await stage.told("p1", **{"kind": "died", **changes})  # type: ignore[arg-type]  # bad input

    assert refused.status_code in {404, 422}
    assert CANARY not in refused.text
    assert len(await stage.mandates(who)) == 1


async def test_an_event_of_nobody_or_by_nobody_is_refused(whole: Whole, stage: Stage) -> None:
    who = await stage.bound("p1")

    assert (await stage.told("p9", "died")).status_code == 404
    for headers in (
        {},
        whole.citizen(who),
        whole.machine(aud="https://fall.example/t/main-kinzig"),
    ):
        body = {
            "case": stage.ref,
            "person": "p1",
            "kind": "died",
            "effective_at": whole.clock().isoformat(),
            "received_at": whole.clock().isoformat(),
        }
        refused = await whole.call("POST", "/v1/integration/person-events", headers, body)
        assert refused.status_code in {401, 404}
    assert len(await stage.mandates(who)) == 1


async def test_nobody_objects_to_what_is_not_about_them(stage: Stage) -> None:
    """AZ-02"""
    mandate = await stage.record("PROXY", "p1", "rep1")
    proxy, other = await stage.bound("rep1"), await stage.bound("p2")

    for who in (proxy, other):
        refused = await stage.object_to(who, mandate)
        assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert (await stage.object_to(other, CANARY)).status_code == 404
    assert len(await stage.mandates(proxy)) == 1


async def test_a_password_is_told_nothing_of_who_may_act(stage: Stage) -> None:
    await stage.record("PROXY", "p1", "rep1")
    who = await stage.bound("p1")

    refused = await stage.whole.call(
        "GET", "/v1/me/mandates-about-me", stage.whole.citizen(who, "basic")
    )

    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    assert await stage.about(who)


@pytest.mark.parametrize("kind", [k for k in MandateKind if TERMS[k].ends_on_leaving])
def test_what_rests_on_living_together_is_the_presumption_alone(kind: MandateKind) -> None:
    assert kind is MandateKind.PRESUMED_38


async def test_a_weaker_proof_shows_no_more_than_it_proves(stage: Stage) -> None:
    """However well the proxy signed in: the proof stands between the two."""
    weak = {"kind": "power_of_attorney", "reference": "Bl. 1", "assurance": "low"}
    mandate = await stage.record("PROXY", "p1", "rep1", evidence=weak)
    proxy = await stage.bound("rep1")

    answer = (await stage.ask(proxy, mandate)).json()

    assert answer["used"] == []
    assert {held["field"] for held in answer["withheld"]} == {"benefit.standard_need"}
    strong = {"kind": "power_of_attorney", "reference": "Bl. 1"}
    order = stage.order("PROXY", "p1", "rep1", evidence=strong)
    assert (await stage.put(order, "PROXY")).status_code == 200
    again = (await stage.ask(proxy, mandate)).json()
    assert [used["field"] for used in again["used"]] == ["benefit.standard_need"]


async def test_a_representative_mentioned_again_without_a_birthday_keeps_it(stage: Stage) -> None:
    named = stage.order("PROXY", "p1", "rep1")
    assert (await stage.put(named)).status_code == 200
    bare = {**named, "grantee": {"person": f"rep1-{stage.ref}"}}
    assert (await stage.put(bare)).status_code == 200

    async with stage.whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        kept = await tx.execute(
            text(
                "SELECT p.fifteen_at FROM persons p JOIN representatives r ON r.person_id = p.id "
                "WHERE r.ref = :ref"
            ),
            {"ref": f"rep1-{stage.ref}"},
        )
    assert kept.scalar_one() is not None


async def test_only_the_two_moments_are_kept_of_a_date_of_birth(stage: Stage) -> None:
    async with stage.whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        row = (
            await tx.execute(
                text("SELECT CAST(p AS text), fifteen_at, eighteen_at FROM persons p WHERE id=:id"),
                {"id": stage.ids["p3"]},
            )
        ).one()

    assert "2012-02-29" not in row[0]
    assert row.eighteen_at - row.fifteen_at > timedelta(days=1094)
