"""Spans of the reference data as the OTLP requests that a tracer would send."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from data.records import AnyValue, SpanIn

SPANS_A_REQUEST = 512  # what SDKs send at once


def requests(spans: Iterable[SpanIn], size: int = SPANS_A_REQUEST) -> Iterator[bytes]:
    """Protobuf bodies of `size` spans each, in order of arrival."""
    rest = iter(spans)
    while batch := list(islice(rest, size)):
        yield request(batch)


def request(spans: Iterable[SpanIn]) -> bytes:
    """One body; a service's spans stand together, as from its exporter."""
    message = ExportTraceServiceRequest()
    ordered = sorted(spans, key=lambda span: (id(span.resource), id(span.scope)))
    for _, of_resource in groupby(ordered, key=lambda span: id(span.resource)):
        group = message.resource_spans.add()
        for _, of_scope in groupby(of_resource, key=lambda span: id(span.scope)):
            batch = group.scope_spans.add()
            for span in of_scope:
                _fill(batch.spans.add(), span)
            batch.scope.name, batch.scope.version = span.scope.name, span.scope.version
            group.schema_url = span.resource.schema_url
        if not group.resource.attributes:
            _put(group.resource.attributes, span.resource.attributes)
    return message.SerializeToString()


def _fill(message: Span, span: SpanIn) -> None:
    message.trace_id, message.span_id, message.parent_span_id = (
        span.trace_id,
        span.span_id,
        span.parent_span_id,
    )
    message.name, message.trace_state, message.flags = span.name, span.trace_state, span.flags
    message.start_time_unix_nano, message.end_time_unix_nano = span.start_ns, span.end_ns
    message.kind = span.kind  # type: ignore[assignment]
    message.status.code, message.status.message = span.status, span.status_message  # type: ignore[assignment]
    message.dropped_attributes_count = span.dropped_attributes
    message.dropped_events_count = span.dropped_events
    message.dropped_links_count = span.dropped_links
    _put(message.attributes, _attributes(span))
    for event in span.events:
        made = message.events.add(time_unix_nano=event.time_ns, name=event.name)
        _put(made.attributes, event.attributes)
    for link in span.links:
        to = message.links.add(trace_id=link.trace_id, span_id=link.span_id, trace_state=link.trace_state)
        _put(to.attributes, link.attributes)


def _attributes(span: SpanIn) -> dict[str, AnyValue]:
    """Everything that the tracer sends as an attribute."""
    made: dict[str, AnyValue] = {}
    if span.code_version:
        made |= {
            "code.function.name": span.function,
            "code.file.path": span.file,
            "code.line.number": span.line,
        }
        made["flowglass.code.version"] = span.code_version
    if span.source is not None:
        made["flowglass.source"] = span.source
    spots = [
        one.source if one.source == "return" else f"{one.source}.{one.name}" for one in span.observations
    ]
    made |= {f"flowglass.{spot}": one.value for spot, one in zip(spots, span.observations, strict=True)}
    if span.memory_delta is not None:
        made["flowglass.memory_delta"] = span.memory_delta
    if span.primary >= 0:
        made["flowglass.primary"] = spots[span.primary]
    return made | span.attributes


def _put(attributes: Any, values: Mapping[str, AnyValue]) -> None:
    for key, value in values.items():
        _set(attributes.add(key=key).value, value)


def _set(message: Any, value: AnyValue) -> None:
    """One AnyValue."""
    if isinstance(value, bool):
        message.bool_value = value
    elif isinstance(value, int):
        message.int_value = value
    elif isinstance(value, float):
        message.double_value = value
    elif isinstance(value, str):
        message.string_value = value
    elif isinstance(value, bytes):
        message.bytes_value = value
    elif isinstance(value, (list, tuple)):
        message.array_value.SetInParent()
        for item in value:
            _set(message.array_value.values.add(), item)
    elif isinstance(value, dict):
        message.kvlist_value.SetInParent()
        _put(message.kvlist_value.values, value)
