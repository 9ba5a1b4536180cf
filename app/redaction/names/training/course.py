"""From data to the model's files."""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from gzip import compress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from zlib import crc32

import pycrfsuite

from app.redaction.names.features import Vocabulary, features
from app.redaction.names.labels import Label
from app.redaction.names.lexicon import Lexicon
from app.redaction.names.model import Readers
from app.redaction.names.reader import Reader
from app.redaction.names.shipped import CLUSTERS, FOREST, LEXICON, NETWORK, READER, SETTINGS, packed
from app.redaction.names.training import network, sources, stacking
from app.redaction.names.training.clusters import clusters_of
from app.redaction.names.training.frames import Writer, frames
from app.redaction.names.training.marked import Teller, held_back, judging, marked
from app.redaction.names.training.noise import Noise, noisy
from app.redaction.names.training.others import others
from app.redaction.names.training.people import People
from app.redaction.names.training.sources import Labelled
from app.redaction.names.training.thresholds import OVER_MASKED, threshold
from app.redaction.names.training.words import letters_of, lexicon_of_packages

SEED: Final = 2026
_HELD_OUT: Final = 10
# One in so many frames of the corpus judges and is not learnt from.
_JUDGED: Final = 8
_CORPUS: Final = 4000
_TEXTS: Final = {
    **dict.fromkeys(("tr", "pl", "ro"), 500),
    **dict.fromkeys(("ru", "bg"), 800),
    **dict.fromkeys(("fa", "ar", "uk"), 1_000),
    "en": 2_800,
    "de": 10_000,
}
# How often each marked text is told in one pass.
_TOLD: Final = 3
# Of each language's frames that are kept back, so many texts.
_KEPT: Final = 60
_THINNED: Final = 0.4
_VARIED: Final = 0.2
_PLAIN_VARIED: Final = 0.5
_PARAMETERS: Final = {
    "c1": 0.35,
    "c2": 0.15,
    "max_iterations": 42,
    "feature.minfreq": 4,
    "feature.possible_transitions": True,
}


@dataclass(frozen=True, slots=True)
class Course:
    """Gives the texts that are learnt from, pass by pass, and those that judge what was learnt.

    The corpus' frames for training are told twice: about its own few people, and about many
    others, so that frames are learnt and not names. No reader learns from what judges, an eighth of
    the corpus' training frames and texts written to judge, nor from what settles whom of them to
    believe (`settling`). One of ten of GermEval's sentences is kept back to look at.
    """

    data: Path
    root: Path

    def lessons(self, number: int) -> list[Labelled]:
        """The texts of one pass; another number draws other names, texts and noise."""
        random = Random(f"{SEED} {number}")  # noqa: S311 - the same model every time
        names = self.data / "pii" / "names"
        people = People(names, random)
        lessons = list(self._news())
        lessons += [
            _renamed(text, people, random)
            for text in lessons
            if any(label == Label.PERSON for *_, label in text.spans)
        ]
        lessons += [_varied(text, random) for text in lessons if random.random() < _VARIED]
        lessons += self._plain(random)
        lessons += _written(names, random)
        telling = marked()
        teller = Teller(people, random, telling)
        lessons += [
            text
            for language, written in telling.items()
            for _ in range(_TOLD)
            for text in teller.texts(written, language)
        ]
        drawn = others(self.root, people, random)
        for sequence, about in ((f"more {number}", ""), (f"others {number}", drawn)):
            texts = _corpus(self.root, sequence, about)
            lessons += [text for frame, text in texts if not judges(frame)]
        random.shuffle(lessons)
        return lessons

    def judged(self) -> Mapping[str, Sequence[tuple[str, Labelled]]]:
        """By language; each with what it was written after, itself or a frame."""
        found = {
            language: [(text.text, text) for text in texts] for language, texts in judging().items()
        }
        random = Random(f"{SEED} judged")  # noqa: S311 - the same model every time
        people = others(self.root, People(self.data / "pii" / "names", random), random)
        told = _corpus(self.root, "judged", people)
        found["de"] += [(frame, text) for frame, text in told if judges(frame)]
        return found

    def settling(self) -> list[Labelled]:
        """What no reader learnt from and chooses no threshold: whom to believe is learnt of it."""
        random = Random(f"{SEED} settling")  # noqa: S311 - the same model every time
        told = [text for texts in held_back().values() for text in texts]
        return told + list(kept_back(self.data / "pii" / "names", random))

    def _news(self) -> Iterator[Labelled]:
        for name in ("dev", "test"):
            path = self.data / "pii" / "germeval_2014" / f"{name}.tsv"
            for number, text in enumerate(sources.germeval(path)):
                if number % _HELD_OUT:
                    yield text

    def _plain(self, random: Random) -> list[Labelled]:
        """Texts that name nobody."""
        plain = [*sources.articles(self.root / "app" / "knowledge" / "articles")]
        statutes = list(sources.law(self.data / "law"))
        plain += random.sample(statutes, min(700, len(statutes)))
        return plain + [_varied(text, random) for text in plain if random.random() < _PLAIN_VARIED]


def train(data: Path, root: Path, wheel: Path) -> None:
    course = Course(data, root)
    folder = root / "app" / "redaction" / "names"
    lexicon = lexicon_of(data, wheel)
    (folder / LEXICON).write_bytes(packed(lexicon))
    (folder / CLUSTERS).write_bytes(compress(lexicon.clusters.packed(), mtime=0))
    reader = Reader.of(fitted(course.lessons(0), lexicon))
    (folder / READER).write_bytes(reader.packed())
    learnt = network.members(course.lessons, lexicon, seed=SEED)
    (folder / NETWORK).write_bytes(learnt.packed())
    settled = stacking.settled(Readers(reader, learnt), lexicon, course.settling(), course.judged())
    (folder / FOREST).write_bytes(settled.forest.packed())
    chosen = {
        language: threshold(judged, over_masked=OVER_MASKED[language])
        for language, judged in settled.judged.items()
    }
    (folder / SETTINGS).write_text(json.dumps(chosen, indent=2) + "\n", "utf-8")


def lexicon_of(data: Path, wheel: Path) -> Lexicon:
    listed = lexicon_of_packages(letters_of(_listed(data / "pii" / "names"), SEED))
    return Lexicon(listed.words, listed.shapes, clusters_of(wheel))


def fitted(lessons: Iterable[Labelled], lexicon: Lexicon) -> bytes:
    """The weights of the conditional random field."""
    trainer = pycrfsuite.Trainer(verbose=True)
    random = Random(SEED)  # noqa: S311 - the same model every time
    vocabulary = Vocabulary(lexicon)
    for lesson in lessons:
        for tokens, labels in lesson.sequences():
            told = features(vocabulary.page(tokens))
            trainer.append([_thinned(each, random) for each in told], labels)
    trainer.select("lbfgs")
    trainer.set_params(_PARAMETERS)
    with TemporaryDirectory() as folder:
        path = Path(folder) / READER
        trainer.train(str(path))
        return path.read_bytes()


def _thinned(told: Sequence[bytes], random: Random) -> list[bytes]:
    """Without some of what names single words: frames repeat themselves, life does not.

    Else the words of a frame say so much that the rest learns too little (Sutton et al. 2006).
    """
    return [
        each for each in told if b"w" not in each.partition(b"=")[0] or random.random() > _THINNED
    ]


def _listed(names: Path) -> Iterator[str]:
    """The names of the lists that are not in this repository."""
    yield from sources.lines(names / "surnames.txt")
    yield from sources.lines(names / "first_names_female.txt")
    yield from sources.lines(names / "first_names_male.txt")
    for line in sources.lines(names / "first_names_berlin.tsv"):
        yield line.partition("\t")[0]


def judges(frame: str) -> bool:
    """Whether no reader learns from the corpus' texts of this frame."""
    return crc32(frame.encode()) % _JUDGED == 0


def _corpus(root: Path, sequence: str, names: str = "") -> list[tuple[str, Labelled]]:
    """Texts of the training frames of our own corpus, each after its frame.

    They are about the corpus' people for training, or about those whose names are given.
    Its test frames and names are others.
    """
    with TemporaryDirectory() as folder:
        written, told = Path(folder) / "texts.ndjson", Path(folder) / "names.txt"
        told.write_text(names, "utf-8")
        command = ["-m", "tests.corpus.redaction.corpus", "--more", str(_CORPUS), str(written)]
        command += [sequence, str(told)] if names else [sequence]
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
    """Texts of our own frames that no reader learnt from."""
    writer = Writer(People(names, random), names, random)
    known = frames()
    for language, each in known.named.items():
        named, plain = _split(each)[1], _split(known.plain.get(language, ()))[1]
        if named:
            yield from writer.texts(_KEPT, language, named, plain)


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
