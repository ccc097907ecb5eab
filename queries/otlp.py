"""A stored span as OTLP JSON: what a sender of the same span would have sent.

The source text of a code version is not repeated; it belongs to the version, not to the span.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping
from typing import Any

from queries.fetch import KINDS
from queries.rows import AnyValue, SpanDetail, SpanEvent, SpanLink, SpanObservation, SpanSource

Json = dict[str, Any]
STATUS_CODES = {"UNSET": 0, "OK": 1, "ERROR": 2}
IMPLIED = {str: "str", bool: "bool", int: "int", float: "float"}
CODE_KEYS = ("code.function.name", "code.file.path", "code.line.number")


def otlp_json(detail: SpanDetail) -> Json:
    """An ExportTraceServiceRequest that holds this span."""
    return {"resourceSpans": [resource_spans([detail])]}


def resource_spans(details: list[SpanDetail]) -> Json:
    """Spans of one resource and scope, in OTLP's nesting."""
    first = details[0]
    scope = _origin(first.scope) | {"name": first.scope.name, "version": first.scope.version}
    return {
        "resource": _origin(first.resource),
        "schemaUrl": first.resource.schema_url,
        "scopeSpans": [
            {"scope": scope, "schemaUrl": first.scope.schema_url, "spans": [_span(one) for one in details]}
        ],
    }


def _origin(source: SpanSource) -> Json:
    return {
        "attributes": _attributes(source.attributes.items()),
        "droppedAttributesCount": source.dropped_attributes,
    }


def _span(detail: SpanDetail) -> Json:
    row = detail.row
    status: Json = {"code": STATUS_CODES[detail.status_code]}
    if detail.status_message:
        status["message"] = detail.status_message
    return {
        "traceId": row.trace_id,
        "spanId": row.span_id,
        "parentSpanId": row.parent_span_id,
        "traceState": detail.trace_state,
        "flags": detail.flags,
        "name": row.process,
        "kind": KINDS.index(row.kind),
        "startTimeUnixNano": str(row.timestamp_ns),
        "endTimeUnixNano": str(detail.end_ns),
        "attributes": _attributes([*detail.attributes.items(), *_own(detail)]),
        "droppedAttributesCount": detail.dropped_attributes,
        "events": [_event(event) for event in detail.events],
        "droppedEventsCount": detail.dropped_events,
        "links": [_link(link) for link in detail.links],
        "droppedLinksCount": detail.dropped_links,
        "status": status,
    }


def _own(detail: SpanDetail) -> list[tuple[str, AnyValue]]:
    """The attributes of our tracer that the store keeps in fields of their own."""
    seen = detail.observations
    own: list[tuple[str, AnyValue]] = [(f"flowglass.{_spot(one)}", one.value) for one in seen]
    types = ";".join(f"{_spot(one)}={one.type}" for one in seen if IMPLIED.get(type(one.value)) != one.type)
    if types:
        own.append(("flowglass.types", types))
    if detail.primary >= 0:
        own.append(("flowglass.primary", _spot(seen[detail.primary])))
    if detail.row.memory_delta is not None:
        own.append(("flowglass.memory_delta", detail.row.memory_delta))
    if detail.row.version:
        own.append(("flowglass.code.version", detail.row.version))
        code = zip(CODE_KEYS, (detail.function, detail.file, detail.line), strict=True)
        own += [(key, value) for key, value in code if value]
    return own


def _spot(seen: SpanObservation) -> str:
    """Where a value was seen, as the tracer names it: arg.amount, return."""
    return "return" if seen.source == "return" else f"{seen.source}.{seen.name}"


def _event(event: SpanEvent) -> Json:
    return {
        "timeUnixNano": str(event.time_ns),
        "name": event.name,
        "attributes": _attributes(event.attributes.items()),
        "droppedAttributesCount": event.dropped_attributes,
    }


def _link(link: SpanLink) -> Json:
    return {
        "traceId": link.trace_id,
        "spanId": link.span_id,
        "traceState": link.trace_state,
        "attributes": _attributes(link.attributes.items()),
        "droppedAttributesCount": link.dropped_attributes,
        "flags": link.flags,
    }


def _attributes(pairs: Iterable[tuple[str, AnyValue]]) -> list[Json]:
    return [{"key": key, "value": any_value(value)} for key, value in pairs]


def any_value(value: AnyValue) -> Json:
    """An AnyValue in the JSON encoding of Protocol Buffers."""
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _not_finite(value)}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": _attributes(value.items())}}
    return {"arrayValue": {"values": [any_value(item) for item in value]}}


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
