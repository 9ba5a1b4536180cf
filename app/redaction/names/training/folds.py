"""How well these features do on GraSCCo_PHI: five folds by document, its own labels.

The names model never saw GraSCCo, so its reading is one more feature here. Each fold
learns twice: the second time it is also told what the first reading made of the same
word elsewhere in the document.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

import pycrfsuite

from app.redaction.names import model as names_model
from app.redaction.names.features import features
from app.redaction.names.model import NamesModel
from app.redaction.names.modes import Mode
from app.redaction.names.tokens import Token, pieces

FOLDS: Final = 5
_SEED: Final = 2026
_INNER: Final = 4
_SIGN: Final = re.compile(r"\w+|[^\w\s]")
_PARAMETERS: Final = {"c1": 0.05, "c2": 0.02, "max_iterations": 90}
_MONTH: Final = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
_PATTERNS: Final = {
    "date": re.compile(
        r"(?<![\d.])(?:\d{1,2}\.\s?\d{1,2}\.(?:\s?(?:19|20)?\d\d)?(?!\d)|\d{1,2}[./]\d{4}(?!\d)"
        r"|(?:19|20)\d\d(?!\d)"
        r"|\d{1,2}\.\s?(?:Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)\w*\.?(?:\s\d{2,4})?"
        rf"|(?:{_MONTH})\s\d{{4}})"
    ),
    "phone": re.compile(r"(?:\+\d{2}\s?)?\(?0?\d{2,5}\)?[\s/\-]{1,3}\d[\d\s\-/]{3,14}\d"),
    "call": re.compile(
        r"(?:Tel|Fon|Telefon|Fax|Telefax|Durchwahl|Mobil)[\w.]*:?\s*[\d(+][\d\s()/\-]+"
    ),
    "street": re.compile(
        r"(?<!\w)[A-ZÄÖÜ][\w\-. ]{2,25}?"
        r"(?:str\.|straße|strasse|weg|gasse|platz|allee|ring|pfad|ufer)\s?\d+\s?\w?(?!\w)",
        re.IGNORECASE,
    ),
    "post": re.compile(r"(?<!\d)(?:[AD]-)?\d{4,5}\s[A-ZÄÖÜ]\w+"),
    "title": re.compile(
        r"(?:Prof|Priv|PD|Dr|OA|Univ|Dipl|med|h\.\s?c|habil|Doz)[\w.\-]*"
        r"(?:\s(?:Dr|med|univ|h\.|c\.|habil|rer|nat|phil|dent)[\w.]*)*"
    ),
    "mail": re.compile(r"\S+@\S+"),
    "age": re.compile(r"\d{1,3}(?:-?\s?jährig\w*|\sJahre\w?)", re.IGNORECASE),
    "clinic": re.compile(
        r"\w*(?:klinik|klinikum|krankenhaus|hospital|zentrum|spital|institut)\w*", re.IGNORECASE
    ),
}

_Labels = list[str]
_Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Scores:
    """Exact spans with their label, over all five test folds."""

    right: int
    found: int
    there: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class _Document:
    text: str
    spans: frozenset[_Span]
    tokens: list[list[Token]]
    features: list[list[list[str]]]
    labels: list[_Labels]


def five_folds(path: Path) -> Sequence[tuple[frozenset[_Span], frozenset[_Span]]]:
    """What is there and what was found, document by document, each read by a model without it."""
    documents = list(_documents(path, names_model.load()))
    order = list(range(len(documents)))
    Random(_SEED).shuffle(order)  # noqa: S311 - the same folds every time
    found: dict[int, frozenset[_Span]] = {}
    for fold in range(FOLDS):
        test = order[fold::FOLDS]
        learnt = [documents[at] for at in order if at not in set(test)]
        read = _read(learnt, [documents[at] for at in test])
        found |= dict(zip(test, read, strict=True))
    return [(documents[at].spans, found[at]) for at in range(len(documents))]


def scores(pairs: Sequence[tuple[frozenset[_Span], frozenset[_Span]]]) -> Scores:
    return Scores(
        right=sum(len(there & found) for there, found in pairs),
        found=sum(len(found) for _, found in pairs),
        there=sum(len(there) for there, _ in pairs),
    )


def _documents(path: Path, model: NamesModel) -> Iterator[_Document]:
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = row["text"]
        spans = [(start, end, label) for start, end, label in row["spans"]]
        tokens = [_fine(piece) for piece in pieces(text)]
        told = _told(text, model)
        yield _Document(
            text,
            frozenset(spans),
            tokens,
            [_features(piece, model, told, text) for piece in tokens],
            [_bio(piece, spans) for piece in tokens],
        )


def _fine(piece: Sequence[Token]) -> list[Token]:
    """Hyphens and signs apart: some spans end inside a word."""
    return [
        Token(
            found[0],
            token.start + found.start(),
            token.start + found.end(),
            token.first,
            token.line,
        )
        for token in piece
        for found in _SIGN.finditer(token.text)
    ]


def _told(text: str, model: NamesModel) -> Mapping[int, list[str]]:
    """For each character, what patterns and the names model say of it."""
    told: dict[int, list[str]] = {}
    for name, pattern in _PATTERNS.items():
        for found in pattern.finditer(text):
            for at in range(found.start(), found.end()):
                told.setdefault(at, []).append(f"{'B' if at == found.start() else 'I'}{name}")
    for one in model.find(text, Mode.FAST):
        for at in range(one.start, one.end):
            told.setdefault(at, []).append(f"crf={one.label}")
    return told


def _features(
    piece: Sequence[Token], model: NamesModel, told: Mapping[int, list[str]], text: str
) -> list[list[str]]:
    found = features(piece, model.lexicon)
    marks = [sorted(set(told.get(token.start, ()))) for token in piece]
    for at, token in enumerate(piece):
        own = found[at]
        own += [f"t={mark}" for mark in marks[at]]
        if at:
            own += [f"-t={mark}" for mark in marks[at - 1]]
        if at + 1 < len(piece):
            own += [f"+t={mark}" for mark in marks[at + 1]]
        start = text.rfind("\n", 0, token.start) + 1
        head = text[start : token.start].split()
        own.append(f"line={' '.join(head[:2]).lower()}")
        own.append(f"linelen={min(len(head), 5)}")
        own.append(f"doc={token.start * 12 // max(len(text), 1)}")
        tail = len(text) - token.end
        own.append(f"end={min(tail // 60, 8)}")
        own.append(f"begin={min(token.start // 80, 8)}")
        near = [one.text.lower() for one in piece[max(at - 6, 0) : at]]
        own += [f"near={word}" for word in set(near)]
        own.append(
            "shapes=" + " ".join(_digits(one.text) for one in piece[max(at - 2, 0) : at + 4])
        )
    return found


def _digits(text: str) -> str:
    if text.isdigit():
        return "d" * min(len(text), 5)
    return text if not text[0].isalnum() else "w"


def _bio(piece: Sequence[Token], spans: Sequence[_Span]) -> _Labels:
    labels = ["O"] * len(piece)
    for start, end, label in spans:
        mark = "B-"
        for at, token in enumerate(piece):
            if token.start < end and start < token.end:
                labels[at] = mark + label
                mark = "I-"
    return labels


def _read(learnt: Sequence[_Document], test: Sequence[_Document]) -> list[frozenset[_Span]]:
    """A first reading of every document by a model without it, then the second with its help."""
    first: list[list[_Labels]] = [[] for _ in learnt]
    for inner in range(_INNER):
        rest = [one for n, one in enumerate(learnt) if n % _INNER != inner]
        tagger = _fitted(
            [
                (piece, labels)
                for one in rest
                for piece, labels in zip(one.features, one.labels, strict=True)
            ]
        )
        for n, one in enumerate(learnt):
            if n % _INNER == inner:
                first[n] = [tagger.tag(piece) for piece in one.features]
    tagger = _fitted(
        [
            (piece, labels)
            for one in learnt
            for piece, labels in zip(one.features, one.labels, strict=True)
        ]
    )
    second = _fitted(
        [
            (piece, labels)
            for one, reading in zip(learnt, first, strict=True)
            for piece, labels in zip(_with(one, reading), one.labels, strict=True)
        ]
    )
    found = []
    for one in test:
        reading = [tagger.tag(piece) for piece in one.features]
        again = [second.tag(piece) for piece in _with(one, reading)]
        found.append(_spans(one, again))
    return found


def _with(document: _Document, reading: Sequence[_Labels]) -> list[list[list[str]]]:
    seen: dict[str, Counter[str]] = {}
    for tokens, labels in zip(document.tokens, reading, strict=True):
        for token, label in zip(tokens, labels, strict=True):
            if token.text[0].isalpha() and token.text[0].isupper():
                seen.setdefault(token.text.lower(), Counter())[label[2:] or "O"] += 1
    out = []
    for tokens, told, labels in zip(document.tokens, document.features, reading, strict=True):
        piece = []
        for at, token in enumerate(tokens):
            extra = [f"first={labels[at]}"]
            counts = seen.get(token.text.lower())
            if counts:
                extra += [f"seen={label}" for label in counts if label != "O"]
                extra.append(f"most={counts.most_common(1)[0][0]}")
            piece.append([*told[at], *extra])
        out.append(piece)
    return out


def _fitted(lessons: Sequence[tuple[list[list[str]], _Labels]]) -> pycrfsuite.Tagger:
    trainer = pycrfsuite.Trainer(verbose=False)
    for told, labels in lessons:
        trainer.append(told, labels)
    trainer.set_params(_PARAMETERS)
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "fold.crfsuite")
        trainer.train(path)
        tagger = pycrfsuite.Tagger()
        tagger.open(path)
    return tagger


def _spans(document: _Document, reading: Sequence[_Labels]) -> frozenset[_Span]:
    spans: set[_Span] = set()
    for tokens, labels in zip(document.tokens, reading, strict=True):
        at = 0
        while at < len(tokens):
            label, begun = labels[at][2:], at
            at += 1
            if not label:
                continue
            while at < len(tokens) and labels[at] == f"I-{label}":
                at += 1
            spans.add((tokens[begun].start, tokens[at - 1].end, label))
    return frozenset(spans)
