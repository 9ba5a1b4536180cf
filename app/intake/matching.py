"""Which phrases a question holds, and so which topics it is about."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, Generic, TypeVar

from app.intake.lexicon import Lexicon
from app.intake.phrases import Grammar, Phrase
from app.intake.segments import Segment, joined

_Name = TypeVar("_Name", bound=str)

# A match worth less rests on one word, or on words everybody uses.
_STRONG: Final = 1.4
# Topics this close to the best one of a segment are meant too.
_CLOSE: Final = 0.2
# "… and the rent?": so few words carry on the question before.
_ELLIPTIC: Final = 4

# A phrase this nearly complete is better than nothing, if what was found tells anything.
_NEARLY: Final = 0.55
_TELLING: Final = 1.2

Scores = Mapping[_Name, float]


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

    def scores(self, segment: Segment) -> Scores[_Name]:
        """Each name found, with the worth of its best phrase."""
        found = self._grammar.found(segment.words, self._lexicon.known(segment.words))
        scores: dict[_Name, float] = {}
        for name, phrase in self._phrases:
            if phrase.needed <= found and phrase.barred.isdisjoint(found):
                scores[name] = max(scores.get(name, 0.0), phrase.weight)
        return scores

    def nearly(self, segment: Segment) -> tuple[_Name, ...]:
        """The names one light term short of a phrase; for when there is nothing better."""
        found = self._grammar.found(segment.words, self._lexicon.known(segment.words))
        shares = [
            (phrase.share(found), name)
            for name, phrase in self._phrases
            if phrase.barred.isdisjoint(found) and phrase.share(found) * phrase.weight >= _TELLING
        ]
        top = max((share for share, _ in shares), default=0.0)
        if top < _NEARLY:
            return ()
        return tuple(dict.fromkeys(name for share, name in shares if share == top))

    def about(self, parts: Sequence[Segment]) -> tuple[_Name, ...]:
        """The names the parts are about: what is asked before what is told, best first."""
        scored = [(part, self.scores(part)) for part in parts]
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
            chosen = [(whole, self.scores(whole))]
        best: dict[_Name, float] = {}
        for _, scores in chosen:
            top = max(scores.values(), default=0.0)
            for name, score in scores.items():
                if score >= top - _CLOSE:
                    best[name] = max(best.get(name, 0.0), score)
        return tuple(sorted(best, key=lambda name: -best[name]))

    def _bridges(
        self, scored: Sequence[tuple[Segment, Scores[_Name]]]
    ) -> list[tuple[Segment, Scores[_Name]]]:
        """A part that says nothing by itself is read together with its neighbour."""
        bridges: list[tuple[Segment, Scores[_Name]]] = []
        for (one, first), (other, second) in pairwise(scored):
            if first and second:
                continue
            both = joined(one, other)
            apart = max((*first.values(), *second.values(), 0.0))
            better = {name: score for name, score in self.scores(both).items() if score > apart}
            if better:
                bridges.append((both, better))
        return bridges


def _counts(parts: Sequence[Segment], number: int) -> bool:
    """It asks, or it is short and carries on a part that asks."""
    return parts[number].asks or (
        number > 0 and parts[number - 1].asks and len(parts[number].words) <= _ELLIPTIC
    )
