"""OpenTelemetry traces, off unless asked for. Where they go is said by the standard OTEL_ environment variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from planner.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider


class Traces:
    """A tracer whose spans go out over OTLP (HTTP) in the background."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self.tracer = provider.get_tracer("planner_api")

    @classmethod
    def open(cls) -> Traces:
        """Raises `DiagnosticError` (L703) when the packages are not installed."""
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ModuleNotFoundError as error:
            fix = "安装：pip install 'approval-planner[traces]'，或者不写 --traces"
            raise DiagnosticError([Diagnostic("L703", f"缺少组件 {error.name}", help=fix, field="--traces")]) from error
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES go before what is said here.
        import os

        name = os.environ.get("OTEL_SERVICE_NAME") or "approval-planner"
        provider = TracerProvider(resource=Resource.create({"service.name": name}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return cls(provider)

    def parent(self, headers: Mapping[str, str]) -> Any:
        """The trace that a request belongs to already, by its `traceparent`."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        return TraceContextTextMapPropagator().extract(headers)

    def close(self) -> None:
        """Send what is left; waits a few seconds at most."""
        self._provider.force_flush(3_000)
        self._provider.shutdown()
