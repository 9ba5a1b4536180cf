"""What it takes to look: an officer's search over a long log, and a person's copy of a large file.

Part of `make bench`, over HTTP at the demo that runs. The log is made longer first by as many
entries as are missing to 100,000: made and sealed as the service does it, put into its queue, and
brought into the tree by its own sequencer.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from secrets import token_bytes
from statistics import median
from typing import Final

import httpx2
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import canonical
from app.audit.events import Actor, ActorKind, Decided, Event, EventKind, Outcome, Stamp, payload
from app.audit.leaves import SALT_BYTES, Leaf, commitment, hour_of
from app.audit.sealing import VaultSealer
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import (
    CaseId,
    EntryId,
    FieldName,
    IdentityId,
    SubjectId,
    TenantId,
    random_id,
)
from app.vocabulary.json import Json
from app.vocabulary.levels import Form, Purpose
from bench.clients import QUESTIONS, Caller, Target
from bench.writes import Figure
from demo.access import Doors, account_named
from demo.stack import Demo
from demo.world.world import build

TENANT: Final = TenantId("bergstrasse")
ENTRIES: Final = 100_000
AT_ONCE: Final = 1_000
PERSONS: Final = 2_000
ANSWERS: Final = 200
MONTHS: Final = 36
CASEWORK: Final = "erika"
POLICY: Final = "0" * 64
FIELDS: Final = ("benefit.next_payment", "benefit.payments", "appointment.next")
REASON: Final = {"category": "random_check", "reason": "Messung der Suche"}
_PAYLOAD: Final = text("""
    INSERT INTO audit_payloads (tenant, entry, sealed, delete_after)
    VALUES (:tenant, :entry, :sealed, :delete_after)
""")
_QUEUE: Final = text(
    "INSERT INTO audit_queue (tenant, entry, leaf) VALUES (:tenant, :entry, :leaf)"
)
_THERE: Final = text("""
    SELECT (SELECT count(*) FROM audit_entries WHERE tenant = :tenant),
           (SELECT count(*) FROM audit_queue WHERE tenant = :tenant)
""")
_PLAINLY: Final = text("""
    SELECT e.index AS place, e.entry, p.sealed FROM audit_entries AS e
    JOIN audit_payloads AS p ON p.tenant = e.tenant AND p.entry = e.entry
    WHERE e.tenant = :tenant AND e.index < :before ORDER BY e.index DESC LIMIT 5000
""")


def measure(demo: Demo, folder: Path, figure: Figure) -> None:
    asyncio.run(_measure(demo, folder, figure))


async def _measure(demo: Demo, folder: Path, figure: Figure) -> None:
    doors = Doors(demo.place, folder / "keys")
    database = Database(demo.database.app_url())
    try:
        seldom = await _file(demo, doors)
        await _lengthen(database, folder / "keys")
        plainly = await _read_plainly(database)
    finally:
        await database.close()
    officer = {"Authorization": f"Bearer {await doors.user_token(account_named('officer'))}"}
    async with httpx2.AsyncClient(base_url=demo.place.url, timeout=120, trust_env=False) as client:
        begun = await client.post("/v1/oversight/sessions", headers=officer, json=REASON)
        officer["Klarfall-Oversight"] = begun.raise_for_status().json()["id"]
        pages, looked_at, hits = await _searched(client, officer, seldom)
        figure(
            "oversight_search_100k_ms", sum(pages), "ms", entries=looked_at, hits=hits,
            pages=len(pages), baseline_plain_read_ms=round(plainly, 1),
            times_plain=round(sum(pages) / plainly, 2),
        )  # fmt: skip
        figure("oversight_search_page_ms", median(pages), "ms", longest=round(max(pages), 1))
        person = {"Authorization": f"Bearer {await doors.user_token(account_named(CASEWORK))}"}
        at = time.perf_counter()
        taken = await client.get("/v1/me/export", headers=person)
        took = time.perf_counter() - at
        taken.raise_for_status()
        told = await client.get("/v1/me/export", headers=person | {"Accept": "application/json"})
        document = told.json()
        figure(
            "export_36_months_200_answers_s", took, "s", target=60, log_entries=looked_at,
            bytes=len(taken.content), own_entries=len(document["log"]),
            answers=len(document["records"]["answers"]),
            baseline_plain_read_s=round(plainly / 1000, 2),
        )  # fmt: skip


async def _searched(
    client: httpx2.AsyncClient, officer: dict[str, str], person: dict[str, str]
) -> tuple[list[float], int, int]:
    """To the end of the log: how long each page took, how many were looked at, and found."""
    took, looked_at, hits = list[float](), 0, 0
    query: dict[str, str | int] = {**person, "event": "erasure_requested", "most": 100}
    while True:
        at = time.perf_counter()
        page = await client.get("/v1/oversight/entries", headers=officer, params=query)
        took.append((time.perf_counter() - at) * 1000)
        body = page.raise_for_status().json()
        looked_at += body["looked_at"]
        hits += len(body["entries"])
        if body["next"] is None:
            return took, looked_at, hits
        query["before"] = body["next"]


async def _file(demo: Demo, doors: Doors) -> dict[str, str]:
    """36 months of a file and 200 answers; a request that the search is to find. Whose it is."""
    world = build(datetime.now(UTC).date())
    bound = world.bindings[CASEWORK]
    case = next(each for each in world.cases if each.ref == bound.case)
    holder = doors.holder()
    async with httpx2.AsyncClient(
        base_url=demo.place.url, timeout=60, trust_env=False, auth=holder
    ) as office:
        token = await doors.machine_token(case.tenant)
        headers = {"Authorization": f"DPoP {token}"}
        body = _longer(json.loads(json.dumps(case.document)), bound.person)
        pushed = await office.put(f"/v1/integration/cases/{case.ref}", headers=headers, json=body)
        pushed.raise_for_status()
    own = {"Authorization": f"Bearer {await doors.user_token(account_named(CASEWORK))}"}
    async with httpx2.AsyncClient(base_url=demo.place.url, timeout=60, trust_env=False) as client:
        (mandate, *_) = (
            (await client.get("/v1/me", headers=own)).raise_for_status().json()["mandates"]
        )
        (await client.post("/v1/me/erasure-requests", headers=own)).raise_for_status()
    caller = Caller(
        Target(
            demo.place.url,
            f"/v1/cases/{mandate['case_id']}/questions",
            {**own, "Klarfall-Mandate": str(mandate["id"])},
        )
    )
    for number in range(ANSWERS):
        caller.milliseconds(QUESTIONS[number % len(QUESTIONS)])
    caller.close()
    return {"case": str(case.ref), "person": str(bound.person)}


def _longer(document: dict[str, Json], person: str) -> dict[str, Json]:
    """With a calculation, a payment, a decision and an appointment for each month."""
    today = datetime.now(UTC).date().replace(day=1)
    days = [_months_before(today, number) for number in range(1, MONTHS + 1)]
    money: Json = {"amount": "563.00", "currency": "EUR"}
    kept: dict[str, Json] = {
        "decision.calculation": [
            {
                "month": f"{day:%Y-%m}",
                "lines": [{"kind": kind, "amount": money} for kind in ("regelbedarf", "miete")],
                "total": money,
            }
            for day in days
        ],
        "appointment.history": [
            {
                "starts_at": f"{day.isoformat()}T09:00:00+01:00",
                "topic": "Beratung",
                "attended": True,
            }
            for day in days
        ],
    }
    for each in document["persons"] if isinstance(document["persons"], list) else ():
        if isinstance(each, dict) and each["ref"] == person and isinstance(each["fields"], dict):
            each["fields"].update(kept)
    household = document["household"]
    if isinstance(household, dict) and isinstance(household["fields"], dict):
        household["fields"]["benefit.payments"] = [
            {"date": day.isoformat(), "amount": money, "month": f"{day:%Y-%m}"} for day in days
        ]
    return document


def _months_before(day: date, number: int) -> date:
    months = day.year * 12 + day.month - 1 - number
    return date(months // 12, months % 12 + 1, 1)


async def _lengthen(database: Database, keys: Path) -> None:
    """To 100,000 entries, of 2,000 persons over a month, and wait for them to be in the tree."""
    sealer = VaultSealer(Vault(FileKeyService(keys / "master.key")))
    at = {"tenant": TENANT}
    async with database.transaction(TENANT) as tx:
        entries, waiting = (await tx.execute(_THERE, at)).one()
    for chunk in batched(_events(max(0, ENTRIES - entries - waiting))):
        async with database.transaction(TENANT) as tx:
            rows = [await _row(sealer, tx, each) for each in chunk]
            await tx.execute(_PAYLOAD, [row[0] for row in rows])
            await tx.execute(_QUEUE, [row[1] for row in rows])
    while waiting or entries < ENTRIES:
        await asyncio.sleep(0.2)
        async with database.transaction(TENANT) as tx:
            entries, waiting = (await tx.execute(_THERE, at)).one()


def batched(events: Iterator[Event]) -> Iterator[list[Event]]:
    while chunk := list(islice(events, AT_ONCE)):
        yield chunk


def _events(many: int) -> Iterator[Event]:
    """Questions and answers of persons and cases, spread over a month."""
    now = datetime.now(UTC)
    who = [
        (IdentityId(random_id()), SubjectId(random_id()), CaseId(random_id()))
        for _ in range(PERSONS)
    ]
    for number in range(many):
        identity, subject, case = who[number % PERSONS]
        released = number % 2 == 0
        yield Event(
            kind=EventKind.RELEASED if released else EventKind.ANSWERED,
            at=now - timedelta(days=30) * (many - number) / many,
            actor=Actor(kind=ActorKind.PERSON, identity=identity),
            outcome=Outcome.DONE if released else Outcome.ANSWERED,
            case=case,
            subjects=(subject,),
            purpose=Purpose.ANSWER_OWN_QUESTION,
            decisions=tuple(
                Decided(
                    subject=subject,
                    field=FieldName(field),
                    to_person=True,
                    to_model=Form.SLOT,
                    basis="Art. 15 DSGVO, § 83 SGB X",
                )
                for field in (FIELDS if released else ())
            ),
            hits=len(FIELDS),
        )


async def _row(
    sealer: VaultSealer, tx: AsyncSession, event: Event
) -> tuple[dict[str, object], dict[str, object]]:
    """As `Log.record` makes it."""
    stamp = Stamp(
        tenant=TENANT,
        entry=EntryId(random_id()),
        release=None,
        policy=POLICY,
        delete_after=date(event.at.year + 1, 12, 31),
    )
    document, salt = canonical(payload(event, stamp)), token_bytes(SALT_BYTES)
    leaf = Leaf(
        entry=stamp.entry,
        hour=hour_of(event.at),
        policy=bytes.fromhex(POLICY),
        commitment=commitment(salt, document),
    )
    sealed = await sealer.seal(tx, TENANT, stamp.entry, salt + document)
    at = {"tenant": TENANT, "entry": stamp.entry}
    return at | {"sealed": sealed, "delete_after": stamp.delete_after}, at | {"leaf": leaf.encode()}


async def _read_plainly(database: Database) -> float:
    """The same rows out of the same tables, in milliseconds; nothing is opened."""
    begun, before, seen = time.perf_counter(), 2**62, AT_ONCE
    while seen:
        async with database.transaction(TENANT) as tx:
            rows = (await tx.execute(_PLAINLY, {"tenant": TENANT, "before": before})).all()
        seen = len(rows)
        before = rows[-1].place if rows else before
    return (time.perf_counter() - begun) * 1000
