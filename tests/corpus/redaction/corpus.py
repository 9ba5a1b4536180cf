"""Makes the corpus: `python -m tests.corpus.redaction.corpus`.

The same frames and names give the same files, byte for byte. `--more N FILE SEQUENCE [NAMES]`
writes N further texts of the train frames, in another sequence, for training alone, and about
people of another file of names.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from typing import Final, TypedDict

from tests.corpus.redaction.frames import Frame, cast_of, filled, parts, read
from tests.corpus.redaction.noise import NOISES, Piece
from tests.corpus.redaction.people import ORIGINS, draw_from

FOLDER: Final = Path(__file__).parent
SEED: Final = 2026

# How many texts of each language, and which part of them is for training.
GERMAN: Final = {"train": (600,), "test": (400, 600, 560)}
OTHER: Final = {
    "en": {"train": 60, "test": 60},
    "tr": {"train": 10, "test": 13},
    "uk": {"train": 10, "test": 13},
    "ru": {"train": 10, "test": 13},
    "pl": {"train": 10, "test": 13},
    "ro": {"train": 10, "test": 13},
    "bg": {"train": 10, "test": 12},
    "ar": {"train": 10, "test": 12},
    "fa": {"train": 9, "test": 12},
}
_NATIVE: Final = {
    "tr": "turkish",
    "uk": "ukrainian@uk",
    "ru": "russian@ru",
    "pl": "polish",
    "ro": "romanian",
    "bg": "bulgarian@bg",
    "ar": "arabic@ar",
    "fa": "persian@fa",
}

# How often each noise comes over a text, by what the text is.
_SPOKEN: Final = {"none": 0, "speech": 1}
_WEIGHTS: Final = {
    "question": {"none": 5, "lower": 4, "speech": 1},
    "chat": {"none": 2, "lower": 6},
    "speech": _SPOKEN,
    "letter": {"none": 6, "ocr": 4},
    "mail": {"none": 6, "lower": 2, "ocr": 1},
    "note": {"none": 7, "ocr": 1, "lower": 1},
    "form": {"none": 5, "ocr": 5},
}
# Scanners and speech recognition are imitated for German and English letters alone.
_POSSIBLE: Final = {
    "tr": {"none", "lower", "ocr"},
    "pl": {"none", "lower", "ocr"},
    "ro": {"none", "lower", "ocr"},
    "uk": {"none", "lower"},
    "ru": {"none", "lower"},
    "bg": {"none", "lower"},
    "ar": {"none"},
    "fa": {"none"},
}
_MARK: Final = re.compile(r"\{([A-Z]+):([^{}]*)\}")
_SHORT: Final = {
    "P": "PERSON",
    "A": "ADDRESS",
    "O": "ORGANISATION",
    "T": "PHONE",
    "E": "EMAIL",
    "I": "IBAN",
    "B": "BIRTHDATE",
    "BG": "BGNUMBER",
    "K": "CUSTOMERNUMBER",
    "R": "PENSIONNUMBER",
    "H": "HEALTHNUMBER",
    "S": "TAXNUMBER",
    "AZ": "COURTFILE",
    "C": "IDENTITYCARD",
    "L": "NUMBERPLATE",
    "F": "FILENUMBER",
}


class Marked(TypedDict):
    """One span; offsets are code points of the text."""

    start: int
    end: int
    kind: str


class Line(TypedDict):
    """One text of the corpus."""

    id: str
    lang: str
    text: str
    spans: list[Marked]
    origin: str
    noise: str
    frame: str
    split: str


def texts(frames: Sequence[Frame], number: int, seed: str) -> Iterator[Line]:
    """So many different texts, frame after frame, each with a sequence of its own."""
    seen: set[str] = set()
    deck = [origin for origin, share in ORIGINS.items() for _ in range(share)]
    Random(seed).shuffle(deck)  # noqa: S311 - invented people need no secret
    for at in count():
        if len(seen) == number:
            return
        frame = frames[at % len(frames)]
        rng = Random(f"{seed}:{frame.name}:{at // len(frames)}")  # noqa: S311 - invented people need no secret
        line = _text(frame, rng, origin=_NATIVE.get(frame.language, deck[at % len(deck)]))
        if line["text"] not in seen:
            seen.add(line["text"])
            yield line


def _text(frame: Frame, rng: Random, *, origin: str) -> Line:
    people = cast_of(frame, rng, origin=origin)
    usual = _WEIGHTS[frame.genre]
    weights = {
        noise: by for noise, by in usual.items() if noise in _POSSIBLE.get(frame.language, usual)
    }
    noise = rng.choices(list(weights), weights=list(weights.values()))[0]
    if noise == "none" and frame.inflects:
        noise = "inflected"
    pieces = NOISES[noise](filled(frame, rng, people), rng, frame.language)
    text, spans = joined(pieces)
    text = text.rstrip()
    first = next(iter(people.values()), None)
    return Line(
        id="",
        lang=frame.language,
        text=text,
        spans=spans,
        origin=first.origin.partition("@")[0] if first else "none",
        noise=noise,
        frame=frame.name,
        split=frame.split,
    )


def joined(pieces: Iterable[Piece]) -> tuple[str, list[Marked]]:
    """The text, and where in it the marked pieces came to stand."""
    text, spans = "", list[Marked]()
    for piece, kind in pieces:
        inner = piece.strip()
        if kind is not None and inner:
            start = len(text) + piece.index(inner)
            spans.append(Marked(start=start, end=start + len(inner), kind=kind))
        text += piece
    return text, spans


def german() -> Iterator[Line]:
    """The texts in German made of frames."""
    for split, numbers in GERMAN.items():
        for frames, number in zip(parts("de", split), numbers, strict=True):
            yield from texts(frames, number, f"{SEED}")


def other() -> Iterator[Line]:
    """The texts in nine other languages made of frames."""
    for language, numbers in OTHER.items():
        for split, number in numbers.items():
            yield from texts(read(language, split), number, f"{SEED}")


def written(name: str) -> Iterator[Line]:
    """Texts written one by one, of a file of ours: a head, then the text with `{P:…}` marks."""
    body = (FOLDER / f"{name}.txt").read_text("utf-8")
    for block in re.split(r"^# ", body, flags=re.MULTILINE)[1:]:
        head, _, marked = block.partition("\n")
        language, origin, noise = head.split()
        pieces: list[Piece] = []
        at, source = 0, marked.strip()
        for found in _MARK.finditer(source):
            pieces += [(source[at : found.start()], None), (found[2], _SHORT[found[1]])]
            at = found.end()
        text, spans = joined([*pieces, (source[at:], None)])
        yield Line(
            id="",
            lang=language,
            text=text,
            spans=spans,
            origin=origin,
            noise=noise,
            frame=name,
            split="test",
        )


def plain(name: str) -> Iterator[Line]:
    """Texts without personal data, one a line after its language."""
    for row in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines():
        language, _, text = row.partition("\t")
        yield Line(
            id="",
            lang=language,
            text=text.replace("\\n", "\n"),
            spans=[],
            origin="none",
            noise="none",
            frame=name,
            split="test",
        )


def ndjson(lines: Iterable[Line], prefix: str) -> str:
    """One object a line, numbered."""
    return "".join(
        json.dumps({**line, "id": f"{prefix}-{n:04d}"}, ensure_ascii=False) + "\n"
        for n, line in enumerate(lines, 1)
    )


def files() -> dict[str, str]:
    """What stands in each file of the corpus."""
    return {
        "german.ndjson": ndjson(german(), "de"),
        "other.ndjson": ndjson(other(), "ot"),
        "hand.ndjson": ndjson(written("hand"), "ha"),
        "negatives.ndjson": ndjson(plain("negatives"), "ne"),
    }


def main(arguments: Sequence[str]) -> None:
    """Write the corpus, or further texts to train with."""
    if arguments[:1] == ["--more"]:
        number, target, sequence, *names = arguments[1:]
        for path in names:
            draw_from(Path(path))
        frames = read("de", "train") + read("en", "train")
        Path(target).write_text(ndjson(texts(frames, int(number), sequence), "mo"), "utf-8")
        return
    for name, body in files().items():
        (FOLDER / name).write_text(body, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
