"""Spans and durations, read back from the exporter's end."""

from collections.abc import Callable, Iterator

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from app.telemetry import attributes, export
from app.telemetry.attributes import Configured, allowed
from app.telemetry.spans import Stage, count, stage
from app.vocabulary.errors import Unavailable
from app.vocabulary.levels import Language

CANARY = "Quittengelee"


class Telemetry:
    """Where spans and metrics arrive. OpenTelemetry takes one provider a process."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.reader = InMemoryMetricReader()
        self.end = export.export_to(SimpleSpanProcessor(self.spans), self.reader)

    def taken(self) -> tuple[ReadableSpan, ...]:
        found = self.spans.get_finished_spans()
        self.spans.clear()
        return found

    def points(self, name: str) -> list[tuple[dict[str, object], object]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        return [
            (dict(point.attributes or {}), getattr(point, "value", None))
            for resource in data.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
            for point in metric.data.data_points
        ]


@pytest.fixture(scope="module")
def arriving() -> Iterator[Telemetry]:
    internal = metrics._internal
    with pytest.MonkeyPatch.context() as patch:
        # Set once in a process; another test's setting it must not decide this one. The proxies
        # too: they keep the provider that was set, and it ends with this module.
        patch.setattr(trace, "_TRACER_PROVIDER", None)
        patch.setattr(trace, "_TRACER_PROVIDER_SET_ONCE", type(trace._TRACER_PROVIDER_SET_ONCE)())
        patch.setattr(trace, "_PROXY_TRACER_PROVIDER", type(trace._PROXY_TRACER_PROVIDER)())
        patch.setattr(internal, "_METER_PROVIDER", None)
        patch.setattr(
            internal, "_METER_PROVIDER_SET_ONCE", type(internal._METER_PROVIDER_SET_ONCE)()
        )
        patch.setattr(internal, "_PROXY_METER_PROVIDER", type(internal._PROXY_METER_PROVIDER)())
        telemetry = Telemetry()
        yield telemetry
        telemetry.end()


@pytest.fixture
def telemetry(arriving: Telemetry) -> Telemetry:
    arriving.taken()
    return arriving


def test_a_stage_is_a_span_with_what_may_be_told(telemetry: Telemetry) -> None:
    with stage(Stage.INTAKE, fields=3, question=CANARY) as span:
        span.tell(language=Language.DE, kind=CANARY, tenant=Configured("bergstrasse"))

    (taken,) = telemetry.taken()
    assert taken.name == "klarfall.intake"
    assert dict(taken.attributes or {}) == {
        "klarfall.stage": "intake",
        "klarfall.fields": 3,
        "klarfall.language": "de",
        "klarfall.tenant": "bergstrasse",
    }
    assert CANARY not in taken.to_json()


def test_an_error_leaves_its_class_and_nothing_of_its_text(telemetry: Telemetry) -> None:
    with pytest.raises(LookupError), stage(Stage.RECORDS):
        raise LookupError(CANARY)

    (taken,) = telemetry.taken()
    assert taken.status.status_code is StatusCode.ERROR
    assert taken.status.description is None
    assert dict(taken.attributes or {})["error.type"] == "LookupError"
    assert taken.events == ()
    assert CANARY not in taken.to_json()


def test_an_error_is_passed_on_as_it_is() -> None:
    refusal = Unavailable("keys")

    with pytest.raises(Unavailable) as passed, stage(Stage.RECORDS):
        raise refusal

    assert passed.value is refusal


def test_each_stage_is_timed_and_says_whether_it_failed(telemetry: Telemetry) -> None:
    with stage(Stage.REDACTION):
        pass
    with pytest.raises(ValueError, match=CANARY), stage(Stage.REDACTION):
        raise ValueError(CANARY)

    seen = [told for told, _ in telemetry.points("klarfall.stage.duration")]
    assert {"stage": "redaction", "failed": False} in seen
    assert {"stage": "redaction", "failed": True} in seen


def test_a_count_tells_what_may_be_told(telemetry: Telemetry) -> None:
    count("answers.given", language=Language.EN, question=CANARY)

    assert telemetry.points("klarfall.answers.given") == [({"language": "en"}, 1)]


def test_what_was_dropped_is_counted_where_everybody_sees_it(telemetry: Telemetry) -> None:
    allowed({"question": CANARY})

    assert telemetry.points("klarfall.telemetry.dropped") == [({}, attributes.dropped)]


def test_the_resource_names_the_service_and_nothing_of_the_machine(telemetry: Telemetry) -> None:
    with stage(Stage.AUDIT):
        pass

    (taken,) = telemetry.taken()
    assert dict(taken.resource.attributes) == {"service.name": "klarfall"}


def test_nothing_is_exported_until_the_environment_says_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(export.ENDPOINT, raising=False)
    before = trace.get_tracer_provider()

    export.from_environment()()

    assert trace.get_tracer_provider() is before


def test_an_endpoint_in_the_environment_sets_up_export(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[object, object]] = []

    def note(processor: object, reader: object) -> Callable[[], None]:
        given.append((processor, reader))
        return lambda: None

    monkeypatch.setenv(export.ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.setattr(export, "export_to", note)

    export.from_environment()()

    ((processor, reader),) = given
    assert type(processor).__name__ == "BatchSpanProcessor"
    processor.shutdown()  # type: ignore[attr-defined]  # seen to be one, above
    reader.shutdown()  # type: ignore[attr-defined]  # made beside it
