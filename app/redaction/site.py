"""What a site adds by Presidio's own configuration: a language engine, more recognisers.

Both are Presidio's YAML files. What they find comes on top of ours and goes through
the same known values, memory and overlaps. Nothing is downloaded: a model that is not
there stops the start.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import spacy
import yaml
from presidio_analyzer import EntityRecognizer
from presidio_analyzer.nlp_engine import NlpEngine, NlpEngineProvider, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import SpacyRecognizer
from presidio_analyzer.recognizer_registry import RecognizerRegistryProvider

from app.redaction.kinds import Kind
from app.vocabulary.levels import Language

# Presidio's names for what we have a kind of.
_KINDS: Final = {
    "PERSON": Kind.PERSON,
    "EMAIL_ADDRESS": Kind.EMAIL,
    "PHONE_NUMBER": Kind.PHONE,
    "IBAN_CODE": Kind.IBAN,
    "CREDIT_CARD": Kind.PAYMENT_CARD,
    "IP_ADDRESS": Kind.NETWORK_ADDRESS,
    "URL": Kind.WEB_ADDRESS,
} | {kind.value: kind for kind in Kind}

# Alone these lead to nobody: towns, firms, nationalities, dates that are no birth date.
_PASSED_OVER: Final = frozenset({"LOCATION", "ORGANIZATION", "NRP", "DATE_TIME"})


@dataclass(frozen=True, slots=True)
class Site:
    """`engine` configures Presidio's NlpEngineProvider, `recognisers` its registry."""

    engine: Path | None = None
    recognisers: Path | None = None

    def language_engine(self) -> SpacyNlpEngine | None:
        """Raises ValueError for an engine that lacks a language, or whose model is not here."""
        if self.engine is None:
            return None
        models = yaml.safe_load(self.engine.read_text("utf-8"))["models"]
        for model in models:
            name = model["model_name"]
            name = name["spacy"] if isinstance(name, dict) else name
            if not (spacy.util.is_package(name) or Path(name).exists()):
                raise ValueError(f"the model {name} is not installed, and nothing is downloaded")
        if {language.value for language in Language} - {model["lang_code"] for model in models}:
            raise ValueError("the engine lacks a language of ours")
        engine = NlpEngineProvider(conf_file=self.engine).create_engine()
        if not isinstance(engine, SpacyNlpEngine):
            raise ValueError("the engine is none of spaCy's kind")  # noqa: TRY004 - of a file
        return engine

    def own_recognisers(self, engine: NlpEngine) -> list[EntityRecognizer]:
        """Raises ValueError for an entity that is no kind of ours."""
        found: list[EntityRecognizer] = []
        if self.engine is not None:
            found += [
                SpacyRecognizer(
                    supported_language=language.value,
                    supported_entities=list(engine.get_supported_entities()),
                )
                for language in Language
            ]
        if self.recognisers is not None:
            registry = RecognizerRegistryProvider(
                conf_file=self.recognisers
            ).create_recognizer_registry()
            found += registry.recognizers
        for recogniser in found:
            for entity in recogniser.supported_entities:
                kind_of(entity)
        return found


def kind_of(entity: str) -> Kind | None:
    """Our kind for Presidio's entity; None for what is not masked.

    Raises ValueError for one nobody decided about.
    """
    if entity in _PASSED_OVER:
        return None
    if entity not in _KINDS:
        raise ValueError(f"{entity} is no kind of personal data known here")
    return _KINDS[entity]
