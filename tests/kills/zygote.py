"""Starts the parts of a small product, each a process of its own, by forking.

    python -m tests.kills.zygote

One JSON object a line comes in, says which part to start and with what; the part's pid goes out.
Whoever started this kills parts as it likes. When it ends, all of them end.

A part is what the service has of it: `app` writes business and entry in one transaction, answers
200 once both are committed, and runs a sequencer beside that; `sequencer` runs one alone. Forking
saves the seconds that Python takes to import them; they share nothing but the database.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Response
from sqlalchemy import text

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.audit.notes import SigningKey
from app.audit.sealing import VaultSealer
from app.audit.sequencer import Sequencer
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import PersonId, ReleaseId, TenantId, random_id

TENANT = TenantId("bergstrasse")
POLICY = "ab" * 32
INSERT = text(
    "INSERT INTO business (tenant, id) VALUES (:tenant, :id) ON CONFLICT DO NOTHING RETURNING id"
)


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
        event = Event(kind=EventKind.SIGNED_IN, at=datetime.now(UTC), actor=actor)
        try:
            async with database.transaction(TENANT) as tx:
                made = await tx.execute(INSERT, {"tenant": TENANT, "id": number})
                if made.scalar_one_or_none() is not None:
                    await log.record(tx, TENANT, event, release=ReleaseId(number))
        except Exception:  # noqa: BLE001 - a refusal, whatever the reason
            return Response(status_code=503)
        return Response(status_code=200)

    return app


async def run(order: Mapping[str, str]) -> None:
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
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            try:
                asyncio.run(run(json.loads(line)))
            finally:
                os._exit(1)
        started.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
