"""Text with the personal data taken out, and the way back.

A token is `⟦PERSON-1⟧`. One table gives the tokens, so that one value has one token and
no two values share one, in all texts of a request. Nothing here is stored: the contract
(docs/api.md) knows no conversation of several requests, so a table ends with its request
and the next one begins a new one. Who keeps one table for several turns has stable tokens.

Models bend tokens (see `marks`); putting names back tolerates that and never guesses: a
token that is not in the table is dropped.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import InitVar, dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Protocol, final

from app.redaction.kinds import Kind
from app.redaction.marks import MARKS, MAYBE, OUTSIDE, OUTSIDE_TIDIED, SLOT, written
from app.redaction.normaliser import normalise
from app.vocabulary.errors import NotRedacted
from app.vocabulary.evidence import Evidence, Seal

_SEAL: Final = Seal()

# Longer than any question or set of facts; longer text is refused, never cut.
LONGEST: Final = 20_000
# How often a text from outside is looked through for what is a token once another is gone.
_ROUNDS: Final = 24

# Stands in a text of ours where a slot goes while the text around it is redacted.
SLOT_MARK: Final = "\ue000"

_BRACKETS: Final = str.maketrans({"⟦": "(", "⟧": ")", SLOT_MARK: None})
# Three dots would be between the parts of a token once somebody writes this one as three.
_NEUTRAL: Final = "⋯"
_SLOT_NAME: Final = re.compile(SLOT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Where something was found, in offsets of the text that was searched.

    `identity` makes two spellings one value; without it each spelling is its own.
    `value` is how it is written when it is put back, else as it was found.
    """

    start: int
    end: int
    kind: Kind
    certainty: float = 1.0
    identity: str | None = None
    value: str | None = None
    layer: str = ""


class Finder(Protocol):
    """Finds personal data. The spans it returns do not overlap."""

    def __call__(self, text: str, /) -> Sequence[Span]: ...


@final
@dataclass(frozen=True, slots=True, repr=False)
class RedactedText(Evidence):
    """Text that holds no personal data the finder knows of."""

    text: str
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("RedactedText is minted by app.redaction.text alone")


@final
@dataclass(frozen=True, slots=True, repr=False)
class Pseudonyms(Evidence):
    """Which token stands for which value, for the length of one request."""

    values: Mapping[str, str]
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("Pseudonyms are minted by app.redaction.text alone")

    @property
    def kinds(self) -> Mapping[Kind, int]:
        """How many different values of each kind were taken out."""
        return Counter(Kind(token[1:].partition("-")[0]) for token in self.values)


@final
class Pseudonymiser:
    """The one table of tokens of a request, for as many texts as the request has.

    Never shared between requests and not for two threads at once.
    """

    __slots__ = ("_find", "_longest", "_numbers", "_tokens", "_values")

    def __init__(self, find: Finder, *, longest: int = LONGEST) -> None:
        self._find = find
        self._longest = longest
        self._numbers: Counter[Kind] = Counter()
        self._tokens: dict[tuple[Kind, str], str] = {}
        self._values: dict[str, str] = {}

    @property
    def names(self) -> Pseudonyms:
        """The way back for everything redacted so far."""
        return Pseudonyms(MappingProxyType(dict(self._values)), _SEAL)

    def redact(self, text: str | RedactedText, *, slots: Sequence[str] = ()) -> RedactedText:
        """The text with every found span replaced by its token.

        Redacting what is redacted already changes nothing. `slots` are put, in
        order, where the text holds SLOT_MARK. Raises NotRedacted whenever a step
        could not run to its end; the raw text is never returned. What went wrong
        inside is not passed on: it may quote the text.
        """
        if isinstance(text, RedactedText):
            return text
        redacted: str | None = None
        try:
            redacted = self._redacted(text, [self._slot(name) for name in slots])
        except Exception:  # noqa: BLE001 - whatever it is, nothing leaves
            redacted = None
        if redacted is None:
            raise NotRedacted
        return RedactedText(redacted, _SEAL)

    def _redacted(self, text: str, slots: Sequence[str]) -> str:
        parts = text.split(SLOT_MARK) if slots else [text]
        if len(text) > self._longest or len(parts) != len(slots) + 1:
            raise NotRedacted
        text.encode()  # half of a surrogate pair is no text
        marked = SLOT_MARK.join(map(neutralise, parts))
        pieces: list[str] = []
        at = 0
        for span in self._spans(marked):
            pieces += [marked[at : span.start], self._token(span, marked)]
            at = span.end
        first, *rest = "".join([*pieces, marked[at:]]).split(SLOT_MARK)
        if len(rest) != len(slots):
            raise NotRedacted
        return "".join([first, *(s + part for s, part in zip(slots, rest, strict=True))])

    def _spans(self, text: str) -> list[Span]:
        """In order, and none into another."""
        spans = sorted(sound(self._find(text), text), key=lambda span: span.start)
        if any(span.end > following.start for span, following in pairwise(spans)):
            raise NotRedacted
        return spans

    def _token(self, span: Span, text: str) -> str:
        found = text[span.start : span.end]
        key = (span.kind, found if span.identity is None else f"\0{span.identity}")
        if key not in self._tokens:
            self._numbers[span.kind] += 1
            token = f"⟦{span.kind}-{self._numbers[span.kind]}⟧"
            self._tokens[key] = token
            self._values[token] = neutralise(found if span.value is None else span.value)
        return self._tokens[key]

    @staticmethod
    def _slot(name: str) -> str:
        if not _SLOT_NAME.fullmatch(name):
            raise NotRedacted
        return f"⟦{name}⟧"


def sound(spans: Iterable[Span], text: str) -> list[Span]:
    """The spans, if each is one and lies in the text; else NotRedacted.

    A finding that is out of place is no reason to pass over it: what it meant is unknown.
    """
    listed = list(spans)
    if not all(_is_sound(span, len(text)) for span in listed):
        raise NotRedacted
    return listed


def _is_sound(span: object, length: int) -> bool:
    match span:
        case Span(
            start=int(start),
            end=int(end),
            kind=Kind(),
            identity=None | str(),
            value=None | str(),
        ):
            return 0 <= start < end <= length
        case _:
            return False


def neutralise(text: str) -> str:
    """The text with everything that `reveal` would take for a token made harmless.

    Also one in full-width letters or with invisible characters in it, which a model, or
    whoever tidies its text, may write plainly. Raises NotRedacted for what is one again however
    often it is done: nobody writes so but to keep us at it.
    """
    plain = text.translate(_BRACKETS)
    for _ in range(_ROUNDS):
        left = _without_tokens(plain)
        if left == plain:
            return plain
        plain = left  # where one was, what stood beside it may be one now
    raise NotRedacted


def _without_tokens(plain: str) -> str:
    if MAYBE.search(plain):
        plain = OUTSIDE.sub(_NEUTRAL, plain)
    normalised = normalise(plain)
    if normalised.origins is None or not MAYBE.search(normalised.text):
        return plain
    pieces: list[str] = []
    at = 0
    for mark in OUTSIDE_TIDIED.finditer(normalised.text):
        start, end = normalised.original(*mark.span())
        pieces += [plain[at:start], _NEUTRAL]
        at = end
    return "".join([*pieces, plain[at:]])


def redact(*texts: str, find: Finder) -> tuple[tuple[RedactedText, ...], Pseudonyms]:
    """All texts of a request with one table: two tables would give two people the same token."""
    table = Pseudonymiser(find)
    redacted = tuple(table.redact(text) for text in texts)
    return redacted, table.names


def reveal(text: str, names: Pseudonyms) -> str:
    """The text with its tokens resolved and its slots untouched.

    A token we did not issue is dropped, and so is a stray bracket of one. Reveal
    first and fill slots after, so that a stored value is never read as a token.
    """
    return MARKS.sub(lambda mark: resolve(mark, names), text)


def resolve(mark: re.Match[str], names: Pseudonyms) -> str:
    """What one match of MARKS becomes."""
    if slot := mark["slot"]:
        return slot
    if (meant := written(mark)) is None:
        return ""
    token, ending = meant
    value = names.values.get(token)
    return "" if value is None else _inflected(value, ending)


def _inflected(value: str, ending: str) -> str:
    """`Erika` + s → `Erikas`, `Hans` + s → `Hans'`."""
    if ending == "s" and value.casefold().endswith(("s", "ß", "x", "z")):
        return f"{value}'"
    return value + ending
