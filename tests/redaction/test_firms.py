"""Employers stay visible, people do not: names inside the names of firms."""

from collections.abc import Sequence

import pytest

from app.redaction.firms import without_firms
from app.redaction.kinds import Kind
from app.redaction.layers import Layer
from app.redaction.text import Span


def kept(text: str, name: str, layer: Layer = Layer.NAMES) -> Sequence[str]:
    start = text.index(name)
    span = Span(start=start, end=start + len(name), kind=Kind.PERSON, layer=layer)
    return [text[one.start : one.end] for one in without_firms([span], text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("bei der Bäckerei Koch GmbH in Bensheim", "Koch"),
        ("bei der Müller Logistik GmbH", "Müller"),
        ("die Firma Schmidt & Sohn KG", "Schmidt"),
        ("Gebäudereinigung Hartmann UG (haftungsbeschränkt)", "Hartmann UG"),
        ("der Verein Berg Hilfe e.V. zahlt", "Berg"),
    ],
)
def test_a_surname_in_a_firm_stays_visible(text: str, name: str) -> None:
    assert kept(text, name) == []


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("bei der Bäckerei Koch in Bensheim", "Koch", "Koch"),
        ("Autowerkstatt Meier e.K. hat gekündigt", "Meier", "Meier"),
        ("die Peter Koch GmbH", "Peter Koch", "Peter Koch"),
        ("die Peter Koch GmbH", "Peter Koch GmbH", "Peter Koch"),
        ("mein Chef Koch leitet die GmbH", "Koch", "Koch"),
        ("mein Chef Koch, Müller Logistik GmbH", "Koch", "Koch"),
    ],
)
def test_a_person_stays_hidden_beside_a_firm(text: str, name: str, left: str) -> None:
    assert kept(text, name) == [left]


def test_whom_a_salutation_announces_stays_hidden() -> None:
    assert kept("Herr Koch GmbH", "Koch", Layer.ANNOUNCED) == ["Koch"]
