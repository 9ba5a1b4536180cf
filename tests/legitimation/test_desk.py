"""What binding and choosing leave behind."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.integration.places import Place
from app.legitimation.binding.activation import IssuedCode
from app.legitimation.binding.bindings import Bound
from app.legitimation.kinds import MandateKind
from app.legitimation.mandates import Mandate, choose
from app.legitimation.register import Newcomer
from app.vocabulary.errors import NotFound, NotLegitimated, Unauthenticated
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import MandateId, random_id
from tests.fixtures import MovableClock
from tests.legitimation.test_mandates import proxy
from tests.parties import BERGSTRASSE, Household, Office


async def entries(office: Office) -> int:
    async with office.database.transaction(BERGSTRASSE) as tx:
        found = await tx.execute(text("SELECT count(*) FROM audit_payloads"))
        return int(found.scalar_one())


async def row_of(office: Office, table: str, **where: object) -> Mapping[str, object]:
    condition = " AND ".join(f"{name} = :{name}" for name in where)
    async with office.database.transaction(BERGSTRASSE) as tx:
        found = await tx.execute(text(f"SELECT * FROM {table} WHERE {condition}"), where)  # noqa: S608 - names of the test's own
        return dict(found.mappings().one())


async def code_for(office: Office, household: Household) -> IssuedCode:
    place = Place(case=household.ref, person="p1")
    return await office.codes.issue(await office.machine(), place)


async def test_a_refused_code_is_in_the_log_and_a_redeemed_one_too(office: Office) -> None:
    household = await office.case()
    code = await code_for(office, household)
    person = await office.person()
    before = await entries(office)

    with pytest.raises(NotFound):
        await office.bind(person, "0000-0000-0000-0000")
    refused = await entries(office)
    await office.bind(person, code.code)

    assert refused == before + 1
    assert await entries(office) == before + 2


async def test_a_code_is_kept_as_a_hash_and_has_no_text_form(office: Office) -> None:
    household = await office.case()
    code = await code_for(office, household)

    kept = await row_of(office, "activation_codes", person_id=household.id_of("p1"))

    assert code.code.replace("-", "").encode() not in repr(kept).encode()
    assert len(kept["code_hash"]) == 32  # type: ignore[arg-type]  # the column holds bytes
    assert repr(code) == "<IssuedCode>"
    assert repr(Newcomer(ref="x", given="Alma")) == "<Newcomer>"


async def test_a_login_that_is_over_binds_nobody(
    office: Office, movable_clock: MovableClock
) -> None:
    household = await office.case()
    code = await code_for(office, household)
    person = await office.person()
    movable_clock.forward(timedelta(hours=1))

    with pytest.raises(Unauthenticated):
        await office.bind(person, code.code)

    bound = await office.bind(await office.person(), code.code)
    assert bound.person == household.id_of("p1")


async def test_bound_again_it_is_the_same_mandate(office: Office) -> None:
    household = await office.case()
    bound: list[Bound] = []
    for _ in range(2):
        code = await code_for(office, household)
        bound.append(await office.bind(await office.person(), code.code))

    assert bound[0].mandate == bound[1].mandate is not None
    assert bound[0].ended is None


async def test_a_label_is_sealed_and_opens_for_its_offer(office: Office) -> None:
    household = await office.case()
    recorded = await office.mandates.put(
        await office.machine(), f"m-{household.ref}", proxy(household, office)
    )

    kept = await row_of(office, "mandates", id=recorded.id)

    assert b"Alma" not in kept["sealed_label"]  # type: ignore[operator]  # the column holds bytes
    assert kept["evidence_hash"] != b"ref-1"


async def test_an_offer_is_required_by_its_id(office: Office) -> None:
    household = await office.case()
    person = await office.person()
    await household.bind(person)
    ((offer, _),) = await office.legitimation.offers(person)

    async with office.database.transaction(BERGSTRASSE) as tx:
        found = await office.legitimation.require_offer(tx, person, offer.id)
        with pytest.raises(NotLegitimated):
            await office.legitimation.require_offer(tx, person, MandateId(random_id()))

    assert (found.id, found.kind) == (offer.id, MandateKind.SELF)


def test_of_no_offers_none_is_chosen() -> None:
    for named in (None, MandateId(random_id())):
        with pytest.raises(NotLegitimated):
            choose([], named=named)


async def test_a_mandate_is_made_here_and_nowhere_else(office: Office) -> None:
    mandate = await (await office.case()).mandate()
    parts = {each.name: getattr(mandate, each.name) for each in fields(Mandate)}

    with pytest.raises(TypeError, match="minted"):
        Mandate(**parts, seal=Seal())
    assert repr(mandate) == "<Mandate>"
