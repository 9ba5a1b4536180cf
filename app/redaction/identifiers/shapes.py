"""How a number is written: the pieces that patterns of all kinds are made of.

Text arrives normalised: plain spaces, hyphens and digits, nothing invisible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

import regex

from app.redaction.kinds import Kind

FLAGS: Final = regex.DOTALL | regex.MULTILINE | regex.IGNORECASE

# Between two characters of one number; a line may break there.
GAP: Final = r"[\s.\-/]{0,3}"
ALONE: Final = r"(?<![\p{L}\d])"
END: Final = r"(?![\p{L}\d])"
CAPITAL: Final = r"(?-i:\p{Lu}[\p{L}\-]+)"

# A digit, or what a scanner or a hasty hand makes of 0 and 1; only a check digit can tell.
DIGIT: Final = r"(?:\d|(?<=[\dOIL|])[OIL|]|[OIL|](?=[\dOIL|]))"
_READ_AS_DIGIT: Final = (
    r"\d(?:(?=[\s.\-/]{0,3}[oil|]+(?![a-hjkmnp-zäöüß]))"
    r"|(?<=(?<![a-zäöüß]{4})[oil|]+[\s.\-/]{0,3}\d))"
)


# Where a number may begin, a code of nine signs or more with a digit in it, and two letters
# before a number.
NUMBER: Final = rf"{ALONE}\d"
CODE: Final = rf"{ALONE}(?=\p{{L}}*\d)[\p{{L}}\d]{{9}}"
PAIR: Final = rf"{ALONE}[A-Z]{{2}}{GAP}\d"
# A few letters between digits.
LETTERED: Final = rf"\d{GAP}(?:[A-Z]{GAP}){{1,4}}\d"


class Begins(Enum):
    """Where the matches of a form with stems begin."""

    ANYWHERE = auto()
    WORD = auto()  # with a stem that begins a word
    STEM = auto()  # with a stem, also inside a word


class Check(Enum):
    """What the check digit decides."""

    CONFIRMS = auto()  # certain when it holds, else as sure as the pattern
    REQUIRED = auto()  # certain when it holds, else nothing
    NARROWS = auto()  # as sure as the pattern when it holds, else nothing


@dataclass(frozen=True, slots=True)
class Form:
    """One way of writing a kind, and how sure a finding of it is (0 to 1).

    Below the threshold it counts only with a word of its context near it.

    Most texts are done with after a look at what each text that holds the form has: `needs`
    is a cheap pattern, `stems` are words, in lower case, `run` and `scanned` so many digits
    together, the latter counting what may be read as one. `starts` is a pattern where every
    match starts, `begins` says the same of stems: only there it is tried. What starts with a
    NUMBER has its `run` there. `after` are words right after which a number stands.
    """

    pattern: str
    score: float
    check: Check = Check.CONFIRMS
    needs: str = ""
    stems: tuple[str, ...] = ()
    run: int = 0
    scanned: int = 0
    starts: str = ""
    after: tuple[str, ...] = ()
    begins: Begins = Begins.ANYWHERE


@dataclass(frozen=True, slots=True)
class Recognised:
    """One kind: how it is written, what surrounds it, and what makes it certain.

    `name` tells recognisers of one kind apart.
    """

    kind: Kind
    forms: tuple[Form, ...]
    context: tuple[str, ...] = ()
    holds: Callable[[str], bool] | None = None
    name: str = ""


def digits(count: int, digit: str = r"\d") -> str:
    """So many digits in groups of any size."""
    return rf"{digit}(?:{GAP}{digit}){{{count - 1}}}" if count > 1 else digit


def checked(
    pattern: str, *, score: float, run: int, starts: str = "", needs: str = ""
) -> tuple[Form, Form]:
    """A pattern written with `{d}` for a digit: as it is, and as a scanner reads it."""
    plain, read = pattern.replace("{d}", r"\d"), pattern.replace("{d}", DIGIT)
    return (
        Form(plain, score, needs=needs, run=run, starts=starts),
        Form(read, score, Check.REQUIRED, needs=_READ_AS_DIGIT, scanned=run),
    )


_DAY: Final = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH: Final = r"(?:0?[1-9]|1[0-2])"
_COUNTED: Final = (
    r"(?:€|%|euro?|prozent|percent|cent|uhr|stunden?|minuten|tagen?|wochen?|monat(?:e|en)?|"
    r"jahr(?:e|en)?|mal|kinder|personen|seiten?|days?|weeks?|months?|years?|hours?|pages?)"
)
# What may follow an announcement and is no number of anything: dates, amounts, times, years.
_DATED: Final = (
    rf"{_DAY}\.\s?{_MONTH}\.(?:\s?(?:19|20)?\d\d)?(?![.\-/]?\d)"
    rf"|(?:19|20)\d\d-{_MONTH}-{_DAY}(?!\d)"
    r"|\d{1,3}(?:\.\d{3})*,\d|\d{1,2}:\d\d(?!\d)"
    rf"|\d[\d.]*\s?{_COUNTED}(?!\p{{L}})"
)
_YEAR: Final = r"(?:19|20)\d\d(?![\d/\-.]|\s\d)"
# Nor does a number go on with a postcode and its town, or with the next point of a list.
_OTHER: Final = rf"\d{{5}}\s{{1,2}}{CAPITAL}|\d{{1,2}}[.)]{{0,2}}\s{{1,2}}{CAPITAL}"
_GROUP: Final = r"[A-Z]{0,4}\d[\dA-Z]{0,24}"

# Letters and digits in groups, at least four digits among them.
VALUE: Final = (
    r"(?=\p{L}{0,6}[\s.\-/]{0,2}(?:\d[A-Z\s.\-/_:]{0,4}){4})"
    rf"(?!{_DATED}|{_YEAR})(?:\p{{L}}{{1,6}}[.\-/_]{{1,2}}){{0,2}}"
    rf"(?:\p{{L}}{{1,4}}[.\-/:]{{0,2}}|(?-i:\p{{Lu}}{{1,4}})\s)?(?!{_DATED}|{_YEAR})\d[\dA-Z]{{0,24}}"
    rf"(?:\s?[.\-/_:]{{1,2}}\s?(?!{_DATED})(?:\p{{L}}{{1,4}}[.\-/_:])?{_GROUP}"
    rf"|\s{{1,2}}(?!{_DATED}|{_YEAR}|{_OTHER}){_GROUP}){{0,9}}"
    rf"(?:[.\-/][A-Z]{{1,4}}){{0,2}}{END}"
)

# What stands on a card: like it, and words of letters alone only where signs join them, and
# never at the beginning of a line: text goes on there.
_CARD_GROUP: Final = (
    r"(?:[A-Z]{0,4}\d[A-Z0-9]{0,11}|(?<!\n)(?-i:[A-Z]{1,4})(?=[\s.\-/]{1,3}[A-Z0-9])"
    r"|(?<!\n)[A-Z]{1,4}(?=\s?[.\-/]\s?[A-Z0-9]))"
)
CARD: Final = (
    rf"(?=(?:[A-Z\s.\-/]{{0,16}}\d){{4}})(?!{_DATED}|{_YEAR}){_CARD_GROUP}"
    rf"(?:\s?[.\-/]\s?[A-Z0-9]{{1,12}}|\s{{1,2}}(?!{_DATED}|{_YEAR}|{_OTHER}){_CARD_GROUP}){{0,7}}(?:\s(?-i:[A-Z]))?{END}"
)

_LINK: Final = (
    r"(?:ist|lautet|lautete|war|is|was|are|nr|no|number|nummer|also|meine?r?|deine?|my|the|das|die|"
    r"der|den|dem|des|bei|beim|vom|von|für|unter|mit|hat|habe|ich|sie|ihre?|unsere?|laut|wäre|"
    r"folgende|following|id|jest|to|este|esti|є|это|е|هو|هي|است|numer|numarası|numarasi|номер)"
)
_NAMED: Final = rf"(?:(?:bei|beim|der|den|dem|des|vom|von|at|with|of)\s{CAPITAL}\s)"
BETWEEN: Final = rf"[\s.:#=*(\"'\-]{{0,4}}(?:(?:{_NAMED}|{_LINK}\b)[\s.:#=*(\"',]{{0,3}}){{0,4}}"
_NUMBER: Final = r"(?:[\s\-]{0,2}(?:nummern?|nr|no|num|number|kennung|kennzahl|id)\b)"
_LITERAL: Final = regex.compile(r"[^\W_]+(?:[ \-][^\W_]+)*")
_OPTIONAL: Final = ("?", "*", "{")


def announced(words: str, value: str = VALUE, *, score: float = 0.6, run: int = 1) -> Form:
    """A value after a word that says what it is; it has a digit in it.

    `words` is an alternation, each of its words beginning with letters as they stand.
    """
    pattern = rf"(?<!\p{{L}})(?:{words})(?!\p{{L}}){BETWEEN}\K{value}"
    return Form(pattern, score, stems=stems(words), run=run, begins=Begins.WORD)


def numbered(*stems: str) -> str:
    """`kunden` → Kundennummer, Kunden-Nr., Kundennr, Kunden Nummer."""
    return "|".join(f"{stem}{_NUMBER}" for stem in stems)


def stems(words: str) -> tuple[str, ...]:
    """What each word of an alternation begins with, in the lower case that `folded` gives."""
    found: list[str] = []
    for word in _alternatives(words):
        literal = _LITERAL.match(word)
        if literal is None:
            raise ValueError(word)
        ended = word[literal.end() : literal.end() + 1] in _OPTIONAL
        found.append(folded(literal[0][: -1 if ended else None]))
    return tuple(dict.fromkeys(found))


def folded(text: str) -> str:
    """Lower case in which letters that a pattern takes for one another are one."""
    return text.lower().replace("\u0307", "").replace("ı", "i").replace("ſ", "s")


def _alternatives(words: str) -> list[str]:
    depth, found = 0, [""]
    for char in words:
        depth += (char == "(") - (char == ")")
        if char == "|" and not depth:
            found.append("")
        else:
            found[-1] += char
    return found
