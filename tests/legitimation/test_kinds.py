"""Each kind of mandate: recorded, used, seen by the represented person, ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx2
import pytest

from app.legitimation.kinds import TERMS, MandateKind
from app.vocabulary.json import Json
from tests.parties import couple
from tests.service import Whole

QUESTION = {"question": "Wie hoch ist mein Regelbedarf?"}
PAST = timedelta(days=1)


def household(*, born: str = "2012-02-29") -> dict[str, Json]:
    """A couple with a child of that birthday."""
    document = couple()
    match document["persons"]:
        case [*_, {"fields": dict(fields)}]:
            fields["person.birth_date"] = born
        case unknown:
            raise AssertionError(unknown)
    return document


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A household, and everybody who was bound so far."""

    whole: Whole
    ref: str
    ids: Mapping[str, str]

    @classmethod
    async def set(cls, whole: Whole, *, born: str = "2012-02-29") -> "Stage":
        ref, ids = await whole.push(household(born=born))
        return cls(whole=whole, ref=ref, ids=ids)

    def order(self, kind: str, grantor: str, grantee: str, **changes: object) -> dict[str, object]:
        """A mandate as its kind may be; a grantee `rep…` is somebody without a case."""
        terms = TERMS[MandateKind(kind)]
        outside = grantee.startswith("rep")
        body: dict[str, object] = {
            "kind": kind,
            "grantor": {"case": self.ref, "person": grantor},
            "grantee": {
                "person": f"{grantee}-{self.ref}",
                "name": {"given": "Rita", "family": "Roth"},
                "birth_date": "1970-02-03",
            }
            if outside
            else {"case": self.ref, "person": grantee},
            "label": "Alma B.",
            "groups": ["*"] if terms.every_group else ["benefit"],
            "actions": sorted(terms.actions),
            "evidence": {"kind": next(iter(terms.proofs)), "reference": "Bl. 17"},
            "valid_from": (self.whole.clock() - PAST).isoformat(),
        }
        return {name: value for name, value in {**body, **changes}.items() if value is not None}

    async def put(self, order: Mapping[str, object], ref: str = "") -> httpx2.Response:
        path = f"/v1/integration/mandates/{ref or 'm'}-{self.ref}"
        return await self.whole.call("PUT", path, self.whole.machine(), dict(order))

    async def record(self, kind: str, grantor: str, grantee: str, **changes: object) -> str:
        recorded = await self.put(self.order(kind, grantor, grantee, **changes), kind)
        assert recorded.status_code == 200, recorded.text
        return str(recorded.json()["id"])

    async def revoke(self, kind: str, grantor: str, grantee: str) -> None:
        order = self.order(kind, grantor, grantee, ended_reason="revoked")
        assert (await self.put(order, kind)).status_code == 200

    def place(self, person: str) -> dict[str, str]:
        if person.startswith("rep"):
            return {"person": f"{person}-{self.ref}"}
        return {"case": self.ref, "person": person}

    async def bound(self, person: str) -> str:
        """Bound with the code from the letter."""
        codes, headers = "/v1/integration/activation-codes", self.whole.machine()
        issued = await self.whole.call("POST", codes, headers, self.place(person))
        assert issued.status_code == 201, issued.text
        who = f"{person}-{self.ref}"
        code = {"activation_code": issued.json()["code"]}
        redeemed = await self.whole.call("POST", "/v1/bindings", self.whole.citizen(who), code)
        assert redeemed.status_code == 201, redeemed.text
        return who

    async def ask(self, who: str, mandate: str) -> httpx2.Response:
        headers = self.whole.citizen(who, "high") | {"klarfall-mandate": mandate}
        path = f"/v1/cases/{self.ids['case']}/questions"
        return await self.whole.call("POST", path, headers, QUESTION)

    async def mandates(self, who: str) -> list[dict[str, str]]:
        me = await self.whole.call("GET", "/v1/me", self.whole.citizen(who))
        found: list[dict[str, str]] = me.json()["mandates"]
        return found

    async def about(self, who: str) -> list[dict[str, object]]:
        path = "/v1/me/mandates-about-me"
        response = await self.whole.call("GET", path, self.whole.citizen(who))
        assert response.status_code == 200, response.text
        found: list[dict[str, object]] = response.json()
        return found

    async def object_to(self, who: str, mandate: str) -> httpx2.Response:
        path = f"/v1/mandates/{mandate}/objection"
        return await self.whole.call("POST", path, self.whole.citizen(who), {})

    async def told(self, person: str, kind: str, **changes: object) -> httpx2.Response:
        now = self.whole.clock()
        body: dict[str, object] = {
            **self.place(person),
            "kind": kind,
            "effective_at": (now - PAST).isoformat(),
            "received_at": now.isoformat(),
        }
        path = "/v1/integration/person-events"
        return await self.whole.call("POST", path, self.whole.machine(), {**body, **changes})


@pytest.fixture
async def stage(whole: Whole) -> Stage:
    return await Stage.set(whole)


async def used_by(stage: Stage, who: str, mandate: str) -> set[tuple[str, str]]:
    """Whose fields an answer used."""
    answer = await stage.ask(who, mandate)
    assert answer.status_code == 200, answer.text
    return {(used["subject"], used["field"]) for used in answer.json()["used"]}


async def test_self_is_there_once_bound_and_ends_with_the_person(stage: Stage) -> None:
    """AZ-07"""
    who = await stage.bound("p1")
    (own,) = await stage.mandates(who)

    assert own["kind"] == "SELF"
    assert await used_by(stage, who, own["id"]) == {(stage.ids["p1"], "benefit.standard_need")}
    assert await stage.about(who) == []
    assert (await stage.told("p1", "died")).status_code == 200
    assert (await stage.ask(who, own["id"])).status_code == 404
    assert (await stage.told("p1", "death_corrected")).status_code == 200
    assert (await stage.ask(who, own["id"])).status_code == 200


async def test_a_parent_acts_for_a_child_until_it_is_eighteen(whole: Whole) -> None:
    """AZ-07"""
    eighteen = midnight(2030, 3, 1)
    stage = await Stage.set(whole)
    mandate = await stage.record("PARENT", "p3", "p1")
    parent = await stage.bound("p1")

    assert await used_by(stage, parent, mandate) == {(stage.ids["p3"], "benefit.standard_need")}
    shown = next(m for m in await stage.mandates(parent) if m["id"] == mandate)
    assert datetime.fromisoformat(shown["valid_to"]) == eighteen


async def test_a_child_of_fifteen_sees_its_parent_and_the_objection_is_passed_on(
    whole: Whole,
) -> None:
    year = whole.clock().year - 16
    stage = await Stage.set(whole, born=f"{year}-01-01")
    mandate = await stage.record("PARENT", "p3", "p1", grantee_label="Mama")
    parent, child = await stage.bound("p1"), await stage.bound("p3")

    (about,) = await stage.about(child)
    objected = await stage.object_to(child, mandate)

    assert (about["id"], about["kind"], about["name"]) == (mandate, "PARENT", "Mama")
    assert (about["objection"], about["objected"]) == ("passed_on", False)
    assert objected.json() == {"effect": "passed_on"}
    assert (await stage.ask(parent, mandate)).status_code == 200
    assert [each["objected"] for each in await stage.about(child)] == [True]
    assert await heard(stage, mandate, "PARENT") == ["passed_on"]
    assert (await stage.object_to(child, mandate)).json() == {"effect": "passed_on"}
    assert await heard(stage, mandate, "PARENT") == ["passed_on"]
    await stage.revoke("PARENT", "p3", "p1")
    assert (await stage.ask(parent, mandate)).status_code == 404


async def test_a_guardian_acts_within_the_courts_scope_and_ends_with_the_ward(
    stage: Stage,
) -> None:
    """AZ-07"""
    mandate = await stage.record("GUARDIAN", "p1", "rep1")
    guardian, ward = await stage.bound("rep1"), await stage.bound("p1")

    (about,) = await stage.about(ward)
    assert (about["kind"], about["name"], about["groups"]) == ("GUARDIAN", "Rita Roth", ["benefit"])
    assert await used_by(stage, guardian, mandate) == {(stage.ids["p1"], "benefit.standard_need")}
    assert (await stage.object_to(ward, mandate)).json() == {"effect": "passed_on"}
    assert (await stage.ask(guardian, mandate)).status_code == 200
    assert (await stage.told("p1", "died")).json() == {"mandates_ended": 0}
    assert (await stage.ask(guardian, mandate)).status_code == 404


async def test_a_proxy_survives_the_grantor_and_ends_when_the_revocation_is_received(
    stage: Stage,
) -> None:
    """AZ-07"""
    mandate = await stage.record("PROXY", "p1", "rep1", groups=["benefit"])
    proxy = await stage.bound("rep1")
    for event in ("capacity_lost", "died"):
        assert (await stage.told("p1", event)).status_code == 200
        assert await used_by(stage, proxy, mandate)

    await stage.revoke("PROXY", "p1", "rep1")

    assert (await stage.ask(proxy, mandate)).status_code == 404


async def test_a_proxy_is_ended_by_one_click_of_the_represented_person(stage: Stage) -> None:
    """AZ-07"""
    mandate = await stage.record("PROXY", "p1", "p2")
    proxy, grantor = await stage.bound("p2"), await stage.bound("p1")
    (about,) = await stage.about(grantor)
    assert (about["objection"], about["until"]) == ("ended", None)
    assert (await stage.ask(proxy, mandate)).status_code == 200

    objected = await stage.object_to(grantor, mandate)

    assert objected.json() == {"effect": "ended"}
    assert (await stage.ask(proxy, mandate)).status_code == 404
    assert [each["kind"] for each in await stage.mandates(proxy)] == ["SELF"]
    assert await stage.about(grantor) == []
    assert (await stage.object_to(grantor, mandate)).status_code == 404
    assert await heard(stage, mandate, "PROXY") == ["ended"]


async def test_legal_counsel_survives_the_grantor_and_may_be_revoked(stage: Stage) -> None:
    mandate = await stage.record("LEGAL_COUNSEL", "p1", "rep1")
    counsel, client = await stage.bound("rep1"), await stage.bound("p1")

    (about,) = await stage.about(client)
    assert (about["kind"], about["objection"]) == ("LEGAL_COUNSEL", "ended")
    await stage.told("p1", "died")
    assert await used_by(stage, counsel, mandate)
    await stage.revoke("LEGAL_COUNSEL", "p1", "rep1")
    assert (await stage.ask(counsel, mandate)).status_code == 404


async def test_a_presumption_reads_nothing_and_falls_with_an_objection_for_good(
    stage: Stage,
) -> None:
    """AZ-07, § 38 SGB II: to apply and to receive, no right to read."""
    mandate = await stage.record("PRESUMED_38", "p2", "p1")
    presumed, other = await stage.bound("p1"), await stage.bound("p2")

    answer = (await stage.ask(presumed, mandate)).json()
    assert answer["used"] == []
    assert {held["reason"] for held in answer["withheld"]} == {"not_mandated"}
    (about,) = await stage.about(other)
    assert (about["actions"], about["objection"]) == (["submit"], "ended")
    assert (await stage.object_to(other, mandate)).json() == {"effect": "ended"}
    assert [each["kind"] for each in await stage.mandates(presumed)] == ["SELF"]
    again = await stage.put(stage.order("PRESUMED_38", "p2", "p1"), "another")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_an_institution_reads_within_its_groups_and_is_ended_by_one_click(
    stage: Stage,
) -> None:
    mandate = await stage.record("INSTITUTION", "p1", "rep1")
    staff, looked_after = await stage.bound("rep1"), await stage.bound("p1")

    (about,) = await stage.about(looked_after)
    assert (about["kind"], about["actions"]) == ("INSTITUTION", ["explain", "read"])
    assert await used_by(stage, staff, mandate)
    assert (await stage.object_to(looked_after, mandate)).json() == {"effect": "ended"}
    assert (await stage.ask(staff, mandate)).status_code == 404


async def heard(stage: Stage, mandate: str, kind: str) -> list[str]:
    """What the office is told of this mandate."""
    listed = await stage.whole.call("GET", "/v1/integration/objections", stage.whole.machine())
    assert listed.status_code == 200, listed.text
    ref = f"{kind}-{stage.ref}"
    return [each["effect"] for each in listed.json() if each["mandate"] == ref]


def midnight(year: int, month: int, day: int) -> datetime:
    """In German winter time."""
    return datetime.fromisoformat(f"{year}-{month:02}-{day:02}T00:00:00+01:00")
