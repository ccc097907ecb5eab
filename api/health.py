"""GET /health: alive, and which parts are ready; GET /health/ready: the same as a status code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from api.serial import json_response, rfc3339
from live.collector_status import CollectorStatus
from queries.base import QueryError, Reader
from queries.health import store_sizes

Status = Callable[[], CollectorStatus]


def blueprint(reader: Reader, status: Status) -> Blueprint:
    """The routes over one store and its collector."""
    routes = Blueprint("api_health", __name__)
    routes.add_url_rule("/health", "health", lambda: json_response(report(reader, status())))
    routes.add_url_rule("/health/ready", "ready", lambda: ready(reader, status()))
    return routes


def ready(reader: Reader, collector: CollectorStatus) -> Response:
    """200 when every part is ready, else 503."""
    body = report(reader, collector)
    response = json_response(body)
    response.status_code = 200 if body["status"] == "ready" else 503
    return response


def report(reader: Reader, collector: CollectorStatus) -> dict[str, Any]:
    """What works and what does not, and why."""
    store = _store(reader)
    parts = {"store": store, "collector": _collector(collector)}
    all_ready = all(part["ready"] for part in parts.values())
    return {"status": "ready" if all_ready else "degraded", "live": True, **parts}


def _store(reader: Reader) -> dict[str, Any]:
    try:
        sizes = store_sizes(reader)
    except QueryError as error:
        return {"ready": False, "reason": str(error)}
    newest = sizes.newest_ns
    return {
        "ready": True,
        "reason": "",
        "spans": sizes.spans,
        "bytes": sizes.bytes,
        "newest": None if newest is None else rfc3339(newest),
    }


def _collector(status: CollectorStatus) -> dict[str, Any]:
    taking = status.reachable and status.writer != "CIRCUIT_OPEN"
    return {
        "ready": taking,
        "reason": status.writer_reason if status.reachable else status.why,
        "writer": status.writer if status.reachable else None,
        "queue_spans": status.queue_spans,
    }
