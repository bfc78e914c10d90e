"""Traces of requests, where OpenTelemetry is installed and told where to send them; nothing otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from api.http.exchange import Exchange

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Tracing:
    """Makes a span per request, below the one that the client names in `traceparent`.

    Parameters
    ----------
    tracer
        Makes spans; None makes none.
    """

    def __init__(self, tracer: Tracer | None = None) -> None:
        self._tracer = tracer

    @contextmanager
    def span(self, headers: Mapping[bytes, bytes], exchange: Exchange) -> Iterator[None]:
        """Let what happens within be a span, named after method and template of the route."""
        if self._tracer is None:
            yield
            return
        from opentelemetry.propagate import extract  # noqa: PLC0415 - an optional dependency
        from opentelemetry.trace import SpanKind  # noqa: PLC0415

        given = {name: headers[name.encode()].decode("latin-1") for name in _FIELDS if name.encode() in headers}
        with self._tracer.start_as_current_span(
            exchange.method, context=extract(given), kind=SpanKind.SERVER, record_exception=False
        ) as span:
            try:
                yield
            finally:
                span.update_name(f"{exchange.method} {exchange.route}".strip())
                span.set_attributes(_attributes(exchange))


_FIELDS = ("traceparent", "tracestate")


def _attributes(exchange: Exchange) -> dict[str, Any]:
    stated = {
        "http.request.method": exchange.method,
        "http.route": exchange.route,
        "http.response.status_code": exchange.status,
        "kura.request_id": exchange.request_id,
        "kura.client": exchange.client,
    }
    return {name: value for name, value in stated.items() if value not in (None, "")}


def open_tracing() -> Tracing:
    """Return what makes spans, if the environment says where to send them and the optional packages are installed."""
    if not os.environ.get(ENDPOINT):
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        return Tracing()
    provider = TracerProvider(resource=Resource.create({"service.name": "kura"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider.get_tracer("kura"))
