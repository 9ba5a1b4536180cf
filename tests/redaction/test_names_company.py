"""What is a name because of what stands beside it, and its twin that is none."""

import pytest

from app.redaction.names.company import beside_names, torn
from app.redaction.names.features import Vocabulary
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import Lexicon, Words
from app.redaction.names.tokens import pieces

# Kinds as in the lexicon: g a given name, s a surname, p a town, n a noun, a another word.
KNOWN = {
    "schneider": "sn3",
    "schneiders": "n0",
    "foto": "n3",
    "fotos": "n2",
    "vogel": "sn2",
    "die": "a6",
    "sind": "a6",
    "fall": "n4",
    "akte": "n3",
    "miete": "n3",
    "eiche": "n2",
    "anna": "g",
    "berg": "sn3",
    "bensheim": "p",
    "termin": "n3",
    "rita": "g",
    "mit": "a6",
}
LEXICON = Lexicon(Words.of(KNOWN), Letters(bytes([128]) * SIZE))


def found(text: str, *named: str) -> list[str]:
    """The words that company makes names; `named` are names already."""
    (tokens,) = pieces(text)
    page = Vocabulary(LEXICON).page(tokens)
    flags = [token.text in named for token in tokens]
    return [tokens[at].text for at in beside_names(page, flags, LEXICON)]


@pytest.mark.parametrize(
    ("text", "named", "name"),
    [
        ("Die Schneiders sind umgezogen.", (), "Schneiders"),
        ("Im Fall Vogel fehlt die Miete.", (), "Vogel"),
        ("Ehegatte EICHE, Rita; getrennt lebend", ("Rita",), "EICHE"),
        ("Die Rita EICHE wohnt hier.", ("Rita",), "EICHE"),
        ("Kind: Berg, Xyra\nwohnt hier", ("Berg",), "Xyra"),
        ("Berg, Anna", ("Berg",), "Anna"),
        ("Hier wohnt Xyra Berg.", ("Berg",), "Xyra"),
    ],
)
def test_company_makes_a_name(text: str, named: tuple[str, ...], name: str) -> None:
    assert found(text, *named) == [name]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Die Fotos sind umgezogen.", ()),
        ("Des Schneiders Miete fehlt.", ()),
        ("Im Fall mit Miete", ()),
        ("Im Fall, Miete fehlt", ()),
        ("Ehegatte Eiche, Rita; getrennt lebend", ("Rita",)),
        ("DIE RITA EICHE WOHNT HIER", ("RITA",)),
        ("Die Rita\nEICHE wohnt hier.", ("Rita",)),
        ("Kind: Berg, Bensheim\nwohnt hier", ("Berg",)),
        ("Kind: Berg, Termin\nwohnt hier", ("Berg",)),
        ("Ich sagte Berg, Xyra kommt", ("Berg",)),
        ("Hier wohnt Bensheim Berg.", ("Berg",)),
        ("Xyra Berg.", ("Berg",)),
        ("Das sagte Herr Berg.", ("Berg",)),
    ],
)
def test_what_differs_in_one_thing_is_left_alone(text: str, named: tuple[str, ...]) -> None:
    assert found(text, *named) == []


def test_a_name_by_letters_is_enough_for_a_family() -> None:
    """A stem that no list knows, but its letters do."""
    letters = Letters(bytes([255]) * SIZE)
    told = Lexicon(Words.of(KNOWN), letters)
    (tokens,) = pieces("Die Xyros sind da")
    page = Vocabulary(told).page(tokens)
    none = [False] * len(tokens)

    assert [tokens[at].text for at in beside_names(page, none, told)] == ["Xyros"]
    assert found("Die Xyros sind da") == []


@pytest.mark.parametrize(
    ("text", "named", "pieces_of_one"),
    [
        ("die Schne ider sind da", (), ["Schne", "ider"]),
        ("Herr Schnei der kam", (), ["Schnei", "der"]),
        ("der Ri ta ihr", (), ["Ri", "ta"]),
        ("Frau Rita xu kam", ("Rita",), []),
        ("Im Fall ei che", (), []),
        ("die Mie te ist", (), []),
        ("Die Ri\nta", (), []),
        ("mit Berg mit", (), []),
    ],
)
def test_what_a_scanner_tore_apart_is_one_name(
    text: str, named: tuple[str, ...], pieces_of_one: list[str]
) -> None:
    (tokens,) = pieces(text)
    page = Vocabulary(LEXICON).page(tokens)
    flags = [token.text in named for token in tokens]

    assert [tokens[at].text for at in torn(page, flags, LEXICON)] == pieces_of_one
