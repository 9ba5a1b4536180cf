"""A name found once is found everywhere after, also without its title or first name."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from app.redaction.checks import squeeze
from app.redaction.known import KnownValue, KnownValues
from app.redaction.spelling import words
from app.redaction.text import Kind, Span


class Memory:
    """The people of one request that the file does not know. Never outlives it."""

    def __init__(self) -> None:
        self._people: dict[str, KnownValue] = {}

    def recall(self, text: str, detected: Sequence[Span]) -> Iterator[Span]:
        """What was detected, with people's mentions brought together."""
        for span in detected:
            if span.kind is Kind.PERSON:
                self._learn(text[span.start : span.end])
            else:
                yield replace(span, identity=f"{span.kind}:{squeeze(text[span.start : span.end])}")
        mentions = KnownValues(self._people.values()).find(text) if self._people else ()
        yield from (replace(span, layer="memory", certainty=0.9) for span in mentions)
        yield from (span for span in detected if span.kind is Kind.PERSON)

    def _learn(self, name: str) -> None:
        """`Okafor` after `Sabine Okafor` is the same person; two that share a name are not."""
        new = _parts(name)
        same = [key for key, one in self._people.items() if _one(new, _parts(one.value))]
        key = same[0] if len(same) == 1 else f"found:{squeeze(name)}"
        held = self._people.get(key)
        if held is None or len(_parts(held.value)) < len(new):
            self._people[key] = KnownValue(Kind.PERSON, name, key)


def _parts(name: str) -> frozenset[str]:
    stripped = (part.removesuffix("'").removesuffix("'s") for part in name.split())
    return frozenset(words(part, None)[0] for part in stripped)


def _one(new: frozenset[str], held: frozenset[str]) -> bool:
    return new <= held or held <= new
