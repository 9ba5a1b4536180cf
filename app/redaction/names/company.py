"""Words that are a name because of what stands beside them; for the mode that masks more.

`Die Schneiders sind umgezogen`, `EICHE, Mitchell`, `Unterhaltspflichtig: Berg, Laren`, `der Fall
Vogel`, `Lyra Weide`: each is rare in what models learn from, and hardly ever anything else.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from app.redaction.lists import listed
from app.redaction.names.features import Page, Word
from app.redaction.names.labels import follows
from app.redaction.names.lexicon import CLASSES, MADE_OF_TWO, UNKNOWN, Known, Lexicon
from app.redaction.names.tokens import Token

_NO_NAMES: Final = listed("no_names") | listed("no_names_abroad") | listed("never")
_FAMILY: Final = frozenset(("die", "den", "bei"))
_CASES: Final = frozenset(("fall", "akte", "sachen", "vorgang", "case", "file"))
_CLOSING: Final = frozenset(";().,")
_UNCOMMON: Final = CLASSES[0]
_LIKE_A_NAME: Final = "6"
_SHOUTED: Final = 4
_MIXED: Final = 3


def beside_names(page: Page, named: Sequence[bool], lexicon: Lexicon) -> Iterator[int]:
    """Words that are no names yet; `named` says which are."""
    tokens, words = page.tokens, page.words
    shouting = sum(token.text.isupper() for token in tokens) * _MIXED > len(tokens)
    for at, token in enumerate(tokens):
        if named[at] or token.text[0].islower() or not _may_be(token, words[at]):
            continue
        if (
            _family(tokens, words, at, lexicon)
            or _case(tokens, words, at)
            or (not shouting and _shouted(tokens, named, at))
            or _reversed(tokens, words, named, at)
            or _first_name(tokens, words, named, at)
        ):
            yield at


def torn(page: Page, named: Sequence[bool], lexicon: Lexicon) -> Iterator[int]:
    """The pieces of a name that a scanner tore apart: `Gü nter`, `Dagm ar`, `Bec her`."""
    tokens, words = page.tokens, page.words
    for at in range(1, len(tokens)):
        first, second = words[at - 1], words[at]
        if not (tokens[at].text.islower() and tokens[at - 1].text.istitle()):
            continue
        if not follows(tokens, at) or not (named[at - 1] or first.kind == UNKNOWN):
            continue
        if UNKNOWN in (first.kind, second.kind):
            kind = lexicon.kind(first.folded + second.folded)
            if Known.GIVEN in kind or Known.SURNAME in kind:
                yield from (at - 1, at)


def _may_be(token: Token, word: Word) -> bool:
    return token.text[0].isalpha() and not word.cue and word.folded not in _NO_NAMES


def _family(tokens: Sequence[Token], words: Sequence[Word], at: int, lexicon: Lexicon) -> bool:
    """`Die Schneiders`: a surname with an s after an article that no genitive has."""
    word = words[at]
    if not follows(tokens, at) or words[at - 1].folded not in _FAMILY:
        return False
    if not tokens[at].text.istitle() or word.folded[-1] != "s" or _is_common(word):
        return False
    stem = word.folded[:-1]
    if not stem.isalpha():
        return False
    kind = lexicon.kind(stem)
    strange = kind in (UNKNOWN, MADE_OF_TWO) and lexicon.shapes.likeness(stem) >= _LIKE_A_NAME
    return strange or Known.SURNAME in kind


def _case(tokens: Sequence[Token], words: Sequence[Word], at: int) -> bool:
    """`der Fall Vogel`, `in Sachen Berg`."""
    if not follows(tokens, at) or words[at - 1].folded not in _CASES:
        return False
    kind = words[at].kind
    return Known.SURNAME in kind or kind == UNKNOWN or kind[-1] == _UNCOMMON


def _shouted(tokens: Sequence[Token], named: Sequence[bool], at: int) -> bool:
    """`EICHE, Mitchell`, `Mitchell EICHE`: surnames in capitals, where not all is."""
    text = tokens[at].text
    if not text.isupper() or len(text) < _SHOUTED or not text.replace("-", "").isalpha():
        return False
    if at + 2 < len(tokens) and named[at + 2] and tokens[at + 1].text == ",":
        return not tokens[at + 2].line
    return follows(tokens, at) and named[at - 1]


def _reversed(
    tokens: Sequence[Token], words: Sequence[Word], named: Sequence[bool], at: int
) -> bool:
    """`Unterhaltspflichtig: Berg, Laren`: the first name, where the line or the point ends."""
    if at < 2 or tokens[at - 1].text != "," or not named[at - 2] or tokens[at].line:  # noqa: PLR2004 - a surname and its comma
        return False
    opens = at == 2 or tokens[at - 2].line or tokens[at - 3].text == ":"  # noqa: PLR2004 - the same
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    closes = after is None or after.line or after.text in _CLOSING
    return opens and closes and not _is_thing(words[at])


def _first_name(
    tokens: Sequence[Token], words: Sequence[Word], named: Sequence[bool], at: int
) -> bool:
    """`Lyra Weide`: what stands within a sentence right before a name and is no noun."""
    if at + 1 == len(tokens) or not named[at + 1] or not follows(tokens, at + 1):
        return False
    return tokens[at].text.istitle() and not tokens[at].first and not _is_thing(words[at])


def _is_thing(word: Word) -> bool:
    """A noun, a town or the like, and its letters are no name's."""
    kind = word.kind
    if Known.GIVEN in kind or kind == UNKNOWN:
        return False
    return _is_common(word) or word.like < _LIKE_A_NAME or Known.PLACE in kind


def _is_common(word: Word) -> bool:
    return word.kind[-1] in CLASSES and word.kind[-1] != _UNCOMMON
