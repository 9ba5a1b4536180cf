"""Which phrases a question holds, and so which topics it is about."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final, Generic, Protocol, TypeVar

from app.catalogue.topics import TopicName
from app.intake.lexicon import Lexicon
from app.intake.phrases import Grammar, Phrase
from app.intake.segments import Segment, joined
from app.intake.tokens import word_set

_Name = TypeVar("_Name", bound=str)

# What a phrase worth 1 adds to the likeness of a question to a topic's examples.
_PHRASE: Final = 0.1
# Less than this is no topic; a part with at least so much speaks for itself.
_LEAST: Final = 0.33
_STRONG: Final = 0.55
# Enough where somebody speaks of themselves and nothing else fits, and where they do not.
_GUESS: Final = 0.14
_BLIND_GUESS: Final = 0.22
# Topics this near to the best one of a part are meant too.
_NEAR: Final = 0.9
# "… and the rent?": so few words carry on the question before, if they surely say something new.
_ELLIPTIC: Final = 4
_SURE: Final = 0.55
# Such a short question may point back to what was said before it.
_POINTING: Final = 8
_BACK: Final = word_set(
    "das davon dafur damit daran darauf daraus darin dazu es dem that this it these those them"
)

# How much of what the whole text scores is added to each of its parts.
_LEANING: Final = 0.5
_NOTHING: Final[Mapping[TopicName, float]] = MappingProxyType({})

Scores = Mapping[str, float]
_Scored = tuple[Segment, Mapping[TopicName, float]]


class Scoring(Protocol[_Name]):
    """Something that tells how well each name fits a segment; the same at every time."""

    def scores(self, segment: Segment) -> Mapping[_Name, float]: ...


class Once(Generic[_Name]):
    """Each segment is scored once. Made for one question, and forgotten with it."""

    def __init__(self, scoring: Scoring[_Name]) -> None:
        self._scoring: Final = scoring
        self._known: Final[dict[Segment, Mapping[_Name, float]]] = {}

    def scores(self, segment: Segment) -> Mapping[_Name, float]:
        if segment not in self._known:
            self._known[segment] = self._scoring.scores(segment)
        return self._known[segment]


class Matcher(Generic[_Name]):
    """Finds the names whose phrases occur, in one language."""

    def __init__(
        self, grammar: Grammar, lexicon: Lexicon, phrases: Mapping[_Name, Sequence[Phrase]]
    ) -> None:
        self._grammar: Final = grammar
        self._lexicon: Final = lexicon
        self._phrases: Final = [
            (name, phrase) for name, several in phrases.items() for phrase in several
        ]

    def scores(self, segment: Segment) -> Mapping[_Name, float]:
        """Each name found, with the worth of its best phrase."""
        meanings = self._lexicon.meanings(segment.words)
        found = self._grammar.found(segment.words, meanings)
        scores: dict[_Name, float] = {}
        for name, phrase in self._phrases:
            if phrase.needed <= found and phrase.barred.isdisjoint(found):
                scores[name] = max(scores.get(name, 0.0), phrase.weight)
        return scores


class TopicFinder:
    """Weighs what the phrases say and what the examples say."""

    def __init__(
        self,
        names: Sequence[TopicName],
        phrases: Scoring[TopicName],
        likeness: Scoring[str],
    ) -> None:
        self._names: Final = names
        self._phrases: Final = phrases
        self._likeness: Final = likeness

    def about(self, parts: Sequence[Segment]) -> tuple[TopicName, ...]:
        """What the parts are about: what is asked before what is told, best first."""
        context = self._all(joined(*parts)) if len(parts) > 1 else _NOTHING
        scored = [(part, self._scores(part, context)) for part in _resolved(parts)]
        scored = [
            (part, scores if number == 0 or _stands_alone(part, scores) else {})
            for number, (part, scores) in enumerate(scored)
        ]
        asked = [pair for number, pair in enumerate(scored) if pair[1] and _counts(parts, number)]
        chosen = [*(asked or [pair for pair in scored if pair[1]]), *self._bridges(scored)]
        if any(max(scores.values()) >= _STRONG for _, scores in chosen):
            chosen = [
                (part, scores)
                for part, scores in chosen
                if max(scores.values()) >= _STRONG or len(part.words) <= _ELLIPTIC
            ]
        if not chosen and len(parts) > 1:
            whole = joined(*parts)
            chosen = [(whole, self._scores(whole))]
        best: dict[TopicName, float] = {}
        for _, scores in chosen:
            for name, score in scores.items():
                best[name] = max(best.get(name, 0.0), score)
        return tuple(sorted(best, key=lambda name: -best[name]))

    def guess(self, parts: Sequence[Segment], *, personal: bool) -> tuple[TopicName, ...]:
        """The single likeliest topic; for a question surely about the case little is enough."""
        name, score = max(self._all(joined(*parts)).items(), key=lambda pair: pair[1])
        return (name,) if score >= (_GUESS if personal else _BLIND_GUESS) else ()

    def loudest(self, segment: Segment, likeness: Scores) -> float:
        """The score of the best topic, where the likeness is known already."""
        return max(self._weighed(segment, likeness).values())

    def _scores(
        self, segment: Segment, context: Mapping[TopicName, float] = _NOTHING
    ) -> Mapping[TopicName, float]:
        """The best topic of a part and those near it; nothing where even the best is poor.

        What the whole text is about leans on it, so that a part is heard in its place.
        """
        scores = {n: s + _LEANING * context.get(n, 0.0) for n, s in self._all(segment).items()}
        top = max(scores.values())
        return {n: s for n, s in scores.items() if s >= _LEAST and s >= _NEAR * top}

    def _all(self, segment: Segment) -> Mapping[TopicName, float]:
        return self._weighed(segment, self._likeness.scores(segment))

    def _weighed(self, segment: Segment, likeness: Scores) -> Mapping[TopicName, float]:
        said = self._phrases.scores(segment)
        return {n: likeness[n] + _PHRASE * said.get(n, 0.0) for n in self._names}

    def _bridges(self, scored: Sequence[_Scored]) -> list[_Scored]:
        """A part that says nothing by itself is read together with its neighbour."""
        bridges: list[_Scored] = []
        for (one, first), (other, second) in pairwise(scored):
            if first and second:
                continue
            both = joined(one, other)
            apart = max((*first.values(), *second.values(), 0.0))
            better = {name: score for name, score in self._scores(both).items() if score > apart}
            if better:
                bridges.append((both, better))
        return bridges


def _resolved(parts: Sequence[Segment]) -> Iterator[Segment]:
    """`I earn 450, how is that set off`: what points back is read with what it points to."""
    for number, part in enumerate(parts):
        points = any(token.word in _BACK for token in part.words)
        if number and part.asks and points and len(part.words) <= _POINTING:
            yield joined(parts[number - 1], part)
        else:
            yield part


def _stands_alone(part: Segment, scores: Mapping[TopicName, float]) -> bool:
    return len(part.words) > _ELLIPTIC or max(scores.values(), default=0.0) >= _SURE


def _counts(parts: Sequence[Segment], number: int) -> bool:
    """It asks, or it is short and carries on a part that asks."""
    return parts[number].asks or (
        number > 0 and parts[number - 1].asks and len(parts[number].words) <= _ELLIPTIC
    )
