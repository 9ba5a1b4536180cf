"""Presidio with our recognisers, and all layers behind one `find`.

No model is downloaded, no network is asked: the pipeline is a blank tokenizer and
only the recognisers of this room are loaded.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import Final, Protocol, runtime_checkable

from presidio_analyzer import (
    EntityRecognizer,
    RecognizerRegistry,
    RecognizerResult,
)
from presidio_analyzer.nlp_engine import NlpEngine

from app.redaction.engine import LANGUAGES, THRESHOLD, Engine, PlainEngine, WordsAround
from app.redaction.firms import without_firms
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue, KnownValues
from app.redaction.layers import Layer, layer_of
from app.redaction.memory import Memory
from app.redaction.names import shipped
from app.redaction.names.addresses import assembled
from app.redaction.names.modes import Mode
from app.redaction.names.recogniser import NamesRecogniser
from app.redaction.normaliser import Normalised, normalise
from app.redaction.overlaps import resolved
from app.redaction.particles import with_particles
from app.redaction.patience import within
from app.redaction.people import PeopleRecogniser
from app.redaction.recognisers import RECOGNISED, KlarfallRecogniser
from app.redaction.site import Site, kind_of
from app.redaction.text import Pseudonymiser, Span, sound
from app.vocabulary.errors import NotRedacted
from app.vocabulary.levels import Language

# Seconds for so many characters begun. Presidio skips a pattern that ran too long; we refuse.
PATIENCE: Final = 4.0
_CHARACTERS: Final = 20_000


class Detector(Protocol):
    """Finds personal data nobody told us of. What a site plugs in instead of ours."""

    def detect(self, text: str, language: Language) -> Sequence[Span]: ...


@runtime_checkable
class Attentive(Detector, Protocol):
    """A detector that can be believed where it left a word that it found elsewhere in a text."""

    def passes_over(self, word: str, language: Language) -> bool: ...


class PresidioDetector:
    """Built once at start and shared by all requests; threads take turns.

    It keeps nothing of a text. Each mode and language has an engine of its own over the
    same recognisers: asked for some entities only, Presidio looks for them one by one.
    """

    def __init__(self, mode: Mode = Mode.RECALL, *, site: Site | None = None) -> None:
        model = shipped.load()
        at_site = site or Site()
        self.pipeline = at_site.language_engine()
        engine = self.pipeline or PlainEngine()
        self._mode = mode
        self._lexicon = model.lexicon
        self._turn = Lock()
        self._engines: dict[tuple[Mode, str], Engine] = {}
        theirs = at_site.own_recognisers(engine)
        self._alone = self.pipeline is None and not theirs
        for code in LANGUAGES:
            ours = [
                *(KlarfallRecogniser(one, code) for one in RECOGNISED),
                PeopleRecogniser(code, model.lexicon.is_strange),
                *(one for one in theirs if one.supported_language == code),
            ]
            for one in Mode:
                names = NamesRecogniser(model, code, one)
                self._engines[one, code] = _engine([*ours, names], engine, code)
        for language in Language:
            self.detect("", language)

    def in_mode(self, mode: Mode) -> Attentive:
        """The same engine looking faster or more carefully."""
        return _InMode(self, mode)

    def detect(self, text: str, language: Language, *, mode: Mode | None = None) -> Sequence[Span]:
        with self._turn:
            results = self._look(text, language.value, mode or self._mode)
        spans = [_span(result, kind) for result in results if (kind := kind_of(result.entity_type))]
        given = set(spans)
        return [
            one if one in given else replace(one, layer=Layer.ADDRESSES)
            for one in assembled(without_firms(spans, text), text)
        ]

    def passes_over(self, word: str, language: Language, *, mode: Mode | None = None) -> bool:
        """Words of the dictionaries the names model knows, which it reads carefully."""
        del language  # the dictionaries of both are one
        return (mode or self._mode) is Mode.RECALL and self._lexicon.is_word(word)

    def _look(self, text: str, code: str, mode: Mode) -> list[RecognizerResult]:
        """Without anything of a site's, what Presidio does in one pass, and nothing besides."""
        engine = self._engines[mode, code]
        if self._alone:
            return engine.plainly(text, code)
        with self._forgotten(code):
            return engine.analyze(text, code)

    def _forgotten(self, code: str) -> AbstractContextManager[object]:
        """What a pipeline of spaCy's keeps of a text is put back after it."""
        return self.pipeline.get_nlp(code).memory_zone() if self.pipeline else nullcontext()


def _engine(recognisers: list[EntityRecognizer], engine: NlpEngine, code: str) -> Engine:
    return Engine(
        registry=RecognizerRegistry(recognisers, supported_languages=[code]),
        nlp_engine=engine,
        supported_languages=[code],
        default_score_threshold=THRESHOLD,
        context_aware_enhancer=WordsAround(),
    )


@dataclass(frozen=True, slots=True)
class _InMode:
    detector: PresidioDetector
    mode: Mode

    def detect(self, text: str, language: Language) -> Sequence[Span]:
        return self.detector.detect(text, language, mode=self.mode)

    def passes_over(self, word: str, language: Language) -> bool:
        return self.detector.passes_over(word, language, mode=self.mode)


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
        self._known = _known(known)
        self._language = _spoken(language)
        self._memory = Memory(self._passes_over)
        self._patience = patience

    def __call__(self, text: str, /) -> Sequence[Span]:
        """Spans of the text as given, none overlapping, in order.

        Raises NotRedacted when a layer failed, took longer than we wait, or found what
        cannot be in the text.
        """
        patience = self._patience * (1 + len(text) // _CHARACTERS)
        return within(patience, partial(self._find, text))

    def _passes_over(self, word: str) -> bool:
        detector = self._detector
        return isinstance(detector, Attentive) and detector.passes_over(word, self._language)

    def _find(self, text: str) -> Sequence[Span]:
        normalised = normalise(text)
        known = list(self._known.find(normalised.text))
        detected = sound(self._detector.detect(normalised.text, self._language), normalised.text)
        found = self._memory.recall(normalised.text, detected)
        told = resolved(known, list(found), normalised.text)
        first = _first_finders(detected)
        spans = [_first_by(span, first) for span in told]
        whole = with_particles(spans, normalised.text, self._passes_over)
        return _merged(_original(span, normalised) for span in whole)


def pseudonymiser(
    detector: Detector, known: Iterable[KnownValue], *, language: Language
) -> Pseudonymiser:
    """A fresh table with all layers, for one request."""
    return Pseudonymiser(Finder(detector, known, language=language))


def _span(result: RecognizerResult, kind: Kind) -> Span:
    return Span(
        start=result.start,
        end=result.end,
        kind=kind,
        certainty=result.score,
        layer=layer_of(result.recognition_metadata[RecognizerResult.RECOGNIZER_NAME_KEY]),
    )


def _first_finders(detected: Iterable[Span]) -> Mapping[int, str]:
    """The layer that found a name, by character: a long text has too many spans to compare."""
    return {
        at: one.layer
        for one in detected
        if one.kind is Kind.PERSON
        for at in range(one.start, one.end)
    }


def _first_by(span: Span, first: Mapping[int, str]) -> Span:
    """A name that was found here is memory's only where nothing else would have found it."""
    if span.layer != Layer.MEMORY:
        return span
    layer = next((first[at] for at in range(span.start, span.end) if at in first), span.layer)
    return replace(span, layer=layer)


def _known(values: Iterable[KnownValue]) -> KnownValues:
    """Raises NotRedacted where the file's values cannot be made out: they may be anywhere."""
    with suppress(Exception):  # whatever it is, and it may quote a value
        return KnownValues(values)
    raise NotRedacted


def _spoken(language: str) -> Language:
    """Raises NotRedacted for a language that no recogniser knows."""
    try:
        return Language(language)
    except ValueError:
        pass
    raise NotRedacted


def _original(span: Span, normalised: Normalised) -> Span:
    start, end = normalised.original(span.start, span.end)
    return span if (start, end) == (span.start, span.end) else replace(span, start=start, end=end)


def _merged(spans: Iterable[Span]) -> list[Span]:
    """Two spans that share one original character (a ligature) keep to their own side of it."""
    kept: list[Span] = []
    for span in spans:
        start = max(span.start, kept[-1].end if kept else 0)
        if start < span.end:
            kept.append(span if start == span.start else replace(span, start=start))
    return kept
