"""Records as JSON: times as RFC 3339 with nanoseconds, 64-bit times also as texts."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import orjson
from flask import Response

from queries.rows import SpanRow

NS_PER_SECOND = 10**9


def json_response(body: Any) -> Response:
    """An answer that nobody may keep."""
    response = Response(orjson.dumps(body), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def rfc3339(time_ns: int) -> str:
    """A time with nine decimals, UTC."""
    seconds, nanoseconds = divmod(time_ns, NS_PER_SECOND)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z"


def span_row(row: SpanRow) -> dict[str, Any]:
    """A span with the seven columns first."""
    return {
        "process": row.process,
        "data": row.data,
        "data_type": row.data_type,
        "data_value": value(row.data_value),
        "timestamp": rfc3339(row.timestamp_ns),
        "status": row.status,
        "exception": row.exception,
        "exception_message": row.exception_message,
        "trace_id": row.trace_id,
        "span_id": row.span_id,
        "parent_span_id": row.parent_span_id,
        "duration_ns": row.duration_ns,
        "start_time_unix_nano": str(row.timestamp_ns),
        "group": row.group,
        "scope": row.scope,
        "kind": row.kind,
        "memory_delta": row.memory_delta,
        "version": row.version,
        "file": row.file,
        "line": row.line,
        "has_children": row.has_children,
        "stale": row.stale,
    }


def value(found: str | int | float | None) -> str | int | float | None:
    """A value; what JSON has no number for becomes text."""
    if isinstance(found, float) and not math.isfinite(found):
        return "NaN" if math.isnan(found) else "Infinity" if found > 0 else "-Infinity"
    return found
