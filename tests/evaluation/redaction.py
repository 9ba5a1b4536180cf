"""How well redaction holds: `python -m tests.evaluation.redaction`, or `make eval-redaction`.

Prints R1 to R8 as a table and writes them into docs/redaction.md. Ends with 1 when a figure is
worse than the committed one beyond its interval. `--accept` commits what was measured,
`--thorough` draws 100,000 conversations for R4. Names of measures (`R1 R3`) leave out all others
and write no page; `--without=R2` leaves out one, whose committed figure the page then shows. Ends
with 2, and measures nothing, when it is told anything else.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from subprocess import PIPE
from typing import Final

from app.redaction.finder import Detector, Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.names.modes import Mode
from app.redaction.names.training import folds, sources
from tests.evaluation import report
from tests.evaluation.leakage import (
    Scored,
    Share,
    leakage,
    load,
    overmasking,
    resampled,
    score,
    unread,
    written_in,
)
from tests.evaluation.measures import Figure, commit, committed, unmeasured, worse
from tests.redaction import spellings

ROOT: Final = Path(__file__).parents[2]
# Data that is not part of the repository: see the README there.
DATA: Final = ROOT.parent / "shared" / "data"
CLEAN: Final = 10_000
# The name of what each build measures again.
SHARE: Final = "R1*"
# MB that a model for R2 may take.
_LARGEST: Final = 10.0
# Of the texts that R1 scores, those it has a target for.
_GATED: Final = ("corpus", "by hand")
_EIGHT: Final = ("tr", "uk", "ru", "pl", "ro", "bg", "ar", "fa")
# What a person, a firm or a place is called is no number: R3 is about numbers.
_WORDS: Final = frozenset({Kind.PERSON, Kind.ORGANISATION, Kind.ADDRESS})
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) \S+", re.MULTILINE)
_PASSED: Final = re.compile(r"(\d+) (passed|failed|error)")


def main(*arguments: str) -> int:
    known = {*MEASURES, "--accept", "--thorough", *(f"--without={name}" for name in MEASURES)}
    if not known.issuperset(arguments):
        sys.stderr.write(f"Understood are: {' '.join(sorted(known))}\n")
        return 2
    wanted = [each for each in arguments if not each.startswith("--")]
    measured: list[Figure] = []
    tables: list[report.Table] = []
    for name, measure in MEASURES.items():
        if f"--without={name}" not in arguments and (not wanted or name in wanted):
            figures, more = measure()
            measured += figures
            tables += more
            sys.stdout.write(report.lines(figures))
            sys.stdout.flush()
    bad = worse(measured, committed())
    for figure in bad:
        sys.stdout.write(f"WORSE than committed: {figure.name} {figure.what}\n")
    if not wanted:
        shown = sorted([*measured, *unmeasured(measured)], key=lambda each: each.name)
        report.write(shown, tables)
    if "--accept" in arguments:
        commit(measured)
    return int(bool(bad))


def names() -> tuple[list[Figure], list[report.Table]]:
    """R1, in both modes. The app reads questions in the one that masks more."""
    texts = {
        "corpus": [one for one in load("german") if one.split == "test"],
        "by hand": [one for one in load("hand") if one.lang == "de"],
        "negatives": [one for one in load("negatives") if one.lang == "de"],
        "hard unread": unread(),
    }
    figures: list[Figure] = []
    tables: list[report.Table] = []
    for mode in Mode:
        scores = {name: score(each, detector(mode)) for name, each in texts.items()}
        gated = mode is Mode.RECALL
        for name in ("corpus", "by hand", "hard unread"):
            figures += [
                of_share(
                    "R1",
                    f"words of names left visible, {name}, {mode}",
                    leakage(scores[name]),
                    target=0.005 if gated and name in _GATED else None,
                )
            ]
        figures += [
            of_share(
                "R1",
                f"other words masked, {name}, {mode}",
                overmasking(scores[name]),
                target=0.02 if gated and name in _GATED else None,
            )
            for name in scores
        ]
        if gated:
            german = [*scores["corpus"], *scores["by hand"]]
            tables += [
                by_part(german),
                grouped("Names left visible, by origin", german, lambda one: one.of.origin),
                grouped("Names left visible, by noise", german, lambda one: one.of.noise),
                by_kind(german),
            ]
    return figures, tables


def share_of_builds() -> tuple[list[Figure], list[report.Table]]:
    """What every build measures again, in seconds (tests/redaction/test_figures.py)."""
    return quick(detector(Mode.RECALL)), []


def quick(with_: Detector) -> list[Figure]:
    texts = {
        "corpus": [one for one in load("german") if one.split == "test"][::4],
        "by hand": [one for one in load("hand") if one.lang == "de"],
    }
    figures: list[Figure] = []
    for name, each in texts.items():
        scores = score(each, with_)
        leaks, masks = leakage(scores), overmasking(scores)
        figures += [
            of_share(SHARE, f"words of names left visible, share of {name}", leaks),
            of_share(SHARE, f"other words masked, share of {name}", masks),
        ]
    return figures


def letters() -> tuple[list[Figure], list[report.Table]]:
    """R2: five folds by document, each read by a model that never saw it."""
    path = DATA / "pii" / "grascco_phi" / "documents.jsonl"
    if not path.exists():
        return [], []
    read = folds.five_folds(path, DATA / "pii" / "names")
    whole, first = folds.scores(read.pairs), folds.scores(read.first)
    precision = [(len(there & seen), len(seen)) for there, seen in read.pairs]
    recall = [(len(there & seen), len(there)) for there, seen in read.pairs]
    unseen = "micro F1, the fold that nothing was tuned on"
    figures = [
        of_letters(
            "five folds by document, micro F1",
            whole.f1,
            _f1(read.pairs),
            of=whole.there,
            target=0.9,
        ),
        of_letters(unseen, first.f1, _f1(read.first), of=first.there),
        of_letters("precision", whole.precision, precision, of=whole.found),
        of_letters("recall", whole.recall, recall, of=whole.there),
        Figure(
            name="R2",
            what="GraSCCo_PHI, one fold's model with the names model",
            value=read.size / 1_000_000,
            low=0,
            high=_LARGEST,
            better="less",
            unit="MB",
            target=_LARGEST,
        ),
    ]
    return figures, []


def _f1(pairs: Sequence[folds.Pair]) -> list[tuple[int, int]]:
    return [(2 * len(there & seen), len(there) + len(seen)) for there, seen in pairs]


def of_letters(
    what: str,
    value: float,
    counted: Sequence[tuple[int, int]],
    *,
    of: int,
    target: float | None = None,
) -> Figure:
    """The interval is bootstrapped over letters; `of` counts spans."""
    low, high = resampled([(part, whole) for part, whole in counted if whole])
    return Figure(
        name="R2",
        what=f"GraSCCo_PHI, {what}",
        value=value,
        low=low,
        high=high,
        better="more",
        of=of,
        target=target,
    )


def identifiers() -> tuple[list[Figure], list[report.Table]]:
    """R3: every kind in forty spellings, and sentences that hold no number of anybody."""
    fast = detector(Mode.FAST)
    tried: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for case in spellings.cases():
        found = Finder(fast)(case.text)
        hidden = {at for span in found for at in range(span.start, span.end)}
        seen = {at for at in range(case.start, case.end) if case.text[at].isalnum()} - hidden
        tried[case.kind] += 1
        missed[case.kind] += bool(seen)
    whole, part = tried.total(), missed.total()
    low, high = (
        resampled([(missed[kind], tried[kind]) for kind in tried]) if part else (0, 3 / whole)
    )
    sentences = list(islice(clean(), CLEAN))
    hits = sum(
        span.kind not in _WORDS and not spellings.rightly_found(text[span.start : span.end])
        for text in sentences
        for span in Finder(fast)(text)
    )
    figures = [
        Figure(
            name="R3",
            what=f"numbers found, {len(tried)} kinds in {spellings.SPELLINGS} spellings",
            value=1 - part / whole,
            low=1 - high,
            high=1 - low,
            better="more",
            of=whole,
            target=0.999,
        ),
        Figure(
            name="R3",
            what="numbers found in 10,000 sentences that hold none",
            value=hits * CLEAN / len(sentences),
            low=0,
            high=hits * CLEAN / len(sentences),
            better="less",
            unit="count",
            of=len(sentences),
            target=1,
            held=len(sentences) == CLEAN,
        ),
    ]
    rows = [(kind, str(tried[kind]), str(missed[kind])) for kind in tried]
    return figures, [report.Table("Numbers", ("kind", "spellings", "missed"), rows)]


def clean() -> Iterator[str]:
    """Negatives of the corpus, then the social codes and newspaper sentences, if they are there."""
    yield from (one.text for one in load("negatives"))
    if (DATA / "law").exists():
        yield from (one.text for one in sources.law(DATA / "law"))
    for path in sorted((DATA / "pii" / "germeval_2014").glob("*.tsv")):
        yield from (one.text for one in sources.germeval(path))


def round_trips() -> tuple[list[Figure], list[report.Table]]:
    """R4, by the tests themselves: 100,000 conversations with `--thorough`, else 200."""
    thorough = "--thorough" in sys.argv
    figure = by_tests(
        "R4",
        f"failures in {'100,000' if thorough else '200'} conversations, every split",
        "tests/redaction/test_conversations.py",
        "tests/redaction/test_marks.py",
        "tests/redaction/test_gateway_bugs.py",
        profile="thorough" if thorough else "ci",
    )
    return [figure], []


def speed() -> tuple[list[Figure], list[report.Table]]:
    """R5, as `make bench` has it: it tells of a machine and its load, no build is held to it."""
    done = subprocess.run([sys.executable, "-m", "bench.redaction"], check=True, stdout=PIPE)
    return [_of_machine(json.loads(line)) for line in done.stdout.splitlines()], []


def _of_machine(line: Mapping[str, object]) -> Figure:
    value, target = float(str(line["value"])), line.get("target")
    return Figure(
        name="R5",
        what=str(line["figure"]).removeprefix("redaction: "),
        value=value,
        low=value,
        high=value,
        better="less",
        unit=str(line["unit"]),
        target=None if target is None else float(str(target)),
        held=False,
    )


def failing_closed() -> tuple[list[Figure], list[report.Table]]:
    """R6: a fault at each step."""
    paths = ("tests/redaction/test_fails_closed.py", "tests/answers/test_names_followed.py")
    return [by_tests("R6", "texts let out with a fault in a step", *paths)], []


def canaries() -> tuple[list[Figure], list[report.Table]]:
    """R7: a model that obeys whatever it is told."""
    paths = ("tests/answers/test_injections.py",)
    return [by_tests("R7", "canaries out, by a model that obeys every injection", *paths)], []


def other_languages() -> tuple[list[Figure], list[report.Table]]:
    """R8: English is gated, the other eight are published."""
    recall = detector(Mode.RECALL)
    corpus = [one for one in load("other") if one.split == "test"]
    by_hand = [one for one in load("hand") if one.lang != "de"]
    english = score((one for one in (*corpus, *by_hand) if one.lang == "en"), recall)
    figures = [
        of_share("R8", "words of names left visible, English", leakage(english), target=0.02),
        of_share("R8", "other words masked, English", overmasking(english)),
    ]
    rows = []
    for lang in _EIGHT:
        scores = score((one for one in (*corpus, *by_hand) if one.lang == lang), recall)
        figures.append(of_share("R8", f"words of names left visible, {lang}", leakage(scores)))
        rows.append((lang, str(len(scores)), *shares(scores)))
    heads = ("language", "texts", "names visible", "other words masked")
    return figures, [report.Table("Other languages, thorough mode", heads, rows)]


@cache
def engine() -> PresidioDetector:
    return PresidioDetector()


def detector(mode: Mode) -> Detector:
    return engine().in_mode(mode)


def of_share(name: str, what: str, share: Share, target: float | None = None) -> Figure:
    return Figure(
        name=name,
        what=what,
        value=share.value,
        low=share.low,
        high=share.high,
        better="less",
        of=share.whole,
        target=target,
        upper=what.startswith("words of names"),
    )


def by_tests(name: str, what: str, *paths: str, profile: str = "ci") -> Figure:
    """How many tests fail. Raises RuntimeError where none ran: that would show nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths],
        cwd=ROOT,
        env={**os.environ, "HYPOTHESIS_PROFILE": profile},
        capture_output=True,
        text=True,
        check=False,
    )
    counts = Counter({word: int(count) for count, word in _PASSED.findall(done.stdout)})
    if not counts["passed"]:
        raise RuntimeError(f"{name}: no test passed")
    sys.stdout.writelines(f"{line}\n" for line in _FAILED.findall(done.stdout))
    failed = counts["failed"] + counts["error"]
    return Figure(
        name=name,
        what=what,
        value=failed,
        low=0,
        high=0,
        better="less",
        unit="count",
        of=counts.total(),
        target=0,
    )


def grouped(title: str, scores: Sequence[Scored], key: report.Key) -> report.Table:
    rows = [(name, str(len(group)), *shares(group)) for name, group in groups(scores, key).items()]
    return report.Table(title, ("", "texts", "names visible", "other words masked"), rows)


def groups(scores: Iterable[Scored], key: report.Key) -> Mapping[str, list[Scored]]:
    found: dict[str, list[Scored]] = {}
    for one in scores:
        found.setdefault(key(one), []).append(one)
    return dict(sorted(found.items()))


def by_part(scores: Sequence[Scored]) -> report.Table:
    """With intervals: what was written last was scored last."""
    rows = []
    for name, group in groups(scores, lambda one: written_in(one.of)).items():
        leaks = leakage(group)
        visible, masked = shares(group)
        within = f"{leaks.low:.2%} – {leaks.high:.2%}"
        rows.append((name, str(len(group)), visible, within, masked))
    heads = ("", "texts", "names visible", "95 % interval", "other words masked")
    return report.Table("Names left visible, by part of the corpus", heads, rows)


def shares(scores: Sequence[Scored]) -> tuple[str, str]:
    return report.spoken(leakage(scores)), report.spoken(overmasking(scores))


def by_kind(scores: Iterable[Scored]) -> report.Table:
    """In words: of an address every word counts."""
    there: Counter[str] = Counter()
    leaked: Counter[str] = Counter()
    for one in scores:
        there += one.others
        leaked += one.others_leaked
    rows = [(kind, str(there[kind]), str(leaked[kind])) for kind in sorted(there)]
    return report.Table("What is no name of a person", ("kind", "words", "left visible"), rows)


MEASURES: Final[Mapping[str, report.Measure]] = {
    "R1": names,
    SHARE: share_of_builds,
    "R2": letters,
    "R3": identifiers,
    "R4": round_trips,
    "R5": speed,
    "R6": failing_closed,
    "R7": canaries,
    "R8": other_languages,
}


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
