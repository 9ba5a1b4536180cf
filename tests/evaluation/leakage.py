"""How many words of names stay visible in the corpus, and how many others are masked for nothing.

A word of a name leaks when a letter of it is left outside every finding, whatever kind the
finding says; the ending of an inflection does not count. Nothing is told to the finder: these
are the figures for people whom the file does not know.
"""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.finder import Detector, Finder
from app.redaction.names.training import marked
from app.redaction.text import Span
from app.vocabulary.levels import Language
from tests.corpus.redaction.frames import parts

CORPUS: Final = Path(__file__).parents[1] / "corpus" / "redaction"
PERSON: Final = "PERSON"
RESAMPLES: Final = 2_000
# The texts written by hand, and the last one of each time they were added to.
_BY_HAND: Final = "ha-"
_HANDS: Final = {"1st": 200, "2nd": 370, "3rd": 670}
_WORD: Final = re.compile(r"[^\W_]+")
_KINDS: Final = {"PER": PERSON, "ADR": "ADDRESS", "ORG": "ORGANISATION"}
_ENDING: Final = re.compile(r"(?:s|es|n|ns|ens)\Z")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text of the corpus. `spans` are start, end and kind, in code points."""

    id: str
    lang: str
    text: str
    spans: tuple[tuple[int, int, str], ...]
    noise: str
    origin: str
    frame: str
    split: str

    @property
    def read_as(self) -> Language:
        return Language.EN if self.lang == "en" else Language.DE


@dataclass(frozen=True, slots=True)
class Scored:
    """One text: words of names and how many leaked, words of no span and how many were masked.

    `others` counts words of every other kind, and how many of them leaked.
    """

    of: Labelled
    names: int
    leaked: int
    clean: int
    masked: int
    others: Counter[str]
    others_leaked: Counter[str]


@dataclass(frozen=True, slots=True)
class Share:
    """A share with its 95 % interval, frames resampled; of no leak at all, by the rule of three."""

    part: int
    whole: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.part / self.whole if self.whole else 0.0


def load(name: str) -> tuple[Labelled, ...]:
    lines = (CORPUS / f"{name}.ndjson").read_text("utf-8").splitlines()
    return tuple(_labelled(json.loads(line)) for line in lines)


def written_in(labelled: Labelled) -> str:
    """The part of the corpus' German test texts, in the order they were written in."""
    if labelled.id.startswith(_BY_HAND):
        number = int(labelled.id.removeprefix(_BY_HAND))
        return next(f"by hand, {name}" for name, last in _HANDS.items() if number <= last)
    return next(f"frames, {name}" for name, part in _frames().items() if labelled.frame in part)


@cache
def _frames() -> dict[str, frozenset[str]]:
    names = ("1st", "2nd", "3rd")
    written = parts("de", "test")
    return {
        name: frozenset(frame.name for frame in part)
        for name, part in zip(names, written, strict=True)
    }


def unread() -> tuple[Labelled, ...]:
    """German texts of the training's kind, marked for learning, that nothing was learnt from."""
    return tuple(
        Labelled(
            id=f"un-{number:04}",
            lang="de",
            text=each.text,
            spans=tuple((start, end, _KINDS[label]) for start, end, label in sorted(each.spans)),
            noise="none",
            origin="none",
            frame=f"un-{number:04}",
            split="test",
        )
        for number, each in enumerate(marked.unread()["de"], 1)
    )


def score(texts: Iterable[Labelled], detector: Detector) -> list[Scored]:
    return [scored(each, Finder(detector, language=each.read_as)(each.text)) for each in texts]


def scored(labelled: Labelled, found: Sequence[Span]) -> Scored:
    covered = bytearray(len(labelled.text))
    for span in found:
        covered[span.start : span.end] = b"\1" * (span.end - span.start)
    names = leaked = clean = masked = 0
    others: Counter[str] = Counter()
    others_leaked: Counter[str] = Counter()
    for word in _WORD.finditer(labelled.text):
        kind = _kind_at(labelled, word.start(), word.end())
        seen = _seen(labelled, covered, word.start(), word.end())
        if kind == PERSON:
            names += 1
            leaked += seen
        elif kind is None:
            clean += 1
            masked += any(covered[word.start() : word.end()])
        else:
            others[kind] += 1
            others_leaked[kind] += seen
    return Scored(labelled, names, leaked, clean, masked, others, others_leaked)


def leakage(scores: Sequence[Scored]) -> Share:
    return share(scores, lambda one: one.leaked, lambda one: one.names)


def overmasking(scores: Sequence[Scored]) -> Share:
    return share(scores, lambda one: one.masked, lambda one: one.clean)


def share(
    scores: Sequence[Scored], part: Callable[[Scored], int], whole: Callable[[Scored], int]
) -> Share:
    """The bootstrap draws whole frames: texts from one frame stand and fall together."""
    pairs = list(_by_frame(scores, part, whole))
    parts, wholes = sum(p for p, _ in pairs), sum(w for _, w in pairs)
    if not wholes:
        return Share(0, 0, 0.0, 1.0)
    if not parts:
        return Share(0, wholes, 0.0, min(1.0, 3 / wholes))
    return Share(parts, wholes, *resampled(pairs))


def resampled(pairs: Sequence[tuple[int, int]]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a ratio of sums."""
    draw = Random(20_261_122)  # noqa: S311 - drawn alike every time, and no secret
    drawn = sorted(_drawn(draw, pairs) for _ in range(RESAMPLES))
    return drawn[RESAMPLES // 40], drawn[-1 - RESAMPLES // 40]


def _by_frame(
    scores: Sequence[Scored], part: Callable[[Scored], int], whole: Callable[[Scored], int]
) -> Iterator[tuple[int, int]]:
    """What was written by hand, or is a negative, is a frame of its own."""
    found: dict[str, list[Scored]] = defaultdict(list)
    for one in scores:
        alone = one.of.frame in {"hand", "negatives"}
        found[one.of.id if alone else one.of.frame].append(one)
    for group in found.values():
        yield sum(map(part, group)), sum(map(whole, group))


def _drawn(draw: Random, pairs: Sequence[tuple[int, int]]) -> float:
    chosen = draw.choices(pairs, k=len(pairs))
    wholes = sum(whole for _, whole in chosen)
    return sum(part for part, _ in chosen) / wholes if wholes else 0.0


def _kind_at(labelled: Labelled, start: int, end: int) -> str | None:
    """PERSON first, where a word belongs to two."""
    kinds = {kind for s, e, kind in labelled.spans if s < end and start < e}
    if PERSON in kinds:
        return PERSON
    return min(kinds, default=None)


def _seen(labelled: Labelled, covered: bytearray, start: int, end: int) -> bool:
    """Whether a letter of the labelled part of this word is left over."""
    inside = [
        at
        for at in range(start, end)
        if not covered[at] and any(s <= at < e for s, e, _ in labelled.spans)
    ]
    if not inside:
        return False
    rest = labelled.text[inside[0] : end]
    ending = inside[0] > start and len(inside) == len(rest) and _ENDING.match(rest)
    return not ending


def _labelled(line: dict[str, object]) -> Labelled:
    spans = line["spans"]
    if not isinstance(spans, list):
        raise TypeError("spans is a list")
    return Labelled(
        id=str(line["id"]),
        lang=str(line["lang"]),
        text=str(line["text"]),
        spans=tuple((int(s["start"]), int(s["end"]), str(s["kind"])) for s in spans),
        noise=str(line["noise"]),
        origin=str(line["origin"]),
        frame=str(line["frame"]),
        split=str(line["split"]),
    )
