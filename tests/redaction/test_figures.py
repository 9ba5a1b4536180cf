"""The committed figures hold: a fast share of `make eval-redaction`, in every build."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from app.redaction.finder import PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.names.modes import Mode
from app.redaction.text import Span
from tests.evaluation import measures, report
from tests.evaluation.leakage import Labelled, Scored, leakage, load, scored, share
from tests.evaluation.measures import Figure, committed, worse
from tests.evaluation.redaction import SHARE, by_part, of_share, quick


@pytest.fixture(scope="module")
def figures(detector: PresidioDetector) -> list[Figure]:
    return quick(detector.in_mode(Mode.RECALL))


def test_no_figure_is_worse_than_the_committed_one_beyond_its_interval(
    figures: list[Figure],
) -> None:
    assert {figure.key for figure in figures} <= committed().keys()
    assert [figure.key for figure in worse(figures, committed())] == []


def test_every_figure_of_the_share_rests_on_texts(figures: list[Figure]) -> None:
    assert len(figures) == 4
    assert all(figure.of > 200 for figure in figures)
    assert all(figure.name == SHARE for figure in figures)


def test_a_detector_without_names_would_fail_the_build(detector: PresidioDetector) -> None:
    class Blind:
        def detect(self, text: str, language: object) -> list[Span]:
            found = detector.detect(text, language)  # type: ignore[arg-type]  # handed on
            return [span for span in found if span.kind is not Kind.PERSON]

    found = worse(quick(Blind()), committed())

    assert {figure.what.partition(",")[0] for figure in found} == {"words of names left visible"}


def test_a_detector_that_masks_everything_would_fail_the_build() -> None:
    class Greedy:
        def detect(self, text: str, language: object) -> list[Span]:
            return [Span(start=0, end=len(text), kind=Kind.PERSON)] if text else []

    found = worse(quick(Greedy()), committed())

    assert {figure.what.partition(",")[0] for figure in found} == {"other words masked"}


def text(written: str, *spans: tuple[int, int, str], name: str = "one") -> Labelled:
    return Labelled(name, "de", written, spans, "none", "german", name, "test")


def counts(labelled: Labelled, *found: tuple[int, int]) -> tuple[int, int, int, int]:
    spans = [Span(start=start, end=end, kind=Kind.PERSON) for start, end in found]
    one = scored(labelled, spans)
    return one.names, one.leaked, one.clean, one.masked


class TestCounting:
    """`Frau Erika Musters Brief`: two words of a name, two of none."""

    BRIEF = text("Frau Erika Musters Brief", (5, 18, "PERSON"))

    def test_a_name_that_is_masked_whole_leaks_nothing(self) -> None:
        assert counts(self.BRIEF, (5, 18)) == (2, 0, 2, 0)

    def test_the_ending_of_an_inflection_is_no_leak(self) -> None:
        assert counts(self.BRIEF, (5, 17)) == (2, 0, 2, 0)

    def test_half_a_surname_is_a_leak(self) -> None:
        assert counts(self.BRIEF, (5, 14)) == (2, 1, 2, 0)

    def test_a_name_not_found_leaks_word_by_word(self) -> None:
        assert counts(self.BRIEF) == (2, 2, 2, 0)

    def test_another_word_that_is_touched_is_masked_for_nothing(self) -> None:
        assert counts(self.BRIEF, (3, 24)) == (2, 0, 2, 2)

    def test_words_of_other_kinds_count_as_neither(self) -> None:
        one = scored(text("Konto DE02 1203", (6, 15, "IBAN")), [])

        assert (one.names, one.clean, one.masked) == (0, 1, 0)
        assert (one.others, one.others_leaked) == (Counter(IBAN=2), Counter(IBAN=2))


class TestIntervals:
    def test_no_leak_at_all_still_has_an_upper_end(self) -> None:
        found = leakage([scored(text("Erika", (0, 5, "PERSON")), [span(0, 5)])] * 100)

        assert (found.value, found.low, found.high) == (0, 0, 0.03)

    def test_texts_of_one_frame_are_drawn_together(self) -> None:
        """Else many alike would seem to know more than they do."""
        leaks = [scored(text("Erika", (0, 5, "PERSON"), name=f"{n}"), []) for n in range(4)]
        holds = [
            scored(text("Erika", (0, 5, "PERSON"), name=f"{n}"), [span(0, 5)]) for n in range(4, 8)
        ]
        alike = [*(again(leaks[0], n) for n in range(20)), *(again(holds[0], n) for n in range(20))]

        apart, together = leakage([*leaks, *holds]), leakage(alike)

        assert apart.value == together.value == 0.5
        assert together.high - together.low > apart.high - apart.low

    def test_a_share_of_nothing_is_no_zero(self) -> None:
        assert share([], lambda one: one.leaked, lambda one: one.names).high == 1


def span(start: int, end: int) -> Span:
    return Span(start=start, end=end, kind=Kind.PERSON)


def again(one: Scored, number: int) -> Scored:
    """The same frame in another text."""
    of = one.of
    other = Labelled(f"{number}", of.lang, of.text, of.spans, "none", "german", of.frame, "test")
    return Scored(other, one.names, one.leaked, one.clean, one.masked, Counter(), Counter())


class TestComparing:
    LESS = of_share("R1", "leaks", leakage([scored(text("Erika", (0, 5, "PERSON")), [])]))

    def test_less_leaks_than_committed_pass_and_more_do_not(self) -> None:
        inside, outside = {"R1 leaks": (0.5, 1.0)}, {"R1 leaks": (0.1, 0.9)}

        assert worse([self.LESS], inside) == []
        assert worse([self.LESS], outside) == [self.LESS]

    def test_fewer_hits_than_committed_do_not_pass_where_more_is_better(self) -> None:
        recall = Figure(
            name="R3", what="found", value=0.9, low=0.9, high=0.9, better="more", target=0.95
        )

        assert worse([recall], {"R3 found": (0.9, 0.95)}) == []
        assert worse([recall], {"R3 found": (0.91, 0.95)}) == [recall]
        assert recall.reached is False

    def test_a_figure_nobody_committed_is_held_against_nothing(self) -> None:
        assert worse([self.LESS], {}) == []

    def test_of_a_leak_the_upper_end_decides_whether_the_target_is_reached(self) -> None:
        figure = Figure(
            name="R1", what="leaks", value=0.004, low=0.003, high=0.006, better="less", target=0.005
        )

        assert figure.reached is True
        assert replace(figure, upper=True).reached is False


def test_a_page_keeps_the_tables_that_were_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Before\n\n{report.BEGIN}\n\n{report.END}\n\nAfter\n", "utf-8")
    monkeypatch.setattr(report, "DOCUMENT", page)
    old, other = (report.Table(title, ("a",), [("1",)]) for title in ("Old", "Other"))
    report.write([TestComparing.LESS], [old, other])
    written = page.read_text("utf-8")
    report.write([TestComparing.LESS], [])

    assert page.read_text("utf-8") == written
    report.write([TestComparing.LESS], [replace(old, rows=[("2",)])])
    assert page.read_text("utf-8") == written.replace("\n| 1 |", "\n| 2 |", 1)


def test_the_committed_file_holds_each_measure_that_a_build_is_held_to() -> None:
    kept = measures.figures()

    assert {each.name for each in kept if each.held} >= {"R1", "R3", "R4", "R6", "R7", "R8", SHARE}
    assert all(each.low <= each.value <= each.high for each in kept)


def test_every_german_test_text_is_of_one_part_of_the_corpus_and_the_page_shows_each() -> None:
    texts = [one for name in ("german", "hand") for one in load(name) if one.lang == "de"]
    read = [scored(one, []) for one in texts if one.split == "test"]
    parts = ["by hand, 1st", "by hand, 2nd", "by hand, 3rd"]
    parts += ["frames, 1st", "frames, 2nd", "frames, 3rd"]

    table = by_part(read)

    assert [name for name, *_ in table.rows] == parts
    assert sum(int(number) for _, number, *_ in table.rows) == len(read)
