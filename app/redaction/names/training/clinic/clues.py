"""What the clinic's model is told of each word: itself, its neighbours, its line, its letter."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.redaction.names.model import NamesModel
from app.redaction.names.training.clinic.documents import Document, Features
from app.redaction.names.training.clinic.words import NONE, Word, company, words

_NEAR: Final = (-3, -2, -1, 1, 2, 3)
_WIDE: Final = 8
# What says of which kind the next number or name is.
_ANNOUNCING: Final = frozenset(
    {"phone", "fax", "code", "title", "role", "sir", "patient", "born", "lives", "street", "house"}
)
_BESIDE: Final = frozenset({"title", "role", "street", "house", "phone", "born"})


@dataclass(frozen=True, slots=True)
class _Page:
    of: Document
    words: Sequence[Word]
    company: Mapping[str, Counter[str]]


def features(of: Document, model: NamesModel) -> Features:
    read = words(of, model)
    page = _Page(of, read, company(of, read))
    return [
        [
            *_own(word),
            *_marks(read, at),
            *_neighbours(page, at),
            *_line(page, at),
            *_announced(page, at),
            *_beside(page, at),
            *_letter(page, at),
        ]
        for at, word in enumerate(read)
    ]


def _own(word: Word) -> Iterator[str]:
    low, shape, lists = word.low, word.shape, word.lists
    yield from ("b", f"w={low}", f"s={shape}", f"c={word.kind}", f"l={lists}")
    yield from (f"sl={shape[:3]}{lists}", f"k={word.like}", f"kl={word.like}{lists}{shape[:2]}")
    yield from (f"o={word.told}", f"g={word.gap}", f"gs={word.gap}{shape}")
    if low[0].isalpha():
        yield from (f"e{n}={low[-n:]}" for n in (2, 3, 4))
        yield from (f"b{n}={low[:n]}" for n in (2, 3, 4))
        yield f"n={min(len(low), 9)}"
    if word.number:
        yield f"v={word.number}"
    if word.year:
        yield f"y={word.year}"
    yield from (f"x={word.section}", f"xs={word.section}{shape}", f"xl={word.section}{lists}")


def _marks(read: Sequence[Word], at: int) -> Iterator[str]:
    word = read[at]
    yield f"mm={'+'.join(word.marks)}"
    for mark in word.marks:
        yield from (f"m={mark}", f"mg={mark}{word.gap}")
    for step in (-1, 1, 2):
        if 0 <= at + step < len(read):
            yield from (f"m{step}={mark}" for mark in read[at + step].marks)


def _neighbours(page: _Page, at: int) -> Iterator[str]:
    here = page.words[at]
    for step in _NEAR:
        if not 0 <= at + step < len(page.words):
            yield f"out{step}"
            continue
        there = page.words[at + step]
        across = "" if page.of.line[at] == page.of.line[at + step] else "|"
        yield f"w{step}={there.low}{across}"
        if abs(step) <= 2:  # noqa: PLR2004 - further away only the word itself
            yield from (f"s{step}={there.shape}{across}", f"c{step}={there.kind}{across}")
            yield from (f"l{step}={there.lists}{across}", f"o{step}={there.told}")
        if abs(step) == 1:
            yield from _pairs(here, there, f"{step}", across)
        if abs(step) == 2:  # noqa: PLR2004 - the second
            between = page.words[at + step // 2]
            yield from (
                f"tw{step}={there.low}|{between.low}",
                f"ts{step}={there.shape}|{between.shape}|{here.shape}",
                f"tc{step}={there.kind}|{between.kind}|{here.shape}",
            )


def _pairs(here: Word, there: Word, step: str, across: str) -> Iterator[str]:
    yield from (
        f"ww{step}={there.low}{across}|{here.low}",
        f"ss{step}={there.shape}{across}|{here.shape}",
        f"cs{step}={there.kind}{across}|{here.shape}",
        f"ll{step}={there.lists}{across}|{here.lists}",
        f"ws{step}={there.low}{across}|{here.shape}",
        f"kk{step}={there.like}|{here.like}{across}",
        f"g{step}={there.gap}|{here.gap}",
    )
    if here.number:
        yield f"wv{step}={there.low}{across}|{here.number}"


def _line(page: _Page, at: int) -> Iterator[str]:
    number = page.of.line[at]
    first, end = page.of.lines[number]
    read, place = page.words[first:end], at - first
    shape = page.words[at].shape
    yield from (f"h1={read[0].low}", f"h2={' '.join(word.low for word in read[:2])}")
    yield from (f"p={min(place, 6)}", f"ps={min(place, 3)}{shape}", f"n3={min(len(read) // 3, 8)}")
    yield f"from={min(number // 2, 8)}"
    yield f"to={min((len(page.of.lines) - number - 1) // 2, 8)}"
    yield f"ls={' '.join(word.shape for word in read[:7])}"
    looks = " ".join(word.shape[:2] if word.kind == NONE else word.kind for word in read[:6])
    yield f"lp={min(place, 7)}{looks}"


def _announced(page: _Page, at: int) -> Iterator[str]:
    first, end = page.of.lines[page.of.line[at]]
    shape = page.words[at].shape
    for name in _classes(page.words[max(first, at - _WIDE) : at]):
        yield from (f"nb={name}", f"nbs={name}{shape}")
    yield from (f"na={name}" for name in _classes(page.words[at + 1 : min(at + _WIDE, end)]))
    last = next(
        (
            name
            for word in reversed(page.words[first:at])
            for name in word.classes
            if name in _ANNOUNCING
        ),
        NONE,
    )
    yield from (f"last={last}", f"lasts={last}{shape}")


def _beside(page: _Page, at: int) -> Iterator[str]:
    """The lines before and after."""
    for step in (-1, 1):
        number = page.of.line[at] + step
        if 0 <= number < len(page.of.lines):
            first, end = page.of.lines[number]
            read = page.words[first : min(end, first + 12)]
            yield from (f"pl{step}={read[0].low}", f"pp{step}={read[0].shape}")
            yield from (f"pc{step}={name}" for name in _classes(read) if name in _BESIDE)


def _letter(page: _Page, at: int) -> Iterator[str]:
    word = page.words[at]
    found = page.company.get(word.low)
    if found and page.of.tokens[at].text[0].isupper():
        yield f"f={min(found['any'], 4)}"
        others = sorted((count, name) for name, count in found.items() if name != "any")
        yield from (f"d={name}" for _, name in others)
        if others:
            yield f"dt={others[-1][1]}"


def _classes(read: Sequence[Word]) -> list[str]:
    """In one order: the model adds up in the order it is told."""
    return sorted({name for word in read for name in word.classes})
