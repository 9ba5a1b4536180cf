"""How well questions find what they need: `python -m tests.evaluation.intake`."""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import perf_counter_ns

from app.catalogue.fields import Sensitivity
from app.catalogue.rulebook import Rulebook
from app.intake.classes import Kind
from app.intake.cleaning import clean
from app.intake.understanding import Understanding
from app.vocabulary.levels import Language

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "tests" / "corpus" / "intake"
POLICIES = ROOT / "policies"


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    language: Language
    kind: Kind
    topics: frozenset[str]
    may: frozenset[str]
    special: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts of fields for one question, and what it took."""

    question: Labelled
    needed: int
    found: int
    given: int
    surplus: int
    kind: Kind
    language: Language
    special: bool
    milliseconds: float

    @property
    def right(self) -> bool:
        return (
            self.found == self.needed
            and not self.surplus
            and self.kind is self.question.kind
            and self.special >= self.question.special
        )


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares between 0 and 1; `over` of the fields given, all others of what was asked."""

    questions: int
    recall: float
    over: float
    kinds: float
    languages: float
    special: float
    median: float
    slowest: float


def load(name: str) -> tuple[Labelled, ...]:
    lines = (CORPUS / f"{name}.jsonl").read_text().splitlines()
    return tuple(_labelled(json.loads(line)) for line in lines)


def evaluate(questions: Iterable[Labelled]) -> list[Outcome]:
    rulebook, understanding = _loaded()
    return [_outcome(question, understanding, rulebook) for question in questions]


@cache
def _loaded() -> tuple[Rulebook, Understanding]:
    rulebook = Rulebook.load(POLICIES)
    return rulebook, Understanding.load(POLICIES, rulebook)


def measures(outcomes: Sequence[Outcome]) -> Measures:
    times = sorted(outcome.milliseconds for outcome in outcomes)
    special = [outcome for outcome in outcomes if outcome.question.special]
    return Measures(
        questions=len(outcomes),
        recall=_share(sum(o.found for o in outcomes), sum(o.needed for o in outcomes)),
        over=_share(sum(o.surplus for o in outcomes), sum(o.given for o in outcomes)),
        kinds=_share(sum(o.kind is o.question.kind for o in outcomes), len(outcomes)),
        languages=_share(sum(o.language is o.question.language for o in outcomes), len(outcomes)),
        special=_share(sum(o.special for o in special), len(special)),
        median=times[len(times) // 2],
        slowest=times[-1 - len(times) // 100],
    )


def main() -> None:
    for name in ("train", "test", "blind"):
        outcomes = evaluate(load(name))
        for language in Language:
            spoken = [o for o in outcomes if o.question.language is language]
            _write(f"{name} {language}", measures(spoken))
        _write(f"{name} all", measures(outcomes))
        if "--wrong" in sys.argv and name == "train":
            for outcome in outcomes:
                if not outcome.right:
                    sys.stdout.write(f"  {outcome.question.text}\n")


def _write(name: str, found: Measures) -> None:
    sys.stdout.write(
        f"{name:10} {found.questions:4} questions  recall {found.recall:.3f}  "
        f"over-release {found.over:.3f}  kind {found.kinds:.3f}  language {found.languages:.3f}  "
        f"special {found.special:.3f}  p50 {found.median:.2f} ms  p99 {found.slowest:.2f} ms\n"
    )


def _labelled(line: dict[str, object]) -> Labelled:
    topics, may = line["topics"], line["may"]
    if not isinstance(topics, list) or not isinstance(may, list):
        raise TypeError("topics and may are lists")
    return Labelled(
        text=str(line["text"]),
        language=Language(str(line["language"])),
        kind=Kind(str(line["kind"])),
        topics=frozenset(map(str, topics)),
        may=frozenset(map(str, may)),
        special=bool(line["special"]),
    )


def _outcome(question: Labelled, understanding: Understanding, rulebook: Rulebook) -> Outcome:
    begun = perf_counter_ns()
    reading = understanding.read(clean(question.text), preferred=Language.DE)
    taken = (perf_counter_ns() - begun) / 1e6
    given = _fields(reading.topics, rulebook) if reading.kind is Kind.CASE else set()
    needed = _fields(question.topics, rulebook)
    allowed = needed | _fields(question.may, rulebook)
    protected = {f.name for f in rulebook.catalogue if f.sensitivity is Sensitivity.SPECIAL}
    return Outcome(
        question=question,
        needed=len(needed),
        found=len(needed & given),
        given=len(given),
        surplus=len(given - allowed),
        kind=reading.kind,
        language=reading.language,
        special=reading.special or bool(given & protected),
        milliseconds=taken,
    )


def _fields(topics: Iterable[str], rulebook: Rulebook) -> set[str]:
    return {str(field) for topic in topics for field in rulebook.topics[topic].fields}


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


if __name__ == "__main__":
    main()
