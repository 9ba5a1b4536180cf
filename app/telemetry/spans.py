"""A span and a duration for every stage of an answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from time import perf_counter
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from app.telemetry.attributes import allowed

_NAME: Final = "klarfall"


class Stage(StrEnum):
    """In the order a question goes through them; the names are those of the rooms."""

    IDENTITY = "identity"
    LEGITIMATION = "legitimation"
    INTAKE = "intake"
    POLICY = "policy"
    RECORDS = "records"
    REDACTION = "redaction"
    SYNTHESIS = "synthesis"
    ANSWERS = "answers"
    AUDIT = "audit"
    KNOWLEDGE = "knowledge"
    INTEGRATION = "integration"
    REQUEST = "request"


class Span:
    """What a stage may add to its own span."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def tell(self, **attributes: object) -> None:
        for name, value in allowed(attributes).items():
            self._span.set_attribute(f"klarfall.{name}", value)


@contextmanager
def stage(which: Stage, **attributes: object) -> Iterator[Span]:
    """A span around a stage. An error leaves its class's name there and nothing of its text."""
    with _tracer(trace.get_tracer_provider()).start_as_current_span(
        f"klarfall.{which}",
        kind=SpanKind.INTERNAL,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield from _timed(span, which, attributes)


@contextmanager
def stage_in_parts(which: Stage, **attributes: object) -> Iterator[Span]:
    """As `stage`, for one that hands out parts in between.

    Its span is nobody's parent: whoever takes a part may do so from elsewhere.
    """
    span = _tracer(trace.get_tracer_provider()).start_span(
        f"klarfall.{which}", kind=SpanKind.INTERNAL
    )
    try:
        yield from _timed(span, which, attributes)
    finally:
        span.end()


def _timed(span: trace.Span, which: Stage, attributes: dict[str, object]) -> Iterator[Span]:
    told = Span(span)
    told.tell(stage=which, **attributes)
    begun = perf_counter()
    failed = False
    try:
        yield told
    except BaseException as error:
        failed = True
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        duration = _duration(metrics.get_meter_provider())
        duration.record(perf_counter() - begun, {"stage": which.value, "failed": failed})


# Made once for each provider: a question passes a dozen of them.
@cache
def _tracer(provider: trace.TracerProvider) -> trace.Tracer:
    return provider.get_tracer(_NAME)


@cache
def _duration(provider: metrics.MeterProvider) -> metrics.Histogram:
    return provider.get_meter(_NAME).create_histogram(
        "klarfall.stage.duration", unit="s", description="How long a stage took."
    )


def count(name: str, **attributes: object) -> None:
    """One more of something; `name` is a constant of ours."""
    counter = metrics.get_meter(_NAME).create_counter(f"klarfall.{name}")
    counter.add(1, allowed(attributes))
