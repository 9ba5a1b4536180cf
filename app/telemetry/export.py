"""Where spans and metrics go: nowhere, until the environment names an OTLP endpoint."""

import os
from collections.abc import Callable, Iterable
from typing import Final

from opentelemetry import metrics, trace
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from app.telemetry import attributes

ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"


def from_environment() -> Callable[[], None]:
    """Sets up export where the environment asks for it; returns what ends it."""
    if not os.environ.get(ENDPOINT):
        return _nothing
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # noqa: PLC0415  # only where asked for
        OTLPMetricExporter,
    )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  # only where asked for
        OTLPSpanExporter,
    )

    return export_to(
        BatchSpanProcessor(OTLPSpanExporter()), PeriodicExportingMetricReader(OTLPMetricExporter())
    )


def export_to(processor: SpanProcessor, reader: MetricReader) -> Callable[[], None]:
    """The resource names the service and nothing of the machine it runs on."""
    resource = Resource({"service.name": "klarfall"})
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(processor)
    metering = MeterProvider([reader], resource=resource)
    trace.set_tracer_provider(tracing)
    metrics.set_meter_provider(metering)
    metering.get_meter("klarfall").create_observable_counter(
        "klarfall.telemetry.dropped",
        callbacks=[_dropped],
        description="Attributes that were not on the list.",
    )

    def end() -> None:
        tracing.shutdown()
        metering.shutdown()

    return end


def _dropped(_options: CallbackOptions) -> Iterable[Observation]:
    return [Observation(attributes.dropped)]


def _nothing() -> None:
    """Nothing was set up."""
