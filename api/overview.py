"""GET /api/v1/summary, /api/v1/top/processes and /api/v1/top/errors: what the Overview says, for programs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from api.parameters import choice, limit, only, time_range
from api.serial import json_response
from config import Settings
from live.collector_status import CollectorStatus
from queries import alerts, judge
from queries.base import Reader, TimeRange
from queries.code_rank import RankedFunction, ranking
from queries.kinds import error_kinds
from queries.overview import group_totals, vital_signs

NS = 10**9
RECENT_NS, HEALTH_NS = (
    300 * NS,
    3_600 * NS,
)  # what the figures, and what the health of a group, are taken over
STEP_NS = 5 * NS  # a summary is computed once in so long, however many ask
DEFAULT_LIMIT, MOST = 10, 50
SORTS = ("latency", "errors")


class Overview:
    """The answers over one store."""

    def __init__(
        self,
        reader: Reader,
        settings: Settings,
        status: Callable[[], CollectorStatus],
        now_ns: Callable[[], int],
    ) -> None:
        self._reader, self._settings, self._status, self._now_ns = reader, settings, status, now_ns
        self._lock = threading.Lock()
        self._kept: tuple[int, dict[str, Any]] = (0, {})

    def summary(self) -> Response:
        """The four vital signs, the health of every group, the collector, and how many alerts fire."""
        only(request.args, ())
        end = -(-self._now_ns() // STEP_NS) * STEP_NS
        with self._lock:  # who comes meanwhile waits, and takes the same
            if self._kept[0] != end:
                self._kept = (end, self._stored(end))
            stored = self._kept[1]
        return json_response(self._of_collector() | stored)

    def _stored(self, end: int) -> dict[str, Any]:
        recent = vital_signs(self._reader, TimeRange(end - RECENT_NS, end), 5)
        hour = TimeRange(end - HEALTH_NS, end)
        now, before = group_totals(self._reader, hour), group_totals(self._reader, hour.before())
        judged = judge.groups(now, before, self._settings.thresholds)
        counts = alerts.counts(self._reader, end)
        return {
            "latency_p95": None if recent.p95_ns is None else recent.p95_ns / 1e6,
            "traffic_rate": recent.traces_per_second,
            "error_rate": recent.error_rate,
            "services": [
                {"service": one.name, "status": one.health, "reason": one.reason} for one in judged
            ],
            "active_alerts": {
                "critical": counts.critical, "warning": counts.warning, "info": counts.info,
            },
        }  # fmt: skip

    def _of_collector(self) -> dict[str, Any]:
        status = self._status()
        up = (self._now_ns() - status.started_ns) / NS if status.reachable else None
        return {
            "saturation_pct": status.saturation * 100,
            "collector": {
                "reachable": status.reachable, "why": status.why, "writer": status.writer,
                "version": status.version, "uptime_seconds": up,
            },
        }  # fmt: skip

    def top_processes(self) -> Response:
        """The slowest processes by p95, or those that fail most often."""
        only(request.args, ("from", "to", "sort", "limit"))
        sort = choice(request.args, "sort", SORTS)
        most = limit(request.args, MOST, DEFAULT_LIMIT)
        ranked = ranking(self._reader, time_range(request.args, self._now_ns), most)
        rows = ranked.slow if sort == "latency" else ranked.failing
        return json_response({"rows": [_process(at, row) for at, row in enumerate(rows, 1)]})

    def top_errors(self) -> Response:
        """How often each type of exception was raised, most often first; "error" stands for none."""
        only(request.args, ("from", "to", "limit"))
        most = limit(request.args, MOST, DEFAULT_LIMIT)
        found = error_kinds(self._reader, time_range(request.args, self._now_ns), limit=0)
        rows = [
            {"error_type": name or "error", "count": number, "share": number / found.errors}
            for name, number in found.types[:most]
        ]
        return json_response({"rows": rows, "errors": found.errors, "partial": found.partial})


def _process(rank: int, row: RankedFunction) -> dict[str, Any]:
    return {
        "rank": rank, "process": row.name, "group": row.group, "scope": row.scope, "count": row.calls,
        "errors": row.errors, "error_rate": row.error_rate, "p95_ms": row.p95_ns / 1e6,
    }  # fmt: skip


def blueprint(
    reader: Reader, settings: Settings, status: Callable[[], CollectorStatus], now_ns: Callable[[], int]
) -> Blueprint:
    """The routes over one store."""
    answers = Overview(reader, settings, status, now_ns)
    routes = Blueprint("api_overview", __name__)
    routes.add_url_rule("/api/v1/summary", "summary", answers.summary)
    routes.add_url_rule("/api/v1/top/processes", "top_processes", answers.top_processes)
    routes.add_url_rule("/api/v1/top/errors", "top_errors", answers.top_errors)
    return routes
