"""Records with good defaults for tests of the page, and ways to look into components."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dash.development.base_component import Component

from live.collector_status import CollectorStatus, Sample, Tracer
from queries.health import StoreSizes
from queries.jobs import JobState
from queries.kinds import ErrorKind
from queries.overview import Bucket, ErrorRow, GroupTotals, VitalSigns, VitalTotals
from queries.stale import StaleValue

NOW = 1_795_269_755_900_123_456  # 2026-11-21 14:02:35.900123456 UTC
SECOND = 10**9
HOUR = 3600 * SECOND
MS = 10**6


def texts(node: Any) -> Iterator[str]:
    """Every text in a component, in order."""
    if isinstance(node, Component):
        yield from texts(getattr(node, "children", None))
    elif isinstance(node, list | tuple):
        for child in node:
            yield from texts(child)
    elif node is not None:
        yield str(node)


def text(node: Any) -> str:
    """All text of a component as one line."""
    return " ".join("".join(texts(node)).split())


def every(node: Any, **wanted: Any) -> list[Component]:
    """The components below (and at) a node that have these properties; className matches one of its words."""
    found = []
    if isinstance(node, Component):
        if all(_has(node, name, value) for name, value in wanted.items()):
            found.append(node)
        found += every(getattr(node, "children", None), **wanted)
    elif isinstance(node, list | tuple):
        for child in node:
            found += every(child, **wanted)
    return found


def _has(node: Component, name: str, value: Any) -> bool:
    if name == "type":
        return type(node).__name__ == value
    seen = getattr(node, name, None)
    if name == "className":
        return value in (seen or "").split()
    return bool(seen is not None and (value is ... or seen == value))


def hrefs(node: Any) -> list[str]:
    return [link.href for link in every(node, href=...)]


def vital_signs(**changes: Any) -> VitalSigns:
    """An hour with 1 % errors, twice the traffic of the hour before."""
    series = tuple(Bucket(NOW - HOUR + at * 60 * SECOND, 100, 1, 50, 80 * MS) for at in range(60))
    before = VitalTotals(3000, 30, 1500, 0.01, 1500 / 3600, 3000 / 3600, 10 * MS, 70 * MS, 90 * MS)
    made = VitalSigns(
        spans=6000,
        errors=60,
        traces=3000,
        error_rate=0.01,
        traces_per_second=3000 / 3600,
        spans_per_second=6000 / 3600,
        p50_ns=20 * MS,
        p95_ns=80 * MS,
        p99_ns=120 * MS,
        series=series,
        previous=before,
    )
    return replace(made, **changes)


def no_vital_signs() -> VitalSigns:
    """An hour in which nothing was traced."""
    series = tuple(Bucket(NOW - HOUR + at * 60 * SECOND, 0, 0, 0, None) for at in range(60))
    return VitalSigns(0, 0, 0, 0.0, 0.0, 0.0, None, None, None, series, None)


def totals(group: str = "orders", **changes: Any) -> GroupTotals:
    made = GroupTotals(group, spans=3600, errors=4, error_rate=4 / 3600, p95_ns=80 * MS, share=0.5)
    return replace(made, **changes)


def error(**changes: Any) -> ErrorRow:
    made = ErrorRow(
        NOW,
        "charge_card",
        "payments",
        "GatewayTimeout",
        "no answer from acquirer after 3.0 s",
        "ab" * 16,
        "cd" * 8,
    )
    return replace(made, **changes)


def stale(**changes: Any) -> StaleValue:
    made = StaleValue(
        "pricing", "fx_rate", "shop.fx", "return", "float", 1.0842, run=412, since_ns=NOW - HOUR, last_ns=NOW
    )
    return replace(made, **changes)


def status(**changes: Any) -> CollectorStatus:
    made = CollectorStatus(
        reachable=True,
        why="",
        asked_ns=NOW,
        answered_ns=NOW,
        writer_since_ns=NOW - 5 * HOUR,
        queue_spans=128,
        queue_max_spans=50_000,
        queue_max_bytes=64 << 20,
        queue_peak_spans=371,
        last_commit_ns=NOW,
        last_commit_ms=12.4,
        accepted=1000,
        stored=1000,
        started_ns=NOW - 5 * HOUR,
        pid=7,
        version="0.1.0",
        samples=(Sample(NOW - 5 * SECOND, 100, 9.0), Sample(NOW, 128, 12.4)),
    )
    return replace(made, **changes)


def tracer(**changes: Any) -> Tracer:
    made = Tracer(
        "orders",
        7,
        recorded=1000,
        sent=991,
        dropped=0,
        queue=9,
        state="sending",
        ns_per_call=1900,
        seen_ns=NOW,
    )
    return replace(made, **changes)


def kind(**changes: Any) -> ErrorKind:
    made = ErrorKind(
        "charge_card", "payments", "shop", "CardDeclined", "do_not_honor", 402, NOW - HOUR, NOW - 9 * SECOND,
        (8,) * 16, False, "ab" * 16, "cd" * 8,
    )  # fmt: skip
    return replace(made, **changes)


def job(**changes: Any) -> JobState:
    made = JobState("retention", 3600.0, NOW - SECOND, 5, "removed nothing", "", None, NOW - SECOND)
    return replace(made, **changes)


def sizes(**changes: Any) -> StoreSizes:
    made = StoreSizes(10_000, 2_200_000, 0, 220.0, NOW - 24 * HOUR, NOW, NOW, 5, ())
    return replace(made, **changes)
