"""Traces and figures of requests for an OpenTelemetry collector, where the operator names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fastapi.telemetry import TelemetryConfig

from optimizer.errors import InputError, Issue

OFF = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
VARIABLE = "YIZHAN_OTEL_ENDPOINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Telemetry:
    """What FastAPI needs to know, and how to send the rest and end."""

    config: TelemetryConfig
    close: Callable[[], None]


def make_telemetry(endpoint: str | None, executor_id: str) -> Telemetry:
    """Spans and durations of requests to `endpoint` (OTLP over HTTP), from the process called `executor_id`.

    Bodies, headers and messages of exceptions stay here: elders' persons could be in them.

    Raises
    ------
    InputError
        If `endpoint` is no address, or OpenTelemetry's SDK is not installed.
    """
    if endpoint is None:
        return Telemetry(config=OFF, close=lambda: None)
    if not endpoint.startswith(("http://", "https://")):
        raise _fault(f"{endpoint!r} is no address.", "Write it like http://localhost:4318.")
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise _fault("OpenTelemetry's SDK is not installed.", "Install it: pip install 'yizhan[otel]'.") from None

    base = endpoint.rstrip("/")
    resource = Resource.create({"service.name": "yizhan", "service.instance.id": executor_id})
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{base}/v1/traces")))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=f"{base}/v1/metrics"))
    meters = MeterProvider(metric_readers=[reader], resource=resource, shutdown_on_exit=False)

    def close() -> None:
        tracers.shutdown()
        meters.shutdown()

    on = TelemetryConfig(tracing=True, metrics=True, tracer_provider=tracers, meter_provider=meters)
    return Telemetry(config={**OFF, **on}, close=close)


def _fault(message: str, hint: str) -> InputError:
    return InputError([Issue(code="telemetry", path=VARIABLE, message=message, hint=hint)])
