"""Redacted text and a receipt as the other rooms make them, and what a draft may speak of."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from unittest.mock import AsyncMock, patch

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.receipts import Receipt, Written, write
from app.database.statements import Statement
from app.knowledge.articles import read
from app.redaction.text import RedactedText, Span, redact
from app.synthesis.figures import Figure
from app.synthesis.grounding import Allowed
from app.vocabulary.ids import EntryId, FieldName, ReleaseId, TenantId, random_id
from app.vocabulary.levels import Language


def nothing_found(text: str, /) -> Sequence[Span]:
    return ()


def redacted(text: str) -> RedactedText:
    (one,), _ = redact(text, find=nothing_found)
    return one


async def granted_receipt() -> Receipt:
    entry = Written(
        entry=EntryId(random_id()), leaf=b"leaf", sealed=b"sealed", delete_after=date(2028, 1, 1)
    )
    # What is written is audit's own test: here no statement is sent.
    with patch.object(Statement, "run", AsyncMock()):
        return await write(
            AsyncSession(), TenantId("bergstrasse"), entry, release=ReleaseId(random_id())
        )


@cache
def allowed(language: Language = Language.DE) -> Allowed:
    return Allowed(
        language=language,
        slots=frozenset(
            {
                "benefit.next_payment.date",
                "benefit.next_payment.amount",
                "benefit.payments.0.amount@2",
            }
        ),
        fields=frozenset(
            {
                FieldName("benefit.next_payment"),
                FieldName("benefit.payments"),
                FieldName("benefit.total_monthly"),
            }
        ),
        tokens=frozenset({"PERSON-1"}),
        figures=frozenset(
            {
                Figure(FieldName("benefit.total_monthly"), "563.00 EUR"),
                Figure(FieldName("benefit.next_payment"), "2026-12-01"),
                Figure(FieldName("benefit.payments"), "between 300 and 600 EUR"),
            }
        ),
        laws=frozenset({"§ 22 SGB II", "§ 21 Abs. 3 SGB II", "Art. 15 DSGVO"}),
        articles=read()[:1],
    )
