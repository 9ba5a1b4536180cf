"""Presidio with our recognisers, and all layers behind one `find`.

No model is downloaded, no network is asked: the pipeline is a blank tokenizer and
only the recognisers of this room are loaded.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from threading import Lock
from time import perf_counter
from typing import Final, Protocol

import spacy
from presidio_analyzer import (
    AnalyzerEngine,
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, SpacyNlpEngine
from spacy.language import Language as Pipeline
from spacy.tokens import Doc
from spacy.vocab import Vocab

from app.redaction.known import KnownValue, KnownValues
from app.redaction.memory import Memory
from app.redaction.normaliser import Normalised, normalise
from app.redaction.overlaps import resolved
from app.redaction.people import PeopleRecogniser
from app.redaction.recognisers import RECOGNISED, KlarfallRecogniser
from app.redaction.text import Kind, Pseudonymiser, Span
from app.vocabulary.errors import NotRedacted
from app.vocabulary.levels import Language

THRESHOLD: Final = 0.4

# Seconds for one text. Presidio skips a pattern that ran too long; we refuse instead.
PATIENCE: Final = 2.0

_LANGUAGES: Final = [language.value for language in Language]
_TOKENS: Final = re.compile(r"(\w+|[^\w\s]+|\s)( ?)")
_REPAIR: Final = "klarfall_lemmas"

# At its debug level Presidio logs the words around what it found.
logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL + 1)


@Pipeline.component(_REPAIR)
def _lemmas(doc: Doc) -> Doc:
    """A blank pipeline leaves lemmas empty, and then no context word ever counts."""
    for token in doc:
        token.lemma_ = token.lower_
    return doc


class PlainTokenizer:
    """Words, runs of signs, spaces: spaCy's own takes quadratic time on a run of brackets."""

    def __init__(self, vocab: Vocab) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Doc:
        found = _TOKENS.findall(text)
        words, spaces = [word for word, _ in found], [bool(space) for _, space in found]
        return Doc(self._vocab, words=words, spaces=spaces)


class BlankEngine(SpacyNlpEngine):
    """spaCy with a tokenizer alone; never downloads a model."""

    def load(self) -> None:
        pipelines = {language: spacy.blank(language) for language in _LANGUAGES}
        for pipeline in pipelines.values():
            pipeline.tokenizer = PlainTokenizer(pipeline.vocab)
            pipeline.add_pipe(_REPAIR)
        self.nlp = pipelines  # type: ignore[assignment]  # the parent declares no type for it


class ContextOfTheUnsure(LemmaContextAwareEnhancer):
    """Asks the words around a finding only where they decide, which saves half the time."""

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        sure = [result for result in raw_results if result.score >= THRESHOLD]
        unsure = [result for result in raw_results if result.score < THRESHOLD]
        enhanced: list[RecognizerResult] = super().enhance_using_context(
            text, unsure, nlp_artifacts, recognizers, context
        )
        return [*sure, *enhanced]


class Detector(Protocol):
    """Finds personal data nobody told us of. What a site plugs in instead of ours."""

    def detect(self, text: str, language: Language) -> Sequence[Span]: ...


class PresidioDetector:
    """Built once at start and shared by all requests; threads take turns.

    It keeps nothing of a text: spaCy's table of strings is put back after each one.
    """

    def __init__(self) -> None:
        recognisers = [
            *(KlarfallRecogniser(one, code) for code in _LANGUAGES for one in RECOGNISED),
            *(PeopleRecogniser(code) for code in _LANGUAGES),
        ]
        self._turn = Lock()
        self._blank = BlankEngine()
        self._engine = AnalyzerEngine(
            registry=RecognizerRegistry(recognisers, supported_languages=_LANGUAGES),
            nlp_engine=self._blank,
            supported_languages=_LANGUAGES,
            default_score_threshold=THRESHOLD,
            context_aware_enhancer=ContextOfTheUnsure(context_suffix_count=1),
        )
        for language in Language:
            self.detect("", language)

    def detect(self, text: str, language: Language) -> Sequence[Span]:
        with self._turn, self._blank.get_nlp(language.value).memory_zone():
            results = self._engine.analyze(text, language.value)
        return [_span(result) for result in results]


class Finder:
    """All layers for one request: what is known, what is found, what was found before."""

    def __init__(
        self,
        detector: Detector,
        known: Iterable[KnownValue] = (),
        *,
        language: Language = Language.DE,
        patience: float = PATIENCE,
    ) -> None:
        self._detector = detector
        self._known = KnownValues(known)
        self._memory = Memory()
        self._language = Language(language)
        self._patience = patience

    def __call__(self, text: str, /) -> Sequence[Span]:
        """Spans of the text as given, none overlapping, in order.

        Raises NotRedacted when a layer took longer than we wait.
        """
        began = perf_counter()
        normalised = normalise(text)
        known = list(self._known.find(normalised.text))
        detected = self._detector.detect(normalised.text, self._language)
        found = self._memory.recall(normalised.text, detected)
        spans = resolved(known, list(found), normalised.text)
        if perf_counter() - began > self._patience:
            raise NotRedacted
        return _merged(_original(span, normalised) for span in spans)


def pseudonymiser(
    detector: Detector, known: Iterable[KnownValue], *, language: Language
) -> Pseudonymiser:
    """A fresh table with all layers, for one request."""
    return Pseudonymiser(Finder(detector, known, language=language))


def _span(result: RecognizerResult) -> Span:
    return Span(
        start=result.start,
        end=result.end,
        kind=Kind(result.entity_type),
        certainty=result.score,
        layer="presidio",
    )


def _original(span: Span, normalised: Normalised) -> Span:
    start, end = normalised.original(span.start, span.end)
    return replace(span, start=start, end=end)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Two spans that share one original character (a ligature) keep to their own side of it."""
    kept: list[Span] = []
    for span in spans:
        start = max(span.start, kept[-1].end if kept else 0)
        if start < span.end:
            kept.append(replace(span, start=start))
    return kept
