"""The records of one span: a row of a list, and all of its detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

# An OTLP AnyValue as Python: str, bool, int, float, bytes, list, dict, None.
AnyValue = Any
Status = Literal["OK", "ERROR"]


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One span as lists show it: the seven columns and what identifies it. Times in nanoseconds UTC."""

    trace_id: str  # 32 hex digits
    span_id: str  # 16 hex digits
    parent_span_id: str  # 16 hex digits, "" for a root
    process: str
    group: str
    scope: str
    data: str  # name of the primary observation, "" when there is none
    data_type: str
    data_value: str | int | float | None
    timestamp_ns: int
    duration_ns: int
    status: Status
    exception: str  # type, "" when none
    exception_message: str
    memory_delta: int | None  # bytes
    kind: str  # internal, server, client, producer, consumer or unspecified
    version: str  # hash of the code version, "" when unknown
    file: str
    line: int  # 0 when unknown
    has_children: bool
    stale: bool  # the row's value is part of a run that is stale now


@dataclass(frozen=True, slots=True)
class SpanObservation:
    """One value seen in a span; `source` is arg, return, observe or local."""

    source: str
    name: str
    type: str
    value: AnyValue


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """One event of a span; exceptions are events named "exception"."""

    time_ns: int
    name: str
    attributes: Mapping[str, AnyValue]
    dropped_attributes: int


@dataclass(frozen=True, slots=True)
class SpanLink:
    """One link of a span to another."""

    trace_id: str
    span_id: str
    trace_state: str
    attributes: Mapping[str, AnyValue]
    dropped_attributes: int
    flags: int


@dataclass(frozen=True, slots=True)
class SpanSource:
    """Where a span came from: an OTLP Resource or InstrumentationScope (then with name and version)."""

    attributes: Mapping[str, AnyValue]
    dropped_attributes: int
    schema_url: str
    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """Everything that was stored of one span."""

    row: SpanRow
    observations: tuple[SpanObservation, ...]
    attributes: Mapping[str, AnyValue]
    events: tuple[SpanEvent, ...]
    links: tuple[SpanLink, ...]
    resource: SpanSource
    scope: SpanSource
    status_code: Literal["UNSET", "OK", "ERROR"]
    status_message: str
    end_ns: int
    trace_state: str
    flags: int
    dropped_attributes: int
    dropped_events: int
    dropped_links: int
    function: str  # code.function.name, "" when unknown
    file: str  # as this span had it; the row shows that of the code version
    line: int
    primary: int  # index into observations of the row's Data, -1 when it is not one of them
