"""What the same machine needs, in the same run, for the part of the work nobody can save."""

import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Final

import psycopg
from fastapi import FastAPI
from sqlalchemy import text

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.audit.sealing import VaultSealer
from app.database.engine import Database
from app.redaction.finder import PresidioDetector
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import PersonId, TenantId, random_id
from app.vocabulary.levels import Language
from bench.clients import QUESTIONS
from demo.postgres import Server, free_port
from demo.processes import Child, start
from demo.state import ROOT

TENANT: Final = TenantId("bergstrasse")
ROUNDS: Final = 200
POLICY: Final = "0" * 64

# As many bytes as an audited entry writes, in a table without anything to check or to keep final.
PLAIN_TABLE: Final = """
    CREATE TABLE plain_entries (entry uuid PRIMARY KEY, leaf bytea NOT NULL, sealed bytea NOT NULL)
"""
PLAIN_INSERT: Final = text("INSERT INTO plain_entries VALUES (:entry, :leaf, :sealed)")


def empty_route() -> FastAPI:
    """Served by uvicorn with the same settings as the service."""
    app = FastAPI(openapi_url=None)

    @app.get("/nothing")
    async def nothing() -> dict[str, str]:
        return {}

    return app


def started_empty_route(folder: Path) -> tuple[str, Child]:
    port = free_port()
    child = start(
        "The empty route",
        [sys.executable, "-m", "uvicorn", "bench.baselines:empty_route", "--factory", "--port",
         str(port), "--log-level", "warning", "--no-access-log"],
        log=folder / "empty.log",
        folder=ROOT,
    )  # fmt: skip
    return f"http://127.0.0.1:{port}", child


def presidio_milliseconds() -> list[float]:
    """A bare pass over the same questions: no known values, no tokens, no tables."""
    detector = PresidioDetector()
    spent = []
    for _ in range(ROUNDS // len(QUESTIONS)):
        for question in QUESTIONS:
            begun = time.perf_counter()
            detector.detect(question, Language.DE)
            spent.append((time.perf_counter() - begun) * 1000)
    return spent


async def insert_milliseconds(server: Server, keys: Path) -> tuple[float, float]:
    """Medians of a transaction with a plain insert, and of one with an audited event."""
    make_plain_table(server)
    database = Database(server.app_url())
    log = Log(VaultSealer(Vault(FileKeyService(keys / "master.key"))), policy=POLICY)

    async def plain() -> None:
        row = {"entry": random_id(), "leaf": bytes(85), "sealed": bytes(700)}
        async with database.transaction(TENANT) as tx:
            await tx.execute(PLAIN_INSERT, row)

    async def audited() -> None:
        actor = Actor(kind=ActorKind.PERSON, person=PersonId(random_id()))
        event = Event(kind=EventKind.SIGNED_IN, at=datetime.now(UTC), actor=actor)
        async with database.transaction(TENANT) as tx:
            await log.record(tx, TENANT, event)

    try:
        return await repeated(plain), await repeated(audited)
    finally:
        await database.close()


def make_plain_table(server: Server) -> None:
    with psycopg.connect(server.owner_url()) as connection:
        connection.execute("DROP TABLE IF EXISTS plain_entries")
        connection.execute(PLAIN_TABLE)
        connection.execute("GRANT INSERT ON plain_entries TO klarfall_app")


async def repeated(once: Callable[[], Awaitable[None]]) -> float:
    spent = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await once()
        spent.append((time.perf_counter() - begun) * 1000)
    return median(spent)
