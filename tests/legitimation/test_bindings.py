"""Every way to be tied to the wrong person, beside the right one that differs in that alone."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import text

from app.identity.persons import Person
from app.integration.places import Place
from app.legitimation.binding.activation import Channel, State
from app.legitimation.binding.bindings import BoundElsewhere
from app.legitimation.register import Newcomer
from app.vocabulary.errors import Conflict, NotFound, NotLegitimated, StepUpRequired
from app.vocabulary.ids import random_id
from app.vocabulary.json import Json
from app.vocabulary.levels import Assurance
from tests.fixtures import MovableClock
from tests.legitimation.test_mandates import proxy
from tests.parties import BERGSTRASSE, Household, Office, couple


def family(**born: str) -> dict[str, Json]:
    """The couple and their child, with dates of birth by reference."""
    document = couple()
    people = document["persons"]
    assert isinstance(people, list)
    for person in people:
        assert isinstance(person, dict)
        if (day := born.get(str(person["ref"]))) is not None:
            fields = person["fields"]
            assert isinstance(fields, dict)
            fields["person.birth_date"] = day
    return document


async def code_of(
    household: Household, ref: str = "p1", channel: Channel = Channel.POST
) -> tuple[str, object]:
    office = household.office
    issued = await office.codes.issue(
        await office.machine(), Place(case=household.ref, person=ref), channel
    )
    return issued.code, issued.about.id


async def told(office: Office, statement: str, **values: object) -> list[Mapping[str, object]]:
    async with office.database.transaction(BERGSTRASSE) as tx:
        found = await tx.execute(text(statement), values)
        return [dict(row) for row in found.mappings()]


async def changed_to(office: Office, statement: str, **values: object) -> None:
    async with office.database.transaction(BERGSTRASSE) as tx:
        await tx.execute(text(statement), values)


async def live_bindings(office: Office, person: object) -> int:
    rows = await told(
        office,
        "SELECT id FROM bindings WHERE person_id = :person AND valid_to IS NULL",
        person=person,
    )
    return len(rows)


@dataclass(frozen=True)
class Made:
    """A household, and a code of its first person that something is done to before it is used."""

    household: Household
    code: str
    id: object
    clock: MovableClock


async def _nothing(_: Made) -> None:
    """The twin of all others."""


async def _used(made: Made) -> None:
    await made.household.office.bind(await made.household.office.person(), made.code)


async def _withdrawn(made: Made) -> None:
    office = made.household.office
    await office.codes.withdraw(await office.machine(), made.id)  # type: ignore[arg-type]  # an id of ours


async def _replaced(made: Made) -> None:
    await code_of(made.household)


async def _expired(made: Made) -> None:
    made.clock.forward(timedelta(days=14))


async def _last_moment(made: Made) -> None:
    made.clock.forward(timedelta(days=14) - timedelta(seconds=1))


async def _dead(made: Made) -> None:
    await changed_to(
        made.household.office,
        "UPDATE persons SET died_at = :at WHERE id = :person",
        at=made.clock(),
        person=made.household.id_of("p1"),
    )


async def _moved_out(made: Made) -> None:
    await changed_to(
        made.household.office,
        "DELETE FROM memberships WHERE person_id = :person",
        person=made.household.id_of("p1"),
    )


async def _not_fifteen(made: Made) -> None:
    await changed_to(
        made.household.office,
        "UPDATE persons SET fifteen_at = :at WHERE id = :person",
        at=made.clock() + timedelta(seconds=1),
        person=made.household.id_of("p1"),
    )


async def _just_fifteen(made: Made) -> None:
    await changed_to(
        made.household.office,
        "UPDATE persons SET fifteen_at = :at WHERE id = :person",
        at=made.clock(),
        person=made.household.id_of("p1"),
    )


@pytest.mark.parametrize(
    ("before", "binds"),
    [
        pytest.param(_nothing, True, id="fresh"),
        pytest.param(_used, False, id="used"),
        pytest.param(_withdrawn, False, id="withdrawn"),
        pytest.param(_replaced, False, id="replaced by a newer one"),
        pytest.param(_expired, False, id="expired"),
        pytest.param(_last_moment, True, id="a second before it expires"),
        pytest.param(_dead, False, id="for a dead person"),
        pytest.param(_moved_out, False, id="for somebody who left the household"),
        pytest.param(_not_fifteen, False, id="a second before the fifteenth birthday"),
        pytest.param(_just_fifteen, True, id="at the fifteenth birthday"),
    ],
)
async def test_id_20_a_code_binds_while_it_holds_and_only_whom_it_may(
    office: Office,
    movable_clock: MovableClock,
    before: Callable[[Made], Awaitable[None]],
    binds: bool,
) -> None:
    """ID-20"""
    household = await office.case()
    code, issued = await code_of(household)
    await before(Made(household, code, issued, movable_clock))
    bound_before = await live_bindings(office, household.id_of("p1"))
    person = await office.person()

    if binds:
        assert (await office.bind(person, code)).person == household.id_of("p1")
        assert await live_bindings(office, household.id_of("p1")) == 1
    else:
        with pytest.raises(NotFound):
            await office.bind(person, code)
        assert await live_bindings(office, household.id_of("p1")) == bound_before
        assert await office.legitimation.offers(person) == ()


@pytest.mark.parametrize(
    ("changed", "binds"),
    [
        pytest.param(lambda code: code.lower(), True, id="small letters"),
        pytest.param(lambda code: f"  {code.replace('-', ' ')} ", True, id="spaces"),
        pytest.param(lambda code: code.replace("0", "O").replace("1", "I"), True, id="lookalikes"),
        pytest.param(lambda code: code.replace("V", "u").replace("1", "l"), True, id="small ones"),
        pytest.param(lambda code: code[:-1] + ("A" if code[-1] != "A" else "B"), False, id="off"),
        pytest.param(lambda code: code[:-1], False, id="short"),
        pytest.param(lambda code: code + "0", False, id="long"),
        pytest.param(lambda code: code[::-1], False, id="backwards"),
        pytest.param(lambda code: code.replace(code[0], "А", 1), False, id="a Cyrillic letter"),
        pytest.param(
            lambda code: code.translate({ord(c): ord(c) + 0xFEE0 for c in code}), False, id="wide"
        ),
        pytest.param(lambda _: "🂡" * 16, False, id="no letters at all"),
        pytest.param(lambda _: "", False, id="nothing"),
    ],
)
async def test_a_code_is_read_as_people_write_it_and_nothing_else_is(
    office: Office,
    changed: Callable[[str], str],
    binds: bool,
) -> None:
    household = await office.case()
    code, _ = await code_of(household)
    if code[::-1] == code:  # one in 2^40
        pytest.skip("a code that reads the same backwards")
    person = await office.person()

    if binds:
        assert (await office.bind(person, changed(code))).person == household.id_of("p1")
    else:
        with pytest.raises(NotFound):
            await office.bind(person, changed(code))
        assert (await office.bind(person, code)).person == household.id_of("p1")


async def test_a_code_over_the_counter_lives_an_hour(
    office: Office, movable_clock: MovableClock
) -> None:
    household = await office.case()
    person = await office.person()
    code, _ = await code_of(household, channel=Channel.COUNTER)
    movable_clock.forward(timedelta(hours=1))
    with pytest.raises(NotFound):
        await office.bind(await office.person(), code)

    again, _ = await code_of(household, channel=Channel.COUNTER)
    movable_clock.forward(timedelta(minutes=59))
    bound = await office.bind(await office.person(), again)

    assert bound.person == household.id_of("p1")
    assert await office.legitimation.offers(person) == ()


async def test_of_many_who_redeem_a_code_at_once_one_is_bound(office: Office) -> None:
    household = await office.case()
    code, _ = await code_of(household)
    people = [await office.person() for _ in range(6)]

    done = await asyncio.gather(
        *(office.bind(each, code) for each in people), return_exceptions=True
    )

    assert [type(each) for each in done].count(NotFound) == len(people) - 1
    assert await live_bindings(office, household.id_of("p1")) == 1
    holders = [each for each in people if await office.legitimation.offers(each)]
    assert len(holders) == 1


async def test_issuing_and_redeeming_at_once_never_wait_for_each_other(office: Office) -> None:
    household = await office.case()
    codes = [(await code_of(household))[0]]
    for _ in range(3):
        person = await office.person()
        issued, redeemed = await asyncio.gather(
            code_of(household), office.bind(person, codes[-1]), return_exceptions=True
        )
        assert not isinstance(issued, BaseException)
        assert not isinstance(redeemed, BaseException) or isinstance(redeemed, NotFound)
        codes.append(issued[0])


class TestSomebodyElse:
    """One sign-in is one human being's, however many files that one has."""

    async def bound(self, office: Office, household: Household, ref: str = "p1") -> Person:
        person = await office.person()
        await office.bind(person, (await code_of(household, ref))[0])
        return person

    async def test_another_member_of_the_same_household_is_refused(self, office: Office) -> None:
        household = await office.case()
        parent = await self.bound(office, household)
        code, _ = await code_of(household, "p3")

        with pytest.raises(BoundElsewhere):
            await office.bind(parent, code)
        child = await office.person()
        assert (await office.bind(child, code)).person == household.id_of("p3")

    @pytest.mark.parametrize(
        ("born", "binds"), [("1988-03-04", True), ("1988-03-05", False)], ids=["same", "other"]
    )
    async def test_the_same_birthday_in_another_file_is_taken_and_another_is_not(
        self, office: Office, *, born: str, binds: bool
    ) -> None:
        first, second = await office.case(), await office.case(family(p1=born))
        person = await self.bound(office, first)
        code, _ = await code_of(second)

        if binds:
            await office.bind(person, code)
            assert len(await office.legitimation.offers(person)) == 2
        else:
            with pytest.raises(BoundElsewhere):
                await office.bind(person, code)
            assert len(await office.legitimation.offers(person)) == 1

    async def test_of_wholly_another_name_is_refused_where_no_birthday_is_known(
        self, office: Office
    ) -> None:
        first, second = await office.case(), await office.case()
        person = await self.bound(office, first, "p2")
        same, _ = await code_of(second, "p2")
        other, _ = await code_of(second, "p3")

        with pytest.raises(BoundElsewhere):
            await office.bind(person, other)
        assert (await office.bind(person, same)).person == second.id_of("p2")

    async def test_a_representative_may_be_known_by_another_name(self, office: Office) -> None:
        household = await office.case()
        person = await self.bound(office, household, "p2")
        await office.mandates.put(
            await office.machine(),
            f"m-{household.ref}",
            proxy(household, office, newcomer=Newcomer(ref=f"rep-{household.ref}", given="Haus")),
        )
        place = Place(case=None, person=f"rep-{household.ref}")
        issued = await office.codes.issue(await office.machine(), place)

        await office.bind(person, issued.code)

        assert len(await office.legitimation.offers(person)) == 2

    async def test_after_the_office_ended_the_wrong_one_the_right_one_is_taken(
        self, office: Office
    ) -> None:
        household = await office.case()
        person = await self.bound(office, household)
        code, _ = await code_of(household, "p2")
        with pytest.raises(Conflict):
            await office.bind(person, code)
        await office.codes.unbind(await office.machine(), Place(case=household.ref, person="p1"))

        assert (await office.bind(person, code)).person == household.id_of("p2")


async def test_az_07_whoever_was_bound_before_has_no_mandate_from_the_next_statement_on(
    office: Office,
) -> None:
    """AZ-07: after a new card the account is another one; a fresh code ends the earlier binding."""
    household = await office.case()
    before, after = await office.person(), await office.person()
    await household.bind(before)
    mandate = await office.legitimation.mandate(before, household.case_id, named=None)

    await household.bind(after)

    with pytest.raises(NotLegitimated):
        await office.legitimation.mandate(before, household.case_id, named=mandate.id)
    again = await office.legitimation.mandate(after, household.case_id, named=None)
    assert again.grantor == mandate.grantor
    reasons = await told(
        office,
        "SELECT ended_reason FROM bindings WHERE person_id = :person ORDER BY valid_from",
        person=household.id_of("p1"),
    )
    assert [row["ended_reason"] for row in reasons] == ["newer_proof", None]


async def test_az_07_what_the_office_ends_is_over_at_the_next_look(office: Office) -> None:
    """AZ-07: T1 and T3 look afresh, so an answer under way does not come out either."""
    household = await office.case()
    mandate = await household.mandate()
    place = Place(case=household.ref, person="p1")
    machine = await office.machine()

    await office.codes.unbind(machine, place)

    with pytest.raises(NotLegitimated):
        await office.legitimation.mandate(mandate.person, household.case_id, named=mandate.id)
    with pytest.raises(NotFound):
        await office.codes.unbind(machine, place)
    with pytest.raises(NotFound):
        await office.codes.unbind(machine, Place(case=household.ref, person="p9"))
    await household.bind(await office.person())
    assert await live_bindings(office, household.id_of("p1")) == 1


async def test_the_same_identity_may_redeem_a_second_code_of_its_own(office: Office) -> None:
    household = await office.case()
    person = await office.person()
    await household.bind(person)
    bound = await office.bind(person, (await code_of(household))[0])

    assert bound.ended is None
    assert await live_bindings(office, household.id_of("p1")) == 1
    assert len(await office.legitimation.offers(person)) == 1


async def test_a_password_alone_takes_nobodys_place_and_leaves_the_code_unused(
    office: Office,
) -> None:
    household = await office.case()
    await household.bind(await office.person())
    code, issued = await code_of(household)
    weak = await office.person(assurance=Assurance.BASIC)

    with pytest.raises(StepUpRequired):
        await office.bind(weak, code)

    assert (await office.codes.find(await office.machine(), issued)).state is State.UNUSED  # type: ignore[arg-type]  # an id of ours
    await office.bind(await office.person(), code)


async def test_the_office_sees_what_became_of_its_codes_and_nothing_else(
    office: Office, movable_clock: MovableClock
) -> None:
    household = await office.case()
    machine, place = await office.machine(), Place(case=household.ref, person="p1")

    async def states() -> list[State]:
        return [each.state for each in await office.codes.of_person(machine, place)]

    first, _ = await code_of(household)
    movable_clock.forward(timedelta(seconds=1))
    await office.bind(await office.person(), first)
    _, second = await code_of(household)
    movable_clock.forward(timedelta(seconds=1))
    await code_of(household, channel=Channel.COUNTER)
    assert await states() == [State.UNUSED, State.WITHDRAWN, State.USED]
    movable_clock.forward(timedelta(hours=1))
    assert await states() == [State.EXPIRED, State.WITHDRAWN, State.USED]

    used = (await office.codes.of_person(machine, place))[-1].id
    await office.codes.withdraw(machine, second)  # type: ignore[arg-type]  # an id of ours
    with pytest.raises(Conflict):
        await office.codes.withdraw(machine, used)
    for unknown in (office.codes.withdraw, office.codes.find):
        with pytest.raises(NotFound):
            await unknown(machine, random_id())


async def test_a_code_of_somebody_else_is_never_found_by_its_age(office: Office) -> None:
    """A child of ten is not bound however the code came; a parent's mandate is the way."""
    ten = date(office.clock().year - 10, 1, 1).isoformat()
    household = await office.case(family(p3=ten))
    code, _ = await code_of(household, "p3")

    with pytest.raises(NotFound):
        await office.bind(await office.person(), code)
    adult, _ = await code_of(household, "p2")
    assert (await office.bind(await office.person(), adult)).person == household.id_of("p2")
