"""The detector is built once: it keeps nothing of what it reads."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.known import KnownValue
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import Lexicon, Words
from app.redaction.text import Pseudonymiser
from app.vocabulary.levels import Language
from tests.redaction.lessons import LISTS, filed

Table = Callable[..., Pseudonymiser]


@pytest.fixture(scope="session")
def detector() -> PresidioDetector:
    return PresidioDetector()


@pytest.fixture
def table(detector: PresidioDetector) -> Table:
    def make(
        known: Iterable[KnownValue] = (), *, language: Language = Language.DE
    ) -> Pseudonymiser:
        return Pseudonymiser(Finder(detector, known, language=language))

    return make


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filed(LISTS, tmp_path_factory.mktemp("names"))


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon(Words.of({"alma": "g"}), Letters(bytes([128]) * SIZE))
