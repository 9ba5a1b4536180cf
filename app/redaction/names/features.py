"""What the names model is told of each word of a text.

The conditional random field is told of a word's letters, its shape, its clusters, what the
lexicon knows of it, what announces it, and the same of its neighbours, but not the word, which
it would learn by heart. The network (`network.py`) looks up the same of each word, and the word.
Neither is told a part of speech: it would cost fifteen times as much as all the rest.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.redaction.lists import listed
from app.redaction.names.cues import CUES
from app.redaction.names.lexicon import CLASSES, UNKNOWN, Known, Lexicon, bare, misread
from app.redaction.names.tokens import Token

# How far back what announces a name is looked for.
NEAR: Final = 3
_LONG: Final = 9

# The first bits of a cluster's path, a coarser class.
_BROAD: Final = (1 << 6) - 1

# What scanners make of letters.
_SCANNED: Final = str.maketrans({"0": "o", "1": "i", "5": "s", "6": "ö", "8": "b", "í": "i"})

# How many words are remembered, and of numbers those that every text has.
_REMEMBERED: Final = 6_000
_SHORT_NUMBER: Final = 2
_NO_NAMES: Final = listed("no_names")

BEFORE: Final = b"<"
AFTER: Final = b">"


def _shape(text: str) -> str:
    """`Xx` capitalised, `x` small, `X` capitals, `d` digits, `m` mixed, or the sign itself."""
    if text.isalpha():
        return _case(text)
    if text.isdigit():
        return f"d{min(len(text), 6)}"
    if len(text) == 1:
        return text
    if any(char.isdigit() for char in text):
        return "m"
    return "X-X" if text[0].isupper() else "x-x"


def _case(text: str) -> str:
    if text.islower():
        return "x"
    if text.isupper():
        return "X" if len(text) > 1 else "I"
    if text.istitle():
        return "Xx"
    return "Xm" if text[0].isupper() else "xX"


class Word:
    """What is looked up once: `kind` says how common it is, `lists` does not.

    `own` is told of it itself, `left` of the word after it and `second_left` of the one after
    that, `right` and `second_right` of those before.
    """

    __slots__ = (
        *("company", "cue", "folded", "kind", "left", "like", "lists", "looks", "own", "right"),
        *("second_left", "second_right", "shape", "vector"),
    )

    def __init__(self, text: str, lexicon: Lexicon) -> None:
        self.folded = word = text.lower()
        self.shape = shape = _shape(text)
        kind = kind_of(word, lexicon)
        company = lexicon.clusters.company(text)
        if not company.german and kind != "#" and (meant := lexicon.meant(word)) is not None:
            kind = f"?{lexicon.kind(meant)}" if kind == UNKNOWN else kind
            company = lexicon.clusters.company(_cased(meant, text))
        self.kind = kind
        self.cue = CUES.get(word) or (_misread_cue(word) if kind == UNKNOWN else "")
        self.lists = lists = kind.translate(_WITHOUT_DIGITS)
        self.like = like = "" if kind == "#" else lexicon.shapes.likeness(word)
        self.looks = f"{like}{shape}"
        self.company = company
        german, capital, english = company
        broad = german & _BROAD
        self.left = _told(
            *(f"-e={word[-3:]}", f"-C={german}"),
            *(f"-C6={broad}", f"-E={english}"),
        )
        self.right = _told(
            *(f"+e={word[-3:]}", f"+C={german}"),
            *(f"+C6={broad}", f"+E={english}"),
        )
        self.second_left = _told(f"--C={german}", f"--w={word}")
        self.second_right = _told(f"++C={german}", f"++w={word}")
        # The network's, once it has looked it up.
        self.vector: NDArray[np.float32] | None = None
        self.own = _told(
            f"l={lists}",
            f"z={kind}",
            f"e2={word[-2:]}",
            f"e4={word[-4:]}",
            f"b2={word[:2]}",
            f"b4={word[:4]}",
            f"n={min(len(word), _LONG)}",
            f"k={like}",
            f"kl={like}{lists}",
            f"C={german}",
            f"C6={broad}",
            f"CB={capital}|{broad}",
            f"E={english}",
        )


def _told(*features: str) -> tuple[bytes, ...]:
    """As the conditional random field takes them: else each is encoded each time it is told."""
    return tuple(map(str.encode, features))


def _misread_cue(folded: str) -> str:
    """`Hcrr` announces a name as well."""
    return next(filter(None, map(CUES.get, misread(folded))), "")


def _cased(folded: str, text: str) -> str:
    return folded.capitalize() if text[0].isupper() else folded


@dataclass(frozen=True, slots=True)
class Page:
    """The words of a piece, and of each its shape and whether it stands first in its sentence."""

    tokens: Sequence[Token]
    words: Sequence[Word]
    marks: Sequence[str]


class Vocabulary:
    """Words as they are read. Everyday ones are remembered, of which nobody learns anything."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._everyday: dict[str, Word] = {}

    @property
    def remembered(self) -> frozenset[str]:
        return frozenset(self._everyday)

    def word(self, text: str) -> Word:
        if (known := self._everyday.get(text)) is not None:
            return known
        word = Word(text, self.lexicon)
        if len(self._everyday) < _REMEMBERED and _is_everyday(text, word):
            self._everyday[text] = word
        return word

    def page(self, tokens: Sequence[Token]) -> Page:
        words = [self.word(token.text) for token in tokens]
        return Page(tokens, words, _marks(tokens, words))


def _is_everyday(text: str, word: Word) -> bool:
    """A word of a dictionary, and of a list of names only if it is written small; or a sign."""
    kind = bare(word.kind)
    if kind == "#":
        return len(text) <= _SHORT_NUMBER
    if word.folded in _NO_NAMES:
        return True
    if Known.SMALL in kind:
        return Known.GIVEN not in kind or (text.islower() and kind[-1] in _MOST_COMMON)
    names = Known.GIVEN in kind or Known.SURNAME in kind or Known.PLACE in kind
    return not names and (Known.NOUN in kind or Known.CAPITALISED in kind)


# `sie` and `an` are so common that nobody learns anything of them, though names, too.
_MOST_COMMON: Final = CLASSES[5:]
_WITHOUT_DIGITS: Final = str.maketrans("", "", CLASSES)


def kind_of(folded: str, lexicon: Lexicon) -> str:
    """What the lexicon says of a word, of each part of a double one, of one read by a scanner."""
    if folded.isalpha():
        return lexicon.kind(folded)
    if not folded[0].isalnum() or folded.isdigit():
        return "#"
    parts = [part for part in folded.replace("'", "-").replace("’", "-").split("-") if part]
    if len(parts) > 1:
        return "+".join(lexicon.kind(part) for part in parts)
    if any(map(str.isalpha, folded)):
        kind = lexicon.kind(folded.translate(_SCANNED))
        return kind if kind == UNKNOWN else f"?{kind}"
    return "#"


def _marks(tokens: Sequence[Token], words: Sequence[Word]) -> list[str]:
    """Also whether capitals are rare in the piece."""
    letters = [token.text for token in tokens if token.text[0].isalpha()]
    capitals = sum(not text[0].islower() for text in letters)
    small = "~" if capitals * 12 < len(letters) or capitals == 0 else ""
    return [
        f"{word.shape}{'^' if token.first else ''}{small}"
        for word, token in zip(words, tokens, strict=True)
    ]


def features(page: Page) -> list[list[bytes]]:
    words, marks = page.words, page.marks
    told = [
        [*word.own, f"m={mark}".encode(), f"ml={mark}{word.lists}".encode()]
        for word, mark in zip(words, marks, strict=True)
    ]
    for at in range(1, len(words)):
        before, here = words[at - 1], words[at]
        told[at] += before.left
        told[at] += (
            f"-m={marks[at - 1]}|{marks[at]}".encode(),
            f"-l={before.lists}|{here.lists}".encode(),
            f"-k={before.like}|{here.looks}".encode(),
        )
        told[at - 1] += here.right
        told[at - 1] += (
            f"+m={marks[at - 1]}|{marks[at]}".encode(),
            f"+l={before.lists}|{here.lists}".encode(),
            f"+k={before.looks}|{here.like}".encode(),
        )
    for before, after, first, last in zip(words, words[2:], told, told[2:], strict=False):
        first.extend(after.second_right)
        last.extend(before.second_left)
    for at, cue in _announced(words):
        told[at].append(cue)
    if told:
        told[0].append(BEFORE)
        told[-1].append(AFTER)
    return told


def _announced(words: Sequence[Word]) -> Iterator[tuple[int, bytes]]:
    """The words that something announces, and by the nearest of it: how far back, and how."""
    last = -1
    for at, word in enumerate(words):
        if last >= 0 and at - last <= NEAR:
            yield at, f"c{at - last}={words[last].cue}".encode()
        if word.cue:
            last = at
