"""What the collector hands to the writer: one span, decoded, admitted and redacted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

# An OTLP AnyValue as Python: str, bool, int, float, bytes, list, dict, None (empty AnyValue).
AnyValue = Any


class Observation(NamedTuple):
    """One value seen in a span.

    `source` is where it was seen: "arg", "return", "observe" or "local".
    `type` is the Python type name as the tracer saw it ("float", "Decimal", "NoneType").
    `value` travels as an OTLP AnyValue; `number` is the same as a float-comparable number,
    when the type is numeric (int, float, Decimal …), else None.
    """

    source: str
    name: str
    type: str
    value: AnyValue
    number: int | float | None


@dataclass(frozen=True, slots=True)
class Resource:
    """One OTLP Resource. Built once per ResourceSpans and shared by its spans."""

    group: str  # service.name, "unknown_service" when absent
    attributes: dict[str, AnyValue]
    dropped_attributes: int = 0
    schema_url: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """One OTLP InstrumentationScope. Built once per ScopeSpans and shared by its spans."""

    name: str = ""
    version: str = ""
    attributes: dict[str, AnyValue] = field(default_factory=dict)
    dropped_attributes: int = 0
    schema_url: str = ""


class Event(NamedTuple):
    time_ns: int
    name: str
    attributes: dict[str, AnyValue]
    dropped_attributes: int


class Link(NamedTuple):
    trace_id: bytes
    span_id: bytes
    trace_state: str
    attributes: dict[str, AnyValue]
    dropped_attributes: int
    flags: int


class SpanIn(NamedTuple):
    """One span on its way into the store. Times are integer nanoseconds since 1970, UTC."""

    trace_id: bytes  # 16
    span_id: bytes  # 8
    parent_span_id: bytes  # 8, or b"" for a root
    name: str
    kind: int  # OTLP SpanKind 0-5
    start_ns: int
    end_ns: int
    status: int  # OTLP: 0 Unset, 1 Ok, 2 Error
    status_message: str
    resource: Resource
    scope: Scope
    observations: tuple[Observation, ...]
    primary: int  # index into observations of the row's Data, -1 when there is none
    primary_attribute: str  # key in attributes that stands in as the row's Data, "" when none
    attributes: dict[str, AnyValue]  # every attribute that is not one of the fields of this record
    exception_type: str  # of the last `exception` event, "" when none
    exception_message: str
    code_version: str  # hash of the source as the tracer sent it, "" when unknown
    source: str | None  # the source text, when this span carries it
    function: str  # code.function.name, kept here only together with code_version
    file: str  # code.file.path, likewise
    line: int  # code.line.number, likewise; 0 when unknown
    memory_delta: int | None  # bytes
    events: tuple[Event, ...]
    links: tuple[Link, ...]
    trace_state: str
    flags: int
    dropped_attributes: int
    dropped_events: int
    dropped_links: int
