"""What the file tells us of this household, found in every spelling with certainty.

Words are compared folded: without case, without accents, ä like ae, ß like ss. A
name is a run of words that all belong to one person, in any order, with initials
and particles between; a number is compared by its letters and digits alone.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from app.redaction import sounds
from app.redaction.codes import Squeezed
from app.redaction.dates import written_dates
from app.redaction.hearing import Hearing
from app.redaction.kinds import Kind
from app.redaction.lists import listed
from app.redaction.normaliser import normalise
from app.redaction.spelling import bare, numbers, words
from app.redaction.text import Span

_LAYER: Final = "known"
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")

# Between two words of one name: a space, a hyphen, "Name, Vorname", a line break.
_GAP: Final = re.compile(r"[\s.,'\-/&_]{1,3}")
# `Erikas'`, `Mehmet's`, and Turkish `Mehmet'in`, `Yılmaz'a`.
_GENITIVE: Final = re.compile(r"'[^\W\d_]{0,4}(?!\w)")
# Not the letter of `i. A.`, who signs for another.
_INITIALS: Final = re.compile(r"(?<!\w)(?<![iI]\.)(?<![iI]\.\s)(?:[A-ZÄÖÜ]\.\s?){1,3}\Z")
_ENDINGS: Final = ("s", "ns", "ens", "sche", "schen", "scher", "sches", "schem", "owi", "iem")
_PARTICLES: Final = listed("particles")

# Everyday words are a name only beside another word of it, or capitalised inside a sentence.
_EVERYDAY: Final = listed("everyday")
# What firms and streets have in common says nothing on its own.
_GENERIC: Final = listed("generic")
_SHORTEST: Final = 5
_FIRST: Final = 3
# More than stands between two sentences.
_SENTENCE_GAP: Final = 100
_DIGIT: Final = re.compile(r"\d")
_POSTCODE: Final = re.compile(r"\d{5}")
_STREET: Final = re.compile(
    r"\w{3,}(?:strasse|str|weg|gasse|allee|platz|ring|damm|ufer|chaussee|steig|pfad|graben|hof)"
)


@dataclass(frozen=True, slots=True)
class KnownValue:
    """`person_key` is whose it is: all spellings of one person's name share a token.

    One that is not `shown` to the person is masked like any other and put back as it was
    written: whoever typed half a name or a street learns nothing from getting it back.
    """

    kind: Kind
    value: str
    person_key: str
    shown: bool = True


@dataclass(frozen=True, slots=True)
class _Owner:
    kind: Kind
    identity: str
    value: str | None


_NOBODYS: Final[tuple[frozenset[_Owner], str]] = (frozenset(), "")


@dataclass(slots=True)
class _Run:
    """Neighbouring words that may all be one owner's; `reach` includes what only may belong."""

    start: int
    end: int
    reach: int
    owners: frozenset[_Owner]
    stems: set[str] = field(default_factory=set)
    sure: bool = False


class KnownValues:
    """The values of one request, ready to be looked for. Spans may overlap.

    `normalised` are values out of a text that is.
    """

    def __init__(self, values: Iterable[KnownValue], *, normalised: bool = False) -> None:
        self._words: dict[str, frozenset[_Owner]] = {}
        self._hearing: Hearing[_Owner] = Hearing()
        self._telling: set[str] = set()
        self._codes: dict[str, _Owner] = {}
        self._glued: dict[str, _Owner] = {}
        self._days: dict[str, _Owner] = {}
        self._firsts: set[str] = set()
        for known in values:
            plain = known.value if normalised else normalise(known.value).text
            self._learn(known if plain == known.value else replace(known, value=plain))

    def find(self, text: str) -> Iterator[Span]:
        """Every mention, in text that is normalised."""
        runs = list(self._runs(text)) if self._words else []
        yield from runs
        if self._codes or self._glued:
            yield from self._squeezed(Squeezed(text), runs)
        if self._days and _DIGIT.search(text):
            for day, start, end in written_dates(text):
                if born := self._days.get(day):
                    yield _span(start, end, born)

    def _learn(self, known: KnownValue) -> None:
        match known.kind:
            case Kind.PERSON | Kind.ADDRESS | Kind.ORGANISATION:
                self._learn_words(known)
            case Kind.BIRTH_DATE:
                for day, *_ in written_dates(known.value):
                    owner = _Owner(known.kind, f"{known.kind}:{day}", _put_back(known))
                    self._days.setdefault(day, owner)
            case _:
                identity = f"{known.kind}:{bare(known.value)}"
                owner = _Owner(known.kind, identity, _put_back(known))
                for code in numbers(known.kind, known.value):
                    if len(code) >= _SHORTEST:
                        self._codes.setdefault(code, owner)

    def _learn_words(self, known: KnownValue) -> None:
        owner = _Owner(known.kind, f"{known.kind}:{known.person_key}", _put_back(known))
        in_town = False
        for word in _WORD.findall(known.value):
            folded = word.casefold()
            if self._says_nothing(known.kind, word, folded):
                continue
            for spelling in words(word, known.kind):
                self._firsts.update(_begun(spelling))
                self._words[spelling] = self._words.get(spelling, frozenset()) | {owner}
                if _tells(known.kind, folded, spelling, in_town=in_town):
                    self._telling.add(spelling)
                    self._glue(spelling, owner)
            in_town = in_town or bool(_POSTCODE.fullmatch(word))
        if known.kind is Kind.PERSON:
            self._glue(bare(known.value), owner)
            for word in _WORD.findall(known.value):
                if word.casefold() not in _PARTICLES:
                    self._hearing.learn(word, owner)

    @staticmethod
    def _says_nothing(kind: Kind, word: str, folded: str) -> bool:
        if kind is Kind.ADDRESS and word.isdigit():
            return False
        if kind is not Kind.PERSON and folded in _EVERYDAY:
            return True
        return len(word) == 1 or folded in _PARTICLES or word.isdigit()

    def _glue(self, spelling: str, owner: _Owner) -> None:
        """For names written apart or together: `M u s t e r`, `ErikaMuster`."""
        if len(spelling) < _SHORTEST or spelling.isdigit():
            return
        held = self._glued.setdefault(spelling, owner)
        if held != owner:
            self._glued[spelling] = _shared(owner.kind, {spelling}, spelling.title())

    def _squeezed(self, squeezed: Squeezed, runs: list[Span]) -> Iterator[Span]:
        for code, owner in self._codes.items():
            for start, end in squeezed.find(code):
                yield _span(start, end, owner)
        starts = [run.start for run in runs]
        for code, owner in self._glued.items():
            for start, end in squeezed.find_together(code):
                at = bisect_left(starts, end)
                if not at or runs[at - 1].end <= start:
                    yield _span(start, end, owner)

    def _runs(self, text: str) -> Iterator[Span]:
        run: _Run | None = None
        for word in _WORD.finditer(text):
            owners, stem = self._owners(word[0])
            if run and _GAP.fullmatch(text[run.reach : word.start()]):
                if not owners and _joins(run, word[0], text[word.end() : word.end() + 1]):
                    run.reach = word.end()
                    if word[0].casefold() not in _PARTICLES:
                        run.end, run.sure = run.reach, True
                    continue
                if (common := run.owners & owners) and stem not in run.stems:
                    run.end, run.reach, run.owners, run.sure = word.end(), word.end(), common, True
                    run.stems.add(stem)
                    continue
            if run:
                yield from self._closed(run, text)
            run = _Run(word.start(), word.end(), word.end(), owners, {stem}) if owners else None
        if run:
            yield from self._closed(run, text)

    def _owners(self, word: str) -> tuple[frozenset[_Owner], str]:
        """Whose word it is, inflected or not."""
        # What a word begins with says of most that they are nobody's.
        begins = word[:_FIRST]
        able = not begins.isascii() or begins.lower() in self._firsts
        for spelling in words(word, None) if able else ():
            if spelling[:_FIRST] not in self._firsts:
                continue
            if spelling in self._words:
                return self._words[spelling], spelling
            for ending in _ENDINGS:
                stem = spelling.removesuffix(ending)
                if stem != spelling and len(stem) > 1 and stem in self._words:
                    return self._words[stem], stem
        # A word of everyday is written small; a name in Arabic script never is.
        if word[0].islower() or (_is_plain(word) and not sounds.in_arabic(word)):
            return _NOBODYS
        return self._hearing.owners(word)

    def _closed(self, run: _Run, text: str) -> Iterator[Span]:
        if not run.sure:
            (stem,) = run.stems
            everyday = stem in _EVERYDAY and not _stands_out(run, text)
            if everyday or (stem not in self._telling and stem[0].isalnum()):
                return
        person = any(owner.kind is Kind.PERSON for owner in run.owners)
        before = _INITIALS.search(text, max(run.start - 12, 0), run.start) if person else None
        genitive = _GENITIVE.match(text, run.end)
        start = before.start() if before else run.start
        end = genitive.end() if genitive else run.end
        yield _span(start, end, _one_of(run, text[run.start : run.end]))


def _begun(spelling: str) -> Iterable[str]:
    """The first three letters of a word, however it is inflected."""
    if len(spelling) >= _FIRST:
        return (spelling[:_FIRST],)
    return {f"{spelling}{ending}"[:_FIRST] for ending in ("", *_ENDINGS)}


def _is_plain(word: str) -> bool:
    return len(word) < _SHORTEST or word.casefold() in _EVERYDAY


def _tells(kind: Kind, word: str, spelling: str, *, in_town: bool) -> bool:
    """Whether the word alone leads to its owner."""
    match kind:
        case Kind.PERSON:
            return True
        case Kind.ADDRESS:
            in_street = _STREET.fullmatch(spelling) or _POSTCODE.fullmatch(word)
            return in_town or bool(in_street)
        case _:
            return word not in _GENERIC and len(word) > 3  # noqa: PLR2004 - no abbreviations


def _joins(run: _Run, word: str, after: str) -> bool:
    """Initials and particles belong to a name, house numbers to an address."""
    kinds = {owner.kind for owner in run.owners}
    if Kind.PERSON in kinds:
        initial = len(word) == 1 and word.isupper() and after == "."
        return initial or word.casefold() in _PARTICLES
    return Kind.ADDRESS in kinds and len(word) == 1 and run.sure


def _stands_out(run: _Run, text: str) -> bool:
    """Capitalised where no sentence begins."""
    before = text[max(run.start - _SENTENCE_GAP, 0) : run.start].rstrip()
    return text[run.start].isupper() and bool(before) and before[-1] not in ".!?:"


def _one_of(run: _Run, written: str) -> _Owner:
    """A surname that several people share stands for itself, not for one of them."""
    if len(run.owners) == 1:
        return next(iter(run.owners))
    kind = min(owner.kind for owner in run.owners)
    return _shared(kind, run.stems, written)


def _shared(kind: Kind, stems: set[str], written: str) -> _Owner:
    return _Owner(kind, f"{kind}:shared:{'+'.join(sorted(stems))}", written)


def _span(start: int, end: int, owner: _Owner) -> Span:
    return Span(
        start=start,
        end=end,
        kind=owner.kind,
        identity=owner.identity,
        value=owner.value,
        layer=_LAYER,
    )


def _put_back(known: KnownValue) -> str | None:
    return known.value if known.shown else None
