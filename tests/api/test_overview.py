"""The Overview over HTTP, asked of a real Flowglass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.otlp import ask, send, span
from tests.support.running import Flowglass

MS = 10**6


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    with Flowglass(tmp_path_factory.mktemp("summary"), "[features]\nself_tracing = false\n") as running:
        slow = [span("render", duration_ns=400 * MS) for _ in range(30)]
        quick = [span("load", duration_ns=MS) for _ in range(30)]
        send(running.otlp, [*slow, *quick], group="well")
        send(running.otlp, [span("charge", error="declined") for _ in range(30)], group="broken")
        yield running


def asked(flowglass: Flowglass, path: str) -> dict[str, Any]:
    answer = ask(f"{flowglass.page}/api/v1/{path}")
    assert answer.status == 200, answer
    return dict(json.loads(answer.body))


def test_the_summary_has_the_vital_signs_health_collector_and_alerts(stored: Flowglass) -> None:
    found = asked(stored, "summary")
    assert found["error_rate"] == pytest.approx(1 / 3)
    assert found["latency_p95"] == pytest.approx(400, rel=0.05)
    assert found["traffic_rate"] == pytest.approx(90 / 300)
    assert found["saturation_pct"] >= 0
    assert [(one["service"], one["status"]) for one in found["services"]] == [
        ("broken", "down"),
        ("well", "degraded"),
    ]
    assert found["services"][0]["reason"] == "100.0 % of calls fail, red above 5 %"
    assert found["collector"]["reachable"] is True
    assert found["collector"]["writer"] == "OK"
    assert found["collector"]["uptime_seconds"] > 0
    assert found["active_alerts"] == {"critical": 0, "warning": 0, "info": 0}


def test_top_processes_by_latency_and_by_errors(stored: Flowglass) -> None:
    slow = asked(stored, "top/processes?limit=1")["rows"]
    assert [(row["rank"], row["process"], row["count"]) for row in slow] == [(1, "render", 30)]
    failing = asked(stored, "top/processes?sort=errors")["rows"]
    assert [(row["process"], row["errors"], row["error_rate"]) for row in failing] == [("charge", 30, 1.0)]


def test_top_errors_are_counted_by_type(stored: Flowglass) -> None:
    found = asked(stored, "top/errors")
    assert found["rows"] == [{"error_type": "ValueError", "count": 30, "share": 1.0}]
    assert (found["errors"], found["partial"]) == (30, False)


@pytest.mark.parametrize("path", ["summary?q=1", "top/processes?sort=colour", "top/errors?limit=99"])
def test_what_is_not_known_is_refused(stored: Flowglass, path: str) -> None:
    answer = ask(f"{stored.page}/api/v1/{path}")
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
