"""What a scanner tore apart is one name, and its twin that is none."""

import pytest

from app.redaction.names.features import Vocabulary
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import Lexicon, Words
from app.redaction.names.tokens import pieces
from app.redaction.names.torn import torn

# Kinds as in the lexicon: g a given name, s a surname, p a town, n a noun, a another word.
KNOWN = {
    "schneider": "sn3",
    "die": "a6",
    "fall": "n4",
    "miete": "n3",
    "eiche": "n2",
    "berg": "sn3",
    "rita": "g",
    "mit": "a6",
}
LEXICON = Lexicon(Words.of(KNOWN), Letters(bytes([128]) * SIZE))


@pytest.mark.parametrize(
    ("text", "named", "pieces_of_one"),
    [
        ("die Schne ider sind da", (), ["Schne", "ider"]),
        ("Herr Schnei der kam", (), ["Schnei", "der"]),
        ("der Ri ta ihr", (), ["Ri", "ta"]),
        ("Frau Rita xu kam", ("Rita",), []),
        ("Im Fall ei che", (), []),
        ("die Mie te ist", (), []),
        ("die Mie tes ist", (), []),
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
