"""What holds once: in whichever worker it arrives, and after a restart (RFC 9449, section 11.1).

Only digests are kept, of an identifier and who gave it: a token's own text has many spellings.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import CursorResult, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.tokens.challenges import Fault
from app.identity.tokens.dpop import Proof
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId, random_id

SWEPT_AT_ONCE: Final = 64
# Kept a little longer than it could be used, for the leeway of the clocks.
SLACK: Final = timedelta(seconds=30)

# One statement: what is over goes as new ones come in, so the table stays as small as the
# traffic of a minute. A second transaction with the same digest waits for the first.
_SPEND: Final = text(
    "WITH swept AS (DELETE FROM replay WHERE (tenant, digest) IN ("
    "SELECT tenant, digest FROM replay WHERE expires_at < :now "
    "ORDER BY expires_at LIMIT :swept_at_once FOR UPDATE SKIP LOCKED)) "
    "INSERT INTO replay AS known (tenant, digest, use, expires_at) "
    "VALUES (:tenant, :digest, :use, :until) "
    "ON CONFLICT (tenant, digest) DO UPDATE SET use = known.use WHERE known.use = :use"
)


class Kind(StrEnum):
    PROOF = "proof"
    LOGOUT = "logout"


async def spend(tx: AsyncSession, tenant: TenantId, proof: Proof, *, now: datetime) -> None:
    """Raises Challenged when this proof was used before, by whatever other call.

    The same call may spend it again: it may look its caller up more than once.
    """
    row = _row(tenant, f"{Kind.PROOF} {proof.thumbprint} {proof.jti}", proof.use, proof.until)
    if not await _is_first(tx, row, now):
        raise proof.challenge.refusal(Fault.PROOF)


async def first_use(  # noqa: PLR0913 - what, whose, and two moments
    tx: AsyncSession, tenant: TenantId, kind: Kind, value: str, *, until: datetime, now: datetime
) -> None:
    """Raises Unauthenticated when this was here before. Nobody need remember it after `until`."""
    row = _row(tenant, f"{kind} {value}", random_id(), until)
    if not await _is_first(tx, row, now):
        raise Unauthenticated


Row = dict[str, str | bytes | UUID | datetime]


def _row(tenant: TenantId, named: str, use: UUID, until: datetime) -> Row:
    digest = sha256(named.encode()).digest()
    return {"tenant": tenant, "digest": digest, "use": use, "until": until + SLACK}


async def _is_first(tx: AsyncSession, row: Row, now: datetime) -> bool:
    done = await tx.execute(_SPEND, {**row, "now": now, "swept_at_once": SWEPT_AT_ONCE})
    return isinstance(done, CursorResult) and done.rowcount == 1
