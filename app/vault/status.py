"""How many keys there are of each level and version, and what is left to do. No key material."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from app.database.engine import Database
from app.vault import rings
from app.vault.columns import COLUMNS
from app.vault.services import KeyService
from app.vocabulary.ids import TenantId

_TENANT_KEYS: Final = text("SELECT version, wrapped FROM tenant_keys WHERE tenant = :tenant")
_DATA_KEYS: Final = text(
    "SELECT count(*) AS many, min(created_at) AS oldest, "
    "count(*) FILTER (WHERE octet_length(wrapped) > :one) AS under_way, "
    "CASE WHEN octet_length(wrapped) = 40 THEN '\\x00000000'::bytea "
    "ELSE substring(wrapped FROM 2 FOR 4) END AS version "
    "FROM data_keys WHERE tenant = :tenant GROUP BY 4"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatus:
    """Of one tenant. Version 0 of its key: wrapped by the service itself, as once was.

    `tenant_keys`: the service's version that each version is under. `data_keys`: how many are
    under each version. `under_way`: how many have more than one version. `values`: how many
    sealed values belong to those.
    """

    tenant: TenantId
    service_newest: int
    tenant_keys: Mapping[int, int]
    data_keys: Mapping[int, int]
    oldest_days: int
    under_way: int
    values: int

    @property
    def left(self) -> int:
        """Keys still to be brought under the newest version of what is above them."""
        newest = max(self.tenant_keys, default=1)
        behind = sum(many for version, many in self.data_keys.items() if version != newest)
        older = sum(under != self.service_newest for under in self.tenant_keys.values())
        return behind + older + self.under_way + max(len(self.tenant_keys) - 1, 0)


async def status(database: Database, service: KeyService, tenant: TenantId) -> KeyStatus:
    newest = await service.newest()
    async with database.transaction(tenant) as tx:
        kept = (await tx.execute(_TENANT_KEYS, {"tenant": tenant})).all()
        named = {"tenant": tenant, "one": rings.ONE_VERSION_BYTES}
        counted = (await tx.execute(_DATA_KEYS, named)).all()
        now = (await tx.execute(text("SELECT now()"))).scalar_one()
        under_way = sum(row.under_way for row in counted)
        values = 0
        for column in COLUMNS if under_way else ():
            of = text(
                f"SELECT count(*) FROM {column.sealed.table} AS t "  # noqa: S608 - our own names
                f"JOIN data_keys AS k ON k.tenant = t.tenant AND k.owner = {column.owner} "
                f"WHERE t.tenant = :tenant AND t.{column.sealed.column} IS NOT NULL "
                "AND octet_length(k.wrapped) > :one"
            )
            values += (await tx.execute(of, named)).scalar_one()
    return KeyStatus(
        tenant=tenant,
        service_newest=newest,
        tenant_keys={row.version: service.version(bytes(row.wrapped)) for row in kept},
        data_keys={int.from_bytes(row.version, "big"): row.many for row in counted},
        oldest_days=max(((now - row.oldest).days for row in counted), default=0),
        under_way=under_way,
        values=values,
    )
