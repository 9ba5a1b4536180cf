"""Every kind of number: forty spellings, its own recogniser, and nothing else taken for one."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from presidio_analyzer import EntityRecognizer, RecognizerRegistry, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from app.redaction.engine import THRESHOLD, Engine, PlainEngine, WordsAround
from app.redaction.finder import Finder, PresidioDetector
from app.redaction.identifiers.shapes import Recognised, announced, folded
from app.redaction.kinds import Kind
from app.redaction.names.modes import Mode
from app.redaction.normaliser import normalise
from app.redaction.recognisers import RECOGNISED, KlarfallRecogniser, prepared
from app.redaction.seen import PATIENCE, SHORT, compiled
from tests.evaluation.leakage import load
from tests.redaction.spellings import SPELLINGS, Case, cases, rightly_found

NO_NUMBERS = frozenset({Kind.PERSON, Kind.ORGANISATION, Kind.ADDRESS})
DATA = Path("../shared/data")
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


def covered(case: Case, detector: PresidioDetector) -> bool:
    """Whether every letter and digit of the number is masked, whatever it was taken for."""
    spans = Finder(detector.in_mode(Mode.FAST))(case.text)
    masked = {at for span in spans for at in range(span.start, span.end)}
    return all(at in masked for at in range(case.start, case.end) if case.text[at].isalnum())


def test_there_are_more_than_twenty_five_kinds_of_numbers() -> None:
    recognised = {one.kind for one in RECOGNISED} - NO_NUMBERS

    assert len(recognised) >= 45
    assert {case.kind for case in cases(1)} == recognised
    assert set(Kind) - recognised == NO_NUMBERS


def test_every_kind_is_found_in_forty_spellings(detector: PresidioDetector) -> None:
    """At most one in a thousand is missed. Here a share of the spellings, all when thorough."""
    tried = list(cases(SPELLINGS))[:: 1 if THOROUGH else 5]
    missed = [(case.kind, case.spelling) for case in tried if not covered(case, detector)]

    assert len(missed) <= len(tried) / 1_000, missed
    assert len({case.kind for case in tried}) >= 45


class Patient(KlarfallRecogniser):
    """Searches for every form, whatever a quick look says."""

    def analyze(
        self,
        text: str,
        entities: list[str],
        nlp_artifacts: NlpArtifacts | None = None,
    ) -> list[RecognizerResult]:
        return [result for form in self._forms for result in self._found(form, None, text)]


@cache
def quick(without: str = "") -> Engine:
    kept = [one for one in RECOGNISED if named(one) != without]
    return engine([_recogniser(one) for one in kept])


@cache
def patient() -> Engine:
    return engine([Patient(one, "de") for one in RECOGNISED])


@cache
def _recogniser(recognised: Recognised) -> KlarfallRecogniser:
    return KlarfallRecogniser(recognised, "de")


def engine(recognisers: list[EntityRecognizer]) -> Engine:
    return Engine(
        registry=RecognizerRegistry(recognisers, supported_languages=["de"]),
        nlp_engine=PlainEngine(),
        supported_languages=["de"],
        default_score_threshold=THRESHOLD,
        context_aware_enhancer=WordsAround(),
    )


def named(recognised: Recognised) -> str:
    return f"{recognised.kind}-{recognised.name}"


def findings(engine: Engine, text: str) -> set[tuple[int, int, str]]:
    return {(result.start, result.end, result.entity_type) for result in engine.analyze(text, "de")}


def found(text: str, without: str = "") -> set[tuple[int, int, str]]:
    return findings(quick(without), normalise(text).text)


@pytest.mark.parametrize("recognised", RECOGNISED, ids=named)
def test_without_its_recogniser_a_kind_is_not_found(recognised: Recognised) -> None:
    name = named(recognised)
    own = {Kind.ADDRESS: ["Lindenstraße 12, 64625 Bensheim"]}
    texts = [case.text for case in cases(2) if case.kind is recognised.kind]
    if recognised.name == "announced":
        texts = ["Die Nationalnummer 04030012345"]

    assert any(found(text) - found(text, without=name) for text in own.get(recognised.kind, texts))


SEEDS = tuple(case.text for case in cases(2))


@given(
    st.lists(
        st.sampled_from(SEEDS)
        | st.text(alphabet="aeilostDEATU0123456789 .-/:@|€\n(ßüıİſ", max_size=30),
        max_size=3,
    )
)
def test_a_quick_look_never_changes_what_is_found(parts: list[str]) -> None:
    """What rules a form out before it is searched for rules out only what adds nothing."""
    text = normalise(" ".join(parts)).text

    assert findings(quick(), text) == findings(patient(), text)


NEXT_LINES = ("ich heiße alma", "IBAN habe ich", "Frau Berg fragt", "ICH BIN IN NOT", "l bis o")


@pytest.mark.parametrize("line", NEXT_LINES)
def test_a_number_ends_with_its_line_where_a_word_begins_the_next(line: str) -> None:
    """Else the word is masked with the number, and what it is: a name, a salutation."""
    eaten = [
        (case.kind, case.spelling, text[start:end])
        for case in cases(6)
        for text in [normalise(f"{case.text[: case.end]}\n{line}").text]
        for start, end, _ in found(text)
        if start < text.rindex("\n") < end
    ]

    assert eaten == []


def test_our_recognisers_find_the_same_without_presidio_around_them(
    detector: PresidioDetector,
) -> None:
    """The short way of `Engine.plainly` against Presidio's own, over training texts."""
    texts = [normalise(one.text).text for one in load("german") if one.split == "train"]
    for mode in Mode:
        engine = detector._engines[mode, "de"]
        for text in texts[:: 1 if THOROUGH else 12]:
            assert scored(engine.plainly(text, "de")) == scored(engine.analyze(text, "de"))


def scored(results: list[RecognizerResult]) -> set[tuple[int, int, str, float]]:
    return {(one.start, one.end, one.entity_type, one.score) for one in results}


def test_every_pattern_is_one() -> None:
    """They are compiled at first sight, or all at once by who calls this."""
    prepared()

    assert compiled.cache_info().currsize >= sum(len(one.forms) for one in RECOGNISED)


# What makes patterns go back and forth: digits, signs and letters that may all belong.
LONG_FILLS = (
    "1",
    "1 ",
    "1.",
    "12-",
    "1a",
    "a1",
    "a ",
    "o|1l",
    "1/ ",
    "ab.",
    ": ",
    "\n1",
    "1e",
    "x@",
)


@pytest.mark.parametrize("one", RECOGNISED, ids=lambda one: f"{one.kind}-{one.name}")
def test_no_pattern_takes_long_over_a_text_too_short_for_a_limit(one: Recognised) -> None:
    for form in one.forms:
        begins = (form.stems[0], form.stems[-1]) if form.stems else ("",)
        for text in ((stem + fill * SHORT)[:SHORT] for stem in begins for fill in LONG_FILLS):
            for pattern in filter(None, (form.pattern, form.needs, form.starts)):
                assert not goes_mad(pattern, text), (pattern, text[:20])


def test_a_pattern_that_goes_mad_would_be_noticed() -> None:
    assert goes_mad(r"(?:1|11|111)+x", "1" * SHORT, seconds=0.5)


def goes_mad(pattern: str, text: str, *, seconds: float = PATIENCE) -> bool:
    try:
        list(compiled(pattern).finditer(text, overlapped=True, timeout=seconds))
    except TimeoutError:
        return True
    return False


def test_each_announcing_word_is_looked_for_by_its_beginning() -> None:
    form = announced("kunden(?:nummer|nr)|IBAN|m(?:ein|ine)e?|licen[cs]e?")

    assert form.stems == ("kunden", "iban", "m", "licen")
    assert folded("İBAN ISTANBUL") == "iban istanbul"
    with pytest.raises(ValueError, match="nummer"):
        announced("(?:kunden)?nummer")


# Clean sentences of this world: amounts, dates, paragraphs, times, pages, shares.
CLEAN = (
    "Der Regelbedarf beträgt seit dem 1. Januar 2026 monatlich 563,00 Euro, für Kinder 357 €.",
    "Nach § 22 Abs. 1 Satz 1 SGB II und §§ 11 bis 11b SGB II wird das Einkommen angerechnet.",
    "Der Bescheid vom 03.11.2026 gilt vom 01.12.2026 bis 30.11.2027.",
    "Termin am 12.01.2027 um 09:30 Uhr in Zimmer 214, bitte 15 Minuten früher kommen.",
    "Die Miete von 512,34 EUR plus 85 Euro Heizkosten und 1.234,56 € Nachzahlung.",
    "Von 1.520,00 € brutto bleiben nach Abzug von 348 € noch 1.172,00 €.",
    "BGBl. 2026 I Nr. 107, BGBl. I S. 2954, BT-Drs. 21/1234, Artikel 6 Absatz 1 Buchstabe e.",
    "Die Wohnung hat 64 qm, drei Zimmer und kostet 8,20 Euro je Quadratmeter.",
    "Im Jahr 2025 waren es 12 Monate, 365 Tage und 2 Kinder unter 6 Jahren.",
    "Bitte reichen Sie Seite 1 bis 4 der Anlage EK, Anlage KdU und Anlage VM ein.",
    "Meine Kundennummer weiß ich nicht, aber mein Vertrag läuft seit 2019.",
    "Die Kontonummer steht auf dem Kontoauszug vom 02.10.2026 über 120,50 Euro.",
    "Das Aktenzeichen fehlt, der Antrag ist vom 5. Mai 2026.",
    "Mein Passwort ist falsch und die PIN habe ich vergessen.",
    "Telefonisch von 8:00 bis 12:30 Uhr, donnerstags 14 bis 18 Uhr.",
    "Der Zähler zeigt 12 kWh mehr als im Monat 09/2026, das sind 3,84 Euro.",
    "Um 30 % gemindert, also 168,90 € weniger für 3 Monate.",
    "Die E-Mail kam an, auf https://www.arbeitsagentur.de/grundsicherung steht mehr.",
    "Der Ausweis ist 10 Jahre gültig und kostet 37 Euro.",
    "Ich brauche 2 x 150 g Mehl, 3 Liter Milch und 500 ml Sahne.",
    "Die Steuer beträgt 19 %, der Freibetrag 12.096 Euro im Jahr.",
    "RBEG 2021, SGB XII, EStG § 32 Absatz 6, DIN 18040 Teil 2 und ISO 9001.",
    "Das Kindergeld steigt auf 259 Euro, der Sofortzuschlag auf 25 Euro.",
    "Zug RE 60 nach Frankfurt um 7.42 Uhr von Gleis 3, Ankunft 8.31 Uhr.",
    "On 3 November 2026 you get 563.00 EUR for 2 adults, see section 20 (1) SGB II.",
    "The rent is 512.34 EUR, 64 m² for 3 people, from 1 May 2026 to 30 April 2027.",
)  # fmt: skip


@pytest.mark.parametrize("text", CLEAN)
def test_amounts_dates_and_paragraphs_are_no_numbers_of_anybody(text: str) -> None:
    assert found(text) == set()


def sentences() -> Iterator[str]:
    for file in sorted((DATA / "law").glob("*.xml")):
        content = ET.parse(file).getroot().iter("Content")  # noqa: S314 - official, and at hand
        text = " ".join(" ".join(" ".join(part.itertext()) for part in content).split())
        yield from (one for one in re.split(r"(?<=[.;:])\s+(?=[A-ZÄÖÜ(§])", text) if len(one) > 20)
    for name in ("dev", "test"):
        words: list[str] = []
        for line in (DATA / f"pii/germeval_2014/{name}.tsv").read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                words.append(line.split("\t")[1])
            elif words:
                yield " ".join(words)
                words = []


@pytest.mark.skipif(not DATA.exists(), reason="law and newspaper sentences are not at hand")
def test_at_most_one_false_hit_in_ten_thousand_clean_sentences() -> None:
    """A share of them here, all when thorough."""
    clean = list(sentences())[:: 1 if THOROUGH else 10]
    false = [
        (text[start:end], kind)
        for text in clean
        for start, end, kind in found(text)
        if kind != Kind.ADDRESS and not rightly_found(text[start:end])
    ]

    assert len(clean) >= (9_500 if THOROUGH else 950)
    assert len(false) <= 1, Counter(false)
