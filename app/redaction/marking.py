"""A text with its findings, for people who look at what would be masked and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.redaction.text import LONGEST, Finder, Pseudonymiser, RedactedText, Span, neutralise


@dataclass(frozen=True, slots=True)
class Marked:
    """`spans` are offsets into the text as it was given."""

    text: RedactedText
    spans: tuple[Span, ...]


class _Noting:
    """A finder that remembers what it found last."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        self.found: tuple[Span, ...] = ()

    def __call__(self, text: str, /) -> Sequence[Span]:
        self.found = tuple(sorted(self._find(text), key=lambda span: span.start))
        return self.found


def marked(text: str, find: Finder, *, longest: int = LONGEST) -> Marked:
    """Raises NotRedacted when redaction could not run to its end, by the finder or by us."""
    noting = _Noting(find)
    redacted = Pseudonymiser(noting, longest=longest).redact(text)
    if neutralise(text) != text:
        # What looked like a token of ours is gone from the text that was searched, and what
        # stands behind it stands elsewhere: the text as given is searched once more.
        noting(text)
    return Marked(redacted, noting.found)
