"""The pieces of a name that a scanner tore apart, for the mode that masks more."""

from collections.abc import Iterator, Sequence

from app.redaction.names.features import Page
from app.redaction.names.labels import follows
from app.redaction.names.lexicon import UNKNOWN, Known, Lexicon, bare


def torn(page: Page, named: Sequence[bool], lexicon: Lexicon) -> Iterator[int]:
    """`Gü nter`, `Dagm ar`, `Bec her`: where they stand; `named` says which are names already."""
    tokens, words = page.tokens, page.words
    for at in range(1, len(tokens)):
        first, second = words[at - 1], words[at]
        if not (tokens[at].text.islower() and tokens[at - 1].text.istitle()):
            continue
        if not follows(tokens, at) or not (named[at - 1] or first.kind == UNKNOWN):
            continue
        if UNKNOWN in (first.kind, second.kind):
            kind = bare(lexicon.kind(first.folded + second.folded))
            if Known.GIVEN in kind or Known.SURNAME in kind:
                yield from (at - 1, at)
