"""Asks witnesses to cosign what the log signed (c2sp.org/tlog-witness, `add-checkpoint`).

A witness keeps the last checkpoint it saw and cosigns only what continues it: a log that shows
two people two histories, or an old one again, gets no further cosignature. A witness that is away
stops nothing here; a verifier who asks for it sees that it is missing.
"""

import asyncio
import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

import httpx2
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.cosignatures import cosigned_at
from app.audit.notes import signature_line, signatures_by
from app.audit.proofs import folded
from app.audit.quorum import Witness
from app.audit.reading import Transactions, latest
from app.audit.rejection import Rejected
from app.audit.tree import consistency
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vocabulary.ids import TenantId

SECONDS: Final = 5.0
_LARGEST: Final = 65_536
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_SEEN: Final = text("""
    SELECT coalesce(max(size), 0) FROM audit_cosignatures
    WHERE tenant = :tenant AND witness = :witness
""")
_PUT: Final = text("""
    INSERT INTO audit_cosignatures (tenant, size, witness, line)
    VALUES (:tenant, :size, :witness, :line) ON CONFLICT DO NOTHING
""")


class Outcome(StrEnum):
    """REFUSED: the witness saw another log than this one, or a longer one. That is an alarm."""

    COSIGNED = "cosigned"
    NOTHING_NEW = "nothing new"
    AWAY = "away"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Submission:
    """A checkpoint, and the proof that it continues the one of `old` entries."""

    old: int
    size: int
    note: str
    proof: tuple[bytes, ...]

    @property
    def body(self) -> bytes:
        steps = "".join(f"{b64encode(step).decode()}\n" for step in self.proof)
        return f"old {self.old}\n{steps}\n{self.note}".encode()


class Witnessing:
    """`witnesses` of each tenant; those without an address are asked by nobody."""

    def __init__(
        self,
        database: Transactions,
        witnesses: Mapping[TenantId, tuple[Witness, ...]],
        *,
        interval: timedelta = timedelta(seconds=1),
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._database = database
        self._witnesses = {
            tenant: asked
            for tenant, found in witnesses.items()
            if (asked := tuple(each for each in found if each.url is not None))
        }
        self._interval = interval
        self._client = httpx2.AsyncClient(trust_env=False, timeout=SECONDS, transport=transport)
        self.states: dict[tuple[TenantId, str], Outcome] = {}

    async def run(self) -> None:
        """Until cancelled; at once over, where no witness is asked."""
        while self._witnesses:
            await asyncio.gather(*(self.ask(tenant) for tenant in self._witnesses))
            await asyncio.sleep(self._interval.total_seconds())

    async def aclose(self) -> None:
        await self._client.aclose()

    async def ask(self, tenant: TenantId) -> dict[str, Outcome]:
        """Every witness of the tenant, about the newest checkpoint, by name."""
        asked = self._witnesses.get(tenant, ())
        outcomes = await asyncio.gather(*(self._attempt(tenant, witness) for witness in asked))
        found = {witness.name: outcome for witness, outcome in zip(asked, outcomes, strict=True)}
        for name, outcome in found.items():
            before = self.states.get((tenant, name))
            self.states[tenant, name] = outcome
            if outcome in {Outcome.AWAY, Outcome.REFUSED} and outcome is not before:
                _tell(tenant, name, outcome)
        return found

    async def _attempt(self, tenant: TenantId, witness: Witness) -> Outcome:
        """Whatever it is that goes wrong with one witness, the others are asked."""
        try:
            return await self._submit(tenant, witness)
        except Rejected:
            return Outcome.REFUSED
        except Exception:  # noqa: BLE001 - the network, the database, an answer that is none
            return Outcome.AWAY

    async def _submit(self, tenant: TenantId, witness: Witness) -> Outcome:
        async with self._database.transaction(tenant) as tx:
            at = {"tenant": tenant, "witness": witness.key.vkey}
            seen = int((await tx.execute(_SEEN, at)).scalar_one())
            submission = await _submission(tx, tenant, seen)
        if submission is None:
            return Outcome.NOTHING_NEW
        status, answer = await self._post(witness, submission)
        known = _SIZE.fullmatch(answer)
        if status == httpx2.codes.CONFLICT and known is not None:
            # It saw more, or less, than is written down here: its own word counts.
            async with self._database.transaction(tenant) as tx:
                submission = await _submission(tx, tenant, int(known[1]), again=True)
            if submission is None:
                return Outcome.NOTHING_NEW
            status, answer = await self._post(witness, submission)
        another = status == httpx2.codes.CONFLICT and _SIZE.fullmatch(answer) is None
        if another or status == httpx2.codes.UNPROCESSABLE_CONTENT:
            raise Rejected("The witness saw another log than this one.")
        if status != httpx2.codes.OK:
            return Outcome.AWAY
        line = _line(submission.note, answer, witness)
        async with self._database.transaction(tenant) as tx:
            await tx.execute(_PUT, {**at, "size": submission.size, "line": line})
        return Outcome.COSIGNED

    async def _post(self, witness: Witness, submission: _Submission) -> tuple[int, bytes]:
        url = f"{(witness.url or '').rstrip('/')}/add-checkpoint"
        async with (
            asyncio.timeout(2 * SECONDS),
            self._client.stream("POST", url, content=submission.body) as answer,
        ):
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > _LARGEST:
                    raise httpx2.TransportError("more than a witness has to say")
            return answer.status_code, body


async def _submission(
    tx: AsyncSession, tenant: TenantId, old: int, *, again: bool = False
) -> _Submission | None:
    """The newest checkpoint and its proof; None where there is none beyond `old`.

    Raises Rejected where the log is shorter than it was.
    """
    last = await latest(tx, tenant)
    if old > (0 if last is None else last[0]):
        raise Rejected("The witness saw a longer log than this one.")
    if last is None or (last[0] == old and not again):
        return None
    size, note = last
    groups = consistency(old, size) if 0 < old < size else ()
    return _Submission(old, size, note, await folded(tx, tenant, groups, size))


def _line(note: str, answer: bytes, witness: Witness) -> str:
    """The one line of this witness's in its answer, verified. All others are nobody's."""
    both = note + answer.decode()
    try:
        cosigned = cosigned_at(both, witness.key) is not None
    except Rejected:
        cosigned = False
    if not cosigned:
        raise ValueError("the answer has no cosignature of this witness")
    return signature_line(witness.key, signatures_by(both, witness.key)[1][-1])


def _tell(tenant: TenantId, witness: str, outcome: Outcome) -> None:
    say(
        Message.WITNESS_WAITING if outcome is Outcome.AWAY else Message.WITNESS_REFUSED,
        level=Level.WARNING if outcome is Outcome.AWAY else Level.ERROR,
        tenant=Configured(tenant),
        witness=Configured(witness),
    )
