"""The receipt: evidence that an entry is on its way into the log."""

from dataclasses import InitVar, dataclass
from datetime import date
from typing import Final, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.database.statements import Statement
from app.vocabulary.errors import ReceiptMismatch
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import EntryId, ReleaseId, TenantId

_SEAL: Final = Seal()

# One statement, so that payload and queue cannot part.
_WRITE: Final = Statement("""
    WITH payload AS (
        INSERT INTO audit_payloads (tenant, entry, sealed, delete_after)
        VALUES (:tenant, :entry, :sealed, :delete_after)
    )
    INSERT INTO audit_queue (tenant, entry, leaf) VALUES (:tenant, :entry, :leaf)
""")


@final
@dataclass(frozen=True, slots=True, repr=False)
class Receipt(Evidence):
    """An entry was written for this release, in the transaction that stored the release.

    It is worth something once that transaction is committed; whoever opened it hands
    the receipt on only then.
    """

    tenant: TenantId
    entry: EntryId
    release: ReleaseId | None
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Receipt is minted by app.audit.receipts alone")

    def require(self, release: ReleaseId, *, tenant: TenantId) -> None:
        """Raises ReceiptMismatch unless this is the receipt of that release."""
        if self.tenant != tenant or self.release is None or self.release != release:
            raise ReceiptMismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An entry ready to be written: its public leaf, and its payload sealed."""

    entry: EntryId
    leaf: bytes
    sealed: bytes
    delete_after: date


async def write(
    tx: AsyncSession, tenant: TenantId, written: Written, *, release: ReleaseId | None
) -> Receipt:
    """Writes the entry in the caller's transaction and gives the receipt of it."""
    await _WRITE.run(
        tx,
        {
            "tenant": tenant,
            "entry": written.entry,
            "leaf": written.leaf,
            "sealed": written.sealed,
            "delete_after": written.delete_after,
        },
    )
    return Receipt(tenant, written.entry, release, _SEAL)
