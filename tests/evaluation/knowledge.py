"""How often the right article is found. Run by `make eval-knowledge`.

Prints one JSON line per figure for the held-out questions and fails below the floors. The
`dev` questions set the threshold and the weights; the held-out ones never did.
"""

import json
import resource
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.knowledge.answer import Guide
from app.knowledge.articles import read
from app.vocabulary.levels import Language

QUESTIONS: Final = Path(__file__).parents[1] / "corpus" / "knowledge" / "questions.jsonl"
FLOORS: Final = {"recall@1": 0.78, "recall@3": 0.82, "abstention": 0.75}


@dataclass(frozen=True, slots=True)
class Labelled:
    question: str
    language: Language
    article: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    figures: dict[str, float]
    missed: tuple[Labelled, ...]
    answered_wrongly: tuple[Labelled, ...]


def labelled(split: str) -> list[Labelled]:
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    return [
        Labelled(row["question"], Language(row["language"]), row["article"])
        for row in rows
        if row["split"] == split
    ]


def measure(guide: Guide, questions: list[Labelled]) -> Measured:
    """Recall counts an answer withheld below the threshold as a miss."""
    answerable = [each for each in questions if each.article is not None]
    others = [each for each in questions if each.article is None]
    ranks = {
        each.question: [found.id for found in guide.find(each.question, each.language, most=3)]
        for each in questions
    }
    missed = tuple(each for each in answerable if ranks[each.question][:1] != [each.article])
    third = sum(each.article in ranks[each.question] for each in answerable)
    wrong = tuple(each for each in others if ranks[each.question])
    return Measured(
        figures={
            "recall@1": 1 - len(missed) / len(answerable),
            "recall@3": third / len(answerable),
            "abstention": 1 - len(wrong) / len(others),
        },
        missed=missed,
        answered_wrongly=wrong,
    )


def milliseconds(guide: Guide, questions: list[Labelled]) -> list[float]:
    spent: list[float] = []
    for each in questions:
        start = time.perf_counter()
        guide.find(each.question, each.language)
        spent.append((time.perf_counter() - start) * 1_000)
    return sorted(spent)


def main(split: str = "held_out") -> int:
    guide = Guide(read())
    questions = labelled(split)
    measured = measure(guide, questions)
    spent = milliseconds(guide, questions)
    say = sys.stdout.write
    for name, figure in measured.figures.items():
        floor = FLOORS[name]
        say(
            json.dumps({"measure": name, "split": split, "value": round(figure, 3), "floor": floor})
        )
        say("\n")
    p50, p99 = spent[len(spent) // 2], spent[int(len(spent) * 0.99)]
    say(json.dumps({"measure": "retrieval_ms", "p50": round(p50, 2), "p99": round(p99, 2)}) + "\n")
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024
    say(json.dumps({"measure": "resident_mb", "value": resident}) + "\n")
    for each in (*measured.missed, *measured.answered_wrongly):
        say(json.dumps({"not_as_labelled": each.question, "article": each.article}) + "\n")
    return int(any(measured.figures[name] < floor for name, floor in FLOORS.items()))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
