"""The log that everything is written to before it is done."""

from collections.abc import Callable
from datetime import date, datetime
from secrets import token_bytes

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import canonical
from app.audit.events import Event, Stamp, end_of_following_year, held_digest, payload
from app.audit.leaves import SALT_BYTES, Leaf, commitment, hour_of
from app.audit.receipts import Receipt, Written, write
from app.audit.sealing import Sealer
from app.telemetry.spans import Stage, stage
from app.vocabulary.ids import EntryId, ReleaseId, TenantId, random_id

Retention = Callable[[TenantId, datetime], date]
Wake = Callable[[TenantId], None]


def _default_retention(_tenant: TenantId, at: datetime) -> date:
    return end_of_following_year(at)


def _nobody(_tenant: TenantId) -> None:
    """No sequencer runs in this process; another one's sweep finds the entry."""


class Log:
    """Writes entries. `policy` is the digest of the policies this process decides by."""

    def __init__(
        self,
        sealer: Sealer,
        *,
        policy: str,
        retention: Retention = _default_retention,
        wake: Wake = _nobody,
    ) -> None:
        self._sealer = sealer
        self._policy = held_digest(policy)
        self._retention = retention
        self._wake = wake

    async def record(
        self, tx: AsyncSession, tenant: TenantId, event: Event, *, release: ReleaseId | None = None
    ) -> Receipt:
        """Writes the event in the caller's transaction: both are committed, or neither is.

        The entry is in the log for everybody a moment later, when the sequencer has
        moved it there. Raises Unavailable when the payload cannot be sealed.
        """
        stamp = Stamp(
            tenant=tenant,
            entry=EntryId(random_id()),
            release=release,
            policy=event.policy or self._policy,
            delete_after=self._retention(tenant, event.at),
        )
        document = canonical(payload(event, stamp))
        salt = token_bytes(SALT_BYTES)
        leaf = Leaf(
            entry=stamp.entry,
            hour=hour_of(event.at),
            policy=bytes.fromhex(stamp.policy),
            commitment=commitment(salt, document),
        )
        written = Written(
            entry=stamp.entry,
            leaf=leaf.encode(),
            sealed=await self._sealer.seal(tx, tenant, stamp.entry, salt + document),
            delete_after=stamp.delete_after,
        )
        with stage(Stage.AUDIT, kind=event.kind):
            receipt = await write(tx, tenant, written, release=release)
        self._wake(tenant)
        return receipt
