"""Every kind as a Presidio recogniser of ours.

A form has a score. Below the finder's threshold it counts only when its check digit
holds (then it is certain) or when one of its context words stands near it, which is
Presidio's to judge.
"""

from collections.abc import Iterator, Sequence
from sys import maxsize
from typing import Final

from presidio_analyzer import LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from app.redaction.engine import Glance
from app.redaction.identifiers.abroad import ABROAD
from app.redaction.identifiers.contacts import CONTACTS
from app.redaction.identifiers.contracts import CONTRACTS
from app.redaction.identifiers.insurance import INSURANCE
from app.redaction.identifiers.money import MONEY
from app.redaction.identifiers.offices import OFFICES
from app.redaction.identifiers.papers import PAPERS
from app.redaction.identifiers.places import PLACES
from app.redaction.identifiers.shapes import Begins, Check, Form, Recognised
from app.redaction.identifiers.work import WORK
from app.redaction.seen import STEMS, Seen, compiled, least_digits, matches

RECOGNISED: Final = (
    *MONEY,
    *CONTACTS,
    *OFFICES,
    *INSURANCE,
    *WORK,
    *PAPERS,
    *ABROAD,
    *CONTRACTS,
    *PLACES,
)

_CERTAIN: Final = 1.0


def prepared() -> None:
    """Compiles every pattern now; else who sends the first text that needs one waits for it."""
    for one in RECOGNISED:
        for form in one.forms:
            for pattern in filter(None, (form.pattern, form.needs, form.starts)):
                compiled(pattern)


class KlarfallRecogniser(LocalRecognizer):
    """A kind in one language; most texts are done with after a look for what a form needs."""

    def __init__(self, recognised: Recognised, language: str) -> None:
        self._holds = recognised.holds
        self._forms = recognised.forms
        for form in recognised.forms:
            STEMS.learn(form)
        announced = [form for form in recognised.forms if form.begins is Begins.WORD]
        others = [form for form in recognised.forms if form.begins is not Begins.WORD]
        self._stems = frozenset(form.stems for form in announced)
        self._least = min(map(least_digits, others), default=maxsize)
        parts = ("klarfall", recognised.kind.casefold(), recognised.name)
        self._title = "-".join(filter(None, parts))
        super().__init__(
            supported_entities=[recognised.kind],
            supported_language=language,
            name=self._title,
            context=list(recognised.context),
        )

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """Raises TimeoutError where a pattern takes too long."""
        del entities
        seen = nlp_artifacts.seen if isinstance(nlp_artifacts, Glance) else Seen(text)
        if seen.longest < self._least and not self._announced(seen):
            return []
        return [
            result
            for form in self._forms
            if (spots := seen.spots(form)) is None or spots
            for result in self._found(form, spots, text)
        ]

    def _announced(self, seen: Seen) -> bool:
        """Whether one of the forms that begin with a word may be there."""
        return seen.words is None or not self._stems.isdisjoint(seen.words)

    def _found(
        self, form: Form, spots: Sequence[int] | None, text: str
    ) -> Iterator[RecognizerResult]:
        for match in matches(form, spots, text):
            start, end = match.span()
            if start < end and (score := self._score(form, text[start:end])):
                yield self._result(start, end, score)

    def _score(self, form: Form, written: str) -> float:
        """Nothing (0) where only the check digit could have told, and did not."""
        holds = self._holds is not None and self._holds(written)
        match form.check:
            case Check.CONFIRMS:
                return _CERTAIN if holds else form.score
            case Check.REQUIRED:
                return _CERTAIN if holds else 0.0
            case Check.NARROWS:
                return form.score if holds else 0.0

    def _result(self, start: int, end: int, score: float) -> RecognizerResult:
        """Without an explanation: nobody asks for one, and a site's log shall hold none."""
        return RecognizerResult(
            entity_type=self.supported_entities[0],
            start=start,
            end=end,
            score=score,
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: self._title,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )
