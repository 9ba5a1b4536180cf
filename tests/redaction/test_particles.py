"""What stands before a surname belongs to it, whichever layer found the surname."""

import pytest

from app.redaction.kinds import Kind
from app.redaction.layers import Layer
from app.redaction.particles import with_particles
from app.redaction.text import Span


def _nothing(_: str) -> bool:
    """Who is believed about no word."""
    return False


def masked(text: str, *names: str, layer: str = Layer.NAMES) -> str:
    spans = []
    at = 0
    for name in names:
        at = text.index(name, at)
        spans.append(Span(start=at, end=at + len(name), kind=Kind.PERSON, layer=layer))
        at += len(name)
    out = text
    for span in reversed(list(with_particles(spans, text, _nothing))):
        out = f"{out[: span.start]}[{out[span.start : span.end]}]{out[span.end :]}"
    return out


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("dann rief von der Lieth an", ("Lieth",), "dann rief [von der Lieth] an"),
        ("Ignaz von der Lieth", ("Ignaz", "Lieth"), "[Ignaz] [von der Lieth]"),
        ("Ignaz  zu Berg", ("Ignaz", "Berg"), "[Ignaz]  [zu Berg]"),
        ("Van den Boom kam", ("Boom",), "[Van den Boom] kam"),
        ("ein Brief von Lieth", ("Lieth",), "ein Brief von [Lieth]"),
        ("ein Brief von der Sabine", ("Sabine",), "ein Brief von der [Sabine]"),
        ("Ignaz, von Berg", ("Ignaz", "Berg"), "[Ignaz], von [Berg]"),
        ("Ignaz kam von der\nLieth", ("Ignaz", "Lieth"), "[Ignaz] kam von der\n[Lieth]"),
        ("davon der Lieth", ("Lieth",), "davon der [Lieth]"),
    ],
)
def test_particles_before_a_name(text: str, names: tuple[str, ...], expected: str) -> None:
    assert masked(text, *names) == expected


def test_what_the_file_knows_is_whole_already() -> None:
    text = "Ignaz von der Lieth"

    assert masked(text, "Ignaz", "Lieth", layer=Layer.KNOWN) == "[Ignaz] von der [Lieth]"


@pytest.mark.parametrize(
    ("layer", "start"), [(Layer.NAMES, 14), (Layer.ANNOUNCED, 6), (Layer.MEMORY, 6)]
)
def test_who_read_a_name_is_believed_where_it_left_the_words_before_it(
    layer: str, start: int
) -> None:
    text = "Lachs von der Lieth"
    found = Span(start=14, end=19, kind=Kind.PERSON, layer=layer)

    (span,) = with_particles([found], text, {"von", "der"}.__contains__)
    (foreign,) = with_particles([found], text, {"von"}.__contains__)

    assert (span.start, foreign.start) == (start, 6)


def test_a_number_takes_no_particle() -> None:
    (span,) = with_particles([Span(start=8, end=12, kind=Kind.PHONE)], "von der 4711", _nothing)

    assert span.start == 8


def test_spans_never_run_into_each_other() -> None:
    text = "al al al"
    spans = [
        Span(start=0, end=2, kind=Kind.PERSON, layer=Layer.NAMES),
        Span(start=6, end=8, kind=Kind.PERSON, layer=Layer.NAMES),
    ]
    first, second = with_particles(spans, text, _nothing)

    assert (first.start, first.end, second.start, second.end) == (0, 2, 3, 8)
