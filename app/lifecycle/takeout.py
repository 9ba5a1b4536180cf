"""A person's own data, complete and in one piece (Art. 15 and 20 GDPR, § 83 SGB X).

Values go the way every value goes: a Release decides, the log has it before a byte is read, and
what is withheld is told with its reason. Only for oneself: not for whoever acts for another, and
nothing of another member of the household.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.answers.gate import Asked, Gate
from app.audit.events import EventKind
from app.audit.sealing import Sealer
from app.catalogue.fields import Stored
from app.catalogue.rulebook import Rulebook
from app.identity.persons import Person
from app.legitimation import mandates
from app.legitimation.mandates import Mandate, Offer
from app.legitimation.protection.protecting import oneself
from app.lifecycle import belongings, entries, rows
from app.lifecycle.holdings import Untold
from app.lifecycle.inventory import HOLDINGS
from app.lifecycle.retention import Retention
from app.policy.release import Item
from app.records.excerpt import CaseFile, ScopedFacts, excerpt
from app.vocabulary.ids import MandateId
from app.vocabulary.json import Json
from app.vocabulary.levels import Hosting, Language, Purpose, Recipient

FORMAT = "klarfall-export-v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportDesk:
    gate: Gate
    file: CaseFile
    sealer: Sealer
    rulebook: Rulebook
    retention: Retention

    async def export(
        self, person: Person, *, language: Language, named: MandateId | None = None
    ) -> dict[str, Json]:
        """Everything, as one document. Raises NotLegitimated for whoever acts for another."""
        now = self.gate.clock()
        async with self.gate.database.transaction(person.tenant) as tx:
            own = await oneself(tx, person, named=named, now=now)
            held = [await self._mandate(tx, person, offer, now) for offer in own]
        files = [await self._file(mandate, language) for mandate in held]
        async with self.gate.database.transaction(person.tenant) as tx:
            # A file is read by now and the log knows: whose mandate ended meanwhile gets nothing.
            for mandate in held:
                await mandates.confirm(tx, mandate, now=self.gate.clock())
            whose = await belongings.of_persons(
                tx, person.tenant, {offer.grantor for offer in own}, [person.identity]
            )
            records = await rows.told(tx, self.gate.vault, whose)
            log: list[Json] = [
                entries.told(found, whose) async for found in entries.of(tx, self.sealer, whose)
            ]
        self._with_labels(records, language)
        return {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "office": person.tenant,
            "language": language,
            "file": list[Json](files),
            "records": {name: list[Json](found) for name, found in records.items()},
            "log": sorted(log, key=_at),
            "recipients": _recipients(records, language),
            "retention": [dict(rule.told(language)) for rule in self.retention],
            "not_included": _not_included(),
        }

    async def _mandate(
        self, tx: AsyncSession, person: Person, offer: Offer, now: datetime
    ) -> Mandate:
        return await mandates.establish(tx, person, offer.case, named=offer.id, now=now)

    async def _file(self, mandate: Mandate, language: Language) -> dict[str, Json]:
        """Every field of the catalogue, decided like a question about everything."""
        needed = frozenset(
            (mandate.household if f.stored is Stored.HOUSEHOLD else mandate.subject, f.name)
            for f in self.rulebook.catalogue
        )
        asked = Asked(
            needed=needed,
            purpose=Purpose.ANSWER_OWN_QUESTION,
            hosting=Hosting.NO_MODEL,
            special=False,
        )
        release, receipt = await self.gate.release(mandate, asked, kind=EventKind.EXPORTED)
        facts = await excerpt(self.file, release, receipt)
        return {
            "case": str(mandate.case),
            "person": str(mandate.subject),
            "receipt": str(receipt.entry),
            "fields": [
                self._shown(item, facts, language)
                for item in release.items
                if (item.subject, item.field) in facts.values
            ],
            "withheld": [self._withheld(item, language) for item in release.withheld],
        }

    def _shown(self, item: Item, facts: ScopedFacts, language: Language) -> dict[str, Json]:
        field = self.rulebook.catalogue[item.field]
        basis = self.rulebook.bases.of(item.field, facts.release.purpose, Recipient.PERSON)
        return {
            "field": item.field,
            "label": field.label(language),
            "meaning": field.description(language),
            "of": "household" if field.stored is Stored.HOUSEHOLD else "person",
            "law": basis.citation(language),
            "value": facts.values[item.subject, item.field],
        }

    def _withheld(self, item: Item, language: Language) -> dict[str, Json]:
        """As it is told elsewhere: that somebody is protected is said to nobody."""
        return {
            "field": item.field,
            "label": self.rulebook.catalogue[item.field].label(language),
            "reason": item.reason,
        }

    def _with_labels(self, records: dict[str, list[Json]], language: Language) -> None:
        """What a field is called, on which law it was used, and the text that was decided on."""
        laws = self.rulebook.bases.spoken(language)
        for row in records.get("releases", []):
            for item in _items(row["shown"]) if isinstance(row, dict) else ():
                basis = str(item["basis"])
                item["law"] = laws.get(basis, item["basis"])
        for name in ("consents", "case_values"):
            for row in records.get(name, []):
                if not isinstance(row, dict):
                    continue
                field = str(row["field"])
                known = field in self.rulebook.catalogue
                row["label"] = self.rulebook.catalogue[field].label(language) if known else field
                if name == "consents":
                    row["text_shown"] = self._notice(
                        str(row["notice_id"]), str(row["notice_language"])
                    )

    def _notice(self, notice: str, language: str) -> str | None:
        """An id stands for one wording for ever (policies/notices.yaml)."""
        return (
            self.rulebook.notices.text(notice, language)
            if notice in self.rulebook.notices
            else None
        )


def _at(entry: Json) -> str:
    return str(entry["at"]) if isinstance(entry, dict) else ""


_RECIPIENTS = {
    Language.DE: {
        "office": "Ihr Jobcenter, das die Angaben geschickt hat",
        "person": "Sie selbst",
        "representative": "Wer für Sie handeln darf (siehe Vollmachten)",
    },
    Language.EN: {
        "office": "Your Jobcenter, which sent these details",
        "person": "Yourself",
        "representative": "Whoever may act for you (see mandates)",
    },
}


def _recipients(records: dict[str, list[Json]], language: Language) -> list[Json]:
    """Who was given anything, and where a language program ran (Art. 15(1)(c) GDPR)."""
    words = _RECIPIENTS[language]
    releases = [row for row in records["releases"] if isinstance(row, dict)]
    hostings = {
        str(row["hosting"])
        for row in releases
        for item in _items(row["shown"])
        if item["to_model"] != "none"
    }
    found: list[Json] = [
        {"recipient": kind, "label": words[kind]}
        for kind, there in (
            ("office", True),
            ("person", any(row["by_me"] for row in releases)),
            ("representative", any(not row["by_me"] for row in releases)),
        )
        if there
    ]
    return found + [{"recipient": "model", "hosting": each} for each in sorted(hostings)]


def _items(shown: Json) -> list[dict[str, Json]]:
    return [each for each in shown if isinstance(each, dict)] if isinstance(shown, list) else []


def _not_included() -> list[Json]:
    """Column by column, with the reason: nothing is left out in silence."""
    return [
        {"table": table, "column": column, "reason": str(why)}
        for table, holding in HOLDINGS.items()
        for column, why in holding.untold.items()
        if why not in {Untold.OPENED, Untold.OFFICE}
    ]
