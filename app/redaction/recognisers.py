"""Every kind as a Presidio recogniser of ours.

A form has a score. Below the finder's threshold it counts only when its check digit
holds (then it is certain) or when one of its context words stands near it, which is
Presidio's to judge.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import regex
from presidio_analyzer import (
    AnalysisExplanation,
    Pattern,
    PatternRecognizer,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpArtifacts

from app.redaction.engine import PATIENCE, Glance
from app.redaction.identifiers.abroad import ABROAD
from app.redaction.identifiers.contacts import CONTACTS
from app.redaction.identifiers.contracts import CONTRACTS
from app.redaction.identifiers.insurance import INSURANCE
from app.redaction.identifiers.money import MONEY
from app.redaction.identifiers.offices import OFFICES
from app.redaction.identifiers.papers import PAPERS
from app.redaction.identifiers.places import PLACES
from app.redaction.identifiers.shapes import FLAGS, Check, Form, Recognised
from app.redaction.identifiers.work import WORK

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


@dataclass(frozen=True, slots=True)
class _Search:
    """A form ready to be searched for."""

    name: str
    form: Form
    pattern: "regex.Pattern[str]"
    needs: "regex.Pattern[str] | None"

    def possible(self, glance: Glance) -> bool:
        """No where the text cannot hold the form; a cheap look instead of a search."""
        if self.form.stems and not glance.has(self.form.stems):
            return False
        return self.needs is None or glance.holds(self.needs)


class KlarfallRecogniser(PatternRecognizer):
    """A kind in one language; most texts are done with after a look for what a form needs."""

    def __init__(self, recognised: Recognised, language: str) -> None:
        self._holds = recognised.holds
        self._searches = tuple(
            _search(f"{recognised.kind}-{n}", form) for n, form in enumerate(recognised.forms)
        )
        parts = ("klarfall", recognised.kind.casefold(), recognised.name)
        self._title = "-".join(filter(None, parts))
        super().__init__(
            supported_entity=recognised.kind,
            supported_language=language,
            name=self._title,
            patterns=[
                Pattern(one.name, one.form.pattern, one.form.score) for one in self._searches
            ],
            context=list(recognised.context),
        )

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
        regex_flags: int | None = None,
    ) -> list[RecognizerResult]:
        """Raises TimeoutError where a pattern takes too long."""
        del entities, regex_flags
        glance = nlp_artifacts
        if not isinstance(glance, Glance):
            glance = Glance(text, None, self.supported_language)
        return [
            result
            for search in self._searches
            if search.possible(glance)
            for result in self._found(search, text)
        ]

    def _found(self, search: _Search, text: str) -> list[RecognizerResult]:
        found: list[RecognizerResult] = []
        for match in search.pattern.finditer(text, timeout=PATIENCE):
            start, end = match.span()
            score = self._score(search.form, text[start:end])
            if start < end and score:
                found.append(self._result(search, start, end, score))
        return found

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

    def _result(self, search: _Search, start: int, end: int, score: float) -> RecognizerResult:
        return RecognizerResult(
            entity_type=self.supported_entities[0],
            start=start,
            end=end,
            score=score,
            analysis_explanation=AnalysisExplanation(
                recognizer=self._title, original_score=search.form.score, pattern_name=search.name
            ),
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: self._title,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )


def _search(name: str, form: Form) -> _Search:
    needs = _compiled(form.needs) if form.needs else None
    return _Search(name, form, _compiled(form.pattern), needs)


@cache
def _compiled(pattern: str) -> "regex.Pattern[str]":
    return regex.compile(pattern, FLAGS)
