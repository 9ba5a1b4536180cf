"""A person's own access log: who used what of their file, when, why, on which law (Art. 15 GDPR).

Told from the releases that are about the person, opened with the person's own key. Only for the
person, acting for themselves: nobody who acts for them sees a line of it, and no line is about
what another member of the household did with their own data.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.answers import archive
from app.answers.answer import Composer, Status
from app.audit.events import Category, Event, EventKind
from app.audit.log import Log
from app.database.engine import Database
from app.identity.persons import Person
from app.legitimation.desk import actor_of
from app.legitimation.kinds import MandateKind
from app.legitimation.protection.protecting import oneself
from app.legitimation.recording import GRANTEE_LABEL_COLUMN
from app.policy import register
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import EntryId, FieldName, MandateId, ReleaseId, SubjectId, TenantId
from app.vocabulary.json import Json
from app.vocabulary.levels import Form, Hosting, Purpose

_Row: TypeAlias = Row[*tuple[Any, ...]]  # Any: textual SQL has no types

# Of the person in their own cases, newest first. `after` is a release of theirs, or of nobody.
# The mandate of a representative who was erased is gone; that they read is not.
_READ: Final = text("""
    SELECT r.id, r.subject, r.decided_at, r.purpose, r.hosting, r.policy_digest, r.sealed_items,
           r.mandate_id AS mandate, r.mandate_version, m.kind, m.sealed_grantee_label,
           a.id AS answer, a.sealed AS sealed_answer, a.entry_id
    FROM releases AS r
    LEFT JOIN mandates AS m
      ON m.tenant = r.tenant AND m.id = r.mandate_id AND m.version = r.mandate_version
    LEFT JOIN answers AS a ON a.tenant = r.tenant AND a.release_id = r.id
    WHERE r.tenant = :tenant AND r.case_id = ANY(:cases) AND r.subject = ANY(:persons)
      AND (CAST(:after AS uuid) IS NULL OR (r.decided_at, r.id) < (
          SELECT l.decided_at, l.id FROM releases AS l
          WHERE l.tenant = :tenant AND l.id = :after AND l.subject = ANY(:persons)
      ))
    ORDER BY r.decided_at DESC, r.id DESC LIMIT :most
""")
# What officers saw of the log about these persons, and not who they are.
_OFFICERS: Final = text("""
    SELECT entry, event, category, entries, read_at FROM oversight_readings
    WHERE tenant = :tenant AND subject = ANY(:persons)
    ORDER BY read_at DESC, entry LIMIT :most
""")
MOST_OFFICERS: Final = 100


@dataclass(frozen=True, slots=True)
class UsedField:
    """A field that was shown, on which ground, and what a model was given of it."""

    subject: SubjectId
    field: FieldName
    basis: str | None
    to_model: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """One use of what is about me.

    `name` is the representative's as the office wrote it, and None for oneself. With `erased`
    the representative is, and their name with them; `kind` is what the release was decided by,
    None for those of before releases kept that. `status`, `composer` and `receipt` are None where
    no answer was kept: a preview, a list of fields, a failure.
    """

    id: ReleaseId
    at: datetime
    kind: MandateKind | None
    erased: bool
    name: str | None
    mandate: MandateId
    purpose: Purpose
    used: tuple[UsedField, ...]
    hosting: Hosting
    policy: str
    status: Status | None
    composer: Composer | None
    receipt: EntryId | None

    @property
    def by_me(self) -> bool:
        return self.kind is MandateKind.SELF

    @property
    def to_model(self) -> tuple[UsedField, ...]:
        return tuple(each for each in self.used if each.to_model is not Form.NONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerReading:
    """A data protection officer saw entries of the log about me. None of them is named.

    `entries` is how many; none where they looked for me and found nothing.
    """

    entry: EntryId
    at: datetime
    event: EventKind
    category: Category
    entries: int


@dataclass(frozen=True, slots=True)
class Accesses:
    """A page, newest first. `next` is what to ask for after it, where there is more.

    `officers` are the newest readings of officers, on the first page alone.
    """

    found: tuple[Access, ...]
    next: ReleaseId | None
    officers: tuple[OfficerReading, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDesk:
    database: Database
    vault: Vault
    log: Log
    clock: Clock

    async def read(
        self,
        person: Person,
        *,
        named: MandateId | None = None,
        after: ReleaseId | None = None,
        most: int,
    ) -> Accesses:
        """Reading it is itself recorded. Raises NotLegitimated for whoever acts for another."""
        now = self.clock()
        tenant = person.tenant
        async with self.database.transaction(tenant) as tx:
            own = await oneself(tx, person, named=named, now=now)
            persons = sorted({offer.grantor for offer in own})
            asked = {
                "tenant": tenant,
                "cases": [offer.case for offer in own],
                "persons": persons,
                "after": after,
                "most": most + 1,
            }
            rows = (await tx.execute(_READ, asked)).all()
            keys = await self.vault.keys(tx, tenant, persons)
            found = tuple(_access(tenant, row, keys) for row in rows[:most])
            officers = () if after is not None else await _officers(tx, tenant, persons)
            event = Event(
                kind=EventKind.ACCESS_LOG_READ,
                at=now,
                actor=actor_of(person),
                subjects=tuple(SubjectId(each) for each in persons),
                hits=len(found),
            )
            await self.log.record(tx, tenant, event)
        return Accesses(found, found[-1].id if len(rows) > most else None, officers)


async def _officers(
    tx: AsyncSession, tenant: TenantId, persons: Collection[UUID]
) -> tuple[OfficerReading, ...]:
    asked = {"tenant": tenant, "persons": list(persons), "most": MOST_OFFICERS}
    return tuple(
        OfficerReading(
            entry=EntryId(row.entry),
            at=row.read_at,
            event=EventKind(row.event),
            category=Category(row.category),
            entries=row.entries,
        )
        for row in (await tx.execute(_OFFICERS, asked)).all()
    )


def _access(tenant: TenantId, row: _Row, keys: Mapping[UUID, DataKey]) -> Access:
    """Raises Unavailable for a person whose key is gone."""
    if (key := keys.get(row.subject)) is None:
        raise Unavailable("keys")
    answer = _answer(tenant, row, key)
    document = register.opened(key, tenant, row.id, row.sealed_items)
    return Access(
        id=ReleaseId(row.id),
        at=row.decided_at,
        kind=_decided_by(document) if row.kind is None else MandateKind(row.kind),
        erased=row.kind is None,
        name=_name(tenant, row, key),
        mandate=MandateId(row.mandate),
        purpose=Purpose(row.purpose),
        used=_used(document["items"]),
        hosting=Hosting(row.hosting),
        policy=row.policy_digest,
        status=None if answer is None else Status(str(answer["status"])),
        composer=None if answer is None else Composer(str(answer["composer"])),
        receipt=None if row.entry_id is None else EntryId(row.entry_id),
    )


def _decided_by(document: Mapping[str, Json]) -> MandateKind | None:
    """The kind of the mandate that the release was decided by, as the policies were told it."""
    told = document.get("told")
    entities = told["entities"] if isinstance(told, dict) else ()
    for each in entities if isinstance(entities, list) else ():
        match each:
            case {"uid": {"type": "Mandate"}, "attrs": {"kind": str(kind)}}:
                return MandateKind(kind)
            case _:
                pass
    return None


def _used(items: Json) -> tuple[UsedField, ...]:
    """What was shown; what was withheld was not used."""
    if not isinstance(items, Collection) or isinstance(items, str):
        raise Unavailable("records")
    return tuple(
        UsedField(
            SubjectId(UUID(str(item["subject"]))),
            FieldName(str(item["field"])),
            None if item["basis"] is None else str(item["basis"]),
            Form(str(item["to_model"])),
        )
        for item in items
        if isinstance(item, dict) and item["to_person"]
    )


def _name(tenant: TenantId, row: _Row, key: DataKey) -> str | None:
    if row.sealed_grantee_label is None:
        return None
    address = Address(tenant, GRANTEE_LABEL_COLUMN, row.mandate, row.mandate_version)
    return key.open(bytes(row.sealed_grantee_label), address).decode()


def _answer(tenant: TenantId, row: _Row, key: DataKey) -> dict[str, Json] | None:
    """Of the answer only how it ended: what was asked and said is the asker's."""
    if row.sealed_answer is None:
        return None
    address = Address(tenant, archive.COLUMN, row.answer, 1)
    document: dict[str, Json] = json.loads(key.open(bytes(row.sealed_answer), address))
    return document
