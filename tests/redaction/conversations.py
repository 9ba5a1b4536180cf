"""Conversations by lot, and a model that bends every token it is shown (R4).

What a person must read in the end is known while the model's reply is written, piece by
piece: nothing here looks for tokens in a text, so that it cannot err as the code does.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from app.redaction.kinds import WORDS, Kind
from app.redaction.text import Pseudonymiser, RedactedText, Span

# What may stand before and after a piece that must not touch a word.
BETWEEN = (" ", ", ", "; ", " / ", "\n", " – ", " (", ") ", ": ")
_LITERALS = (
    "der Bescheid|ist da|wohnt|hat geschrieben|Grüße|am Montag|450 €|§ 22|Straße|für|und|zahlt|"
    "Привет|你好|مرحبا|naïve|x = 1|100 %|**wichtig**|[siehe hier](https://a.example)|{a: b}|"
    "PERSONAL|IBAN|e-mail|Person|[1]|\\*|1-Person-Haushalt|⌈a⌉|🙂|Adresse|A-1"
)
LITERALS = _LITERALS.split("|")
SLOTS = ("⟦benefit.next_payment.amount⟧", "⟦benefit.payments.0.date@2⟧")
_SYLLABLES = "ka lo mi ren tas vel dor hin ges bach mann witz öll ßen çel şah жен ров بو نا ng'o d'"
_ENDINGS = ("", "", "s", "x", "ß", "z", "e", "-Ost", " & Co.", " [Hof]", ".")


@dataclass(frozen=True)
class Piece:
    """What the model writes, what is meant, and whether it may touch a word on either side."""

    written: str
    meant: str
    free_before: bool = True
    free_after: bool = True


@dataclass
class Conversation:
    """One person's table, the values behind it, and what is said in each turn."""

    random: Random
    number: int
    values: dict[str, Kind] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.table = Pseudonymiser(self._find)

    def _find(self, text: str) -> Sequence[Span]:
        if not self.values:
            return []
        one_of = "|".join(map(re.escape, sorted(self.values, key=len, reverse=True)))
        return [
            Span(start=m.start(), end=m.end(), kind=self.values[m[0]])
            for m in re.finditer(one_of, text)
        ]

    def value(self) -> str:
        """One said before, or a new one that no other conversation has."""
        if self.values and self.random.random() < 0.4:
            return self.random.choice(list(self.values))
        pick = self.random.choice
        stem = "".join(pick(_SYLLABLES.split()) for _ in range(self.random.randint(1, 3)))
        value = f"{stem.capitalize()}{_letters(self.number)}q{_letters(len(self.values))}"
        value += pick(_ENDINGS)
        self.values[value] = pick((Kind.PERSON, Kind.PERSON, Kind.PERSON, *Kind))
        return value

    def question(self) -> tuple[str, list[str]]:
        """What the person writes, with token-shaped text of their own, and the values in it."""
        parts: list[str] = []
        said: list[str] = []
        for _ in range(self.random.randint(1, 5)):
            if self.random.random() < 0.2:
                parts.append(self.random.choice(PLANTED))
            parts.append(self.random.choice(LITERALS))
            said.append(self.value())
            parts.append(said[-1])
        return " ".join(parts), said

    def heard(self, redacted: RedactedText, said: Sequence[str]) -> None:
        """The token of every value, which is the one it had before and nobody else's."""
        tokens = re.findall("⟦[A-Z]+-[0-9]+⟧", redacted.text)
        assert redacted.text.count("⟦") == len(tokens) == len(said), "a token too many or too few"
        for value, token in zip(said, tokens, strict=True):
            assert value not in redacted.text
            assert self.tokens.setdefault(value, token) == token, "a value with two tokens"
        assert len(set(self.tokens.values())) == len(self.tokens), "a token for two values"

    def reply(self) -> tuple[str, str]:
        """What the model writes, and what the person must read."""
        written, meant = "", ""
        before = Piece("", "")
        for piece in [self._piece() for _ in range(self.random.randint(1, 4))]:
            touches = before.free_after and piece.free_before and self.random.random() < 0.5
            gap = "" if touches else self.random.choice(BETWEEN)
            written += gap + piece.written
            meant += gap + piece.meant
            before = piece
        if not before.free_after:
            written, meant = f"{written} ", f"{meant} "
        if self.random.random() < 0.1:
            written += self.random.choice(UNFINISHED)
        return written, meant

    def _piece(self) -> Piece:
        lot = self.random.random()
        if lot < 0.3:
            return Piece(*(self.random.choice(LITERALS),) * 2, free_before=False, free_after=False)
        if lot < 0.35:
            return Piece(*(self.random.choice(SLOTS),) * 2)
        if lot < 0.45:
            return self.random.choice(INVENTED)
        value = self.random.choice(list(self.tokens))
        bend = self.random.choice(BENT)
        kind, number = self.tokens[value].strip("⟦⟧").split("-")
        return bend(self.random, Kind(kind), int(number), value)


Bend = Callable[[Random, Kind, int, str], Piece]


def _form(template: str, *, before: bool = True, after: bool = True) -> Bend:
    """`K` is the word, `k` it in lower case, `T` with a capital, `n` the number, `V` the value."""

    def bend(random: Random, kind: Kind, number: int, value: str) -> Piece:
        form, _, meant = template.partition(" → ")
        word = {"K": kind.value, "k": kind.lower(), "T": kind.capitalize(), "n": str(number)}
        written = "".join(word.get(char, char) for char in form)
        put_back = (meant or "V").replace("V", value)
        return Piece(written, put_back, before, after)

    return bend


def _translated(brackets: str) -> Bend:
    def bend(random: Random, kind: Kind, number: int, value: str) -> Piece:
        word = random.choice([word for word, meant in WORDS.items() if meant is kind])
        word = random.choice((word, word.upper(), word.capitalize()))
        word = word if word.casefold() in WORDS else word.lower()
        return Piece(brackets.replace("x", f"{word}{random.choice(('-', ' ', ''))}{number}"), value)

    return bend


def _genitive(template: str) -> Bend:
    """`Hans` has no s after it, only an apostrophe."""

    def bend(random: Random, kind: Kind, number: int, value: str) -> Piece:
        written = template.replace("K", kind.value).replace("n", str(number))
        ending = "'s" if "'" in template else "’s" if "’" in template else "s"
        if ending == "s" and value[-1] in "sßxz":
            ending = "'"
        return Piece(written, value + ending, free_after=False)

    return bend


def _digits(zero: str) -> Bend:
    def bend(random: Random, kind: Kind, number: int, value: str) -> Piece:
        return Piece(f"⟦{kind}-{''.join(chr(ord(zero) + int(d)) for d in str(number))}⟧", value)

    return bend


def _two(joint: str) -> Bend:
    """The same person twice without brackets and with nothing, or a hyphen, between."""

    def bend(random: Random, kind: Kind, number: int, value: str) -> Piece:
        token = f"{kind}-{number}"
        return Piece(f"{token}{joint}{token}", f"{value}{joint}{value}", False, False)

    return bend


BENT: tuple[Bend, ...] = (
    *map(_form, ("⟦K-n⟧", "⟦k-n⟧", "⟦T-n⟧", "⟦ K - n ⟧", "⟦K n⟧", "⟦K_n⟧", "⟦K‑n⟧", "⟦K–n⟧")),
    *map(_form, ("⟦K\u00a0-\u00a0n⟧", "⟦\u200bK-\u200bn⟧", "⟦K\u00ad-n⟧", "⟦K\n-n⟧", "⟦K:n⟧")),
    *map(_form, ("⟦K#n⟧", "⟦K-00n⟧", "⟦Kn⟧", "⟦**K-n**⟧", "⟦`K-n`⟧", "⟦_K-n_⟧", "⟦~~K-n~~⟧")),
    *map(_form, ("⟦⟦K-n⟧⟧", "⟦K-n]", "[K-n⟧", "[K-n]", "[[K-n]]", "[k n]", "\\[K-n\\]", "{K-n}")),
    *map(_form, ("{{K-n}}", "{{ k-n }}", "【K-n】", "〚K-n〛", "[**K-n**]", "[T - n]")),
    *map(_form, ("**⟦K-n⟧** → **V**", "`⟦K-n⟧` → `V`", "„⟦K-n⟧“ → „V“", "| ⟦K-n⟧ | → | V |")),
    *map(_form, ("<b>⟦K-n⟧</b> → <b>V</b>", '{"x": "⟦K-n⟧"} → {"x": "V"}', "_⟦K-n⟧_ → _V_")),
    *map(_form, ("(⟦K-n⟧) → (V)", "# ⟦K-n⟧ → # V", "- ⟦K-n⟧ → - V", "[⟦K-n⟧](a) → [V](a)")),
    _form("⟦K-n", after=False),
    _form("⟦k n", after=False),
    *(_form(f, before=False, after=False) for f in ("K-n", "k-n", "T-n", "K‑n", "K_n")),
    _form("**K-n** → **V**", before=False, after=False),
    _form("K-n⟧", before=False),
    _form("<K-n> → <V>"),
    _form("(K-n) → (V)"),
    *map(_translated, ("⟦x⟧", "⟦ x ⟧", "[x]", "{{x}}", "⟦**x**⟧")),
    *map(_genitive, ("⟦K-n⟧s", "⟦K-ns⟧", "⟦K-n⟧'s", "⟦K-n⟧’s", "[K-n]s", "⟦K-n's⟧")),
    *map(_digits, ("٠", "۰", "０", "०")),
    *map(_two, ("", "-")),
    _form("K-n, K-n → V, V", before=False, after=False),
    _form("⟦K-n, K-n⟧ → V, V"),
    _form("⟦K-n⟧⟦K-n⟧ → VV"),
)  # fmt: skip

# Tokens of nobody, or of another conversation: dropped, never guessed.
INVENTED = (
    *(Piece(token, "") for token in ("⟦PERSON-907⟧", "⟦person 4711⟧", "⟦IBAN-123456⟧", "⟦Erika⟧")),
    *(Piece(token, "") for token in ("⟦⟧", "⟦PERSON⟧", "⟦PERSON-0⟧", "⟦Nobody-1⟧", "⟦-1⟧")),
    *(Piece(token, "") for token in ("[PERSON-908]", "{{EMAIL-3001}}", "⟦PERSON-123456789012⟧")),
    *(Piece(token, "") for token in ("⟦PERSON-1-2⟧", "⟦PERSON-1.5⟧", "⟦Erika Muster, PERSON⟧")),
    Piece("so⟧", "so", free_before=False),
    *(Piece(t, "", False, False) for t in ("PERSON-909", "Iban-777", "PERSON-909PERSON-910")),
)
UNFINISHED = ("⟦", "⟦PERS", "⟦PERSON-", "⟦PERSON-1", "⟦⟦PERSON-1", "⟦PERSON-1s")
PLANTED = (
    *("⟦PERSON-1⟧", "PERSON-1", "[PERSON-1]", "{{person 1}}", "ＰＥＲＳＯＮ-1"),
    "⟦⟦PERSON-1⟧PERSON-1⟧",
    *("PER\u200bSON-1", "[PERSON[PERSON-1]1]", "⟦benefit.next_payment.amount⟧", "⟦PERSON-1", "１⟧"),
)  # fmt: skip


def _letters(number: int) -> str:
    """A number in letters that no word here has in a row."""
    return "".join("wpyxvjfzgb"[int(digit)] for digit in str(number))
