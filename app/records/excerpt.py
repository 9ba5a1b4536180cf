"""The released part of a case file, and nothing beside it."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import InitVar, dataclass
from types import MappingProxyType
from typing import Final, NoReturn, Protocol, final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.receipts import Receipt
from app.database.engine import Database
from app.database.statements import Statement
from app.policy.release import Needed, Release
from app.records import contents
from app.records.contents import Cell, Contents, Newest
from app.vault.alarms import Alarms
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey, Unopenable
from app.vocabulary.errors import Unavailable
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import CaseId, FieldName, SubjectId, TenantId
from app.vocabulary.json import Json

_SEAL: Final = Seal()
COLUMN: Final = "case_values.sealed"

# Names each subject and field; there is no way to ask for more. With the values come, once for
# each subject, its part's contents and its key, all as of one moment.
_READ: Final = Statement("""
    SELECT v.subject, v.field, v.id, CAST(v.version AS bigint) AS version, v.sealed,
        CAST(NULL AS bytea) AS wrapped
    FROM case_values AS v
    WHERE v.tenant = :tenant AND v.case_id = :case AND (v.subject, v.field) IN (
        SELECT * FROM unnest(CAST(:subjects AS uuid[]), CAST(:fields AS text[]))
    )
    UNION ALL
    SELECT c.subject, NULL, NULL, c.version, c.sealed, k.wrapped
    FROM case_contents AS c
    LEFT JOIN data_keys AS k ON k.tenant = c.tenant AND k.owner = c.subject
    WHERE c.tenant = :tenant AND c.case_id = :case AND c.subject = ANY(CAST(:subjects AS uuid[]))
""")
# A push is compared with the digest of the one before: no document has this one.
_MARK: Final = text("""
    UPDATE cases SET body_digest = ''
    WHERE tenant = :tenant AND id = :case AND NOT body_digest = ''
""")


@final
@dataclass(frozen=True, slots=True, repr=False)
class ScopedFacts(Evidence):
    """Values in clear: those the Release gives to the person, and those that are only to be masked.

    A released field without a value is absent from `values`: the file holds none.
    """

    release: Release
    values: Mapping[Needed, Json]
    masking: Mapping[Needed, Json]
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("ScopedFacts are minted by app.records.excerpt alone")


class CaseFile(Protocol):
    """Reads named fields of one case, from the store or through a connector."""

    async def read(
        self, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
    ) -> Mapping[Needed, Json]: ...


async def excerpt(file: CaseFile, release: Release, receipt: Receipt) -> ScopedFacts:
    """The released fields, once their release is in the log.

    Raises ReceiptMismatch for the receipt of another release, and Unavailable
    when the file returns a field that nobody asked for.
    """
    mandate = release.mandate
    tenant = mandate.person.tenant
    receipt.require(release.id, tenant=tenant)
    readable = release.readable
    wanted = readable | release.masking
    found = await file.read(tenant, mandate.case, wanted) if wanted else {}
    if found.keys() - wanted:
        raise Unavailable("records")
    return ScopedFacts(
        release,
        MappingProxyType({n: v for n, v in found.items() if n in readable}),
        MappingProxyType({n: v for n, v in found.items() if n in release.masking}),
        _SEAL,
    )


class StoredFile:
    """The case file in our own store: one query that names each subject and field."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault
        self._newest = Newest()

    async def read(
        self, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
    ) -> Mapping[Needed, Json]:
        """Raises Unopenable, with an alarm, for a cell that its part's contents do not list so.

        And where they list one that is not there, or are older than what was read before. Such a
        file is marked: the office's next push writes it anew, even where nothing has changed.
        """
        try:
            return await self._read(tenant, case, wanted)
        except Unopenable:
            with suppress(Unavailable):  # the alarm is raised all the same
                await self._mark(tenant, case)
            raise

    async def _read(
        self, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
    ) -> dict[Needed, Json]:
        known = self._newest.of(tenant, case, {subject for subject, _ in wanted})
        async with self._database.transaction(tenant, by_key=True) as tx:
            rows = await _rows(tx, tenant, case, wanted)
            wrapped = {row.subject: row.wrapped for row in rows if row.wrapped is not None}
            keys = await self._vault.unwrapped(tx, tenant, wrapped)
        part = _Part(tenant, case, keys, self._vault.alarms)
        lists = {row.subject: part.contents(row, known) for row in rows if row.field is None}
        values: dict[Needed, Json] = {}
        for row in rows:
            if row.field is not None:
                named = (SubjectId(row.subject), FieldName(row.field))
                values[named] = part.value(row, row.field, lists.get(row.subject))
        for subject, field in wanted - values.keys():
            if subject in lists and lists[subject][1].lists(field):
                part.refuse()
        for whose, (version, _) in lists.items():
            self._newest.remember(tenant, case, whose, version)
        return values

    async def _mark(self, tenant: TenantId, case: CaseId) -> None:
        async with self._database.transaction(tenant) as tx:
            await tx.execute(_MARK, {"tenant": tenant, "case": case})


@dataclass(frozen=True, slots=True)
class _Row:
    """A cell, or without a field the contents of the subject's part."""

    subject: UUID
    field: str | None
    id: UUID | None
    version: int
    sealed: bytes
    wrapped: bytes | None


async def _rows(
    tx: AsyncSession, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
) -> list[_Row]:
    named = {
        "tenant": tenant,
        "case": case,
        "subjects": [subject for subject, _ in wanted],
        "fields": [field for _, field in wanted],
    }
    return [_Row(*row) for row in await _READ.rows(tx, named)]


@dataclass(frozen=True, slots=True)
class _Part:
    """Opens what was read of one case. Raises Unavailable for what has no key: it was erased."""

    tenant: TenantId
    case: CaseId
    keys: Mapping[UUID, DataKey]
    alarms: Alarms

    def contents(self, row: _Row, known: Mapping[UUID, int]) -> tuple[int, Contents]:
        if row.version < known.get(row.subject, 0):
            self.refuse()
        address = contents.address(self.tenant, self.case, row.version)
        return row.version, Contents.opened(self._key(row), bytes(row.sealed), address)

    def value(self, row: _Row, field: str, listed: tuple[int, Contents] | None) -> Json:
        if listed is None or row.id is None:
            self.refuse()
        address = Address(self.tenant, COLUMN, row.id, row.version)
        clear = self._key(row).open(bytes(row.sealed), address)
        if not listed[1].vouches_for(Cell(field, row.id, row.version, clear)):
            self.refuse()
        value: Json = json.loads(clear)
        return value

    def refuse(self) -> NoReturn:
        self.alarms.sound(self.tenant, COLUMN)
        raise Unopenable

    def _key(self, row: _Row) -> DataKey:
        if (key := self.keys.get(row.subject)) is None:
            raise Unavailable("keys")
        return key
