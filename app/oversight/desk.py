"""The desk of who looks after data protection. Nothing of a case file can be reached from here.

Every reading is in the log before anything is shown, and on the list of whoever it was about.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from app.audit.canonical import Json
from app.audit.events import EventKind
from app.audit.log import Log
from app.audit.notes import SigningKey
from app.audit.proofs import ReceiptDocument, State, document
from app.audit.sealing import Sealer
from app.database.engine import Database
from app.identity.officers import Officer
from app.oversight import anomalies, sessions
from app.oversight.anomalies import Anomaly
from app.oversight.approval import Report, ReportKind, Reports
from app.oversight.bundles import Taken, bundle
from app.oversight.lines import Line
from app.oversight.readings import persons_in, record
from app.oversight.requests import Requests, erasures
from app.oversight.searching import Page, Wanted, search
from app.oversight.sessions import Reading, Reason
from app.oversight.whom import Whom, persons_of, withdrawals_of
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Conflict
from app.vocabulary.ids import EntryId, TenantId
from app.vocabulary.levels import Language

# What anomalies are looked for in, newest first.
MOST_LINES: Final = 20_000


class NotInTheTree(Conflict):
    """It has no proof yet, which takes a second or two."""

    title_en = "One of these entries is not in the log yet. Please try again in a moment."
    title_de = (
        "Einer dieser Einträge ist noch nicht im Protokoll. Bitte versuchen Sie es gleich noch "
        "einmal."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """`complete` is whether all of the time asked for was looked at, or the newest of it only."""

    anomalies: tuple[Anomaly, ...]
    per_day: tuple[tuple[date, int], ...]
    looked_at: int
    unopenable: tuple[EntryId, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OversightDesk:
    database: Database
    vault: Vault
    sealer: Sealer
    log: Log
    clock: Clock
    signing: Mapping[TenantId, SigningKey]
    reports: Reports

    async def begin(self, officer: Officer, reason: Reason) -> Reading:
        now = self.clock()
        async with self.database.transaction(officer.tenant) as tx:
            reading = await sessions.begin(tx, self.vault, officer, reason, now=now)
            await record(tx, self.log, reading, EventKind.OVERSIGHT_OPENED, now=now)
        return reading

    async def live(self, officer: Officer, named: UUID | None = None) -> Reading:
        """Raises ReasonWanted where nobody said why, or longer ago than an hour."""
        async with self.database.transaction(officer.tenant) as tx:
            return await sessions.live(tx, officer, named, now=self.clock())

    async def finish(self, reading: Reading) -> None:
        now = self.clock()
        async with self.database.transaction(reading.tenant) as tx:
            await sessions.finish(tx, reading, now=now)
            await record(tx, self.log, reading, EventKind.OVERSIGHT_ENDED, now=now)

    async def search(
        self,
        reading: Reading,
        wanted: Wanted,
        whom: Whom,
        *,
        before: int | None = None,
        most: int,
    ) -> Page:
        """Raises NotFound for somebody who is not there."""
        now = self.clock()
        async with self.database.transaction(reading.tenant) as tx:
            persons = await persons_of(tx, self.vault, reading.tenant, whom)
            page = await search(
                tx,
                self.sealer,
                reading.tenant,
                replace(wanted, persons=persons),
                before=before,
                most=most,
            )
            await record(
                tx,
                self.log,
                reading,
                EventKind.OVERSIGHT_SEARCHED,
                now=now,
                hits=len(page.lines),
                seen=page.lines,
                purpose=wanted.purpose,
                persons=persons or (),
            )
        return page

    async def entry(self, reading: Reading, entry: EntryId) -> ReceiptDocument:
        """With its decision, and the proof that it is in the log. Raises NotFound without one."""
        async with self.database.transaction(reading.tenant) as tx:
            found = await document(tx, reading.tenant, entry, sealer=self.sealer)
            await record(
                tx,
                self.log,
                reading,
                EventKind.OVERSIGHT_ENTRY_READ,
                now=self.clock(),
                hits=1,
                persons=persons_in(found),
            )
        return found

    async def anomalies(self, reading: Reading, *, since: datetime, until: datetime) -> Findings:
        """Of this time; an officer's hour that began before it is known all the same."""
        async with self.database.transaction(reading.tenant) as tx:
            page = await search(
                tx,
                self.sealer,
                reading.tenant,
                Wanted(since=since - sessions.LASTS, until=until),
                most=MOST_LINES,
                limit=MOST_LINES,
            )
            found = tuple(
                each
                for each in anomalies.find(page.lines, await withdrawals_of(tx, reading.tenant))
                if _within(each, page.lines, since)
            )
            await record(
                tx,
                self.log,
                reading,
                EventKind.OVERSIGHT_ANOMALIES_READ,
                now=self.clock(),
                hits=len(found),
            )
        return Findings(
            anomalies=found,
            per_day=_per_day([each for each in page.lines if each.at >= since]),
            looked_at=page.looked_at,
            unopenable=page.unopenable,
            complete=page.next is None,
        )

    async def requests(
        self,
        reading: Reading,
        wanted: Wanted,
        whom: Whom,
        *,
        before: int | None = None,
        most: int,
    ) -> Requests:
        """What persons asked for in that time. Raises NotFound for somebody who is not there."""
        async with self.database.transaction(reading.tenant) as tx:
            persons = await persons_of(tx, self.vault, reading.tenant, whom)
            asked = replace(wanted, persons=persons, event=EventKind.EXPORTED)
            found = Requests(
                erasures=await erasures(tx, reading.tenant, asked),
                copies=await search(
                    tx, self.sealer, reading.tenant, asked, before=before, most=most
                ),
            )
            about = found.about
            about.update(dict.fromkeys(persons or (), 0))
            await record(
                tx,
                self.log,
                reading,
                EventKind.OVERSIGHT_REQUESTS_READ,
                now=self.clock(),
                hits=len(found.erasures) + len(found.copies.lines),
                persons=about,
            )
        return found

    async def report(self, reading: Reading, kind: ReportKind, language: Language) -> Report:
        async with self.database.transaction(reading.tenant) as tx:
            await record(tx, self.log, reading, EventKind.OVERSIGHT_REPORT_READ, now=self.clock())
        return self.reports.of(reading.tenant, kind, language)

    async def export(self, reading: Reading, entries: Sequence[EntryId]) -> dict[str, Json]:
        """Raises NotFound for an entry that is not there, NotInTheTree for one without a proof."""
        now = self.clock()
        tenant = reading.tenant
        async with self.database.transaction(tenant) as tx:
            found = [
                await document(tx, tenant, each, sealer=self.sealer)
                for each in dict.fromkeys(entries)
            ]
            if any(each.state is not State.INCLUDED for each in found):
                raise NotInTheTree
            persons = Counter(person for each in found for person in persons_in(each))
            recorded = await record(
                tx,
                self.log,
                reading,
                EventKind.OVERSIGHT_EXPORTED,
                now=now,
                hits=len(found),
                persons=persons,
            )
        taken = Taken(
            at=now,
            officer=reading.officer.identity,
            session=reading.id,
            category=reading.category,
            recorded_as=recorded,
        )
        return bundle(taken, [each.json() for each in found], self.signing[tenant])


def _within(found: Anomaly, lines: Iterable[Line], since: datetime) -> bool:
    """Not those of the hour before, which was read to know who had said why."""
    old = {each.entry for each in lines if each.at < since}
    return not old.issuperset(found.entries)


def _per_day(lines: Sequence[Line]) -> tuple[tuple[date, int], ...]:
    """Every day from the first to the last, also those on which nothing was."""
    counted = Counter(each.day for each in lines)
    if not counted:
        return ()
    first, last = min(counted), max(counted)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple((day, counted[day]) for day in days)
