"""Text with the personal data taken out, and the way back.

A token is `⟦PERSON-1⟧`. Inside a request one table gives the tokens, so that one
value has one token and no two values share one. Models bend tokens (case, spaces,
markdown, a genitive); putting names back tolerates that and never guesses: a token
that is not in the table is dropped.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol, final

from app.vocabulary.errors import NotRedacted
from app.vocabulary.evidence import Evidence, Seal

_SEAL: Final = Seal()

# Longer than any question or set of facts; longer text is refused, never cut.
LONGEST: Final = 20_000

# Stands in a text of ours where a slot goes while the text around it is redacted.
SLOT_MARK: Final = "\ue000"


class Kind(StrEnum):
    """What a token stands for. The value is the word inside the token: letters only."""

    PERSON = "PERSON"
    ORGANISATION = "ORGANISATION"
    BIRTH_DATE = "BIRTHDATE"
    ADDRESS = "ADDRESS"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    IBAN = "IBAN"
    BG_NUMBER = "BGNUMBER"
    CUSTOMER_NUMBER = "CUSTOMERNUMBER"
    PENSION_NUMBER = "PENSIONNUMBER"
    HEALTH_NUMBER = "HEALTHNUMBER"
    TAX_NUMBER = "TAXNUMBER"
    COURT_FILE = "COURTFILE"
    FILE_NUMBER = "FILENUMBER"
    IDENTITY_CARD = "IDENTITYCARD"
    NUMBER_PLATE = "NUMBERPLATE"


# A model that answers in another language translates the word, too.
_TRANSLATED: Final = {
    Kind.PERSON: "persona personne osoba persoană лице особа лицо человек kişi kisi شخص فرد",
    Kind.ADDRESS: "adresse adres adresă adresa адрес адреса عنوان نشانی آدرس",
    Kind.PHONE: "telefon telefonnummer телефон هاتف تلفن",
    Kind.BIRTH_DATE: "geburtsdatum",
    Kind.ORGANISATION: "organization organisatie organizacja organizație организация",
    Kind.IDENTITY_CARD: "ausweis",
}
_WORDS: Final[Mapping[str, Kind]] = {kind.casefold(): kind for kind in Kind} | {
    word.casefold(): kind for kind, words in _TRANSLATED.items() for word in words.split()
}

_KINDS: Final = "|".join(sorted(Kind, key=len, reverse=True))
_JUNK: Final = r"[\s*_`~\\]{0,4}"
_BETWEEN: Final = r"[\s\-‐-―_.:#\\]{0,4}"
_NUMBER: Final = r"(?P<number{n}>\d{{1,6}})"
_GENITIVE: Final = r"(?P<inner{n}>['’]?s)?"
_TAIL: Final = r"(?P<tail{n}>['’]?s(?!\w)|['’](?!\w))?"
_WORD: Final = r"[^\W\d_]{2,24}"
_SLOT: Final = r"[a-z_]+(?:\.[a-z0-9_]+)+(?:@\d{1,3})?"


def _inner(n: int, word: str) -> str:
    number, genitive = _NUMBER.format(n=n), _GENITIVE.format(n=n)
    return f"{_JUNK}(?P<kind{n}>{word}){_BETWEEN}{number}{genitive}{_JUNK}"


_SQUARE: Final = rf"\\?\[{{1,2}}{_inner(2, f'(?i:{_KINDS})')}\\?\]{{1,2}}{_TAIL.format(n=2)}"
_CURLY: Final = rf"[{{【〚]{{1,2}}{_inner(3, f'(?i:{_KINDS})')}[}}】〛]{{1,2}}{_TAIL.format(n=3)}"
_BARE: Final = rf"(?<![\w-])(?P<kind4>{_KINDS})-(?P<number4>\d{{1,6}})(?P<tail4>['’]?s)?(?![\w-])"

# Everything in a model's text that is ours to resolve, keep (slots) or drop.
MARKS: Final = re.compile(
    "|".join(
        (
            rf"(?P<slot>⟦{_SLOT}⟧)",
            rf"⟦{_inner(1, _WORD)}⟧{_TAIL.format(n=1)}",
            r"⟦[^⟦⟧]{0,64}(?:⟧|\Z)|[⟦⟧]",
            _SQUARE,
            _CURLY,
            _BARE,
        )
    )
)
_OUTSIDE: Final = re.compile(f"{_SQUARE}|{_CURLY}|{_BARE}")
_BRACKETS: Final = str.maketrans({"⟦": "(", "⟧": ")", SLOT_MARK: None})
_SLOT_NAME: Final = re.compile(_SLOT)


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
        order, where the text holds SLOT_MARK. Raises NotRedacted whenever the
        finder could not run to its end; the raw text is never returned.
        """
        if isinstance(text, RedactedText):
            return text
        filling = [self._slot(name) for name in slots]
        parts = text.split(SLOT_MARK) if filling else [text]
        if len(text) > self._longest or len(parts) != len(filling) + 1:
            raise NotRedacted
        marked = SLOT_MARK.join(map(neutralise, parts))
        pieces: list[str] = []
        at = 0
        for span in self._spans(marked):
            pieces += [marked[at : span.start], self._token(span, marked)]
            at = span.end
        first, *rest = "".join([*pieces, marked[at:]]).split(SLOT_MARK)
        if len(rest) != len(filling):
            raise NotRedacted
        filled = [first, *(slot + part for slot, part in zip(filling, rest, strict=True))]
        return RedactedText("".join(filled), _SEAL)

    def _spans(self, text: str) -> list[Span]:
        """Sorted, and checked. What went wrong inside is not passed on: it may quote the text."""
        try:
            text.encode()
            spans = sorted(self._find(text), key=lambda span: span.start)
        except Exception:  # noqa: BLE001 - whatever it is, nothing leaves
            spans = None
        if spans is None:
            raise NotRedacted
        at = 0
        for span in spans:
            if not at <= span.start < span.end <= len(text):
                raise NotRedacted
            at = span.end
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


def neutralise(text: str) -> str:
    """The text with everything that `reveal` would take for a token made harmless."""
    return _OUTSIDE.sub("…", text.translate(_BRACKETS))


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
    for n in "1234":
        if (word := mark[f"kind{n}"]) is None:
            continue
        kind = _WORDS.get(word.casefold())
        value = names.values.get(f"⟦{kind}-{int(mark[f'number{n}'])}⟧")
        inner = mark[f"inner{n}"] if n != "4" else None
        return "" if value is None else _inflected(value, mark[f"tail{n}"] or inner or "")
    return ""


def _inflected(value: str, ending: str) -> str:
    """`Erika` + s → `Erikas`, `Hans` + s → `Hans'`."""
    if ending == "s" and value.casefold().endswith(("s", "ß", "x", "z")):
        return f"{value}'"
    return value + ending
