"""What the names model learns from, read into one shape."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.redaction.names.tokens import Token, pieces

_GRASCCO: Final = {
    "NAME_PATIENT": "PER",
    "NAME_DOCTOR": "PER",
    "NAME_RELATIVE": "PER",
    "NAME_EXT": "PER",
    "LOCATION_STREET": "ADR",
    "LOCATION_ZIP": "ADR",
    "LOCATION_CITY": "LOC",
    "LOCATION_HOSPITAL": "ORG",
    "LOCATION_ORGANIZATION": "ORG",
}
_CORPUS: Final = {"PERSON": "PER", "ADDRESS": "ADR", "PLACE": "LOC", "ORGANISATION": "ORG"}
_NO_SPACE_BEFORE: Final = frozenset(".,;:!?)]}%")
_NO_SPACE_AFTER: Final = frozenset("([{")
_TAG: Final = re.compile(r"<[^>]+>")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what is in it: (start, end, label)."""

    text: str
    spans: tuple[tuple[int, int, str], ...] = ()

    def sequences(self) -> Iterator[tuple[list[Token], list[str]]]:
        """Tokens and their BIO labels, piece by piece."""
        for tokens in pieces(self.text):
            yield tokens, self._labels(tokens)

    def _labels(self, tokens: Sequence[Token]) -> list[str]:
        labels = ["O"] * len(tokens)
        for start, end, label in self.spans:
            mark = "B-"
            for at, token in enumerate(tokens):
                if token.start < end and start < token.end:
                    labels[at] = mark + label
                    mark = "I-"
        return labels


def lines(path: Path) -> list[str]:
    """Lines that are neither empty nor a comment."""
    read = path.read_text("utf-8").splitlines()
    return [line for line in map(str.strip, read) if line and not line.startswith("# ")]


def germeval(path: Path) -> Iterator[Labelled]:
    """The outer tags of GermEval 2014; parts of words and derived words name nobody."""
    words: list[tuple[str, str]] = []
    for line in [*path.read_text("utf-8").splitlines(), ""]:
        if line.startswith("#"):
            continue
        if not line:
            if words:
                yield _joined(words)
            words = []
            continue
        _, word, tag, _ = line.split("\t")
        words.append((word, tag))


def _joined(words: Sequence[tuple[str, str]]) -> Labelled:
    text = ""
    spans: list[tuple[int, int, str]] = []
    for word, tag in words:
        if text and word not in _NO_SPACE_BEFORE and text[-1] not in _NO_SPACE_AFTER:
            text += " "
        start = len(text)
        text += word
        label = tag[2:]
        if label not in {"PER", "LOC", "ORG"}:
            continue
        if tag.startswith("I-") and spans and spans[-1][2] == label:
            spans[-1] = (spans[-1][0], len(text), label)
        else:
            spans.append((start, len(text), label))
    return Labelled(text, tuple(spans))


def grascco(path: Path) -> Iterator[Labelled]:
    for line in path.read_text("utf-8").splitlines():
        document = json.loads(line)
        spans = tuple(
            (start, end, _GRASCCO[label])
            for start, end, label in document["spans"]
            if label in _GRASCCO
        )
        yield Labelled(document["text"], spans)


def corpus(path: Path) -> Iterator[tuple[str, Labelled]]:
    """The training texts of our own corpus, each with the name of its frame."""
    for line in path.read_text("utf-8").splitlines():
        document = json.loads(line)
        if document["split"] != "train":
            raise ValueError("a text of the test half")
        spans = tuple(
            (span["start"], span["end"], _CORPUS[span["kind"]])
            for span in document["spans"]
            if span["kind"] in _CORPUS
        )
        yield document["frame"], Labelled(document["text"], spans)


def articles(folder: Path) -> Iterator[Labelled]:
    """Our own explanations, paragraph by paragraph: they name nobody."""
    for path in sorted(folder.glob("*.md")):
        for paragraph in path.read_text("utf-8").split("\n\n"):
            if len(paragraph) > 30:  # noqa: PLR2004 - a sentence
                yield Labelled(paragraph.strip().replace("**", "").replace("`", ""))


def law(folder: Path) -> Iterator[Labelled]:
    """Sentences of the social codes: they name nobody."""
    for path in sorted(folder.rglob("*.xml")):
        for found in re.findall(r"<P>(.*?)</P>", path.read_text("utf-8"), re.DOTALL):
            plain = " ".join(_TAG.sub(" ", found).split())
            if len(plain) > 40:  # noqa: PLR2004 - a sentence
                yield Labelled(plain)
