"""The register of cases and persons, filled by the integrator's system."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.legitimation import ages, knowledge
from app.legitimation.tables import CaseRow, MembershipRow, PersonRow, RepresentativeRow
from app.vault.keys import BlindIndexer
from app.vocabulary.errors import Conflict, NotFound
from app.vocabulary.ids import CaseId, PersonId, TenantId, random_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A person as the integrator names them. Nothing of it is kept in clear."""

    ref: str
    role: str = ""
    given: str | None = None
    family: str | None = None
    birth_date: str | None = None

    def __repr__(self) -> str:
        return "<Newcomer>"


@dataclass(frozen=True, slots=True)
class RegisteredCase:
    id: CaseId
    version: int
    changed: bool
    persons: dict[str, PersonId]
    left: frozenset[PersonId] = frozenset()


async def register_case(  # noqa: PLR0913  # a push has this many parts, each named
    tx: AsyncSession,
    indexer: BlindIndexer,
    *,
    tenant: TenantId,
    ref: str,
    digest: bytes,
    members: Sequence[Newcomer],
    number_index: bytes | None = None,
    expected_version: int | None,
    now: datetime,
) -> RegisteredCase:
    """The case under this reference, made or brought up to date.

    Two pushes of one reference run one after the other. Raises Conflict when
    the caller expected another version.
    """
    await in_turn(tx, tenant, "case", ref)
    case = await _case(tx, tenant, ref)
    if expected_version is not None and expected_version != (case.version if case else 0):
        raise Conflict
    if case is None:
        case = CaseRow(tenant=tenant, id=random_id(), ref=ref, version=0, body_digest=b"")
        tx.add(case)
    persons = await _persons(tx, tenant, CaseId(case.id))
    if case.body_digest == digest:
        return RegisteredCase(CaseId(case.id), case.version, changed=False, persons=persons)
    case.version += 1
    case.body_digest = digest
    case.number_index = number_index
    await tx.flush()
    for newcomer in members:
        known = persons.get(newcomer.ref)
        person = await register_person(tx, indexer, tenant, newcomer, known=known, now=now)
        await _join(tx, tenant, CaseId(case.id), person, newcomer)
        persons[newcomer.ref] = person
    gone = persons.keys() - {m.ref for m in members}
    await _leave(tx, tenant, CaseId(case.id), gone)
    kept = {r: p for r, p in persons.items() if r not in gone}
    left = frozenset(persons[ref] for ref in gone)
    return RegisteredCase(CaseId(case.id), case.version, changed=True, persons=kept, left=left)


async def register_person(  # noqa: PLR0913  # who, and what is known of them, each named
    tx: AsyncSession,
    indexer: BlindIndexer,
    tenant: TenantId,
    newcomer: Newcomer,
    *,
    known: PersonId | None,
    now: datetime,
) -> PersonId:
    """Writes the person's indexes, and when they come of age.

    Raises Conflict where name and date of birth both changed: that is somebody
    else, and whoever is bound to the reference must not get their file.
    """
    person = known or PersonId(random_id())
    indexes = {
        "given_index": _index(indexer, "given", newcomer.given),
        "family_index": _index(indexer, "family", newcomer.family),
        "birth_index": _index(indexer, "birth", newcomer.birth_date),
    }
    if known is not None:
        await _same_somebody(tx, tenant, known, indexes)
    known_now = {**indexes, **_ages(newcomer.birth_date)}
    write = insert(PersonRow).values(tenant=tenant, id=person, **known_now)
    await tx.execute(write.on_conflict_do_update(index_elements=["tenant", "id"], set_=known_now))
    await knowledge.note(tx, tenant, person, now=now)
    return person


async def representative(
    tx: AsyncSession,
    indexer: BlindIndexer,
    tenant: TenantId,
    newcomer: Newcomer,
    *,
    now: datetime,
) -> PersonId:
    """Somebody who acts for others without a case of their own, made on first mention.

    Mentioned again without name or date of birth they stay as they are known.
    """
    known = await find_representative(tx, tenant, newcomer.ref)
    if known is not None and newcomer == Newcomer(ref=newcomer.ref):
        return known
    person = await register_person(tx, indexer, tenant, newcomer, known=known, now=now)
    if known is None:
        tx.add(RepresentativeRow(tenant=tenant, person_id=person, ref=newcomer.ref))
        await tx.flush()
    return person


async def find_representative(tx: AsyncSession, tenant: TenantId, ref: str) -> PersonId | None:
    wanted = select(col(RepresentativeRow.person_id)).where(
        col(RepresentativeRow.tenant) == tenant, col(RepresentativeRow.ref) == ref
    )
    found = (await tx.execute(wanted)).scalar_one_or_none()
    return None if found is None else PersonId(found)


async def find_member(
    tx: AsyncSession, tenant: TenantId, *, case_ref: str, person_ref: str
) -> tuple[CaseId, PersonId]:
    """Raises NotFound for a case or a person that is not there."""
    wanted = (
        select(col(MembershipRow.case_id), col(MembershipRow.person_id))
        .join(
            CaseRow,
            (col(CaseRow.tenant) == col(MembershipRow.tenant))
            & (col(CaseRow.id) == col(MembershipRow.case_id)),
        )
        .where(
            col(CaseRow.tenant) == tenant,
            col(CaseRow.ref) == case_ref,
            col(MembershipRow.ref) == person_ref,
        )
    )
    if (row := (await tx.execute(wanted)).one_or_none()) is None:
        raise NotFound
    return CaseId(row.case_id), PersonId(row.person_id)


async def _same_somebody(
    tx: AsyncSession, tenant: TenantId, known: PersonId, indexes: dict[str, bytes | None]
) -> None:
    there = select(col(PersonRow.given_index), col(PersonRow.birth_index)).where(
        col(PersonRow.tenant) == tenant, col(PersonRow.id) == known
    )
    before = (await tx.execute(there)).one()
    changed = [
        old is not None and new is not None and bytes(old) != new
        for old, new in (
            (before.given_index, indexes["given_index"]),
            (before.birth_index, indexes["birth_index"]),
        )
    ]
    if all(changed):
        raise Conflict


def _ages(birth_date: str | None) -> dict[str, datetime | None]:
    """What is kept of a date of birth: two moments, not the day."""
    born = None if birth_date is None else date.fromisoformat(birth_date)
    return {
        "fifteen_at": None if born is None else ages.completed(born, ages.CAPABLE),
        "eighteen_at": None if born is None else ages.completed(born, ages.OF_AGE),
    }


def _index(indexer: BlindIndexer, kind: str, value: str | None) -> bytes | None:
    return None if value is None else indexer.index(kind, value)


async def _case(tx: AsyncSession, tenant: TenantId, ref: str) -> CaseRow | None:
    wanted = select(CaseRow).where(col(CaseRow.tenant) == tenant, col(CaseRow.ref) == ref)
    return (await tx.execute(wanted)).scalar_one_or_none()


async def _persons(tx: AsyncSession, tenant: TenantId, case: CaseId) -> dict[str, PersonId]:
    members = select(col(MembershipRow.ref), col(MembershipRow.person_id)).where(
        col(MembershipRow.tenant) == tenant, col(MembershipRow.case_id) == case
    )
    return {row.ref: PersonId(row.person_id) for row in await tx.execute(members)}


async def _join(
    tx: AsyncSession, tenant: TenantId, case: CaseId, person: PersonId, newcomer: Newcomer
) -> None:
    write = insert(MembershipRow).values(
        tenant=tenant, case_id=case, person_id=person, ref=newcomer.ref, role=newcomer.role
    )
    await tx.execute(
        write.on_conflict_do_update(
            index_elements=["tenant", "case_id", "person_id"], set_={"role": newcomer.role}
        )
    )


async def _leave(tx: AsyncSession, tenant: TenantId, case: CaseId, refs: set[str]) -> None:
    if refs:
        await tx.execute(
            delete(MembershipRow).where(
                col(MembershipRow.tenant) == tenant,
                col(MembershipRow.case_id) == case,
                col(MembershipRow.ref).in_(refs),
            )
        )
