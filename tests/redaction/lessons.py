"""What a small names model learns from: two given names, two surnames, a street and a town."""

from collections.abc import Mapping
from pathlib import Path
from random import Random

from app.redaction.names.lexicon import Lexicon
from app.redaction.names.model import Readers
from app.redaction.names.network import Network
from app.redaction.names.reader import Reader
from app.redaction.names.training import network
from app.redaction.names.training.course import fitted
from app.redaction.names.training.frames import Writer, frames
from app.redaction.names.training.people import People
from app.redaction.names.training.sources import Labelled

LISTS = {
    "first_names_berlin.tsv": "Alma\t12\nBodo\t3\n",
    "first_names_female.txt": "Alma\n",
    "first_names_male.txt": "Bodo\n",
    "nicknames_female.txt": "Alma\n",
    "nicknames_male.txt": "Bodo\n",
    "surnames.txt": "Berg\nTal\n",
    "places.txt": "Bensheim\n",
    "streets.txt": "Lindenstraße\n",
    "organisations.txt": "Beispiel AG\n",
}


def filed(lists: Mapping[str, str], folder: Path) -> Path:
    """The folder, with a file of each list."""
    for name, text in lists.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def written(names: Path, seed: int, count: int = 60) -> list[Labelled]:
    random = Random(seed)  # noqa: S311 - the same texts every time
    writer = Writer(People(names, random), names, random)
    known = frames()
    return [
        text
        for language in known.named
        for text in writer.texts(
            count if language == "de" else 3,
            language,
            known.named[language],
            known.plain.get(language, ()),
        )
    ]


def readers(lessons: list[Labelled], lexicon: Lexicon) -> Readers:
    weights = network.taught(lambda _: lessons, lexicon, seed=1, passes=2)
    return Readers(Reader.of(fitted(lessons, lexicon)), Network.of([weights]))


def each_by_itself(texts: list[Labelled]) -> list[tuple[str, Labelled]]:
    return [(text.text, text) for text in texts]
