"""The only door to a language model."""

from collections.abc import AsyncGenerator
from typing import Protocol

from app.audit.receipts import Receipt
from app.knowledge.articles import Article
from app.redaction.text import RedactedText
from app.vocabulary.errors import Refused
from app.vocabulary.levels import Hosting, Language


class ModelForbidden(Refused):
    """The model runs where nothing may be sent. Policy decides this first; the door does again."""

    status = 503
    code = "unavailable"


class LanguageModel(Protocol):
    """Drafts an answer, piece by piece.

    All of its text is evidence: facts and question are redacted, the law is an article of
    ours, and the release is in the log already. There is no overload that takes a string.
    Raises Unavailable("model") when the model fails, is late or breaks off, and
    ModelForbidden where it may be sent nothing.
    """

    def complete(
        self,
        facts: RedactedText,
        question: RedactedText,
        *,
        receipt: Receipt,
        language: Language,
        law: tuple[Article, ...] = (),
    ) -> AsyncGenerator[str, None]: ...


def admit(hosting: Hosting) -> None:
    """Raises ModelForbidden unless the model runs on premises or at a processor in the EU."""
    if hosting not in (Hosting.ON_PREMISES, Hosting.EU_PROCESSOR):
        raise ModelForbidden
