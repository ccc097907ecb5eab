"""From span records to the plain rows that the grid holds; assets/js/traces_list.js places them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from dashboard import fn, format
from dashboard.components.trace_values import any_text
from queries.rows import SpanRow

MAX_VALUE = 400  # characters of a value in a cell; the detail panel has all of it


class GridRow(TypedDict):
    """One row as JSON. `ts` is nanoseconds as text, because JavaScript cannot hold them."""

    key: str
    trace: str
    span: str
    parent: str
    process: str
    group: str
    scope: str
    fn: str
    data: str
    type: str
    value: str
    raw: str
    time: str
    when: str
    ts: str
    status: str
    exception: str
    message: str
    duration: str
    memory: str
    version: str
    kind: str
    kids: bool
    stale: bool
    extra: dict[str, str]


def grid_row(row: SpanRow, extra: Mapping[str, Any] | None = None) -> GridRow:
    """One span as the grid shows it; `extra` are values of further columns by field."""
    return {
        "key": f"{row.trace_id}:{row.span_id}:{row.timestamp_ns}",
        "trace": row.trace_id,
        "span": row.span_id,
        "parent": row.parent_span_id,
        "process": row.process,
        "group": row.group,
        "scope": row.scope,
        "fn": fn.write(row.group, row.scope, row.process),
        "data": row.data,
        "type": row.data_type,
        "value": value_text(row),
        "raw": "" if row.data_value is None else shortened(str(row.data_value)),
        "time": format.clock_ms(row.timestamp_ns),
        "when": f"{format.moment(row.timestamp_ns):%d %b} {format.clock_ms(row.timestamp_ns)}",
        "ts": str(row.timestamp_ns),
        "status": row.status,
        "exception": row.exception,
        "message": format.shortened(row.exception_message, MAX_VALUE),
        "duration": format.duration(row.duration_ns),
        "memory": memory_text(row.memory_delta),
        "version": row.version,
        "kind": row.kind,
        "kids": row.has_children,
        "stale": row.stale,
        "extra": {field: shortened(any_text(value)) for field, value in (extra or {}).items()},
    }


def grid_rows(rows: Sequence[SpanRow], extra: Sequence[Mapping[str, Any]] = ()) -> list[GridRow]:
    """Spans in the order given, with the values of further columns where there are some."""
    return [grid_row(row, extra[at] if extra else None) for at, row in enumerate(rows)]


def value_text(row: SpanRow) -> str:
    """The value as seen, "" when the span carries no data."""
    if not row.data:
        return ""
    return shortened(format.value(row.data_value, row.data_type))


def shortened(text: str) -> str:
    """As much of a value as a cell can use."""
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def memory_text(delta: int | None) -> str:
    """A memory delta with its sign: +3.4 kB; "" when it was not sampled."""
    if delta is None:
        return ""
    sign = "+" if delta > 0 else "−" if delta < 0 else ""  # noqa: RUF001
    return sign + format.bytes_(abs(delta))
