"""Lines at the model's door that must not type-check. Read by mypy, never run.

Each ignore names the error it expects; warn_unused_ignores turns a line that
starts to type-check into a failure.
"""

from app.audit.receipts import Receipt
from app.knowledge.articles import Article
from app.redaction.text import RedactedText
from app.synthesis.door import LanguageModel
from app.synthesis.grounding import GroundedDraft
from app.vocabulary.ids import EntryId
from app.vocabulary.levels import Language

DE = Language.DE


def only_evidence_goes_through_the_door(
    model: LanguageModel, ok: RedactedText, law: Article, receipt: Receipt, entry: EntryId
) -> None:
    model.complete(ok, ok, receipt=receipt, language=DE, law=(law,))

    model.complete("Alma", ok, receipt=receipt, language=DE)  # type: ignore[arg-type]
    model.complete(ok, "Alma", receipt=receipt, language=DE)  # type: ignore[arg-type]
    model.complete(ok.text, ok, receipt=receipt, language=DE)  # type: ignore[arg-type]
    model.complete(ok, ok, language=DE)  # type: ignore[call-arg]
    model.complete(ok, ok, receipt=None, language=DE)  # type: ignore[arg-type]
    model.complete(ok, ok, receipt=entry, language=DE)  # type: ignore[arg-type]
    model.complete(ok, ok, receipt, language=DE)  # type: ignore[call-arg]
    model.complete(ok, ok, receipt=receipt, language=DE, law=("Alma",))  # type: ignore[arg-type]


def evidence_cannot_be_made_here() -> None:
    Article("x")  # type: ignore[call-arg]
    GroundedDraft("500 Euro", frozenset(), frozenset())  # type: ignore[call-arg]
    GroundedDraft("500 Euro", frozenset(), frozenset(), object())  # type: ignore[arg-type]


def nor_changed(draft: GroundedDraft, law: Article) -> None:
    draft.text = "500 Euro"  # type: ignore[misc]
    law.amended = False  # type: ignore[misc]
