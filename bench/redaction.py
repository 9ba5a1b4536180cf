"""The redaction layer alone: `python -m bench.redaction`, and a part of `make bench`.

Whole layer: known values of a household, normaliser, recognisers, names, memory, overlaps and
tokens, for letters of about 300 characters that differ from each other, on one core. Processor
time counts beside the clock: on a machine that does other work too the clock tells of that work.
Milliseconds are of one text after the other in one mode; for the ratios all modes read one text
before any reads the next, which leaves each of them less of the processor's cache.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import quantiles
from typing import Final, Protocol

import spacy
import tldextract
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine

from app.redaction.finder import PresidioDetector, pseudonymiser
from app.redaction.kinds import Kind
from app.redaction.known import KnownValue
from app.redaction.names.modes import Mode
from app.redaction.recognisers import prepared
from app.redaction.text import Pseudonymiser
from app.vocabulary.levels import Language
from bench.cores import one_core

CORPUS: Final = Path("tests/corpus/redaction/german.ndjson")
LENGTH: Final = 300
LETTERS: Final = 400
LONG: Final = (1_000, 10_000, 100_000)
TARGETS: Final = {Mode.FAST: 5, Mode.RECALL: 20}
MEBIBYTE: Final = 1024 * 1024
HOUSEHOLD: Final = (
    KnownValue(Kind.PERSON, "Mehmet Yılmaz", "p1"),
    KnownValue(Kind.PERSON, "Aylin Yılmaz-Großmann", "p2"),
    KnownValue(Kind.ADDRESS, "Lindenstraße 12, 64625 Bensheim", "p1"),
    KnownValue(Kind.IBAN, "DE89370400440532013000", "p1"),
    KnownValue(Kind.PHONE, "+49 6251 123456", "p1"),
    KnownValue(Kind.BG_NUMBER, "43102//0001234", "h"),
    KnownValue(Kind.BIRTH_DATE, "1985-03-12", "p1"),
)
# What a process is that does nothing but redact: seconds to start, mebibytes held.
START: Final = """
import time
begun = time.perf_counter()
from app.redaction.finder import PresidioDetector, pseudonymiser
from app.vocabulary.levels import Language
detector = PresidioDetector()
spent = time.perf_counter() - begun
pseudonymiser(detector, (), language=Language.DE).redact("Frau Krug, Tel. 06251 123456")
import psutil
print(spent, psutil.Process().memory_info().rss)
"""


class Figure(Protocol):
    def __call__(self, name: str, value: float, unit: str, **more: object) -> None: ...


def measure(figure: Figure) -> None:
    """Everything, one figure after the other."""
    seconds, resident = started()
    figure("redaction: import and build", seconds, "s", target=2)
    figure("redaction: memory", resident / MEBIBYTE, "MiB", target=250)
    detector = PresidioDetector()
    prepared()  # as the service does beside its first requests
    letters = tuple(islice(of_about_300(), LETTERS))
    layers = [whole_layer(detector, mode) for mode in Mode]
    alone = bare_presidio()
    with one_core():
        for name, work, target in (
            ("bare Presidio", alone, None),
            *((mode, layer, TARGETS[mode]) for mode, layer in zip(Mode, layers, strict=True)),
        ):
            (read_alone,) = spent((work,), letters)
            halves(figure, f"redaction: {name}, 300 characters", read_alone, target=target)
        bare, *read = spent((alone, *layers), letters)
    for mode, layer in zip(Mode, read, strict=True):
        figure(f"redaction: {mode} to bare Presidio", layer[0][0] / bare[0][0], "times")
        most = layer[0][1] / bare[0][1]
        figure(f"redaction: {mode} to bare Presidio, slowest twentieth", most, "times")
    for length in LONG:
        once = whole_layer(detector, Mode.FAST, longest=length)
        text = ("\n".join(letters) * (length // 300 + 1))[:length]
        begun = time.process_time()
        once(text)
        lasted = (time.process_time() - begun) * 1_000_000 / length
        figure(f"redaction: fast, each 1,000 of {length:,} characters", lasted, "ms")


def figures() -> dict[str, float]:
    """The same, by name."""
    found: dict[str, float] = {}

    def keep(name: str, value: float, unit: str, **_: object) -> None:
        found[f"{name} ({unit})"] = value

    measure(keep)
    return found


def of_about_300() -> Iterator[str]:
    """Neighbouring texts of the corpus, put together and cut."""
    whole = ""
    for line in CORPUS.read_text("utf-8").splitlines():
        whole += str(json.loads(line)["text"]) + "\n"
        if len(whole) >= LENGTH:
            yield whole[:LENGTH]
            whole = ""


def whole_layer(
    detector: PresidioDetector, mode: Mode, *, longest: int = 20_000
) -> Callable[[str], object]:
    def redact(text: str) -> object:
        table = pseudonymiser(detector.in_mode(mode), HOUSEHOLD, language=Language.DE)
        return Pseudonymiser(table._find, longest=longest).redact(text)  # noqa: SLF001 - its finder

    return redact


def bare_presidio() -> Callable[[str], object]:
    """Presidio with what it brings for German, on a blank pipeline; it never asks the network."""

    class Blank(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp = {"de": spacy.blank("de")}  # type: ignore[assignment]  # its parent declares none

    offline = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    tldextract.extract = offline  # type: ignore[assignment]  # called alike
    engine = Blank()
    engine.load()
    registry = RecognizerRegistry(supported_languages=["de"])
    registry.load_predefined_recognizers(languages=["de"], nlp_engine=engine)
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["de"])
    return lambda text: analyzer.analyze(text, "de")


Spent = tuple[tuple[float, float], tuple[float, float]]


def spent(works: Sequence[Callable[[str], object]], letters: tuple[str, ...]) -> list[Spent]:
    """Milliseconds at the half and at 95 of 100, by the processor and by the clock.

    All read one text before any reads the next: the machine is faster and slower by the minute.
    """
    for text in letters[:10]:
        for work in works:
            work(text)
    processor: list[list[float]] = [[] for _ in works]
    clock: list[list[float]] = [[] for _ in works]
    for text in letters:
        for number, work in enumerate(works):
            begun, at = time.process_time(), time.perf_counter()
            work(text)
            processor[number].append((time.process_time() - begun) * 1000)
            clock[number].append((time.perf_counter() - at) * 1000)
    return [(_halves(one), _halves(other)) for one, other in zip(processor, clock, strict=True)]


def _halves(values: list[float]) -> tuple[float, float]:
    cut = quantiles(values, n=20)
    return cut[9], cut[18]


def halves(figure: Figure, name: str, of: Spent, **more: object) -> None:
    for (half, most), by in zip(of, ("processor", "clock"), strict=True):
        figure(f"{name}, p50 by the {by}", half, "ms")
        figure(f"{name}, p95 by the {by}", most, "ms", **more)


def started() -> tuple[float, int]:
    """Of a process of its own."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", START], check=True, capture_output=True, text=True
    )
    seconds, resident = done.stdout.split()
    return float(seconds), int(resident)


def _print(name: str, value: float, unit: str, **more: object) -> None:
    line = {"figure": name, "value": round(value, 2), "unit": unit, **more}
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    measure(_print)
