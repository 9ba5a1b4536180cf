"""What Presidio needs beside recognisers: a language engine without a model, and context.

Presidio's own engines are spaCy pipelines. Ours has no pipeline: patterns need no
tokens, and the words around a finding are read from the text itself. That saves more
than half the time of a pass, and nothing of a text is kept in a table of strings.
"""

import logging
from collections.abc import Iterable, Iterator
from typing import Final

from presidio_analyzer import AnalyzerEngine, EntityRecognizer, RecognizerResult
from presidio_analyzer.context_aware_enhancers import ContextAwareEnhancer
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from spacy.tokens import Doc
from spacy.vocab import Vocab

from app.redaction.seen import Seen
from app.vocabulary.levels import Language

THRESHOLD: Final = 0.4
LANGUAGES: Final = [language.value for language in Language]

_NO_TOKENS: Final = Doc(Vocab())

# How far context reaches: characters looked at, words counted.
_BEFORE: Final = 120
_AFTER: Final = 40
_WORDS_BEFORE: Final = 7
_WORDS_AFTER: Final = 2
_GAIN: Final = 0.35

# At its debug level Presidio logs the words around what it found.
logging.getLogger("presidio-analyzer").setLevel(logging.CRITICAL + 1)


class Glance(NlpArtifacts):
    """One text, and what was asked about it already: many forms need the same.

    Lives as long as one pass over the text.
    """

    def __init__(self, text: str, engine: NlpEngine | None, language: str) -> None:
        super().__init__([], _NO_TOKENS, [], [], engine, language)
        self.seen = Seen(text)


class PlainEngine(NlpEngine):
    """Says nothing about a text; never downloads a model."""

    def load(self) -> None:
        """Nothing to load."""

    def is_loaded(self) -> bool:
        return True

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        return Glance(text, self, language)

    def process_batch(
        self,
        texts: Iterable[str],
        language: str,
        batch_size: int = 1,
        n_process: int = 1,
        **_: object,
    ) -> Iterator[tuple[str, NlpArtifacts]]:
        del batch_size, n_process
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word: str, language: str) -> bool:
        del word, language
        return False

    def is_punct(self, word: str, language: str) -> bool:
        del language
        return not word.isalnum()

    def get_supported_entities(self) -> list[str]:
        return []

    def get_supported_languages(self) -> list[str]:
        return list(LANGUAGES)


class WordsAround(ContextAwareEnhancer):
    """Lifts an unsure finding over the threshold where one of its context words stands near.

    A context word counts as part of a longer word, as in Presidio: `steuer` in
    `Einkommensteuerbescheid`. Findings that are sure already are not looked at.
    """

    def __init__(self) -> None:
        super().__init__(_GAIN, THRESHOLD, _WORDS_BEFORE, _WORDS_AFTER)

    def enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        del nlp_artifacts
        unsure = [result for result in raw_results if result.score < THRESHOLD]
        if not unsure:
            return raw_results
        origins = {_origin(result) for result in unsure}
        words = {
            one.id: tuple(map(str.lower, one.context or ()))
            for one in recognizers
            if one.id in origins
        }
        given = tuple(map(str.lower, context or ()))
        for result in unsure:
            near = _near(text, result.start, result.end)
            if any(word in near for word in words[_origin(result)]) or any(
                word in near for word in given
            ):
                result.score = min(max(result.score + _GAIN, THRESHOLD), 1.0)
        return raw_results


class Engine(AnalyzerEngine):
    """Presidio's, without asking each recogniser for what only a site's own may do."""

    def plainly(self, text: str, language: str) -> list[RecognizerResult]:
        """What `analyze` finds with recognisers of ours alone, in a third of the time."""
        artifacts = self.nlp_engine.process_text(text, language)
        recognisers = list(self.registry.recognizers)
        results: list[RecognizerResult] = []
        for one in recognisers:
            results += one.analyze(text, one.supported_entities, artifacts)
        results = self.context_aware_enhancer.enhance_using_context(
            text, results, artifacts, recognisers
        )
        sure = [result for result in results if result.score >= THRESHOLD]
        found: list[RecognizerResult] = EntityRecognizer.remove_duplicates(sure)
        return found

    def _enhance_using_context(
        self,
        text: str,
        raw_results: list[RecognizerResult],
        nlp_artifacts: NlpArtifacts,
        recognizers: list[EntityRecognizer],
        context: list[str] | None = None,
    ) -> list[RecognizerResult]:
        """Recognisers that judge context themselves are asked as Presidio does, before ours."""
        judging = [one for one in recognizers if _judges(type(one))]
        if judging:
            keys = {one.id for one in judging}
            own = [result for result in raw_results if _origin(result) in keys]
            rest = [result for result in raw_results if _origin(result) not in keys]
            enhanced: list[RecognizerResult] = super()._enhance_using_context(
                text, own, nlp_artifacts, judging, context
            )
            raw_results = [*enhanced, *rest]
        found: list[RecognizerResult] = self.context_aware_enhancer.enhance_using_context(
            text, raw_results, nlp_artifacts, recognizers, context
        )
        return found


def _judges(kind: type[EntityRecognizer]) -> bool:
    return kind.enhance_using_context is not EntityRecognizer.enhance_using_context


def _origin(result: RecognizerResult) -> object:
    return result.recognition_metadata[RecognizerResult.RECOGNIZER_IDENTIFIER_KEY]


def _near(text: str, start: int, end: int) -> str:
    before = text[max(start - _BEFORE, 0) : start].lower().split()[-_WORDS_BEFORE:]
    after = text[end : end + _AFTER].lower().split()[:_WORDS_AFTER]
    return " ".join((*before, "\n", *after))
