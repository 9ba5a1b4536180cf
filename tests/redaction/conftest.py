"""The detector is built once: it keeps nothing of what it reads."""

from collections.abc import Callable, Iterable

import pytest

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.known import KnownValue
from app.redaction.text import Pseudonymiser
from app.vocabulary.levels import Language

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
