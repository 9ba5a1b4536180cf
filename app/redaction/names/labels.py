"""What is said of each word, and what belongs together as one finding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.redaction.lists import listed
from app.redaction.names.features import Page
from app.redaction.names.lexicon import Known, bare
from app.redaction.names.tokens import Token


class Label(StrEnum):
    PERSON = "PER"
    PLACE = "LOC"
    ORGANISATION = "ORG"
    ADDRESS = "ADR"


INSIDE: Final = f"I-{Label.PERSON}"
FIRST: Final = f"B-{Label.PERSON}"
NAMES: Final = frozenset({FIRST, INSIDE})
PARTICLES: Final = listed("particles")
# Names hardly are such words: `an`, `Do`, `Mai`.
STRANGE: Final = listed("no_names") | listed("no_names_abroad") | PARTICLES
# What stands before names, what offices write most, words of grammar: never a name.
_NEVER: Final = listed("never")
_TITLES: Final = frozenset(("sir", "title", "role"))
# Words of grammar that have a capital only where a sentence begins.
SMALL: Final = listed("grammar")
_SPACES: Final = 2
# After these a word may have its capital because something begins.
_OPENS: Final = frozenset(':"„“”»«‚‘')
_BEFORE_STREETS: Final = frozenset(
    ("am", "an", "auf", "bei", "in", "im", "um", "von", "zum", "zur"),
)
_MISREAD: Final = frozenset(("AI", "A1", "EI", "E1"))
# These stand before surnames and are no words of German.
_FOREIGN: Final = frozenset(("dos", "del", "della", "di", "de", "van", "el", "al", "ibn"))


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    label: Label
    certainty: float


def may_name(token: Token) -> bool:
    text = token.text
    digits = sum(map(str.isdigit, text))
    return text[0].isalnum() and digits * 3 <= len(text) and text.lower() not in _NEVER


def complete(page: Page, labels: list[str], *, counted: bool) -> None:
    """What belongs to the name after it or around it: `Z.` Özdemir, Berg`, Alma`.

    Also `dos` Santos, Ignaz `von der` Lieth, Kollege `von` Bergfeld, Thi `Rot` Nguyen where only
    clues were `counted`; the networks read these better than a rule does. What stands before a
    surname elsewhere is `particles.py`'s, for all layers.
    """
    tokens = page.tokens
    _capitals(page, labels)
    _commas(page, labels)
    for at in range(len(tokens) - 1, 0, -1):
        if labels[at] not in NAMES or tokens[at].line:
            continue
        if counted and (first := _particles(tokens, at)) < at and _belong(page, labels, first):
            labels[first : at + 1] = [INSIDE] * (at + 1 - first)
        elif tokens[at - 1].text == "." and at > 1 and _initial(tokens, at - 2):
            labels[at - 2 : at + 1] = [INSIDE] * 3
        elif counted and (_between(tokens, labels, at - 1) or _misread(tokens, at)):
            labels[at - 1] = labels[at] = INSIDE


def _belong(page: Page, labels: Sequence[str], first: int) -> bool:
    return page.tokens[first].text.lower() in _FOREIGN or _opens(page, labels, first)


def _particles(tokens: Sequence[Token], at: int) -> int:
    """Where the particles right before a word begin; only a space is between them."""
    first = at
    while first > 0 and tokens[first - 1].text.lower() in PARTICLES and follows(tokens, first):
        first -= 1
    return first


def _opens(page: Page, labels: Sequence[str], first: int) -> bool:
    """Whether a name goes on here, or is announced: `Ignaz von`, `Kollege von`, `Mieter: von`."""
    tokens = page.tokens
    if tokens[first].line or not first:
        return False
    before = tokens[first - 1]
    if labels[first - 1] in NAMES:
        return follows(tokens, first) and may_name(before)
    return before.text == ":" or page.words[first - 1].cue in _TITLES


def _between(tokens: Sequence[Token], labels: Sequence[str], at: int) -> bool:
    """A word with a capital in the middle of a name."""
    return (
        at > 0
        and labels[at - 1] in NAMES
        and tokens[at].text.istitle()
        and follows(tokens, at)
        and follows(tokens, at + 1)
    )


def amid(page: Page, labels: Sequence[str]) -> Iterator[int]:
    """What no name is made of, with a capital in the middle of one: Le, `Has` Lan, Ana `For` Paz.

    Not what says how two are kin: Evas `Bruder` Jan.
    """
    tokens = page.tokens
    for at in range(1, len(tokens) - 1):
        if may_name(tokens[at]) or page.words[at].cue or not tokens[at].text.istitle():
            continue
        comma = tokens[at - 1].text == ","
        before = at - 2 if comma else at - 1
        named = before >= 0 and labels[before] in NAMES and labels[at + 1] in NAMES
        if not named or (comma and not _alone(page, before)):
            continue
        if follows(tokens, at) and follows(tokens, at + 1):
            yield at


def _alone(page: Page, at: int) -> bool:
    """Whether a surname stands there as before its first name: `Le, Lan`, not `Frau Le, Lan`."""
    titled = at > 0 and page.words[at - 1].cue in _TITLES
    return not titled and Known.GIVEN not in page.words[at].kind


def _misread(tokens: Sequence[Token], at: int) -> bool:
    """`AI Hariri`, which was `Al Hariri` before it was scanned."""
    return tokens[at - 1].text in _MISREAD and follows(tokens, at)


def _capitals(page: Page, labels: list[str]) -> None:
    """Ayşe `Nur`, Anita `Das`: within a sentence such words have no capital beside a name."""
    tokens = page.tokens
    for at, token in enumerate(tokens):
        if labels[at] in NAMES or token.text.lower() not in SMALL:
            continue
        first = token.first or (at > 0 and tokens[at - 1].text in _OPENS)
        if first and not (token.text == "Nur" and _before_surname(page, at)):
            continue
        after = at + 1 < len(tokens) and labels[at + 1] in NAMES and follows(tokens, at + 1)
        before = at > 0 and labels[at - 1] in NAMES and follows(tokens, at)
        if token.text.istitle() and (before or after):
            labels[at] = INSIDE


def _commas(page: Page, labels: list[str]) -> None:
    """`Shevchenko, Oksana` is one; `Mia Shevchenko, Oksana Berg` are two."""
    tokens, words = page.tokens, page.words
    given = [
        label in NAMES and Known.GIVEN in word.kind
        for label, word in zip(labels, words, strict=True)
    ]
    for at in range(1, len(tokens) - 1):
        if tokens[at].text != "," or tokens[at + 1].line or labels[at - 1] not in NAMES:
            continue
        before = at > 1 and labels[at - 2] in NAMES
        after = at + 2 < len(tokens) and labels[at + 2] in NAMES and not given[at + 2]
        if given[at + 1] and not (given[at - 1] or before or after):
            labels[at] = labels[at + 1] = INSIDE


def _before_surname(page: Page, at: int) -> bool:
    """`Nur Aydın kam` may be her name, `Nur Sabine kam` is not."""
    kind = bare(page.words[at + 1].kind) if at + 1 < len(page.words) else ""
    return Known.SURNAME in kind and Known.GIVEN not in kind


def follows(tokens: Sequence[Token], at: int) -> bool:
    """Whether nothing but a space, or a scanner's two, parts the word from the one before."""
    if not at or tokens[at].line:
        return False
    return 0 < tokens[at].start - tokens[at - 1].end <= _SPACES


def _initial(tokens: Sequence[Token], at: int) -> bool:
    text = tokens[at].text
    alone = len(text) == 1 and text.isupper() and tokens[at + 1].start == tokens[at].end
    return alone and not deputy(tokens, at)


def deputy(tokens: Sequence[Token], at: int) -> bool:
    """The letter of `i. A.` or `i. V.`, which stands before who signs for another."""
    before = tokens[max(at - 2, 0) : at]
    return [token.text.lower() for token in before] == ["i", "."]


def runs(
    tokens: Sequence[Token],
    labels: Sequence[str],
    certainties: Sequence[float],
    likely: Sequence[bool],
) -> Iterator[Found]:
    """Neighbouring words of one label, however the label of the first begins.

    A name ends with its line and with a word that may be one, or is likely one whatever it is; an
    address goes on in the next, and ends with a word or a number.
    """
    at = 0
    while at < len(tokens):
        label, first = labels[at][2:], at
        at += 1
        if not label or not _begins(label, tokens[first].text):
            continue
        while at < len(tokens) and labels[at] == f"I-{label}":
            if tokens[at].line and label == Label.PERSON:
                break
            at += 1
        last = at
        while last > first and not _ends(label, tokens[last - 1], likely=likely[last - 1]):
            last -= 1
        if last > first:
            certainty = min(certainties[first:last])
            yield Found(tokens[first].start, tokens[last - 1].end, Label(label), certainty)


def _ends(label: str, token: Token, *, likely: bool) -> bool:
    match label:
        case Label.PERSON:
            return likely or ends_name(token)
        case Label.ADDRESS:
            return token.text[0].isalnum()
        case _:
            return True


def _begins(label: str, text: str) -> bool:
    return text[0].isalnum() and not (label == Label.ADDRESS and text in _BEFORE_STREETS)


def ends_name(token: Token) -> bool:
    """Not a particle, nor what no name is made of."""
    capital = token.text.istitle() and token.text.lower() in SMALL
    return (may_name(token) or capital) and not (token.text.islower() and token.text in PARTICLES)
