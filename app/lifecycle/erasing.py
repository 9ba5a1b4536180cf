"""Carrying an erasure out, step by step; each can be the last before a crash, and is taken up.

1. One transaction, one at a time in a tenant: whatever of the erasure list this database has not
   done yet is marked; then the person is put on the list (file first, on the disk), their reference
   is shut, their accounts are nobody's here from now on, and the request is `erasing`.
2. Payloads of the log whose retention ends with the person are deleted.
3. One transaction: keys, rows and indexes go, and the request is `erased` and nobody's.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.audit.sealing import Sealer
from app.database.engine import Database
from app.database.turns import in_turn
from app.legitimation.binding import bindings
from app.legitimation.binding.bindings import EndedBy
from app.lifecycle import entries, forgetting, references, requests
from app.lifecycle.belongings import Belongings
from app.lifecycle.erasure_list import START, ErasureList, Head, Line, ListBroken, digest_of
from app.lifecycle.retention import OF_SIGN_IN
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.erasures import AskedBy, State
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import PersonId, SubjectId, TenantId

_HEAD: Final = text("""
    SELECT lines, head FROM erasure_heads WHERE tenant = :tenant ORDER BY lines DESC LIMIT 1
""")
_MOVE: Final = text("""
    INSERT INTO erasure_heads (tenant, lines, head) VALUES (:tenant, :lines, :head)
    ON CONFLICT (tenant, lines) DO UPDATE SET head = :head
""")
_BEGIN: Final = text("""
    UPDATE erasures SET state = 'erasing', decided_at = COALESCE(decided_at, :now)
    WHERE tenant = :tenant AND id = :id
""")
_END: Final = text("""
    UPDATE erasures SET state = 'erased', erased_at = :now, person_id = NULL
    WHERE tenant = :tenant AND id = :id
""")
# Earlier requests of theirs that were refused are nobody's now as well.
_UNTIE: Final = text("""
    UPDATE erasures SET person_id = NULL WHERE tenant = :tenant AND person_id = :person
""")
_UNFINISHED: Final = text("""
    SELECT id, state, person_id FROM erasures
    WHERE tenant = :tenant AND state IN ('approved', 'erasing') ORDER BY requested_at, id
""")
# Whoever has rows here, by whatever table: a backup may hold a part of somebody.
_ANYBODY: Final = text("""
    SELECT id FROM persons WHERE tenant = :tenant
    UNION SELECT person_id FROM memberships WHERE tenant = :tenant
    UNION SELECT person_id FROM bindings WHERE tenant = :tenant
    UNION SELECT owner FROM data_keys WHERE tenant = :tenant
    UNION SELECT subject FROM case_values WHERE tenant = :tenant
    UNION SELECT subject FROM answers WHERE tenant = :tenant
    UNION SELECT subject FROM releases WHERE tenant = :tenant
    UNION SELECT subject FROM consents WHERE tenant = :tenant
    UNION SELECT grantor FROM mandates WHERE tenant = :tenant
    UNION SELECT grantee FROM mandates WHERE tenant = :tenant
""")
_DROP_PAYLOADS: Final = text("""
    DELETE FROM audit_payloads WHERE tenant = :tenant AND entry = ANY(:entries)
""")
_SERVICE: Final = Actor(kind=ActorKind.SERVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eraser:
    """`listed` is None where no list was set up: then nobody is erased, and nothing replayed."""

    database: Database
    vault: Vault
    sealer: Sealer
    log: Log
    clock: Clock
    listed: ErasureList | None

    async def carry_out(self, tenant: TenantId, request: UUID) -> bool:
        """Whether the person is erased now; False where a legal hold came in between."""
        if not await self._begin(tenant, request):
            return False
        await self._drop_payloads(tenant, request)
        await self._finish(tenant, request)
        return True

    async def resume(self, tenant: TenantId) -> int:
        """Everything approved or begun, taken to its end; how many that were."""
        async with self.database.transaction(tenant) as tx:
            rows = (await tx.execute(_UNFINISHED, {"tenant": tenant})).all()
        return sum([await self.carry_out(tenant, row.id) for row in rows])

    async def replay(self, tenant: TenantId) -> int:
        """Erases whoever is on the list and here all the same: a backup brought them back.

        Before anybody is served. Raises ListBroken where the database has seen more of the list
        than there is: the list was lost or an old one put in its place.
        """
        if self.listed is None:
            return 0
        async with self.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "erasures")
            await self.catch_up(tx, tenant)
        return await self.resume(tenant)

    async def strays(self, tenant: TenantId) -> int:
        """The same for whoever has rows although the database knows the whole list."""
        if self.listed is None:
            return 0
        async with self.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "erasures")
            await self._mark(tx, tenant, since=0)
        return await self.resume(tenant)

    async def _begin(self, tenant: TenantId, request: UUID) -> bool:
        if self.listed is None:
            raise Unavailable("erasure_list")
        now = self.clock()
        async with self.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "erasures")
            await self.catch_up(tx, tenant)
            row = await requests.find(tx, tenant, request)
            if row.state != State.APPROVED:
                return bool(row.state == State.ERASING)
            if await requests.held(tx, tenant, row.person_id) is not None:
                return False
            head = await asyncio.to_thread(
                self.listed.append,
                tenant,
                Line.ERASED,
                person=digest_of(tenant, row.person_id),
                whom=bytes(row.whom),
                at=now,
            )
            await self.move(tx, tenant, head)
            await references.shut(tx, tenant, bytes(row.whom), now=now)
            await bindings.end(tx, tenant, PersonId(row.person_id), by=EndedBy.OFFICE, now=now)
            await tx.execute(_BEGIN, {"tenant": tenant, "id": request, "now": now})
            event = _event(EventKind.ERASURE_BEGUN, row.person_id, request, now)
            await self.log.record(tx, tenant, event)
        return True

    async def catch_up(self, tx: AsyncSession, tenant: TenantId) -> None:
        """What the list says and this database has not heard, marked to be done."""
        row = (await tx.execute(_HEAD, {"tenant": tenant})).one_or_none()
        known = START if row is None else Head(row.lines, bytes(row.head))
        lines = () if self.listed is None else self.listed.read(tenant)
        at_known = START if known.lines == 0 else None
        if 0 < known.lines <= len(lines):
            at_known = lines[known.lines - 1].head
        if at_known != known:
            raise ListBroken
        if len(lines) > known.lines:
            await self._mark(tx, tenant, since=known.lines)
            await self.move(tx, tenant, lines[-1].head)

    async def _mark(self, tx: AsyncSession, tenant: TenantId, *, since: int) -> None:
        """Whoever is on the list from this line on and has rows here is to be erased again."""
        now = self.clock()
        lines = () if self.listed is None else self.listed.read(tenant)[since:]
        for whom, kind in {line.whom: line.kind for line in lines}.items():
            if kind is Line.ERASED:
                await references.shut(tx, tenant, whom, now=now)
            else:
                await references.reopen(tx, tenant, whom)
        digests = {line.person: line.whom for line in lines if line.person is not None}
        for person in sorted((await tx.execute(_ANYBODY, {"tenant": tenant})).scalars()):
            if (which := digests.get(digest_of(tenant, person))) is not None:
                await self._again(tx, tenant, person, which, now)

    async def _again(
        self, tx: AsyncSession, tenant: TenantId, person: UUID, whom: bytes, now: datetime
    ) -> None:
        made, _ = await requests.ask(
            tx, tenant, person, whom=whom, by=AskedBy.REPLAY, state=State.APPROVED, now=now
        )
        await bindings.end(tx, tenant, PersonId(person), by=EndedBy.OFFICE, now=now)
        await tx.execute(_BEGIN, {"tenant": tenant, "id": made.id, "now": now})
        event = _event(EventKind.ERASURE_REPLAYED, person, made.id, now)
        await self.log.record(tx, tenant, event)

    async def move(self, tx: AsyncSession, tenant: TenantId, head: Head) -> None:
        await tx.execute(_MOVE, {"tenant": tenant, "lines": head.lines, "head": head.digest})

    async def _drop_payloads(self, tenant: TenantId, request: UUID) -> None:
        """Entries of how they signed in, with nobody else in them; all others keep their date."""
        async with self.database.transaction(tenant) as tx:
            row = await requests.find(tx, tenant, request)
            if row.person_id is None:
                return
            whose = Belongings(
                tenant=tenant,
                persons=(row.person_id,),
                identities=await forgetting.accounts(tx, tenant, row.person_id),
                cases=(),
            )
            gone = [
                found.entry
                async for found in entries.of(tx, self.sealer, whose)
                if found.kind in OF_SIGN_IN and found.alone
            ]
            if gone:
                await tx.execute(_DROP_PAYLOADS, {"tenant": tenant, "entries": gone})
                event = Event(
                    kind=EventKind.PAYLOADS_DELETED,
                    at=self.clock(),
                    actor=_SERVICE,
                    about=request,
                    hits=len(gone),
                )
                await self.log.record(tx, tenant, event)

    async def _finish(self, tenant: TenantId, request: UUID) -> None:
        now = self.clock()
        async with self.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "erasures")
            row = await requests.find(tx, tenant, request)
            if row.state != State.ERASING:
                return
            gone = await forgetting.forget(tx, self.vault, tenant, row.person_id)
            await tx.execute(_END, {"tenant": tenant, "id": request, "now": now})
            await tx.execute(_UNTIE, {"tenant": tenant, "person": row.person_id})
            event = _event(EventKind.ERASED, row.person_id, request, now, hits=gone)
            await self.log.record(tx, tenant, event)


def _event(kind: EventKind, person: UUID, request: UUID, now: datetime, *, hits: int = 0) -> Event:
    return Event(
        kind=kind,
        at=now,
        actor=_SERVICE,
        subjects=(SubjectId(person),),
        about=request,
        hits=hits,
    )
