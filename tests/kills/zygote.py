"""Starts the parts of a small product, each a process of its own, by forking.

    python -m tests.kills.zygote

One JSON object a line comes in, says which part to start and with what; the part's pid goes out.
Whoever started this kills parts as it likes. When it ends, all of them end.

A part is what the service has of it: `app` writes business and entry in one transaction, answers
200 once both are committed, and runs a sequencer beside that; `sequencer` runs one alone. Forking
saves the seconds that Python takes to import them; they share nothing but the database. A sequencer
may be told at which moment of a batch to kill itself: none of ours would hit it from outside.
"""

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Response
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.audit.notes import SigningKey
from app.audit.sealing import VaultSealer
from app.audit.sequencer import Pace, Sequencer
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import PersonId, ReleaseId, TenantId, random_id

TENANT = TenantId("bergstrasse")
POLICY = "ab" * 32
INSERT = text(
    "INSERT INTO business (tenant, id) VALUES (:tenant, :id) ON CONFLICT DO NOTHING RETURNING id"
)
# Often enough that the next batch is soon its own, and not the one's beside the app.
HASTE = Pace(interval=timedelta(milliseconds=20), sweep=timedelta(milliseconds=20))


class Moment(StrEnum):
    """Of a batch, by the statement: before it, or after it."""

    BEGUN = "before SELECT pg_try_advisory_xact_lock"
    LOCKED = "before DELETE FROM audit_queue"
    TAKEN = "after DELETE FROM audit_queue"
    PUT = "after INSERT INTO audit_entries"
    SIGNED = "after INSERT INTO audit_checkpoints"
    COMMITTED = "committed INSERT INTO audit_checkpoints"


class Deadly(Database):
    """Kills its own process as soon as it comes to that moment."""

    def __init__(self, url: str, moment: Moment) -> None:
        super().__init__(url)
        self._moment = moment
        self._when, _, self._statement = moment.partition(" ")
        self._reached = False
        name = "before_cursor_execute" if self._when == "before" else "after_cursor_execute"
        event.listen(self._engine.sync_engine, name, self._executed)

    @asynccontextmanager
    async def transaction(
        self, tenant: TenantId, *, by_key: bool = False
    ) -> AsyncIterator[AsyncSession]:
        async with super().transaction(tenant, by_key=by_key) as tx:
            yield tx
        if self._reached:
            self._die()

    def _executed(self, _connection: object, _cursor: object, text: str, *_: object) -> None:
        self._reached = self._reached or text.strip().startswith(self._statement)
        if self._reached and self._when != "committed":
            self._die()

    def _die(self) -> None:
        """Says where, so that nobody takes another end for this one."""
        os.write(sys.stdout.fileno(), f"dies {self._moment}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)


def key_of(order: Mapping[str, str]) -> SigningKey:
    private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(order["signing"]))
    return SigningKey("klarfall.example/log/bergstrasse", private)


def sealer_of(order: Mapping[str, str]) -> VaultSealer:
    return VaultSealer(Vault(FileKeyService(Path(order["master"]))))


def application(order: Mapping[str, str], database: Database, sequencer: Sequencer) -> FastAPI:
    app = FastAPI(openapi_url=None)
    log = Log(sealer_of(order), policy=POLICY, wake=sequencer.wake)

    @app.post("/{number}")
    async def write(number: UUID) -> Response:
        """Once, however often it is asked for: whoever got no answer asks again."""
        actor = Actor(kind=ActorKind.PERSON, person=PersonId(random_id()))
        done = Event(kind=EventKind.SIGNED_IN, at=datetime.now(UTC), actor=actor)
        try:
            async with database.transaction(TENANT) as tx:
                made = await tx.execute(INSERT, {"tenant": TENANT, "id": number})
                if made.scalar_one_or_none() is not None:
                    await log.record(tx, TENANT, done, release=ReleaseId(number))
        except Exception:  # noqa: BLE001 - a refusal, whatever the reason
            return Response(status_code=503)
        return Response(status_code=200)

    return app


async def run(order: Mapping[str, str]) -> None:
    if "dies" in order:
        deadly = Deadly(order["database"], Moment(order["dies"]))
        await Sequencer(deadly, {TENANT: key_of(order)}, pace=HASTE).run()
    database = Database(order["database"], wait_seconds=1)
    sequencer = Sequencer(database, {TENANT: key_of(order)})
    if order["part"] == "sequencer":
        await sequencer.run()
    app = application(order, database, sequencer)
    server = uvicorn.Server(
        uvicorn.Config(app, port=int(order["port"]), log_level="critical", loop="asyncio")
    )
    sequencing = asyncio.create_task(sequencer.run())
    await server.serve()
    sequencing.cancel()


def main() -> None:
    started: list[int] = []
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            order = json.loads(line)
            log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for stream in (sys.stdout, sys.stderr):
                os.dup2(log, stream.fileno())
            try:
                asyncio.run(run(order))
            except BaseException:  # noqa: BLE001 - told, and then it ends whatever it was
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(1)
        started.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
