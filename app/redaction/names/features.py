"""What the names model is told of each word of a text.

Its letters, its shape, what the lexicon knows of it, where in its line it stands, and the
same of its neighbours. No part of speech: it would cost fifteen times as much as all the rest.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from app.redaction.names.cues import CUES
from app.redaction.names.lexicon import CLASSES, UNKNOWN, Lexicon
from app.redaction.names.tokens import Token

# How far back what announces a name is looked for.
_NEAR: Final = 3
_LONGEST_LINE: Final = 5
_PLACES_IN_LINE: Final = 3
_LONG: Final = 9

# What scanners make of letters.
_SCANNED: Final = str.maketrans({"0": "o", "1": "i", "5": "s", "6": "ö", "8": "b", "í": "i"})

_BEFORE: Final = "<"
_AFTER: Final = ">"


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


class _Read:
    """A word with what is looked up once: `kind` says how common it is, `lists` does not."""

    __slots__ = ("cue", "folded", "kind", "like", "lists", "mark", "shape")

    def __init__(self, token: Token, lexicon: Lexicon, *, small: bool) -> None:
        text = token.text
        self.folded = folded = text.lower()
        self.shape = _shape(text)
        self.cue = CUES.get(folded, "")
        self.kind = kind = kind_of(folded, lexicon)
        self.lists = kind.translate(_WITHOUT_DIGITS)
        self.like = "" if kind == "#" else lexicon.shapes.likeness(folded)
        self.mark = f"{self.shape}{'^' if token.first else ''}{'~' if small else ''}"


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


def features(tokens: Sequence[Token], lexicon: Lexicon) -> list[list[str]]:
    words = [token for token in tokens if token.text[0].isalpha()]
    capitals = sum(not token.text[0].islower() for token in words)
    small = capitals * 12 < len(words) or (capitals == 0)
    read = [_Read(token, lexicon, small=small) for token in tokens]
    return [
        [*_own(each), *_before(read, at), *_after(read, at), *_announced(read, at), *line]
        for at, (each, line) in enumerate(zip(read, _lines(tokens, read), strict=True))
    ]


def _own(here: _Read) -> tuple[str, ...]:
    word, lists, kind, mark, like = here.folded, here.lists, here.kind, here.mark, here.like
    return (
        "b",
        f"w={word}",
        f"m={mark}",
        f"l={lists}",
        f"ml={mark}{lists}",
        f"z={kind}",
        f"zm={kind}{mark}",
        f"zk={kind}{like}{here.shape}",
        f"e2={word[-2:]}",
        f"e3={word[-3:]}",
        f"e4={word[-4:]}",
        f"b2={word[:2]}",
        f"b3={word[:3]}",
        f"b4={word[:4]}",
        f"n={min(len(word), _LONG)}",
        f"k={like}",
        f"km={like}{mark}",
        f"kl={like}{lists}",
    )


def _before(read: Sequence[_Read], at: int) -> Iterator[str]:
    if not at:
        yield _BEFORE
        return
    here, before = read[at], read[at - 1]
    yield from (
        f"-w={before.folded}",
        f"-ww={before.folded}|{here.folded}",
        f"-m={before.mark}|{here.mark}",
        f"-l={before.lists}|{here.lists}",
        f"-k={before.like}|{here.like}{here.shape}",
        f"-wk={before.folded}|{here.like}{here.shape}",
        f"-e={before.folded[-3:]}",
        f"-wl={before.folded}|{here.lists}{here.shape}",
        f"-z={before.kind}|{here.kind}{here.shape}",
    )
    if at > 1:
        two = read[at - 2]
        yield f"--w={two.folded}"
        yield f"--ww={two.folded}|{before.folded}"
        yield f"--l={two.lists}|{before.lists}|{here.lists}"
    if at > 2:  # noqa: PLR2004 - the third word before
        yield f"---w={read[at - 3].folded}"


def _after(read: Sequence[_Read], at: int) -> Iterator[str]:
    if at + 1 == len(read):
        yield _AFTER
        return
    here, after = read[at], read[at + 1]
    yield from (
        f"+w={after.folded}",
        f"+ww={here.folded}|{after.folded}",
        f"+m={here.mark}|{after.mark}",
        f"+l={here.lists}|{after.lists}",
        f"+k={here.like}{here.shape}|{after.like}",
        f"+wk={here.like}{here.shape}|{after.folded}",
        f"+e={after.folded[-3:]}",
        f"+z={here.kind}{here.shape}|{after.kind}",
    )
    if at:
        before = read[at - 1]
        yield f"-+w={before.folded}|{after.folded}"
        yield f"-+l={before.lists}|{here.lists}|{after.lists}"
    if at + 2 < len(read):
        two = read[at + 2]
        yield f"++w={two.folded}"
        yield f"++l={here.lists}|{after.lists}|{two.lists}"


def _announced(read: Sequence[_Read], at: int) -> Iterator[str]:
    """The nearest word before that announces somebody."""
    here = read[at]
    for back in range(1, min(_NEAR, at) + 1):
        if cue := read[at - back].cue:
            yield f"c{back}={cue}"
            yield f"cl={back}{cue}{here.lists}{here.mark}"
            yield f"ck={back}{cue}{here.like}{here.mark}"
            return


def _lines(tokens: Sequence[Token], read: Sequence[_Read]) -> Iterator[tuple[str, str]]:
    """How long a word's line is, and where in it the word stands: signatures stand alone."""
    begins = [at for at, token in enumerate(tokens) if token.line or not at]
    for first, end in zip(begins, [*begins[1:], len(tokens)], strict=True):
        length = min(end - first, _LONGEST_LINE)
        for at in range(first, end):
            place = f"{length}{min(at - first, _PLACES_IN_LINE)}"
            yield f"lm={place}{read[at].mark}", f"ll={place}{read[at].lists}"
