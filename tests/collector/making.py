"""Random OTLP messages, and the same message in OTLP's JSON."""

from __future__ import annotations

import base64
import math
from typing import Any

from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    EntityRef,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

NOW_NS = 1_795_000_000_000_000_000

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
KEYS = st.one_of(
    st.sampled_from(
        ["http.route", "url.path", "enduser.id", "code.function.name", "code.line.number", "a\x12b"]
    ),
    st.sampled_from(
        ["flowglass.arg.amount", "flowglass.return", "flowglass.observe.x.y", "flowglass.local.n"]
    ),
    st.sampled_from(
        ["flowglass.code.version", "flowglass.memory_delta", "flowglass.primary", "flowglass.types"]
    ),
    TEXTS,
)
SCALARS = st.one_of(
    st.builds(AnyValue, string_value=TEXTS),
    st.builds(
        AnyValue, string_value=st.sampled_from(["return", "arg.amount", "arg.amount=Decimal", "12.50"])
    ),
    st.builds(AnyValue, bool_value=st.booleans()),
    st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
    st.builds(AnyValue, int_value=st.integers(0, 300)),
    st.builds(AnyValue, double_value=st.floats()),
    st.builds(AnyValue, bytes_value=st.binary(max_size=40)),
    st.just(AnyValue()),
)


def _containers(inner: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[AnyValue]:
    pairs = st.lists(st.builds(KeyValue, key=TEXTS, value=inner), max_size=3)
    return st.one_of(
        st.lists(inner, max_size=3).map(lambda values: AnyValue(array_value=ArrayValue(values=values))),
        pairs.map(lambda values: AnyValue(kvlist_value=KeyValueList(values=values))),
    )


VALUES = st.recursive(SCALARS, _containers, max_leaves=8)
ATTRIBUTES = st.lists(st.builds(KeyValue, key=KEYS, value=VALUES), max_size=6)
COUNTS = st.integers(0, 2**32 - 1)
SMALL = st.integers(0, 1000)
TIMES = st.integers(NOW_NS - 86_400 * 10**9, NOW_NS)
TRACE_IDS, SPAN_IDS = st.binary(min_size=16, max_size=16), st.binary(min_size=8, max_size=8).filter(any)
EVENTS = st.builds(
    Span.Event,
    time_unix_nano=st.integers(0, 2**63 - 1),
    name=st.one_of(st.just("exception"), TEXTS),
    attributes=ATTRIBUTES,
    dropped_attributes_count=SMALL,
)
LINKS = st.builds(
    Span.Link,
    trace_id=TRACE_IDS,
    span_id=SPAN_IDS,
    trace_state=TEXTS,
    attributes=ATTRIBUTES,
    dropped_attributes_count=SMALL,
    flags=COUNTS,
)
SPANS = st.builds(
    Span,
    trace_id=TRACE_IDS,
    span_id=SPAN_IDS,
    parent_span_id=st.one_of(st.just(b""), SPAN_IDS),
    trace_state=TEXTS,
    flags=COUNTS,
    name=TEXTS,
    kind=st.integers(0, 5),
    start_time_unix_nano=TIMES,
    end_time_unix_nano=TIMES,
    attributes=ATTRIBUTES,
    dropped_attributes_count=SMALL,
    events=st.lists(EVENTS, max_size=2),
    dropped_events_count=SMALL,
    links=st.lists(LINKS, max_size=2),
    dropped_links_count=SMALL,
    status=st.builds(Status, code=st.integers(0, 2), message=TEXTS),
)
ENTITIES = st.builds(
    EntityRef,
    schema_url=TEXTS,
    type=TEXTS,
    id_keys=st.lists(TEXTS, max_size=2),
    description_keys=st.lists(TEXTS, max_size=2),
)
RESOURCES = st.builds(
    Resource,
    attributes=st.lists(
        st.builds(KeyValue, key=st.one_of(st.just("service.name"), TEXTS), value=VALUES), max_size=3
    ),
    dropped_attributes_count=SMALL,
    entity_refs=st.lists(ENTITIES, max_size=1),
)
SCOPES = st.builds(
    InstrumentationScope, name=TEXTS, version=TEXTS, attributes=ATTRIBUTES, dropped_attributes_count=SMALL
)
REQUESTS = st.builds(
    ExportTraceServiceRequest,
    resource_spans=st.lists(
        st.builds(
            ResourceSpans,
            resource=RESOURCES,
            schema_url=TEXTS,
            scope_spans=st.lists(
                st.builds(ScopeSpans, scope=SCOPES, schema_url=TEXTS, spans=st.lists(SPANS, max_size=3)),
                max_size=2,
            ),
        ),
        max_size=2,
    ),
)


def as_json(message: Any) -> Any:
    """Any OTLP message as its JSON: camel case, hex ids, 64-bit integers as texts, empty fields left out."""
    if isinstance(message, AnyValue):
        return _value_as_json(message)
    return {field.camelcase_name: _field_as_json(field, value) for field, value in message.ListFields()}


def _field_as_json(field: Any, value: Any) -> Any:
    if field.is_repeated:
        return [as_json(item) if field.message_type else item for item in value]
    if field.message_type:
        return as_json(value)
    if field.type == field.TYPE_BYTES:
        return value.hex()
    return str(value) if field.cpp_type in (field.CPPTYPE_INT64, field.CPPTYPE_UINT64) else value


def _value_as_json(value: AnyValue) -> dict[str, Any]:
    kind = value.WhichOneof("value")
    if kind is None:
        return {}
    inner = getattr(value, kind)
    if kind == "double_value":
        return {"doubleValue": _double_as_json(inner)}
    if kind == "bytes_value":
        return {"bytesValue": base64.b64encode(inner).decode()}
    if kind == "int_value":
        return {"intValue": str(inner)}
    if kind in ("array_value", "kvlist_value"):
        return {"arrayValue" if kind == "array_value" else "kvlistValue": as_json(inner)}
    return {"stringValue" if kind == "string_value" else "boolValue": inner}


def _double_as_json(value: float) -> float | str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return value
