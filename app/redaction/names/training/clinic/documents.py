"""Letters of hospitals with their spans: words, lines, and a label for each word.

A date of full digits is one word: what stands beside it is near then. Labels are BIOES
(Ratinov and Roth 2009): a span of one word, its first, middle and last differ.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

Span = tuple[int, int, str]
Labels = list[str]
Features = list[list[str]]
# Words of some lines, as told to the model, and their labels.
Lesson = tuple[Features, Labels]

DATE: Final = "DATE"
_LEAST: Final = 3
_LONG: Final = 150
_TOKEN: Final = re.compile(
    r"(?<![\d.,/])(?:\d{4}-\d\d-\d\d(?!\d)"
    r"|\d{1,2}\.[ ]?\d{1,2}\.[ ]?(?:19|20)\d\d(?!\d)"
    r"|\d{1,2}\.\d{1,2}\.\d\d(?!\d)"
    r"|\d{1,2}[./ ]\d{1,2}[./ ](?:19|20)\d\d(?!\d)"
    r"|\d{1,2}/\d{1,2}/\d\d(?!\d)"
    r"|\d{1,2}/(?:19|20)?\d\d(?![\d/]|\.\d)"
    r"|\d{1,2}\.\d{1,2}\.(?!\d))"
    r"|\d+|[^\W\d_]+|[^\w\s]|_"
)


class Gap(StrEnum):
    """What stands before a word."""

    NOTHING = ""
    SPACE = "s"
    WIDE = "w"
    LINE = "l"
    PARAGRAPH = "p"


_BREAKS: Final = frozenset({Gap.LINE, Gap.PARAGRAPH})


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    start: int
    end: int
    gap: Gap


@dataclass(frozen=True, slots=True)
class Document:
    """`lines`: the words of each line, first and one after the last; `line`: each word's line."""

    text: str
    spans: frozenset[Span]
    tokens: Sequence[Token]
    lines: Sequence[tuple[int, int]]
    line: Sequence[int]


def load(path: Path) -> list[Document]:
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [document(row["text"], ((a, b, label) for a, b, label in row["spans"])) for row in rows]


def document(text: str, spans: Iterable[Span]) -> Document:
    tokens = list(_tokens(text))
    starts = [at for at, token in enumerate(tokens) if token.gap in _BREAKS]
    lines = list(zip(starts, [*starts, len(tokens)][1:], strict=True))
    line = [number for number, (first, end) in enumerate(lines) for _ in range(first, end)]
    return Document(text, frozenset(spans), tokens, lines, line)


def learnable(documents: Iterable[Document]) -> frozenset[str]:
    """Labels of which there are enough to learn from."""
    counts = Counter(label for one in documents for *_, label in one.spans)
    return frozenset(label for label, count in counts.items() if count >= _LEAST)


def labels(of: Document, known: Collection[str]) -> Labels:
    found = ["O"] * len(of.tokens)
    for start, end, label in of.spans:
        within = [
            at for at, token in enumerate(of.tokens) if token.start < end and start < token.end
        ]
        if label not in known or not within:
            continue
        for at in within:
            found[at] = f"I-{label}"
        found[within[0]], found[within[-1]] = f"B-{label}", f"E-{label}"
        if len(within) == 1:
            found[within[0]] = f"S-{label}"
    return found


def spans(of: Document, read: Labels) -> frozenset[Span]:
    """A span ends with its last word, or where another label begins."""
    found: set[Span] = set()
    at = 0
    while at < len(read):
        first, label = at, read[at][2:]
        at += 1
        if not label:
            continue
        open_ = read[first][0] in "BI"
        while open_ and at < len(read) and read[at] in (f"I-{label}", f"E-{label}"):
            open_ = read[at][0] == "I"
            at += 1
        found.add((of.tokens[first].start, of.tokens[at - 1].end, label))
    return frozenset(found)


def parts(of: Document, told: Features, read: Labels) -> Iterator[Lesson]:
    """Whole lines, about as many words at a time as the model learns fast from."""
    first = 0
    for start, _ in of.lines:
        if start - first >= _LONG:
            yield told[first:start], read[first:start]
            first = start
    yield told[first:], read[first:]


def windows(
    of: Document, told: Features, read: Labels, *, around: int, dates: bool
) -> Iterator[Lesson]:
    """Only lines that are near a span; where not `dates`, near one that is no date."""
    near = {
        of.line[at] + step
        for at, label in enumerate(read)
        if label != "O" and (dates or not label.endswith(DATE))
        for step in range(-around, around + 1)
    }
    part: Lesson = ([], [])
    for number, (first, end) in enumerate(of.lines):
        if number in near:
            part = (part[0] + told[first:end], part[1] + read[first:end])
        elif part[0]:
            yield part
            part = ([], [])
    if part[0]:
        yield part


def _tokens(text: str) -> Iterator[Token]:
    at = 0
    for found in _TOKEN.finditer(text):
        gap = _gap(text[at : found.start()]) if at else Gap.PARAGRAPH
        yield Token(found[0], found.start(), found.end(), gap)
        at = found.end()


def _gap(between: str) -> Gap:
    if "\n" in between:
        return Gap.PARAGRAPH if between.count("\n") > 1 else Gap.LINE
    if not between:
        return Gap.NOTHING
    return Gap.SPACE if " " in between and len(between) <= len("  ") else Gap.WIDE
