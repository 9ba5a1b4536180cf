"""The model composer: a draft that is grounded, or none.

Whoever calls this answers from the rules when it raises Ungrounded or Unavailable.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from app.audit.receipts import Receipt
from app.redaction.text import RedactedText
from app.synthesis.door import LanguageModel
from app.synthesis.grounding import Allowed, GroundedDraft, ground, ground_sentence
from app.synthesis.sentences import arriving
from app.vocabulary.errors import Ungrounded


async def compose(
    model: LanguageModel,
    facts: RedactedText,
    question: RedactedText,
    *,
    receipt: Receipt,
    allowed: Allowed,
) -> GroundedDraft:
    """The whole draft, grounded. One bad sentence spoils it: half an answer misleads."""
    pieces = model.complete(
        facts, question, receipt=receipt, language=allowed.language, law=allowed.articles
    )
    async with aclosing(pieces):
        return ground("".join([piece async for piece in pieces]), allowed)


async def compose_by_sentence(
    model: LanguageModel,
    facts: RedactedText,
    question: RedactedText,
    *,
    receipt: Receipt,
    allowed: Allowed,
) -> AsyncGenerator[GroundedDraft, None]:
    """Each sentence once it is whole and grounded.

    Raises at the first that is not, and at a draft without any: what was let out before
    stands on its own, and the rules say the rest.
    """
    pieces = model.complete(
        facts, question, receipt=receipt, language=allowed.language, law=allowed.articles
    )
    spoken = False
    async with aclosing(pieces):
        async for sentence in arriving(pieces):
            yield ground_sentence(sentence, allowed)
            spoken = True
    if not spoken:
        raise Ungrounded
