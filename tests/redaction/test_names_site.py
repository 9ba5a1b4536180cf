"""A site plugs in a recogniser or a language engine through Presidio's own configuration."""

from pathlib import Path

import pytest
import spacy

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.site import Site, kind_of
from app.vocabulary.levels import Language

RECOGNISERS = """
supported_languages: [de, en]
recognizers:
  - name: Häuser
    supported_languages:
      - language: de
      - language: en
    supported_entity: {entity}
    patterns:
      - name: nummer
        regex: "Haus-[0-9]{{3}}"
        score: 0.9
"""
ENGINE = """
nlp_engine_name: spacy
models:
  - lang_code: de
    model_name: {folder}
  - lang_code: en
    model_name: {folder}
ner_model_configuration:
  model_to_presidio_entity_mapping:
    PER: PERSON
    LOC: LOCATION
  labels_to_ignore: []
  low_score_entity_names: []
"""


@pytest.fixture
def recognisers(tmp_path: Path) -> Path:
    path = tmp_path / "recognisers.yaml"
    path.write_text(RECOGNISERS.format(entity="FILENUMBER"), "utf-8")
    return path


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline of spaCy's own kind, small enough to be made here."""
    nlp = spacy.blank("de")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]  # the pipe's type is not told
        [{"label": "PER", "pattern": "Zyxwv"}, {"label": "LOC", "pattern": "Trantor"}]
    )
    folder = tmp_path_factory.mktemp("pipeline") / "klein"
    nlp.to_disk(folder)
    return folder


def engine_file(folder: Path, model: object) -> Path:
    path = folder / "engine.yaml"
    path.write_text(ENGINE.format(folder=model), "utf-8")
    return path


def found(site: Site | None, text: str) -> list[tuple[str, str]]:
    find = Finder(PresidioDetector(site=site))
    return [(text[span.start : span.end], span.kind) for span in find(text)]


def test_a_recogniser_of_the_site_finds_beside_ours(recognisers: Path) -> None:
    text = "Vermerk zu Haus-123 und Konto DE89 3704 0044 0532 0130 00"

    assert ("Haus-123", Kind.FILE_NUMBER) in found(Site(recognisers=recognisers), text)
    assert ("Haus-123", Kind.FILE_NUMBER) not in found(None, text)
    assert ("DE89 3704 0044 0532 0130 00", Kind.IBAN) in found(Site(recognisers=recognisers), text)


def test_an_engine_of_the_site_finds_names_beside_ours(tmp_path: Path, pipeline: Path) -> None:
    site = Site(engine=engine_file(tmp_path, pipeline))
    text = "das gilt ab zyxwv Zyxwv in Trantor, 12345//0001234"

    assert ("Zyxwv", Kind.PERSON) in [(word[-5:], kind) for word, kind in found(site, text)]
    assert ("12345//0001234", Kind.BG_NUMBER) in found(site, text)
    assert "Trantor" not in [word for word, _ in found(site, text)]


def test_an_engine_of_the_site_keeps_nothing_of_a_text(tmp_path: Path, pipeline: Path) -> None:
    detector = PresidioDetector(site=Site(engine=engine_file(tmp_path, pipeline)))
    detector.detect("Herr Qwertzuiop", Language.DE)

    assert detector.pipeline is not None
    strings = detector.pipeline.get_nlp("de").vocab.strings
    assert not any("qwertz" in string.casefold() for string in strings)


def test_a_recogniser_of_a_kind_nobody_knows_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "recognisers.yaml"
    path.write_text(RECOGNISERS.format(entity="SHOE_SIZE"), "utf-8")

    with pytest.raises(ValueError, match="SHOE_SIZE"):
        PresidioDetector(site=Site(recognisers=path))


def test_a_model_that_is_not_here_stops_the_start_and_is_not_fetched(tmp_path: Path) -> None:
    path = engine_file(tmp_path, "no_such_model")

    with pytest.raises(ValueError, match="nothing is downloaded"):
        PresidioDetector(site=Site(engine=path))


def test_an_engine_without_one_of_our_languages_stops_the_start(
    tmp_path: Path, pipeline: Path
) -> None:
    path = engine_file(tmp_path, pipeline)
    path.write_text(path.read_text("utf-8").replace("lang_code: en", "lang_code: fr"), "utf-8")

    with pytest.raises(ValueError, match="lacks a language"):
        PresidioDetector(site=Site(engine=path))


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("PERSON", Kind.PERSON),
        ("EMAIL_ADDRESS", Kind.EMAIL),
        ("BGNUMBER", Kind.BG_NUMBER),
        ("LOCATION", None),
        ("DATE_TIME", None),
    ],
)
def test_what_presidio_calls_it_is_a_kind_or_passed_over(entity: str, kind: Kind | None) -> None:
    assert kind_of(entity) == kind
