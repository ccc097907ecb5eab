"""The web front end: instrumented with the stock OpenTelemetry SDK, exporter settings untouched."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from demo import rpc
from demo.ports import ORDERS

tracer = trace.get_tracer("storefront.web")
_provider: list[TracerProvider] = []


def start() -> None:
    """Send spans to wherever OTLP/HTTP goes by default."""
    provider = TracerProvider(resource=Resource.create({"service.name": "storefront"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _provider.append(provider)


def stop() -> None:
    """Send what is left."""
    for provider in _provider:
        provider.shutdown()


@contextmanager
def entering(headers: rpc.Headers) -> Any:
    """Run a request inside the trace that its headers name."""
    yield propagate.extract(headers)


def post_order(order: dict[str, Any]) -> dict[str, Any]:
    """POST /orders."""
    attributes = {"http.request.method": "POST", "http.route": "/orders", "url.scheme": "http"}
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, attributes=attributes) as span:
        try:
            result: dict[str, Any] = _ask_orders(order)
        except rpc.RemoteFailure as failure:
            span.set_attribute("http.response.status_code", 502)
            span.set_status(Status(StatusCode.ERROR, str(failure)))
            return {"error": str(failure)}
        span.set_attribute("http.response.status_code", 201)
        return result


def _ask_orders(order: dict[str, Any]) -> dict[str, Any]:
    """The call to the order service, as a client span."""
    headers: dict[str, str] = {}
    attributes: dict[str, str | int] = {
        "http.request.method": "POST",
        "server.address": "127.0.0.1",
        "server.port": ORDERS,
    }
    with tracer.start_as_current_span("POST", kind=SpanKind.CLIENT, attributes=attributes):
        propagate.inject(headers)
        result: dict[str, Any] = rpc.call(ORDERS, "create_order", headers, order=order)
        return result


def get_health() -> str:
    """GET /health, asked by a load balancer every second."""
    attributes: dict[str, str | int] = {
        "http.request.method": "GET",
        "http.route": "/health",
        "http.response.status_code": 200,
    }
    with tracer.start_as_current_span("GET /health", kind=SpanKind.SERVER, attributes=attributes):
        return "ok"


FUNCTIONS: dict[str, Any] = {"post_order": post_order, "get_health": get_health}
