"""The names model as one more of Presidio's recognisers."""

from typing import Final

from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from app.redaction.kinds import Kind
from app.redaction.names.labels import Found, Label
from app.redaction.names.model import NamesModel
from app.redaction.names.modes import Mode

_NAME: Final = "klarfall-names"

# Towns, offices and firms lead to nobody; a street and a number do.
_KINDS: Final = {Label.PERSON: Kind.PERSON, Label.ADDRESS: Kind.ADDRESS}


class NamesRecogniser(LocalRecognizer):
    """One model serves all languages: it was trained on ten."""

    def __init__(self, model: NamesModel, language: str, mode: Mode = Mode.RECALL) -> None:
        self._model = model
        self._mode = mode
        super().__init__(
            supported_entities=list(_KINDS.values()),
            supported_language=language,
            name=_NAME,
        )

    def load(self) -> None:
        """Loaded already, once for all languages."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        del nlp_artifacts
        return [
            self._result(found, kind)
            for found in self._model.find(text, self._mode, self.supported_language)
            if (kind := _KINDS.get(found.label)) and kind in entities
        ]

    def _result(self, found: Found, kind: Kind) -> RecognizerResult:
        return RecognizerResult(
            entity_type=kind,
            start=found.start,
            end=found.end,
            score=found.certainty,
            analysis_explanation=AnalysisExplanation(
                recognizer=_NAME, original_score=found.certainty, pattern_name=found.label
            ),
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: _NAME,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )
