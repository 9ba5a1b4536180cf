"""What an answer is made of, masked: the question and the facts through one table."""

from dataclasses import dataclass
from functools import partial
from typing import Final

from app.answers.drafting import Material
from app.audit.receipts import Receipt
from app.catalogue.rulebook import Rulebook
from app.intake.inquiry import Inquiry
from app.records.excerpt import ScopedFacts
from app.redaction.facts import known_values, redact_facts
from app.redaction.finder import Detector, pseudonymiser
from app.redaction.household import known_values as household_values
from app.redaction.patience import awaited
from app.redaction.text import Pseudonymiser, Pseudonyms, RedactedText
from app.vocabulary.dates import Clock, today

# Seconds for a question and all that is known, masked together.
_PATIENCE: Final = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Masking:
    detector: Detector
    rulebook: Rulebook
    clock: Clock

    async def material(self, inquiry: Inquiry, facts: ScopedFacts, receipt: Receipt) -> Material:
        """Raises NotRedacted for whatever goes wrong, as `awaited` does."""
        return await awaited(_PATIENCE, partial(self._material, inquiry, facts, receipt))

    async def question(self, inquiry: Inquiry) -> RedactedText:
        """The question alone, where nothing was read that it could be masked by."""
        table = pseudonymiser(self.detector, (), language=inquiry.language)
        return await awaited(_PATIENCE, partial(table.redact, inquiry.text))

    def _material(self, inquiry: Inquiry, facts: ScopedFacts, receipt: Receipt) -> Material:
        """One table for facts and question: two would give two people the same token."""
        table = pseudonymiser(self.detector, known_values(facts), language=inquiry.language)
        return Material(
            inquiry=inquiry,
            facts=facts,
            question=table.redact(inquiry.text),
            sheet=redact_facts(
                facts,
                catalogue=self.rulebook.catalogue,
                language=inquiry.language,
                table=table,
            ),
            table=table,
            counted=self._counted(inquiry, facts, table),
            receipt=receipt,
            today=today(self.clock),
        )

    def _counted(self, inquiry: Inquiry, facts: ScopedFacts, table: Pseudonymiser) -> Pseudonyms:
        """What may be told of the redaction: nothing that only another's identifiers explain."""
        if not facts.masking:
            return table.names
        own = household_values(facts.values)
        plain = pseudonymiser(self.detector, own, language=inquiry.language)
        plain.redact(inquiry.text)
        return plain.names
