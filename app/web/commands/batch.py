"""Many texts through one detector: a file of plain text, or one JSON object a line (NDJSON).

A line that cannot be redacted to its end is left out and counted, and a sentence says which it
was. Nothing of a line is ever repeated in such a sentence.
"""

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from app.redaction.finder import Detector, Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue
from app.redaction.marking import marked
from app.redaction.names.modes import Mode
from app.redaction.site import Site, Unusable
from app.redaction.text import Pseudonymiser
from app.vocabulary.errors import NotRedacted
from app.vocabulary.levels import Language

# In code points. A longer line is refused, never cut.
LONGEST: Final = 100_000
# A text file is read in blocks of about this many, so that a bar can move.
BLOCK: Final = 20_000

# Names, introductions and numbers of all of them are looked for, whichever of the two reads.
SPOKEN: Final[Mapping[str, Language]] = {
    "de": Language.DE,
    "en": Language.EN,
    **dict.fromkeys(("tr", "uk", "ru", "pl", "ro", "bg", "ar", "fa"), Language.DE),
}
_KINDS: Final[Mapping[str, Kind]] = {kind.value: kind for kind in Kind} | {
    kind.name: kind for kind in Kind
}
_Short = Annotated[str, StringConstraints(max_length=1_000)]
_Text = Annotated[str, StringConstraints(max_length=LONGEST)]
_Numbered = Iterator[tuple[int, bytes]]
# Whether either can be read as JSON is not asked: one that is damaged is no text for that.
_ARRAY: Final = re.compile(rb"\[\s*\{")
_OBJECT: Final = re.compile(rb'(?:\s|\xef\xbb\xbf)*\{\s*"')
_ASK: Final = "Say which it is: --format ndjson or --format text."
_WANTED: Final = {
    "id": "has an `id` that is neither a text nor a whole number",
    "text": "has a `text` that is not a text",
    "lang": "has a `lang` that is not a text",
    "known": "has a `known` that is not an object of lists of texts",
}


class NotBegun(Exception):
    """Why nothing is written at all: a sentence, or some."""


class BadLine(Exception):
    """Why a line is left out: the end of a sentence that begins with its number."""


class Line(BaseModel):
    """`known` are values to be masked with certainty, by the kind they are of."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)

    id: _Short | int
    text: _Text
    lang: _Short | None = None
    known: dict[_Short, list[_Short]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """`out` takes what was redacted, `said` a sentence for the reader, `moved` bytes done."""

    out: Callable[[str], object]
    said: Callable[[str], object]
    moved: Callable[[int], object]


def detector(mode: Mode, *, engine: Path | None, recognisers: Path | None) -> Detector:
    """As the service's own. Raises NotBegun for what cannot be used."""
    try:
        return PresidioDetector(mode, site=Site(engine=engine, recognisers=recognisers))
    except Unusable as flaw:
        raise NotBegun(f"{flaw.sentence}.") from None
    except OSError as failure:
        reason = type(failure).__name__
        raise NotBegun(f"The engine or the recognisers could not be read ({reason}).") from None


def language(tag: str) -> Language:
    """The language whose recognisers read a text. Raises BadLine for one nobody knows here."""
    try:
        return SPOKEN[tag.lower().partition("-")[0]]
    except KeyError:
        raise BadLine(f"names a language that is none of {', '.join(SPOKEN)}") from None


def run(lines: Iterable[bytes], *, form: str, spoken: str, detector: Detector, to: Channels) -> int:
    """How many lines were left out. Raises NotBegun for a form that is not clear."""
    numbered: _Numbered = enumerate(_unmarked(lines, to.moved), start=1)
    if form == "auto":
        form, numbered = _recognised(numbered)
    batch = _Batch(detector, spoken, to)
    if form == "ndjson":
        batch.objects(numbered)
    else:
        batch.text(numbered)
    return batch.left_out


@dataclass(slots=True)
class _Batch:
    detector: Detector
    spoken: str
    to: Channels
    left_out: int = field(default=0, init=False)

    def objects(self, lines: _Numbered) -> None:
        """Each line has a table of tokens of its own: two lines may be about two people."""
        for number, raw in lines:
            if raw.strip():
                try:
                    self.to.out(self._object(raw) + "\n")
                except BadLine as reason:
                    self._leave_out(number, reason)
            self.to.moved(len(raw))

    def text(self, lines: _Numbered) -> None:
        """One table for the whole. What is longer than a block is gone through twice.

        So a name that only a later block tells is masked in the first one, too.
        """
        finder = Finder(self.detector, language=language(self.spoken))
        table = Pseudonymiser(finder, longest=LONGEST)
        blocks = list(_blocks(self._decoded(lines)))
        if len(blocks) > 1:
            for _, block in blocks:
                _told(table, block)
        for number, block in blocks:
            redacted = _told(table, block)
            if len(block) > LONGEST:  # It is one line: blocks of several are shorter.
                self._leave_out(number, BadLine(f"has more than {LONGEST:,} characters"))
            elif redacted is None:
                self._leave_out(number, BadLine("begins a part that could not be redacted"))
            else:
                self.to.out(redacted)
            self.to.moved(len(block.encode()))

    def _object(self, raw: bytes) -> str:
        line = _line(raw)
        known = list(_known(line.known))
        finder = Finder(self.detector, known, language=language(line.lang or self.spoken))
        try:
            found = marked(line.text, finder, longest=LONGEST)
        except NotRedacted:
            raise BadLine("could not be redacted to its end") from None
        spans = [{"start": s.start, "end": s.end, "kind": s.kind.value} for s in found.spans]
        told = {"id": line.id, "text": found.text.text, "spans": spans}
        return json.dumps(told, ensure_ascii=False)

    def _decoded(self, lines: _Numbered) -> Iterator[tuple[int, str]]:
        for number, raw in lines:
            try:
                yield number, _utf8(raw)
            except BadLine as reason:
                self._leave_out(number, reason)

    def _leave_out(self, number: int, reason: BadLine) -> None:
        self.left_out += 1
        self.to.said(f"Line {number} {reason}. It is left out.\n")


def _told(table: Pseudonymiser, block: str) -> str | None:
    try:
        return table.redact(block).text
    except NotRedacted:
        return None


def _known(given: Mapping[str, list[str]]) -> Iterator[KnownValue]:
    for word, values in given.items():
        kind = _KINDS.get(word.upper())
        if kind is None:
            raise BadLine("names a kind of known value that there is not")
        for number, value in enumerate(values):
            yield KnownValue(kind, value, f"{word}:{number}")


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadLine("is not UTF-8") from None


def _line(raw: bytes) -> Line:
    try:
        return Line.model_validate(_json(_utf8(raw)))
    except ValidationError as flaws:
        raise BadLine(_first(flaws)) from None


def _json(text: str) -> object:
    try:
        told: object = json.loads(text, object_pairs_hook=_once)
        json.dumps(told, ensure_ascii=False).encode()
    except RecursionError:
        raise BadLine("is nested too deep") from None
    except UnicodeEncodeError:
        raise BadLine("holds half a character, a surrogate without its other") from None
    except ValueError:
        raise BadLine("is not JSON: an object has to be whole, in one line") from None
    return told


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Readers differ on which of two holds (RFC 8259, 4): the other could be a name."""
    for name, often in Counter(name for name, _ in pairs).items():
        if often > 1:
            said = f"`{name}`" if name in Line.model_fields else "a name"
            raise BadLine(f"has {said} twice in one object")
    return dict(pairs)


def _first(flaws: ValidationError) -> str:
    """Names our own fields only."""
    error, *_ = flaws.errors(include_url=False, include_input=False)
    field = str(error["loc"][0]) if error["loc"] else ""
    match error["type"]:
        case "missing":
            return f"has no `{field}`"
        case "extra_forbidden":
            return f"has a field that is none of {', '.join(Line.model_fields)}"
        case "string_too_long":
            return f"has more than {error['ctx']['max_length']:,} characters in `{field}`"
        case _:
            return _WANTED.get(field, "is JSON, but not an object")


def _unmarked(lines: Iterable[bytes], moved: Callable[[int], object]) -> Iterator[bytes]:
    """Without the mark that some editors put before a text, which is no part of it."""
    rest = iter(lines)
    first = next(rest, b"")
    if first.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise NotBegun("The input is UTF-16. It has to be UTF-8.")
    bare = first.removeprefix(BOM_UTF8)
    moved(len(first) - len(bare))
    yield bare
    yield from rest


def _recognised(lines: _Numbered) -> tuple[str, _Numbered]:
    """By what the first lines begin with; nothing of what was looked at is lost."""
    seen: list[tuple[int, bytes]] = []
    head = b""
    for number, raw in lines:
        seen.append((number, raw))
        head = (head + raw).strip()
        if head not in {b"", b"["}:
            break
    if head.startswith(b"{"):
        return "ndjson", chain(seen, lines)
    if _ARRAY.match(head):
        raise NotBegun(f"The input begins like a JSON array, not like NDJSON. {_ASK}")
    return "text", _without_objects(chain(seen, lines))


def _without_objects(lines: _Numbered) -> _Numbered:
    """Of text nothing is written before all is read, so that even the last line can object."""
    for number, raw in lines:
        if _OBJECT.match(raw):
            raise NotBegun(f"Line {number} looks like NDJSON, but the first one does not. {_ASK}")
        yield number, raw


def _blocks(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Whole lines, cut at a blank one where there is one in time, each with its first number."""
    block: list[str] = []
    first, size = 1, 0
    for number, line in lines:
        full = size + len(line) > BLOCK or (size > BLOCK // 2 and not line.strip())
        if block and full:
            yield first, "".join(block)
            block, size = [], 0
        if not block:
            first = number
        block.append(line)
        size += len(line)
    if block:
        yield first, "".join(block)
