"""The released part of a case file, and nothing beside it."""

import json
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from types import MappingProxyType
from typing import Final, Protocol, final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.receipts import Receipt
from app.database.engine import Database
from app.database.statements import Statement
from app.policy.release import Needed, Release
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey
from app.vocabulary.errors import Unavailable
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import CaseId, FieldName, SubjectId, TenantId
from app.vocabulary.json import Json

_SEAL: Final = Seal()
COLUMN: Final = "case_values.sealed"

# Names each subject and field; there is no way to ask for more.
_READ: Final = Statement("""
    SELECT v.subject, v.field, v.id, v.version, v.sealed, k.wrapped
    FROM case_values AS v
    LEFT JOIN data_keys AS k ON k.tenant = v.tenant AND k.owner = v.subject
    WHERE v.tenant = :tenant AND v.case_id = :case AND (v.subject, v.field) IN (
        SELECT * FROM unnest(CAST(:subjects AS uuid[]), CAST(:fields AS text[]))
    )
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

    async def read(
        self, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
    ) -> Mapping[Needed, Json]:
        async with self._database.transaction(tenant) as tx:
            rows = await _rows(tx, tenant, case, wanted)
            wrapped = {row.subject: row.wrapped for row in rows if row.wrapped is not None}
            keys = await self._vault.unwrapped(tx, tenant, wrapped)
        return {
            (SubjectId(row.subject), FieldName(row.field)): _opened(keys, tenant, row)
            for row in rows
        }


@dataclass(frozen=True, slots=True)
class _Row:
    subject: UUID
    field: str
    id: UUID
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


def _opened(keys: Mapping[UUID, DataKey], tenant: TenantId, row: _Row) -> Json:
    """Raises Unavailable for a row whose key is gone: it was erased, or is not ours."""
    if (key := keys.get(row.subject)) is None:
        raise Unavailable("keys")
    clear = key.open(bytes(row.sealed), Address(tenant, COLUMN, row.id, row.version))
    value: Json = json.loads(clear)
    return value
