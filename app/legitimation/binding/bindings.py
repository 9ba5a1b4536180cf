"""Which signed-in identity is which person: made on proof, ended by a newer proof or the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.identity.browser import sessions
from app.identity.browser.sessions import ABSOLUTE
from app.identity.persons import Person
from app.legitimation.kinds import EVERY_GROUP, Action, MandateKind
from app.legitimation.mandates import IS_NEWEST
from app.legitimation.tables import BindingRow, MandateRow, MembershipRow, PersonRow
from app.vocabulary.errors import Conflict, NotFound, StepUpRequired
from app.vocabulary.ids import CaseId, IdentityId, MandateId, PersonId, TenantId, random_id
from app.vocabulary.levels import Assurance


class Proof(StrEnum):
    """What a binding rests on."""

    ACTIVATION_CODE = "activation_code"
    ATTRIBUTES = "attributes"  # name and date of birth from the provider, and the file number


class EndedBy(StrEnum):
    NEWER_PROOF = "newer_proof"
    OFFICE = "office"


class BoundElsewhere(Conflict):
    """A sign-in is one human being's, however many files that one has."""

    title_en = (
        "Your sign-in is already connected to another person's file. Nothing has changed. "
        "Please ask your Jobcenter."
    )
    title_de = (
        "Ihre Anmeldung ist schon mit der Akte einer anderen Person verbunden. "
        "Es hat sich nichts geändert. Bitte fragen Sie Ihr Jobcenter."
    )


@dataclass(frozen=True, slots=True)
class Ended:
    """A binding that ended, and how many sessions of that identity with it."""

    id: UUID
    identity: IdentityId
    person: PersonId
    sessions: int


@dataclass(frozen=True, slots=True)
class Bound:
    person: PersonId
    case: CaseId | None
    mandate: MandateId | None
    ended: Ended | None = None


async def bind(  # noqa: PLR0913 - who, to whom, on which proof and when
    tx: AsyncSession,
    person: Person,
    to: PersonId,
    case: CaseId | None,
    *,
    proof: Proof,
    now: datetime,
) -> Bound:
    """Binds the identity, and makes the SELF mandate where the person has a case.

    A person is one identity's at a time: an earlier binding ends here, and with another identity's
    binding all its sessions. Raises NotFound where nobody could act as that person: dead, or not
    fifteen yet (§ 36(1) SGB I); BoundElsewhere where the identity is somebody else already;
    StepUpRequired where a password alone would take the place of somebody who is bound. Where
    nobody is, it may: it sees no field anyway, and a stronger sign-in takes its place.
    """
    tenant = person.tenant
    await in_turn(tx, tenant, "binding", person.identity.hex)
    await in_turn(tx, tenant, "activation", to.hex)
    await _require_able(tx, tenant, to, now)
    if case is not None:
        await _require_member(tx, tenant, to, case)
    if person.assurance is Assurance.BASIC and await _bound_to_another(tx, person, to):
        raise StepUpRequired(tenant=tenant, assurance=Assurance.LOW, max_age=ABSOLUTE)
    await _require_same_human(tx, person, to)
    ended = await end(tx, tenant, to, by=EndedBy.NEWER_PROOF, keep=person.identity, now=now)
    tx.add(
        BindingRow(
            tenant=tenant,
            id=random_id(),
            identity_id=person.identity,
            person_id=to,
            evidence=proof,
            valid_from=now,
            valid_to=None,
        )
    )
    await tx.flush()
    if case is None:
        return Bound(to, None, None, ended)
    return Bound(to, case, await _own_mandate(tx, tenant, to, case, proof, now), ended)


async def end(  # noqa: PLR0913 - whose, why, and when
    tx: AsyncSession,
    tenant: TenantId,
    person: PersonId,
    *,
    by: EndedBy,
    keep: IdentityId | None = None,
    now: datetime,
) -> Ended | None:
    """From the next statement on this person's identity is nobody here, and is signed out.

    `keep` is an identity whose sessions stay. None where nobody was bound, or only that one.
    """
    found = await tx.execute(
        update(BindingRow)
        .where(
            col(BindingRow.tenant) == tenant,
            col(BindingRow.person_id) == person,
            col(BindingRow.valid_to).is_(None),
        )
        .values(valid_to=now, ended_reason=by)
        .returning(col(BindingRow.id), col(BindingRow.identity_id))
    )
    row = found.one_or_none()
    if row is None or row.identity_id == keep:
        return None
    identity = IdentityId(row.identity_id)
    signed_out = await sessions.end_all_of(tx, tenant, identity)
    return Ended(row.id, identity, person, signed_out)


async def _require_able(tx: AsyncSession, tenant: TenantId, to: PersonId, now: datetime) -> None:
    """An age that is not known is not looked at: the office sent this very person their code."""
    wanted = select(col(PersonRow.fifteen_at), col(PersonRow.died_at)).where(
        col(PersonRow.tenant) == tenant, col(PersonRow.id) == to
    )
    facts = (await tx.execute(wanted)).one_or_none()
    if facts is None or facts.died_at is not None:
        raise NotFound
    if facts.fifteen_at is not None and now < facts.fifteen_at:
        raise NotFound


async def _require_member(tx: AsyncSession, tenant: TenantId, to: PersonId, case: CaseId) -> None:
    """Raises NotFound for somebody who left the household since the code was sent."""
    wanted = select(col(MembershipRow.ref)).where(
        col(MembershipRow.tenant) == tenant,
        col(MembershipRow.case_id) == case,
        col(MembershipRow.person_id) == to,
    )
    if (await tx.execute(wanted)).scalar_one_or_none() is None:
        raise NotFound


async def _bound_to_another(tx: AsyncSession, person: Person, to: PersonId) -> bool:
    """Whether somebody else is this person now."""
    found = select(col(BindingRow.id)).where(
        col(BindingRow.tenant) == person.tenant,
        col(BindingRow.person_id) == to,
        col(BindingRow.identity_id) != person.identity,
        col(BindingRow.valid_to).is_(None),
    )
    return (await tx.execute(found.limit(1))).scalar_one_or_none() is not None


# A file's person is a row of its own, so one human being may be several. Who else this identity
# is, beside the one it is to be tied to.
_OTHERS: Final = text("""
    SELECT p.given_index, p.family_index, p.birth_index,
           n.given_index AS new_given, n.family_index AS new_family, n.birth_index AS new_birth,
           EXISTS (SELECT FROM memberships AS x JOIN memberships AS y
                     ON y.tenant = x.tenant AND y.case_id = x.case_id
                   WHERE x.tenant = b.tenant AND x.person_id = p.id AND y.person_id = n.id)
             AS housemate,
           EXISTS (SELECT FROM representatives AS r
                   WHERE r.tenant = b.tenant AND r.person_id IN (p.id, n.id)) AS represents
    FROM bindings AS b
    JOIN persons AS p ON p.tenant = b.tenant AND p.id = b.person_id
    JOIN persons AS n ON n.tenant = b.tenant AND n.id = :person
    WHERE b.tenant = :tenant AND b.identity_id = :identity AND b.person_id <> :person
      AND b.valid_to IS NULL
""")
_Other: TypeAlias = Row[*tuple[Any, ...]]  # Any: textual SQL has no types


async def _require_same_human(tx: AsyncSession, person: Person, to: PersonId) -> None:
    at = {"tenant": person.tenant, "identity": person.identity, "person": to}
    others: Sequence[_Other] = (await tx.execute(_OTHERS, at)).all()
    if any(_somebody_else(row) for row in others):
        raise BoundElsewhere


def _somebody_else(row: _Other) -> bool:
    """Another member of the same household, of another date of birth, or of wholly another name.

    The office may know a representative by the name of where they work; names tell nothing there.
    """
    births = _differ(row.birth_index, row.new_birth)
    if row.housemate or births:
        return True
    if births is not None or row.represents:
        return False
    given, family = (
        _differ(row.given_index, row.new_given),
        _differ(row.family_index, row.new_family),
    )
    return bool(given and family)


def _differ(one: bytes | None, other: bytes | None) -> bool | None:
    """None where one of them is not known."""
    return None if one is None or other is None else bytes(one) != bytes(other)


_OWN: Final = text(f"""
    SELECT m.id FROM mandates AS m
    WHERE m.tenant = :tenant AND m.kind = 'SELF' AND m.grantor = :person AND m.grantee = :person
      AND m.case_id = :case AND m.ended_reason IS NULL AND m.valid_to IS NULL AND {IS_NEWEST}
    LIMIT 1
""")  # noqa: S608  # put together from a constant


async def _own_mandate(  # noqa: PLR0913, PLR0917 - a row has this many parts
    tx: AsyncSession,
    tenant: TenantId,
    person: PersonId,
    case: CaseId,
    proof: Proof,
    now: datetime,
) -> MandateId:
    """The SELF mandate for this case: the one that holds, or a new one."""
    at = {"tenant": tenant, "person": person, "case": case}
    if (there := (await tx.execute(_OWN, at)).scalar_one_or_none()) is not None:
        return MandateId(there)
    made = MandateId(random_id())
    tx.add(
        MandateRow(
            tenant=tenant,
            id=made,
            version=1,
            recorded_at=now,
            kind=MandateKind.SELF,
            grantor=person,
            grantee=person,
            case_id=case,
            groups=[EVERY_GROUP],
            actions=list(Action),
            evidence_kind=proof,
            evidence_hash=sha256(proof.encode()).digest(),
            valid_from=now,
            valid_to=None,
        )
    )
    await tx.flush()
    return made
