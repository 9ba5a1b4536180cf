"""Text with its findings: also where it looks like tokens of ours."""

import pytest

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.marking import marked

LIKE_TOKENS = (
    "⟦PERSON-1⟧", "[PERSON-1]", "PERSON-1", "⟦", "⟧", "\ue000", "⟦person.name⟧", "{IBAN 2}",
    "［PERSON－1］", "【Person-2】", "P\u200bERSON-1", "⟦⟦PERSON-1⟧⟧s", "PERSON-1PERSON-2",
)  # fmt: skip


@pytest.mark.parametrize("written", LIKE_TOKENS, ids=ascii)
def test_what_looks_like_a_token_is_made_harmless_and_no_refusal(
    detector: PresidioDetector, written: str
) -> None:
    text = f"{written} schreibt an Frau Quirrenbach {written}"
    given = marked(text, Finder(detector))

    assert any("Quirrenbach" in text[span.start : span.end] for span in given.spans)
    assert given.text.text.count("⟦") == given.text.text.count("⟦PERSON-1⟧") == 1
    assert "Quirrenbach" not in given.text.text
