"""The log held against what clients were told and against the rows of the product, afterwards."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import parsed
from app.audit.leaves import SALT_BYTES, Leaf, commitment
from app.audit.sealing import VaultSealer
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import EntryId
from tests.parties import BERGSTRASSE
from tests.system.ledger import Deed, Ledger
from tests.system.lives import Crowd, Fate, Life
from tests.system.running import System

_EVERYTHING = text("""
    SELECT entry, leaf, sealed, in_tree FROM (
        SELECT entry, leaf, true AS in_tree FROM audit_entries
        UNION ALL SELECT entry, leaf, false FROM audit_queue
    ) AS entries FULL JOIN audit_payloads USING (entry)
""")
_RELEASES = text("SELECT id FROM releases WHERE subject = ANY(:persons)")
_ANSWERS = text("""
    SELECT id, entry_id, outcome_entry_id FROM answers WHERE subject = ANY(:persons)
""")
_CONSENTS = text("SELECT subject, decision FROM consents WHERE subject = ANY(:subjects)")
# Of a question, besides the entry that its deed is named for.
OF_QUESTION = {"known_values_read", "answered", "answer_failed"}
ONCE = {"binding_created", "erasure_requested", "erasure_decided", "erasure_begun", "erased"}


@dataclass
class Opened:
    """All that came into the log since `before`, opened; by entry."""

    payloads: dict[str, Mapping[str, object]] = field(default_factory=dict)
    outside_the_tree: int = 0
    doubled: int = 0
    closed: int = 0

    def of(self, event: str) -> dict[str, Mapping[str, object]]:
        return {entry: each for entry, each in self.payloads.items() if each["event"] == event}

    def consents(self, of: set[str]) -> Counter[tuple[str, str]]:
        """By subject and decision."""
        told = ((_whom(each), str(each["outcome"])) for each in self.of("consent_changed").values())
        return Counter(each for each in told if each[0] in of)

    def releases(self, event: str) -> Counter[str]:
        return Counter(str(each["release"]) for each in self.of(event).values())


@dataclass
class Rows:
    """What the product itself keeps of those who stay."""

    releases: set[str]
    answers: dict[str, tuple[str, str]]
    consents: Counter[tuple[str, str]]


async def entries(system: System) -> set[UUID]:
    database = _database(system)
    try:
        async with database.transaction(BERGSTRASSE) as tx:
            return {row.entry for row in await tx.execute(_EVERYTHING)}
    finally:
        await database.close()


async def opened(system: System, before: set[UUID], staying: list[Life]) -> tuple[Opened, Rows]:
    """Everything is in the tree before it is looked at, or a TimeoutError says it is not."""
    database = _database(system)
    sealer = VaultSealer(Vault(FileKeyService(system.master_key)))
    found = Opened()
    try:
        await _drained(database)
        async with database.transaction(BERGSTRASSE) as tx:
            for row in (await tx.execute(_EVERYTHING)).all():
                if row.entry in before:
                    continue
                found.outside_the_tree += not row.in_tree
                found.doubled += str(row.entry) in found.payloads
                if row.sealed is None or row.leaf is None:
                    found.closed += 1
                    continue
                entry, sealed = EntryId(row.entry), bytes(row.sealed)
                plain = await sealer.open(tx, BERGSTRASSE, entry, sealed)
                salt, payload = plain[:SALT_BYTES], plain[SALT_BYTES:]
                told = Leaf.decode(bytes(row.leaf))
                found.closed += told.commitment != commitment(salt, payload)
                found.payloads[str(row.entry)] = parsed(payload)
            return found, await _rows(tx, staying)
    finally:
        await database.close()


async def _rows(tx: AsyncSession, staying: list[Life]) -> Rows:
    persons = {"persons": [UUID(life.ids["person"]) for life in staying]}
    subjects = {"subjects": [UUID(each) for life in staying for each in life.ids.values()]}
    answers = (await tx.execute(_ANSWERS, persons)).all()
    return Rows(
        releases={str(each) for each in (await tx.execute(_RELEASES, persons)).scalars()},
        answers={str(a.id): (str(a.entry_id), str(a.outcome_entry_id)) for a in answers},
        consents=Counter(
            (str(row.subject), row.decision) for row in await tx.execute(_CONSENTS, subjects)
        ),
    )


async def _drained(database: Database) -> None:
    async with asyncio.timeout(60):
        while True:
            async with database.transaction(BERGSTRASSE) as tx:
                if not (await tx.execute(text("SELECT count(*) FROM audit_queue"))).scalar_one():
                    return
            await asyncio.sleep(0.05)


def _database(system: System) -> Database:
    return Database(system.database.app_url().replace("postgresql://", "postgresql+psycopg://"))


def reckoned(crowd: Crowd, found: Opened) -> dict[str, list[str]]:
    """Deeds without their entries, and entries without a deed. Both lists should be empty."""
    names = {each: life.ref for life in crowd.lives for each in life.ids.values()}
    there: Counter[tuple[str, str]] = Counter()
    for payload in found.payloads.values():
        for event in _events(payload):
            there[event, names.get(_whom(payload), "")] += 1
    wrong: dict[str, list[str]] = {"lost": [], "without a cause": []}
    for event, ref in there.keys() | _expected(crowd):
        low, high = _bounds(crowd.ledger, event, ref)
        told = f"{event} of {ref or 'nobody'}: {there[event, ref]}, not {low} to {high}"
        if there[event, ref] < low:
            wrong["lost"].append(told)
        elif there[event, ref] > high:
            wrong["without a cause"].append(told)
    return wrong


def _events(payload: Mapping[str, object]) -> list[str]:
    """Killed once the list knew of an erasure and the database did not, it is begun by a replay."""
    match payload["event"]:
        case "consent_changed":
            return [f"consent_changed {payload['outcome']}"]
        case "erasure_replayed":
            return ["erasure_replayed", "erasure_begun"]
        case event:
            return [str(event)]


def _whom(payload: Mapping[str, object]) -> str:
    """The person, or the household where it is about all of it."""
    subjects = payload["subjects"]
    return str(subjects[0]) if isinstance(subjects, list) and subjects else ""


def _expected(crowd: Crowd) -> set[tuple[str, str]]:
    wanted = {(str(deed), ref) for deed, ref in crowd.ledger.told}
    asked = {("answered", ref) for deed, ref in crowd.ledger.told if deed is Deed.ASK}
    gone = {(event, life.ref) for life in crowd.of(Fate.EARLY, Fate.LATE) for event in ONCE}
    return wanted | asked | gone


def certain(crowd: Crowd) -> set[tuple[str, str]]:
    """Events, by whom, of which somebody was told or that cannot but be there."""
    events = {
        (event, ref) for event, ref in _expected(crowd) if _bounds(crowd.ledger, event, ref)[0]
    }
    return {(event.partition(" ")[0], ref) for event, ref in events}


def _bounds(ledger: Ledger, event: str, ref: str) -> tuple[int, int]:
    """How many there may be: those told of, and besides at most those that were cut."""
    if event in OF_QUESTION:
        told, cut = ledger.told[Deed.ASK, ref], ledger.cut[Deed.ASK, ref]
        return (told if event == "answered" else 0), told + cut
    if event in ONCE:
        bound = bool(ref) and event == Deed.BIND
        return (1, 1) if bound or ledger.told[Deed.FORGET, ref] else (0, 0)
    if event == "binding_refused":  # of a code that was used, and its answer cut; names nobody
        return 0, sum(times for (deed, _), times in ledger.cut.items() if deed is Deed.BIND)
    if event == "erasure_replayed":
        return 0, ledger.cut[Deed.FORGET, ref]
    if event not in set(Deed):
        return 0, 0
    deed = Deed(event)
    return ledger.told[deed, ref], ledger.told[deed, ref] + ledger.cut[deed, ref]
