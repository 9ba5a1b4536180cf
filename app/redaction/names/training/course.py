"""From data to the model's files."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from zlib import crc32

import pycrfsuite

from app.redaction.names.features import Vocabulary
from app.redaction.names.lexicon import Lexicon
from app.redaction.names.model import (
    LEXICON,
    SETTINGS,
    Label,
    NamesModel,
    Sort,
    packed,
)
from app.redaction.names.reader import TOLD, Part, Reader
from app.redaction.names.reader import packed as packed_weights
from app.redaction.names.training import sources
from app.redaction.names.training.frames import Writer, frames
from app.redaction.names.training.noise import Noise, noisy
from app.redaction.names.training.others import others
from app.redaction.names.training.people import People
from app.redaction.names.training.sources import Labelled
from app.redaction.names.training.thresholds import thresholds
from app.redaction.names.training.words import letters_of, lexicon_of_packages

SEED: Final = 2026
_HELD_OUT: Final = 10
# One in so many frames of the corpus judges the rehearsal, which learns from every third text.
_JUDGED: Final = 3
_REHEARSED: Final = 3
_CORPUS: Final = 4000
_TEXTS: Final = {
    **dict.fromkeys(("tr", "pl", "ro"), 500),
    **dict.fromkeys(("ru", "bg"), 800),
    **dict.fromkeys(("fa", "ar", "uk"), 1_000),
    "en": 2_800,
    "de": 10_000,
}
_THINNED: Final = 0.4
_VARIED: Final = 0.2
_PLAIN_VARIED: Final = 0.5
_PARAMETERS: Final = {
    "c1": 0.25,
    "c2": 0.15,
    "max_iterations": 42,
    "feature.minfreq": 3,
    "feature.possible_transitions": True,
}


@dataclass(frozen=True, slots=True)
class Course:
    """What is learnt from; what a rehearsal learns from, and the texts it is judged by.

    The corpus' frames for training are told twice: about its own few people, and about many
    others, so that frames are learnt and not names.

    The rehearsal leaves out a third of the corpus' frames and chooses the thresholds. Our own
    frames that are kept back choose nothing: they are written to mislead.
    """

    lexicon: Lexicon
    lessons: Sequence[Labelled]
    rehearsed: Sequence[Labelled]
    judged: Sequence[Labelled]


def train(data: Path, root: Path) -> None:
    course = prepared(data, root)
    folder = root / "app" / "redaction" / "names"
    (folder / LEXICON).write_bytes(packed(course.lexicon))
    settings = rehearsal(course)
    (folder / SETTINGS).write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    for part in Part:
        weights = fitted(course.lessons, course.lexicon, part)
        (folder / part.file).write_bytes(packed_weights(weights))


def rehearsal(course: Course) -> Mapping[Sort, float]:
    first, second = (
        Reader.of(part, fitted(course.rehearsed, course.lexicon, part)) for part in Part
    )
    certain = dict.fromkeys(Sort, 1.0)
    model = NamesModel(first, second, course.lexicon, thresholds=certain)
    return thresholds(model, course.judged)


def fitted(lessons: Iterable[Labelled], lexicon: Lexicon, part: Part) -> bytes:
    """The weights of one reader."""
    trainer = pycrfsuite.Trainer(verbose=True)
    random = Random(f"{SEED} {part}")  # noqa: S311 - the same model every time
    vocabulary = Vocabulary(lexicon)
    for lesson in lessons:
        for tokens, labels in lesson.sequences():
            told = TOLD[part](vocabulary.page(tokens))
            trainer.append([_thinned(each, random) for each in told], labels)
    trainer.select("lbfgs")
    trainer.set_params(_PARAMETERS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / part
        trainer.train(str(path))
        return path.read_bytes()


def _thinned(told: Sequence[str], random: Random) -> list[str]:
    """Without some of what names single words: frames repeat themselves, life does not.

    Else the words of a frame say so much that the rest learns too little (Sutton et al. 2006).
    """
    return [
        each for each in told if "w" not in each.partition("=")[0] or random.random() > _THINNED
    ]


def prepared(data: Path, root: Path) -> Course:
    random = Random(SEED)  # noqa: S311 - the same model every time
    lexicon = lexicon_of_packages(letters_of(_listed(data / "pii" / "names"), SEED))
    lessons: list[Labelled] = []
    judged: list[Labelled] = []
    for name in ("dev", "test"):
        for n, text in enumerate(sources.germeval(data / "pii" / "germeval_2014" / f"{name}.tsv")):
            (judged if n % _HELD_OUT == 0 else lessons).append(text)
    people = People(data / "pii" / "names", random)
    lessons += [
        _renamed(text, people, random)
        for text in lessons
        if any(label == Label.PERSON for *_, label in text.spans)
    ]
    lessons += [_varied(text, random) for text in lessons if random.random() < _VARIED]
    plain = [*sources.articles(root / "app" / "knowledge" / "articles")]
    statutes = list(sources.law(data / "law"))
    plain += random.sample(statutes, min(700, len(statutes)))
    lessons += plain
    lessons += [_varied(text, random) for text in plain if random.random() < _PLAIN_VARIED]
    lessons += _written(data / "pii" / "names", random)
    rehearsed = list(lessons)
    for frame, text in (*_corpus(root), *_corpus(root, others(root, people, random))):
        lessons.append(text)
        (rehearsed if crc32(frame.encode()) % _JUDGED else judged).append(text)
    random.shuffle(lessons)
    random.shuffle(rehearsed)
    return Course(lexicon, lessons, rehearsed[::_REHEARSED], judged)


def _listed(names: Path) -> Iterator[str]:
    """The names of the lists that are not in this repository."""
    yield from sources.lines(names / "surnames.txt")
    yield from sources.lines(names / "first_names_female.txt")
    yield from sources.lines(names / "first_names_male.txt")
    for line in sources.lines(names / "first_names_berlin.tsv"):
        yield line.partition("\t")[0]


def _corpus(root: Path, names: str = "") -> list[tuple[str, Labelled]]:
    """Texts of the training frames of our own corpus; its test frames and names are others.

    They are about the corpus' people for training, or about those whose names are given.
    """
    with TemporaryDirectory() as folder:
        written, told = Path(folder) / "texts.ndjson", Path(folder) / "names.txt"
        told.write_text(names, "utf-8")
        command = ["-m", "tests.corpus.redaction.corpus", "--more", str(_CORPUS), str(written)]
        command += [str(told)] if names else []
        subprocess.run([sys.executable, *command], cwd=root, check=True)  # noqa: S603 - our own
        return list(sources.corpus(written))


def _split(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Frames to learn from, and frames kept back."""
    held = [line for line in lines if crc32(line.encode()) % _HELD_OUT == 0]
    return [line for line in lines if crc32(line.encode()) % _HELD_OUT], held


def _written(names: Path, random: Random) -> Iterator[Labelled]:
    writer = Writer(People(names, random), names, random)
    known = frames()
    for language, named in known.named.items():
        plain = known.plain.get(language, ())
        yield from writer.texts(_TEXTS[language], language, _split(named)[0], _split(plain)[0])


def kept_back(names: Path, random: Random) -> Iterator[Labelled]:
    """Texts of our own frames that were not learnt from: to look at, not to choose by."""
    writer = Writer(People(names, random), names, random)
    known = frames()
    for language in ("de", "en"):
        named, plain = _split(known.named[language])[1], _split(known.plain[language])[1]
        yield from writer.texts(600, language, named, plain)


def _renamed(text: Labelled, people: People, random: Random) -> Labelled:
    """The same text about somebody else, so that it is not the well-known who are learnt."""
    out = ""
    spans: list[tuple[int, int, str]] = []
    at = 0
    for start, end, label in sorted(text.spans):
        if start < at:
            continue
        out += text.text[at:start]
        name = text.text[start:end]
        if label == "PER":
            pool = people.pool("de")
            words = name.split()
            surname = people.surname(pool)
            ending = (
                "s" if len(words) == 1 and name.endswith("s") and surname[-1] not in "sßxz" else ""
            )
            alone = surname if random.random() < 0.6 else people.given(pool)  # noqa: PLR2004 - most are surnames
            name = f"{people.given(pool)} {surname}" if len(words) > 1 else alone + ending
        spans.append((len(out), len(out) + len(name), label))
        out += name
        at = end
    return Labelled(out + text.text[at:], tuple(spans))


def _varied(text: Labelled, random: Random) -> Labelled:
    """The same text in lower case or as a scanner or a hurried hand writes it."""
    noise = random.choice((Noise.LOWER, Noise.LOWER, Noise.LOWER, Noise.OCR, Noise.TYPED))
    out = ""
    spans: list[tuple[int, int, str]] = []
    at = 0
    for start, end, label in sorted(text.spans):
        if start < at:
            continue
        out += noisy(text.text[at:start], noise, random)
        span = noisy(text.text[start:end], noise, random)
        spans.append((len(out), len(out) + len(span), label))
        out += span
        at = end
    return Labelled(out + noisy(text.text[at:], noise, random), tuple(spans))


def report(text: str) -> None:
    sys.stdout.write(text + "\n")
