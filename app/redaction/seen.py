"""What a text has in it, looked at once for all forms: most forms need what few texts have."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final

import regex

from app.redaction.identifiers import shapes
from app.redaction.identifiers.shapes import FLAGS, Begins, Form, folded

# Seconds for one pattern. Presidio would skip a pattern that ran longer; here it is an error.
PATIENCE: Final = 10.0
# Shorter texts need no limit: none of our patterns takes long over so few characters, which a
# test tries to disprove. A limit costs more than most matches, as each asks the system's clock.
SHORT: Final = 2_000

_RUN: Final = regex.compile(r"\d(?:[\s.\-/]{0,3}\d)*")
_DIGITS: Final = regex.compile(r"\d+")
# Where a word begins, or a sign that is as good as one.
_WORD: Final = regex.compile(r"\p{L}+|\*")
# The longest word that a number may stand right after, and the spaces between.
_NEAR: Final = 14
_SIGN: Final = regex.compile(r"[\doil|]", FLAGS)
# What may be read as digits behind a run of them, and, backwards, before it.
_BEHIND: Final = regex.compile(r"(?:[\s.\-/]{0,3}[\doil|])*", FLAGS)
_BEFORE: Final = regex.compile(r"(?r)(?:[oil|][\s.\-/]{0,3})*", FLAGS)
_CODE: Final = regex.compile(r"(?r)(?<![\p{L}\d])\p{L}*")
_CODE_LENGTH: Final = 9
_PAIR: Final = regex.compile(r"(?r)(?<![\p{L}\d])[A-Z]{2}[\s.\-/]{0,3}", FLAGS)


@cache
def compiled(pattern: str) -> "regex.Pattern[str]":
    """When it is needed first: most forms never are."""
    return regex.compile(pattern, FLAGS)


class Stems:
    """The stems of all forms whose matches begin with a word, by their first two letters."""

    def __init__(self) -> None:
        self._forms: dict[str, dict[str, set[tuple[str, ...]]]] = {}

    def learn(self, form: Form) -> None:
        for stem in form.stems if form.begins is Begins.WORD else ():
            self._forms.setdefault(stem[:2], {}).setdefault(stem, set()).add(form.stems)

    def beginning(self, lowered: str) -> dict[tuple[str, ...], set[int]]:
        """Where the stems of each form begin a word."""
        found: dict[tuple[str, ...], set[int]] = {}
        for word in _WORD.finditer(lowered):
            at = word.start()
            for key in (lowered[at], lowered[at : at + 2]):
                for stem, forms in self._forms.get(key, _NONE).items():
                    if lowered.startswith(stem, at):
                        for stems in forms:
                            found.setdefault(stems, set()).add(at)
        return found


STEMS: Final = Stems()
_NONE: Final[dict[str, set[tuple[str, ...]]]] = {}


class Seen:
    """Answers are remembered by what was asked, as long as one pass over the text lasts.

    `longest` is how many digits there are together at most.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._lowered = folded(text)
        self._aligned = len(self._lowered) == len(text)
        self._asked: dict[str | tuple[str, ...], bool] = {}
        self._places: dict[str, list[int]] = {}
        self._runs = [run.span() for run in _RUN.finditer(text)]
        self._numbers: list[tuple[int, int]] = []
        self.longest = 0
        for start, end in self._runs:
            self._count(start, end)
        self._scanned = -1
        self._words: dict[tuple[str, ...], set[int]] | None = None

    @property
    def words(self) -> Mapping[tuple[str, ...], set[int]] | None:
        """Where the stems of each form begin a word; None where that cannot be told."""
        if self._words is None and self._aligned:
            self._words = STEMS.beginning(self._lowered)
        return self._words

    def spots(self, form: Form) -> Sequence[int] | None:
        """Where a match of the form may start, in order; None for anywhere."""
        if (
            self.longest < form.run
            or (form.scanned and self._most_scanned() < form.scanned)
            or (form.after and not self._stands_after(form.after))
        ):
            return ()
        if form.begins is not Begins.ANYWHERE and self._aligned:
            found = self._beginnings(form)
            return found if found and (not form.needs or self._holds(form.needs)) else ()
        if (form.stems and not any(stem in self._lowered for stem in form.stems)) or (
            form.needs and not self._holds(form.needs)
        ):
            return ()
        match form.starts:
            case "":
                return None
            case shapes.NUMBER:
                return [at for at, digits in self._numbers if digits >= form.run]
            case starts:
                return self._starting(starts)

    def _count(self, start: int, end: int) -> None:
        """Where a number may start in a run of digits, and how many are left there."""
        text = self._text
        left = sum(map(str.isdecimal, text[start:end]))
        self.longest = max(self.longest, left)
        before = text[start - 1] if start else " "
        for at in range(start, end):
            char = text[at]
            if char.isdecimal():
                if not (before.isalpha() or before.isdecimal()):
                    self._numbers.append((at, left))
                left -= 1
            before = char

    def _holds(self, needs: str) -> bool:
        if needs not in self._asked:
            found = compiled(needs).search(self._text, timeout=limit(self._text))
            self._asked[needs] = found is not None
        return self._asked[needs]

    def _stands_after(self, words: tuple[str, ...]) -> bool:
        """Whether a number stands right after one of these words."""
        if words not in self._asked:
            self._asked[words] = not self._aligned or any(
                self._lowered[max(at - _NEAR, 0) : at].rstrip().endswith(words)
                for at in self._firsts()
            )
        return self._asked[words]

    def _firsts(self) -> Iterator[int]:
        """Each digit that no other stands before."""
        for start, end in self._runs:
            for digits in _DIGITS.finditer(self._text, start, end):
                yield digits.start()

    def _starting(self, starts: str) -> list[int]:
        if starts not in self._places:
            self._places[starts] = list(self._found(starts))
        return self._places[starts]

    def _found(self, starts: str) -> Iterator[int]:
        match starts:
            case shapes.CODE:
                for at in self._before(_CODE):
                    if self._text[at : at + _CODE_LENGTH].isalnum():
                        yield at
            case shapes.PAIR:
                yield from self._before(_PAIR)
            case _:
                found = compiled(starts).finditer(
                    self._text, overlapped=True, timeout=limit(self._text)
                )
                yield from (match.start() for match in found)

    def _before(self, what: "regex.Pattern[str]") -> Iterator[int]:
        last = -1
        for first in self._firsts():
            found = what.match(self._text, 0, first)
            if found and found.start() > last:
                last = found.start()
                yield last

    def _beginnings(self, form: Form) -> Sequence[int]:
        if form.begins is Begins.WORD:
            return sorted((self.words or {}).get(form.stems, ()))
        return sorted({at for stem in form.stems for at in _everywhere(stem, self._lowered)})

    def _most_scanned(self) -> int:
        """Signs together that may all be digits, at least one of which is one."""
        if self._scanned < 0:
            self._scanned = max(map(self._scanned_at, self._runs), default=0)
        return self._scanned

    def _scanned_at(self, run: tuple[int, int]) -> int:
        start, _ = run
        before = _BEFORE.match(self._text, 0, start)
        behind = _BEHIND.match(self._text, start)
        return sum(len(_SIGN.findall(one[0])) for one in (before, behind) if one)


def least_digits(form: Form) -> int:
    """So many a text must have together for the form to be in it, as far as that is known."""
    told = form.scanned or form.starts in {shapes.NUMBER, shapes.CODE, shapes.PAIR}
    return form.run or int(bool(told))


def _everywhere(stem: str, text: str) -> Iterator[int]:
    at = text.find(stem)
    while at >= 0:
        yield at
        at = text.find(stem, at + 1)


def limit(text: str) -> float | None:
    """Seconds for one pattern over this text."""
    return PATIENCE if len(text) > SHORT else None


def matches(form: Form, spots: Sequence[int] | None, text: str) -> Iterator["regex.Match[str]"]:
    """What a search through the whole text would find."""
    pattern, patience = compiled(form.pattern), limit(text)
    if spots is None:
        yield from pattern.finditer(text, timeout=patience)
        return
    at = 0
    for spot in spots:
        if spot >= at and (found := pattern.match(text, spot, timeout=patience)):
            at = found.end()
            yield found
