"""All layers behind one find: together, for long texts, and when one of them fails."""

import gc
import logging
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import FunctionType, ModuleType

import pytest

from app.redaction import finder as finder_module
from app.redaction.finder import Finder, PresidioDetector, pseudonymiser
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue
from app.redaction.names.modes import Mode
from app.redaction.text import Pseudonymiser, Span, reveal
from app.vocabulary.errors import NotRedacted
from app.vocabulary.levels import Language

ALMA = KnownValue(Kind.PERSON, "Alma Berg", "p1")
Table = Callable[..., Pseudonymiser]


class Broken:
    def detect(self, text: str, language: Language) -> Sequence[Span]:
        raise RuntimeError(text)


class Slow:
    def detect(self, text: str, language: Language) -> Sequence[Span]:
        return []


def test_all_layers_work_on_one_text(table: Table) -> None:
    tokens = table([ALMA])
    text = tokens.redact(
        "Almas BG 12345//0001234, Frau Okafor aus der Lindenstr. 12, 64625 Bensheim."
    )

    assert text.text == "⟦PERSON-1⟧ BG ⟦BGNUMBER-1⟧, Frau ⟦PERSON-2⟧ aus der ⟦ADDRESS-1⟧."
    assert reveal(text.text, tokens.names).startswith("Alma Berg BG 12345//0001234, Frau Okafor")


def test_a_name_found_once_is_found_after_without_what_announced_it(table: Table) -> None:
    tokens = table()
    text = tokens.redact(
        "Frau Amarachi Okafor rief an. Dann hat Okafor geschrieben, und Amarachis Kind."
    )

    assert text.text.count("⟦PERSON-1⟧") == 3
    assert tokens.redact("Was will Okafor?").text == "Was will ⟦PERSON-1⟧?"


def test_two_strangers_who_share_a_surname_stay_two(table: Table) -> None:
    tokens = table()
    tokens.redact("Herr Bodo Okafor und Frau Amarachi Okafor")

    assert tokens.redact("Bodo").text != tokens.redact("Amarachi").text
    assert "Okafor" not in tokens.redact("Wo ist Okafor?").text


def test_one_number_in_two_spellings_has_one_token(table: Table) -> None:
    text = table().redact("12345//0001234 oder 12345 // 0001234, Tel. 06251 123456, 06251/123456")

    assert text.text == "⟦BGNUMBER-1⟧ oder ⟦BGNUMBER-1⟧, Tel. ⟦PHONE-1⟧, ⟦PHONE-1⟧"


def test_what_is_cut_out_is_what_was_written(table: Table) -> None:
    text = table([ALMA]).redact(
        "Für A\u200blma\u00a0Berg: DE89\u00a03704\u200b0044 0532 0130 00 ﬁn"
    )

    assert text.text == "Für ⟦PERSON-1⟧: ⟦IBAN-1⟧ ﬁn"


def test_no_half_of_a_surname_is_left(table: Table) -> None:
    text = table([KnownValue(Kind.PERSON, "Ana Okonkwo-Bäumler", "p1")]).redact(
        "ana okonkwo-\nbaeumler, Okonkwo-Bäumlers, OKONKWO und Bäumler"
    )

    assert text.text == "⟦PERSON-1⟧, ⟦PERSON-1⟧, ⟦PERSON-1⟧ und ⟦PERSON-1⟧"


@pytest.mark.no_cover  # coverage would take the seconds that a long text is given
@pytest.mark.parametrize("length", [600, 3_000])
def test_a_name_far_into_a_long_text_is_found(table: Table, length: int) -> None:
    """Models cut off at 512 tokens lose every name after them."""
    filler = "Das ist gut so. " * (length // 4)
    text = table([ALMA]).redact(f"{filler}Alma Berg, Frau Okafor, 12345//0001234"[-19_000:])

    assert text.text.endswith("⟦PERSON-1⟧, Frau ⟦PERSON-2⟧, ⟦BGNUMBER-1⟧")


def test_a_detector_that_fails_is_a_refusal_without_a_trace_of_the_text() -> None:
    with pytest.raises(NotRedacted) as refused:
        pseudonymiser(Broken(), [ALMA], language=Language.DE).redact("Alma Berg")

    assert refused.value.__context__ is None


def test_a_detector_that_fails_on_one_text_fails_that_text_alone(
    detector: PresidioDetector,
) -> None:
    class Moody:
        def detect(self, text: str, language: Language) -> Sequence[Span]:
            if "Unheil" in text:
                raise RuntimeError
            return detector.detect(text, language)

    table = pseudonymiser(Moody(), [ALMA], language=Language.DE)
    with pytest.raises(NotRedacted):
        table.redact("Unheil für Alma Berg")

    assert table.redact("Alma Berg").text == "⟦PERSON-1⟧"


def test_a_detector_that_takes_too_long_is_a_refusal() -> None:
    with pytest.raises(NotRedacted):
        Pseudonymiser(Finder(Slow(), patience=0.0)).redact("Alma Berg")


def test_an_unknown_language_is_refused(detector: PresidioDetector) -> None:
    with pytest.raises(NotRedacted):
        Finder(detector, language="tlh")  # type: ignore[arg-type]  # what a careless caller does


@pytest.mark.parametrize("layer", ["normalise", "resolved"])
def test_a_failure_of_any_layer_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, detector: PresidioDetector, layer: str
) -> None:
    def fails(*_: object) -> object:
        raise MemoryError

    tokens = Pseudonymiser(Finder(detector, [ALMA]))
    monkeypatch.setattr(finder_module, layer, fails)
    with pytest.raises(NotRedacted):
        tokens.redact("Alma Berg")


@pytest.mark.parametrize("layer", ["_known", "_memory"])
def test_a_layer_that_is_gone_is_a_refusal(detector: PresidioDetector, layer: str) -> None:
    find = Finder(detector, [ALMA])
    setattr(find, layer, None)

    with pytest.raises(NotRedacted):
        Pseudonymiser(find).redact("Alma Berg")


def test_a_recogniser_that_fails_inside_presidio_is_a_refusal() -> None:
    detector = PresidioDetector()
    recogniser = next(iter(detector._engines[Mode.RECALL, "de"].registry.recognizers))

    def fails(*_: object, **__: object) -> object:
        raise re.error("Alma Berg")

    setattr(recogniser, "analyze", fails)  # noqa: B010 - it breaks, whatever its type says
    with pytest.raises(NotRedacted):
        Pseudonymiser(Finder(detector)).redact("Alma Berg")


def test_only_our_recognisers_are_loaded(detector: PresidioDetector) -> None:
    loaded = [one for engine in detector._engines.values() for one in engine.registry.recognizers]

    assert {str(vars(one)["name"]).partition("-")[0] for one in loaded} == {"klarfall"}
    assert {one.supported_language for one in loaded} == {"de", "en"}


def test_building_and_looking_ask_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> object:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(socket, "create_connection", forbidden)
    monkeypatch.setattr(socket.socket, "connect", forbidden)
    spans = PresidioDetector().detect("max@beispiel.co.uk, https://beispiel.de", Language.DE)

    assert [span.kind for span in spans] == [Kind.EMAIL]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Meine Einkommensteuernummer ist 86095742718", True),
        ("Meine Lieblingsnummer ist 86095742718", False),
        ("86095742718 ist die Steuernummer", False),
        ("86095742718 (Steuer-ID) bitte", True),
        ("Meine Steuer habe ich nie und nirgends und gar nicht bezahlt: 86095742718", False),
    ],
)
def test_a_word_of_its_context_near_it_lifts_a_finding(
    detector: PresidioDetector, text: str, found: bool
) -> None:
    assert bool(detector.detect(text, Language.DE)) is found


def test_nothing_of_a_text_stays_in_the_detector(detector: PresidioDetector) -> None:
    for text in ("Frau Zyxwv, Tel. 06251 987654", "Herr Zyxwv"):
        detector.detect(text, Language.DE)

    seen: set[int] = set()
    waiting: list[object] = [detector]
    while waiting:
        held = waiting.pop()
        if id(held) in seen or isinstance(held, type | ModuleType | FunctionType):
            continue
        seen.add(id(held))
        assert not (isinstance(held, str) and ("zyxwv" in held.casefold() or "987654" in held))
        waiting += gc.get_referents(held)
    assert len(seen) > 1_000


def test_threads_take_turns_with_one_detector(detector: PresidioDetector) -> None:
    def look(number: int) -> str:
        table = pseudonymiser(detector, [ALMA], language=Language.DE)
        return table.redact(f"Alma Berg und Frau Okafor{'o' * number}").text

    with ThreadPoolExecutor(4) as threads:
        found = set(threads.map(look, range(40)))

    assert found == {"⟦PERSON-1⟧ und Frau ⟦PERSON-2⟧"}


@pytest.mark.parametrize(
    "hostile",
    ["a", "1", "a.", "1 ", "Am ", "(", "@", "a@", "Straße ", "0 ", "Alma ", "⟦", "[P", "A."],
)
def test_a_hostile_text_is_worked_through_in_time(detector: PresidioDetector, hostile: str) -> None:
    text = (hostile * 2_000)[:2_000]
    table = Pseudonymiser(Finder(detector, [ALMA], patience=60))

    assert "Alma" not in table.redact(text).text


def test_presidio_never_logs_what_it_read(
    detector: PresidioDetector, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        Finder(detector, [ALMA])("Alma Berg, Steuer 86095742718, Frau Okafor")

    assert not any("Berg" in record.getMessage() for record in caplog.records)
    assert not logging.getLogger("presidio-analyzer").isEnabledFor(logging.CRITICAL)
