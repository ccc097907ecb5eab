"""GET /api/v1/traces: every matching span; GET /api/v1/traces/<id>: one trace in start order."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Blueprint, Response, request

from api.parameters import choice, limit, only, time_range
from api.problems import BadParameter, NotFound
from api.serial import json_response, rfc3339, span_row
from queries import filters, traces
from queries.base import Reader

TRACE_ID = re.compile("[0-9a-f]{32}")
LIST = ("q", "from", "to", "limit", "cursor", "order")
ONE = ("limit", "cursor")


def blueprint(reader: Reader, now_ns: Callable[[], int]) -> Blueprint:
    """The routes over one store."""
    routes = Blueprint("api_traces", __name__, url_prefix="/api/v1/traces")
    routes.add_url_rule("", "list", lambda: list_spans(reader, now_ns))
    routes.add_url_rule("/<trace_id>", "one", lambda trace_id: one_trace(reader, trace_id))
    return routes


def list_spans(reader: Reader, now_ns: Callable[[], int]) -> Response:
    """Matching spans of the range, by default the last hour. A page may be empty and still have a cursor."""
    only(request.args, LIST)
    page = traces.find_spans(
        reader,
        filters.parse(request.args.get("q", "")),
        time_range(request.args, now_ns),
        cursor=request.args.get("cursor") or None,
        limit=limit(request.args),
        newest_first=choice(request.args, "order", ("newest", "oldest")) == "newest",
    )
    return json_response(
        {
            "rows": [span_row(row) for row in page.rows],
            "next_cursor": page.next_cursor,
            "searched_back_to": rfc3339(page.searched_back_to_ns),
            "elapsed_ms": round(page.elapsed_ms, 3),
        }
    )


def one_trace(reader: Reader, trace_id: str) -> Response:
    """The spans of one trace."""
    only(request.args, ONE)
    trace_id = trace_id.lower()
    if not TRACE_ID.fullmatch(trace_id):
        raise BadParameter("trace_id", "a trace id has 32 hex digits")
    cursor = request.args.get("cursor") or None
    page = traces.trace_spans(reader, trace_id, cursor=cursor, limit=limit(request.args))
    if not page.rows and not cursor and page.next_cursor is None:
        raise NotFound(f"no span of trace {trace_id} is stored")
    return json_response({"spans": [span_row(row) for row in page.rows], "next_cursor": page.next_cursor})
