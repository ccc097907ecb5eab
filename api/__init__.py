"""HTTP routes beside the page: parse, ask one query, serialise. One table of errors (problems.py).

May import queries, alerting, data (control writes), live.collector_status and config.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask

from api import alerts, docs, export, health, metrics, overview, problems, search, staleness, traces
from config import Settings
from live.collector_status import CollectorStatus
from queries.base import Reader


def register(
    server: Flask,
    reader: Reader,
    settings: Settings,
    status: Callable[[], CollectorStatus],
    now_ns: Callable[[], int] = time.time_ns,
) -> None:
    """Puts all routes onto the server."""
    server.register_blueprint(health.blueprint(reader, status))
    server.register_blueprint(metrics.blueprint(reader, status))
    server.register_blueprint(traces.blueprint(reader, now_ns))
    server.register_blueprint(export.blueprint(reader, now_ns))
    server.register_blueprint(search.blueprint(reader, now_ns))
    server.register_blueprint(overview.blueprint(reader, settings, status, now_ns))
    server.register_blueprint(alerts.blueprint(reader, settings, now_ns))
    server.register_blueprint(staleness.blueprint(reader, settings, now_ns))
    server.register_blueprint(docs.blueprint())
    problems.install(server)
