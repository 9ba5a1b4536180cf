from datetime import timedelta

import pytest

from app.integration.mandates import MandateOrder
from app.integration.places import Place
from app.legitimation import mandates
from app.legitimation.kinds import Action, MandateKind
from app.legitimation.register import Newcomer
from app.vocabulary.errors import (
    Conflict,
    MandateRequired,
    NotFound,
    NotLegitimated,
    StepUpRequired,
)
from app.vocabulary.ids import CaseId, MandateId, random_id
from app.vocabulary.levels import Assurance
from tests.fixtures import MovableClock
from tests.parties import BERGSTRASSE, Household, Office, couple


def proxy(household: Household, office: Office, **changes: object) -> MandateOrder:
    order = {
        "kind": MandateKind.PROXY,
        "grantor": Place(case=household.ref, person="p1"),
        "grantee": Place(case=None, person=f"rep-{household.ref}"),
        "newcomer": Newcomer(ref=f"rep-{household.ref}", given="Rita", family="Roth"),
        "label": "Alma B.",
        "groups": frozenset({"benefit"}),
        "actions": frozenset({Action.READ}),
        "evidence_kind": "power_of_attorney",
        "evidence_reference": "ref-1",
        "valid_from": office.clock() - timedelta(days=1),
        "valid_to": office.clock() + timedelta(days=1),
        "ended_reason": None,
    }
    return MandateOrder(**{**order, **changes})  # type: ignore[arg-type]  # the changes fit by name


class TestBinding:
    async def test_a_code_ties_an_identity_to_its_case(self, office: Office) -> None:
        household = await office.case()
        person = await office.person()

        await household.bind(person)

        mandate = await office.legitimation.mandate(person, household.case_id, named=None)
        assert mandate.kind is MandateKind.SELF
        assert mandate.grantor == household.id_of("p1")
        assert {m.ref for m in mandate.members} == {"p1", "p2", "p3"}

    async def test_a_code_works_once(self, office: Office) -> None:
        household = await office.case()
        issued = await office.codes.issue(
            await office.machine(), Place(case=household.ref, person="p1")
        )
        await office.bind(await office.person(), issued.code)

        with pytest.raises(NotFound):
            await office.bind(await office.person(), issued.code)

    async def test_a_code_is_read_as_people_write_it(self, office: Office) -> None:
        household = await office.case()
        issued = await office.codes.issue(
            await office.machine(), Place(case=household.ref, person="p1")
        )
        sloppy = issued.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")

        bound = await office.bind(await office.person(), sloppy)

        assert bound.case == household.case

    async def test_a_code_ends_after_fourteen_days(
        self, office: Office, movable_clock: MovableClock
    ) -> None:
        household = await office.case()
        issued = await office.codes.issue(
            await office.machine(), Place(case=household.ref, person="p1")
        )
        movable_clock.forward(timedelta(days=14))

        with pytest.raises(NotFound):
            await office.bind(await office.person(), issued.code)

    async def test_a_new_code_ends_the_one_before(self, office: Office) -> None:
        household = await office.case()
        place = Place(case=household.ref, person="p1")
        first = await office.codes.issue(await office.machine(), place)
        await office.codes.issue(await office.machine(), place)

        with pytest.raises(NotFound):
            await office.bind(await office.person(), first.code)

    async def test_a_person_is_one_identity_at_a_time(self, office: Office) -> None:
        household = await office.case()
        before, after = await office.person(), await office.person()
        await household.bind(before)
        await household.bind(after)

        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(before, household.case_id, named=None)
        again = await office.legitimation.mandate(after, household.case_id, named=None)
        assert again.kind is MandateKind.SELF

    async def test_a_password_takes_nobodys_place(self, office: Office) -> None:
        household = await office.case()
        rightful = await office.person()
        await household.bind(rightful)
        weak = await office.person(assurance=Assurance.BASIC)

        with pytest.raises(StepUpRequired):
            await household.bind(weak)

        mandate = await office.legitimation.mandate(rightful, household.case_id, named=None)
        assert mandate.grantor == household.id_of("p1")

    async def test_a_password_gives_way_to_a_stronger_sign_in(self, office: Office) -> None:
        household = await office.case()
        weak = await office.person(assurance=Assurance.BASIC)
        await household.bind(weak)
        await household.bind(await office.person())

        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(weak, household.case_id, named=None)

    async def test_a_code_for_nobody_is_not_issued(self, office: Office) -> None:
        household = await office.case()
        for place in (
            Place(case=household.ref, person="p9"),
            Place(case="unknown", person="p1"),
            Place(case=None, person="unknown"),
        ):
            with pytest.raises(NotFound):
                await office.codes.issue(await office.machine(), place)


class TestEstablish:
    async def test_without_a_binding_there_is_no_case(self, office: Office) -> None:
        household = await office.case()

        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(await office.person(), household.case_id, named=None)

    async def test_another_case_is_as_unknown_as_none(self, office: Office) -> None:
        own, other = await office.case(), await office.case()
        person = await office.person()
        await own.bind(person)

        for case in (other.case_id, CaseId(random_id())):
            with pytest.raises(NotLegitimated):
                await office.legitimation.mandate(person, case, named=None)

    async def test_two_mandates_ask_for_a_choice(self, office: Office) -> None:
        one, two = await office.case(), await office.case()
        person = await office.person()
        await one.bind(person)
        await two.bind(person)

        with pytest.raises(MandateRequired):
            await office.legitimation.mandate(person, one.case_id, named=None)
        (first, _), (second, _) = await office.legitimation.offers(person)
        named = first if first.case == two.case_id else second
        chosen = await office.legitimation.mandate(person, two.case_id, named=named.id)
        assert chosen.case == two.case_id
        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(person, one.case_id, named=named.id)

    async def test_a_mandate_that_is_not_mine_is_refused(self, office: Office) -> None:
        household = await office.case()
        person = await office.person()
        await household.bind(person)

        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(
                person, household.case_id, named=MandateId(random_id())
            )

    async def test_only_adults_with_benefits_are_parties(self, office: Office) -> None:
        household = await office.case()

        assert (await household.mandate("p1")).party
        assert (await household.mandate("p2")).party
        assert not (await household.mandate("p3")).party


class TestProxy:
    async def bound(self, office: Office, household: Household, order: MandateOrder) -> object:
        machine = await office.machine()
        await office.mandates.put(machine, f"m-{household.ref}", order)
        code = await office.codes.issue(machine, order.grantee)
        person = await office.person()
        await office.bind(person, code.code)
        return person

    async def test_a_proxy_acts_for_the_grantor(self, office: Office) -> None:
        household = await office.case()
        order = proxy(household, office)
        person = await self.bound(office, household, order)

        mandate = await office.legitimation.mandate(person, household.case_id, named=None)  # type: ignore[arg-type]  # made above

        assert mandate.kind is MandateKind.PROXY
        assert mandate.grantor == household.id_of("p1")
        assert mandate.groups == {"benefit"}
        ((_, label),) = await office.legitimation.offers(person)  # type: ignore[arg-type]  # made above
        assert label == "Alma B."

    async def test_a_revoked_proxy_ends_at_once(self, office: Office) -> None:
        household = await office.case()
        person = await self.bound(office, household, proxy(household, office))
        held = await office.legitimation.mandate(person, household.case_id, named=None)  # type: ignore[arg-type]  # made above

        recorded = await office.mandates.put(
            await office.machine(),
            f"m-{household.ref}",
            proxy(household, office, ended_reason="revoked"),
        )

        assert recorded.version == 2
        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(person, household.case_id, named=None)  # type: ignore[arg-type]  # made above
        async with office.database.transaction(BERGSTRASSE) as tx:
            with pytest.raises(NotLegitimated):
                await mandates.confirm(tx, held, now=office.clock())

    @pytest.mark.parametrize("days", [-2, 2])
    async def test_a_proxy_holds_between_its_days(
        self, office: Office, movable_clock: MovableClock, days: int
    ) -> None:
        household = await office.case()
        order = proxy(household, office)
        movable_clock.forward(timedelta(days=days))
        if days < 0:
            person = await self.bound(office, household, order)
        else:
            movable_clock.forward(timedelta(days=-days))
            person = await self.bound(office, household, order)
            movable_clock.forward(timedelta(days=days))

        with pytest.raises(NotLegitimated):
            await office.legitimation.mandate(person, household.case_id, named=None)  # type: ignore[arg-type]  # made above

    async def test_a_member_may_be_the_grantee(self, office: Office) -> None:
        household = await office.case()
        order = proxy(household, office, grantee=Place(case=household.ref, person="p2"))
        await office.mandates.put(await office.machine(), f"m-{household.ref}", order)
        person = await office.person()
        await household.bind(person, "p2")

        kinds = [offer.kind for offer, _ in await office.legitimation.offers(person)]

        assert kinds == [MandateKind.SELF, MandateKind.PROXY]

    async def test_a_grantor_must_be_in_a_case(self, office: Office) -> None:
        household = await office.case()
        order = proxy(household, office, grantor=Place(case=None, person="p1"))

        with pytest.raises(NotFound):
            await office.mandates.put(await office.machine(), "m", order)


class TestCases:
    async def test_the_same_document_again_changes_nothing(self, office: Office) -> None:
        household = await office.case()

        again = await office.cases.put(
            await office.machine(), household.ref, couple(), expected_version=None
        )

        assert (again.changed, again.version, again.case) == (False, 1, household.case)

    async def test_a_person_who_left_is_no_member_any_more(self, office: Office) -> None:
        household = await office.case()
        document = couple()
        document["persons"] = document["persons"][:2]  # type: ignore[index]  # a list by construction

        again = await office.cases.put(
            await office.machine(), household.ref, document, expected_version=1
        )

        assert (again.version, set(again.persons)) == (2, {"p1", "p2"})
        assert {m.ref for m in (await household.mandate("p1")).members} == {"p1", "p2"}

    async def test_a_push_over_an_unknown_version_is_a_conflict(self, office: Office) -> None:
        household = await office.case()

        with pytest.raises(Conflict):
            await office.cases.put(
                await office.machine(), household.ref, couple(), expected_version=7
            )

    async def test_a_mandate_never_changes_hands(self, office: Office) -> None:
        """An older version would otherwise count for whom the newest does not name."""
        household = await office.case()
        machine = await office.machine()
        await office.mandates.put(machine, f"m-{household.ref}", proxy(household, office))

        with pytest.raises(Conflict):
            await office.mandates.put(
                machine,
                f"m-{household.ref}",
                proxy(household, office, grantee=Place(case=household.ref, person="p2")),
            )

    async def test_a_reference_that_became_somebody_else_is_a_conflict(
        self, office: Office
    ) -> None:
        household = await office.case()
        document = couple()
        fields = document["persons"][0]["fields"]  # type: ignore[index, call-overload]  # built so
        fields["person.name"] = {"given": "Dora", "family": "Ekdahl"}  # type: ignore[index, call-overload]  # built so
        fields["person.birth_date"] = "1990-01-01"  # type: ignore[index, call-overload]  # built so

        with pytest.raises(Conflict):
            await office.cases.put(
                await office.machine(), household.ref, document, expected_version=None
            )
