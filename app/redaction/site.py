"""What a site adds by Presidio's own configuration: a language engine, more recognisers.

Both are Presidio's YAML files. What they find comes on top of ours and goes through
the same known values, memory and overlaps. Nothing is downloaded: a model that is not
there stops the start.
"""

from collections.abc import Iterator
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


class Unusable(ValueError):
    """A file of the site's cannot be used.

    `sentence` quotes nothing of it: it may be a letter that was named by mistake. What is
    `named` is for the log of a service that does not start.
    """

    def __init__(self, sentence: str, *, named: str = "") -> None:
        super().__init__(f"{sentence} ({named})" if named else sentence)
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Site:
    """`engine` configures Presidio's NlpEngineProvider, `recognisers` its registry."""

    engine: Path | None = None
    recognisers: Path | None = None

    def language_engine(self) -> SpacyNlpEngine | None:
        """Raises Unusable for an engine that lacks a language, or whose model is not here."""
        if self.engine is None:
            return None
        models = list(_models(self.engine))
        for _, name in models:
            if not (spacy.util.is_package(name) or Path(name).exists()):
                raise Unusable(
                    "The engine names a model that is not installed, and nothing is downloaded",
                    named=name,
                )
        if {language.value for language in Language} - {language for language, _ in models}:
            raise Unusable("The engine lacks a language of ours")
        try:
            engine = NlpEngineProvider(conf_file=self.engine).create_engine()
        except Exception as flaw:
            raise Unusable("Presidio cannot make an engine of the engine's file") from flaw
        if not isinstance(engine, SpacyNlpEngine):
            raise Unusable("The engine is none of spaCy's kind")
        return engine

    def own_recognisers(self, engine: NlpEngine) -> list[EntityRecognizer]:
        """Raises Unusable for an entity that is no kind of ours."""
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
            found += _registered(self.recognisers)
        for recogniser in found:
            for entity in recogniser.supported_entities:
                kind_of(entity)
        return found


def kind_of(entity: str) -> Kind | None:
    """Our kind for Presidio's entity; None for what is not masked.

    Raises Unusable for one nobody decided about.
    """
    if entity in _PASSED_OVER:
        return None
    if entity not in _KINDS:
        raise Unusable("An entity is no kind of personal data known here", named=entity)
    return _KINDS[entity]


def _models(engine: Path) -> Iterator[tuple[str, str]]:
    """Language and name of each."""
    match _read(engine):
        case {"models": [*models]}:
            pass
        case _:
            raise Unusable("The engine's file has no list of models")
    for model in models:
        match model:
            case {"lang_code": str(language), "model_name": str(name) | {"spacy": str(name)}}:
                yield language, name
            case _:
                raise Unusable("A model of the engine lacks a lang_code or a model_name")


def _registered(recognisers: Path) -> list[EntityRecognizer]:
    match _read(recognisers):
        case {"recognizers": [*_]}:
            pass
        case _:
            raise Unusable("The recognisers' file has no list of recognizers")
    try:
        provider = RecognizerRegistryProvider(conf_file=recognisers)
        return list(provider.create_recognizer_registry().recognizers)
    except Exception as flaw:
        raise Unusable("Presidio cannot make recognisers of the recognisers' file") from flaw


def _read(file: Path) -> object:
    """Presidio takes its own recognisers, without a word, where it cannot open a file."""
    raw = file.read_bytes()
    try:
        content: object = yaml.safe_load(raw.decode("utf-8"))
    except Exception as flaw:
        raise Unusable("The file of the engine or the recognisers is no YAML") from flaw
    return content
