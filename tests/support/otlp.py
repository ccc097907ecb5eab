"""A small OTLP/HTTP sender: spans as protobuf, over a real socket."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TIMEOUT_SECONDS = 30

Plain = str | bool | int | float


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def span(
    name: str,
    *,
    trace_id: bytes | None = None,
    span_id: bytes | None = None,
    parent: bytes = b"",
    start_ns: int | None = None,
    duration_ns: int = 1_000_000,
    attributes: Mapping[str, Plain] | None = None,
    error: str = "",
) -> Span:
    """One span that ended just now, unless told otherwise; `error` is an exception's message."""
    start = start_ns if start_ns is not None else time.time_ns() - duration_ns
    made = Span(
        trace_id=trace_id or os.urandom(16),
        span_id=span_id or os.urandom(8),
        parent_span_id=parent,
        name=name,
        start_time_unix_nano=start,
        end_time_unix_nano=start + duration_ns,
        attributes=_pairs(attributes or {}),
    )
    if error:
        made.status.code = Status.STATUS_CODE_ERROR
        about = {"exception.type": "ValueError", "exception.message": error}
        made.events.add(name="exception", time_unix_nano=start + duration_ns, attributes=_pairs(about))
    return made


def _pairs(attributes: Mapping[str, Plain]) -> list[KeyValue]:
    return [KeyValue(key=key, value=_any(value)) for key, value in attributes.items()]


def _any(value: Plain) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(string_value=value)


def request(spans: Sequence[Span], group: str = "shop", scope: str = "tests") -> bytes:
    """The body that carries spans of one service."""
    message = ExportTraceServiceRequest()
    resource = message.resource_spans.add()
    resource.resource.attributes.extend(_pairs({"service.name": group}))
    scope_spans = resource.scope_spans.add()
    scope_spans.scope.name = scope
    scope_spans.spans.extend(spans)
    return message.SerializeToString()


def send(url: str, spans: Sequence[Span], group: str = "shop", scope: str = "tests") -> None:
    """Sends spans and insists that they were acknowledged."""
    answer = post(f"{url}/v1/traces", request(spans, group, scope))
    assert answer.status == 200, answer


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> Answer:
    given = {"Content-Type": "application/x-protobuf", **(headers or {})}
    return ask(url, body=body, headers=given)


def ask(
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    method: str | None = None,
    timeout: float = TIMEOUT_SECONDS,
) -> Answer:
    """One HTTP exchange; an error status is an answer too."""
    asked = urllib.request.Request(url, data=body, headers=dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as response:
            return Answer(response.status, dict(response.headers), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, dict(error.headers), error.read())
