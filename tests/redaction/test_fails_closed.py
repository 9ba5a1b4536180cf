"""R6: whatever step of the layer fails, hangs or lies, the text is refused.

Beside each refusal stands its twin: the same text through the same layer unharmed.
"""

import hashlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import NoReturn

import pytest

from app.redaction import finder as finder_module
from app.redaction import patience
from app.redaction import text as text_module
from app.redaction.finder import Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue
from app.redaction.stream import RevealingStream
from app.redaction.text import LONGEST, Pseudonymiser, Span, redact
from app.vocabulary.errors import NotRedacted
from app.vocabulary.levels import Language

ALMA = KnownValue(Kind.PERSON, "Alma Berg", "p1")
TEXT = "Alma Berg und Frau Quirrenbach fragen"
REDACTED = "⟦PERSON-1⟧ und Frau ⟦PERSON-2⟧ fragen"

# Every step of Finder._find and of Pseudonymiser._redacted, as it is reached.
STEPS = (
    *("finder:normalise", "finder:sound", "finder:resolved", "finder:_merged", "finder:_original"),
    *("known:find", "detector:detect", "memory:recall"),
    *("text:neutralise", "text:sound", "text:pairwise"),
)
FAULTS: tuple[BaseException, ...] = (
    RuntimeError("Alma Berg"),
    MemoryError("Alma Berg"),
    RecursionError("Alma Berg"),
    UnicodeDecodeError("utf-8", b"Alma Berg", 0, 1, "Alma Berg"),
    TimeoutError("Alma Berg"),
)
# What would end a program: a step that is killed is no reason to go on without it.
ENDS: tuple[BaseException, ...] = (SystemExit("Alma"), KeyboardInterrupt("Alma"), GeneratorExit())


class Deaf:
    """Stands in for a layer's part and does something else whenever it is asked."""

    def __init__(self, does: Callable[..., object]) -> None:
        self.find = self.recall = self.detect = does


def broken_at(
    step: str,
    does: Callable[..., object],
    detector: PresidioDetector,
    monkeypatch: pytest.MonkeyPatch,
    *,
    patience: float = 20.0,
) -> Pseudonymiser:
    place, name = step.split(":")
    find = Finder(detector, [ALMA], patience=patience)
    match place:
        case "finder":
            assert hasattr(finder_module, name), step
            monkeypatch.setattr(finder_module, name, does)
        case "text":
            assert hasattr(text_module, name), step
            monkeypatch.setattr(text_module, name, does)
        case part:
            assert hasattr(getattr(find, f"_{part}"), name), step
            setattr(find, f"_{part}", Deaf(does))
    return Pseudonymiser(find)


def raising(fault: BaseException) -> Callable[..., NoReturn]:
    def does(*_: object, **__: object) -> NoReturn:
        raise fault

    return does


def assert_refused(table: Pseudonymiser, text: str = TEXT) -> None:
    with pytest.raises(NotRedacted) as refused:
        table.redact(text)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    assert "Alma" not in f"{refused.value!r} {refused.value}"


def test_the_twin_of_all_these_is_redacted(detector: PresidioDetector) -> None:
    assert Pseudonymiser(Finder(detector, [ALMA])).redact(TEXT).text == REDACTED


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_step_that_fails_is_a_refusal_without_a_trace_of_the_text(
    detector: PresidioDetector,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    fault: BaseException,
) -> None:
    assert_refused(broken_at(step, raising(fault), detector, monkeypatch))


@pytest.mark.parametrize("step", [step for step in STEPS if not step.startswith("text:")])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: type(end).__name__)
def test_a_step_that_is_ended_is_a_refusal_and_ends_nothing_else(
    detector: PresidioDetector, monkeypatch: pytest.MonkeyPatch, step: str, end: BaseException
) -> None:
    assert_refused(broken_at(step, raising(end), detector, monkeypatch))


@pytest.mark.parametrize("step", [step for step in STEPS if not step.startswith("text:")])
def test_a_step_that_hangs_is_given_up(
    detector: PresidioDetector, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Nothing lets it go on before it was refused, so that only giving up can refuse it."""
    go_on = threading.Event()

    def hangs(*_: object, **__: object) -> NoReturn:
        go_on.wait(60)
        raise RuntimeError

    table = broken_at(step, hangs, detector, monkeypatch, patience=0.05)
    try:
        assert_refused(table)
        assert not go_on.is_set()
    finally:
        go_on.set()


NONSENSE = (None, 7, "Alma", [None], [("PERSON", 0, 4)])


@pytest.mark.parametrize(
    ("step", "given"),
    # `neutralise` gives text, and another text is none.
    [(s, each) for s in STEPS for each in NONSENSE if (s, each) != ("text:neutralise", "Alma")],
    ids=repr,
)
def test_a_step_that_gives_nonsense_is_a_refusal(
    detector: PresidioDetector, monkeypatch: pytest.MonkeyPatch, step: str, given: object
) -> None:
    def does(*_: object, **__: object) -> object:
        return given

    assert_refused(broken_at(step, does, detector, monkeypatch))


@pytest.mark.parametrize(
    ("start", "end", "more"),
    [
        (0, 99, {}),
        (-4, 4, {}),
        (99, 120, {}),
        (4, 4, {}),
        (9, 2, {}),
        (0.0, 4, {}),
        (0, None, {}),
        (0, 9, {"kind": "PERSON"}),
        (0, 9, {"kind": "UNHEARD_OF"}),
        (0, 9, {"kind": None}),
        (0, 9, {"value": 7}),
        (0, 9, {"identity": 7}),
    ],
    ids=str,
)
@pytest.mark.parametrize("text", [TEXT, f"\u200b{TEXT}"], ids=["plain", "normalised"])
def test_a_span_that_cannot_be_is_a_refusal(
    text: str, start: object, end: object, more: dict[str, object]
) -> None:
    """Also where the normaliser's map would quietly lead it elsewhere."""
    given = {"start": start, "end": end, "kind": Kind.PERSON, **more}
    span = Span(**given)  # type: ignore[arg-type]  # what a careless detector gives

    class Careless:
        def detect(self, text: str, language: Language) -> Sequence[Span]:
            return [span]

    assert_refused(Pseudonymiser(Finder(Careless())), text)
    with pytest.raises(NotRedacted):
        redact(text, find=lambda _: [span])


def test_a_detector_that_breaks_off_after_its_first_finding_is_a_refusal() -> None:
    class Halfway:
        def detect(self, text: str, language: Language) -> Iterator[Span]:
            yield Span(start=0, end=4, kind=Kind.PERSON)
            raise RuntimeError

    assert_refused(Pseudonymiser(Finder(Halfway())))  # type: ignore[arg-type]  # a generator


def test_a_detector_that_runs_on_in_c_without_the_lock_is_given_up() -> None:
    """Hashing lets go of the interpreter's lock, as tensors and sockets do."""
    ended = threading.Event()

    class Counting:
        def detect(self, text: str, language: Language) -> Sequence[Span]:
            for _ in range(40):
                hashlib.pbkdf2_hmac("sha256", b"a", b"b", 200_000)
                if ended.is_set():
                    break
            ended.set()
            return []

    try:
        assert_refused(Pseudonymiser(Finder(Counting(), patience=0.05)))
        assert not ended.is_set()
    finally:
        ended.set()


def test_a_detector_that_keeps_the_lock_is_refused_when_it_comes_back() -> None:
    """Nobody can wait beside a runaway pattern; what it says is too late all the same."""

    class Runaway:
        def detect(self, text: str, language: Language) -> Sequence[Span]:
            assert re.fullmatch("(a|a)+b", "a" * 20) is None
            return []

    assert_refused(Pseudonymiser(Finder(Runaway(), patience=0.01)))
    assert Pseudonymiser(Finder(Runaway(), patience=60)).redact("ab").text == "ab"


def test_a_detector_in_a_process_of_its_own_that_is_killed_is_a_refusal() -> None:
    """What a site may plug in; it works once before it dies in the middle of a text."""
    other = subprocess.Popen(
        [sys.executable, "-c", "import sys\nfor line in sys.stdin: print(0, 4, flush=True)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdin is not None
    assert other.stdout is not None
    asked, told = other.stdin, other.stdout

    class Remote:
        def detect(self, text: str, language: Language) -> Sequence[Span]:
            if "jetzt" in text:
                other.kill()
                other.wait()
            print(text, file=asked, flush=True)
            start, end = map(int, told.readline().split())
            return [Span(start=start, end=end, kind=Kind.PERSON)]

    table = Pseudonymiser(Finder(Remote(), patience=60))
    try:
        assert table.redact("Alma Berg").text == "⟦PERSON-1⟧ Berg"
        assert_refused(table, "Alma Berg jetzt")
        assert_refused(table, "Alma Berg")
    finally:
        other.kill()
        other.wait()
        told.close()
        with suppress(BrokenPipeError):
            asked.close()


def test_with_too_many_that_hang_one_more_is_refused_at_once() -> None:
    go_on = threading.Event()

    class Hanging:
        def detect(self, text: str, language: Language) -> Sequence[Span]:
            go_on.wait(60)
            return []

    try:
        for _ in range(patience._MOST):
            assert_refused(Pseudonymiser(Finder(Hanging(), patience=0.001)))
        begun = threading.active_count()
        assert_refused(Pseudonymiser(Finder(Hanging(), patience=60)))
        assert threading.active_count() <= begun
    finally:
        go_on.set()
    while patience._PLACES._value < patience._MOST or waiting_threads() > patience._MOST / 2:
        threading.Event().wait(0.01)
    assert Pseudonymiser(Finder(Hanging())).redact("Alma").text == "Alma"


def waiting_threads() -> int:
    return sum(thread.name == "redaction" for thread in threading.enumerate())


def test_without_a_thread_to_be_had_nothing_is_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    before = patience._PLACES._value
    monkeypatch.setattr(patience, "Thread", NoThread)
    monkeypatch.setattr(patience, "_IDLE", [])
    with pytest.raises(NotRedacted):
        patience.within(60, list)

    assert patience._PLACES._value == before


@pytest.mark.parametrize("language", ["tlh", "", "DE", "de-DE", None, 7], ids=repr)
def test_a_language_nobody_knows_is_refused(detector: PresidioDetector, language: object) -> None:
    with pytest.raises(NotRedacted):
        Finder(detector, language=language)  # type: ignore[arg-type]  # what a careless caller does
    assert Finder(detector, language=Language("de"))(TEXT)


@pytest.mark.parametrize(
    "text",
    ["Alma \ud83d", "\udc80lma Berg", "Alma\udfff", "\ud83d" * 9],
    ids=ascii,
)
def test_half_a_character_is_refused(detector: PresidioDetector, text: str) -> None:
    assert_refused(Pseudonymiser(Finder(detector, [ALMA])), text)
    whole = Pseudonymiser(Finder(detector, [ALMA])).redact("Alma Berg \U0001f600")
    assert whole.text == "⟦PERSON-1⟧ \U0001f600"


def test_a_text_of_any_size_is_redacted_whole_or_refused(detector: PresidioDetector) -> None:
    table = Pseudonymiser(Finder(detector, [ALMA]), longest=500)
    text = "Alma Berg. ".ljust(500, ".")

    assert table.redact(text).text.startswith("⟦PERSON-1⟧. ...")
    assert_refused(table, f"{text}.")
    assert_refused(Pseudonymiser(Finder(detector, [ALMA])), "A" * (LONGEST + 1))


def test_known_values_that_cannot_be_made_out_are_a_refusal(detector: PresidioDetector) -> None:
    with pytest.raises(NotRedacted) as refused:
        Finder(detector, [KnownValue(Kind.PERSON, None, "p1")])  # type: ignore[arg-type]  # no name
    assert refused.value.__context__ is None


@pytest.mark.parametrize("raw", [b"\xff", b"\xc3", b"\xe2\x9f", b"\xed\xa0\xbd", b"\xf8\x88"])
def test_bytes_of_a_stream_that_are_no_text_are_refused(raw: bytes) -> None:
    stream = RevealingStream(redact("a", find=lambda _: [])[1])

    with pytest.raises(NotRedacted) as refused:
        _ = stream.feed(b"Alma " + raw) + stream.finish()
    assert refused.value.__context__ is None
