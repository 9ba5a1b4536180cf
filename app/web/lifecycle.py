"""Export, erasure and retention, put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.answers.gate import Gate
from app.audit.sealing import Sealer
from app.catalogue.rulebook import Rulebook
from app.lifecycle.desk import ErasureDesk
from app.lifecycle.erasing import Eraser
from app.lifecycle.erasure_list import ErasureList
from app.lifecycle.retention import Retention
from app.lifecycle.running import Keeper
from app.lifecycle.takeout import ExportDesk
from app.records.excerpt import CaseFile
from app.vocabulary.ids import TenantId
from app.web.settings import Settings
from app.web.tenants import Tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle:
    exports: ExportDesk
    erasures: ErasureDesk
    keeper: Keeper
    tenants: tuple[TenantId, ...]

    @property
    def retention(self) -> Retention:
        return self.keeper.retention

    @property
    def eraser(self) -> Eraser:
        return self.erasures.eraser

    @classmethod
    def of(  # noqa: PLR0913  # what it is put together from, each named
        cls,
        settings: Settings,
        tenants: Mapping[TenantId, Tenant],
        *,
        gate: Gate,
        file: CaseFile,
        sealer: Sealer,
        rulebook: Rulebook,
    ) -> Self:
        retention = Retention.load(settings.policies / "retention.yaml")
        eraser = Eraser(
            database=gate.database,
            vault=gate.vault,
            sealer=sealer,
            log=gate.log,
            clock=gate.clock,
            listed=_listed(settings.erasure_list),
        )
        return cls(
            exports=ExportDesk(
                gate=gate, file=file, sealer=sealer, rulebook=rulebook, retention=retention
            ),
            erasures=ErasureDesk(eraser=eraser),
            keeper=Keeper(
                database=gate.database,
                log=gate.log,
                clock=gate.clock,
                retention=retention,
                answers_months={
                    each.tenant: each.retention.answers_months for each in tenants.values()
                },
            ),
            tenants=tuple(tenants),
        )

    async def replay(self) -> int:
        """Before anybody is served: whoever is on the erasure list and here all the same."""
        return sum([await self.eraser.replay(tenant) for tenant in self.tenants])


def _listed(folder: Path | None) -> ErasureList | None:
    return None if folder is None else ErasureList(folder)
