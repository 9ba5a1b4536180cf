"""A name found once is found everywhere after, also without its title or first name."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.redaction.checks import squeeze
from app.redaction.firms import in_firm
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue, KnownValues
from app.redaction.layers import Layer
from app.redaction.lists import listed
from app.redaction.spelling import words
from app.redaction.text import Span

_EVERYDAY: Final = listed("everyday_names")
_DETERMINERS: Final = listed("determiners")
_NEAR: Final = 16
# Characters that whoever read a name has read with it.
_AROUND: Final = 300
# As in the address of a page or a mailbox.
_GLUED_BEFORE: Final = re.compile(r"\w[./@_]\Z|//\Z")
_GLUED_AFTER: Final = re.compile(r"[./@_]\w")


def _none(_: str) -> bool:
    return False


class Memory:
    """The people of one request that the file does not know. Never outlives it.

    `passes_over` says of a word of a name, folded, whether a detector that found it as a name can
    be believed where it left it close by: `Tim Wecker hat keinen Wecker`. What was found by what
    announced it alone, nobody has read.
    """

    def __init__(self, passes_over: Callable[[str], bool] = _none) -> None:
        self._passes_over = passes_over
        self._people: dict[str, KnownValue] = {}
        self._parts: dict[str, frozenset[str]] = {}
        self._named: dict[str, set[str]] = {}

    def recall(self, text: str, detected: Sequence[Span]) -> Iterator[Span]:
        """What was detected, with people's mentions brought together."""
        for span in detected:
            if span.kind is Kind.PERSON:
                self._learn(text[span.start : span.end])
            else:
                yield replace(span, identity=f"{span.kind}:{squeeze(text[span.start : span.end])}")
        people = [span for span in detected if span.kind is Kind.PERSON]
        named = _Named(text, people, self._passes_over)
        found = KnownValues(self._people.values(), normalised=True) if self._people else None
        mentions = [span for span in found.find(text) if not named.is_word(span)] if found else []
        yield from (replace(span, layer="memory", certainty=0.9) for span in mentions)
        # However sure a detector is, one person keeps one token.
        told = {(span.start, span.end) for span in mentions}
        yield from (span for span in people if (span.start, span.end) not in told)

    def _learn(self, name: str) -> None:
        """`Okafor` after `Sabine Okafor` is the same person; two that share a name are not."""
        new = _parts(name)
        same = self._same(new) or self._same(_parts(name.removesuffix("s")))
        key = same[0] if len(same) == 1 else f"found:{squeeze(name)}"
        held = self._people.get(key)
        if held is None or len(self._parts[key]) < len(new):
            self._people[key] = KnownValue(Kind.PERSON, name, key)
            self._parts[key] = new
            for word in new:
                self._named.setdefault(word, set()).add(key)

    def _same(self, new: frozenset[str]) -> list[str]:
        """Only those that share a word: a long text names many."""
        near = sorted({key for word in new for key in self._named.get(word, ())})
        return [key for key in near if _one(new, self._parts[key])]


class _Named:
    """What a detector says of this text: a name's everyday word may stand there as a word, too."""

    def __init__(
        self, text: str, people: Sequence[Span], passes_over: Callable[[str], bool]
    ) -> None:
        self._text = text
        self._passes_over = passes_over
        self._found = {at for span in people for at in range(span.start, span.end)}
        found = " ".join(text[span.start : span.end] for span in people)
        self._small = frozenset(word for word in found.split() if word.islower())
        self._read: dict[str, list[int]] = {}
        for span in sorted(people, key=lambda each: each.start):
            if span.layer == Layer.NAMES:
                for word in text[span.start : span.end].casefold().split():
                    self._read.setdefault(word, []).append(span.start)

    def is_word(self, span: Span) -> bool:
        """`Frau Sommer kommt im Sommer`, `Herr Schön findet es schön`."""
        written = self._text[span.start : span.end]
        folded = written.casefold()
        if span.start in self._found:
            return False
        left = self._read_near(folded, span.start) and self._passes_over(folded)
        if left and not self._named_after(span):
            return True
        if folded not in _EVERYDAY:
            return False
        if written.islower() and written not in self._small:
            return True
        before = self._text[max(span.start - _NEAR, 0) : span.start]
        said = before.split()
        return before.endswith(" ") and bool(said) and said[-1].casefold() in _DETERMINERS

    def _named_after(self, span: Span) -> bool:
        """`www.wecker.example` and `Wecker GmbH` were left as what they are, not as a word."""
        return in_firm(self._text, span.end) or bool(
            _GLUED_BEFORE.search(self._text, max(span.start - 2, 0), span.start)
            or _GLUED_AFTER.match(self._text, span.end)
        )

    def _read_near(self, folded: str, start: int) -> bool:
        """Whether the word, or its genitive, was read as a name so close that both were read."""
        for word in (folded, f"{folded}s"):
            places = self._read.get(word, [])
            after = bisect_left(places, start - _AROUND)
            if after < len(places) and places[after] <= start + _AROUND:
                return True
        return False


def _parts(name: str) -> frozenset[str]:
    stripped = (part.removesuffix("'").removesuffix("'s") for part in name.split())
    return frozenset(words(part, None)[0] for part in stripped)


def _one(new: frozenset[str], held: frozenset[str]) -> bool:
    return new <= held or held <= new
