"""Store, collector and tracing cost in one quiet line that grows only when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from config import StoreSettings
from dashboard import format as show
from dashboard.components.marks import Kind, lamp
from dashboard.light import html
from live.collector_status import CollectorStatus
from queries.alerts import Alert
from queries.health import StoreSizes
from queries.jobs import JobState

CROWDED = 0.95  # of the size cap
ENOUGH_SPANS = 10_000  # the fixed size of empty files is not counted as the size of a span
NS = 10**9
HOURS_A_DAY = 24


def foot(
    sizes: StoreSizes,
    limits: StoreSettings,
    ran: Sequence[JobState],
    status: CollectorStatus,
    now_ns: int,
    firing: Sequence[Alert] = (),
) -> Component:
    """One line: what is stored, what came in, how the jobs do, what fires, what tracing costs."""
    parts = [store(sizes, limits, now_ns), collector(status, now_ns)]
    parts += [jobs(ran, now_ns)] if ran else []
    parts += [alerts(firing), cost(status)]
    return html.Div(parts, className="foot")


def store(sizes: StoreSizes, limits: StoreSettings, now_ns: int) -> Component:
    """Bytes against the cap, spans, how far back they reach, and where today's rate leads."""
    max_bytes = limits.max_bytes
    full = sizes.bytes / max_bytes if max_bytes else 0.0
    kind: Kind = "warn" if full >= CROWDED else "ok"
    text = f"{show.bytes_(sizes.bytes)} of {show.bytes_(max_bytes)}, {show.count(sizes.spans)} spans"
    if sizes.bytes_per_span and sizes.spans >= ENOUGH_SPANS:
        text += f", {sizes.bytes_per_span:,.0f} B each"
    if sizes.oldest_ns is not None:
        text += f", oldest {show.day_clock(sizes.oldest_ns)}"
    if sizes.spans >= ENOUGH_SPANS:
        text += outlook(sizes, limits, now_ns)
    if kind == "warn":
        text += "; nearly full, the oldest segments go first"
    return _part(kind, "Store", text)


def outlook(sizes: StoreSizes, limits: StoreSettings, now_ns: int) -> str:
    """What the age limit comes to at today's rate, or how many days the cap leaves of it."""
    days = limits.retention_days
    projected = sizes.projected_bytes(days, now_ns)
    if not projected:
        return ""
    if limits.max_bytes and projected > limits.max_bytes:
        kept = days * limits.max_bytes / projected
        return (
            f"; at today's rate the cap holds {kept:.0f} of {days} days"
            if kept >= 2
            else (f"; at today's rate the cap holds {kept * HOURS_A_DAY:.0f} hours of {days} days")
        )
    return f"; {show.bytes_(projected)} in {days} days at today's rate"


def collector(status: CollectorStatus, now_ns: int) -> Component:
    """What it took in and what it sent back."""
    if not status.reachable:
        return _part("bad", "Collector", f"down: {status.why}")
    rejected = sum(status.rejected.values())
    text = f"up {show.age((now_ns - status.started_ns) / NS)}, {show.count(status.stored)} spans stored"
    if status.repeats:
        text += f", {show.count(status.repeats)} repeats dropped"
    if rejected:
        worst = max(status.rejected, key=lambda reason: status.rejected[reason])
        text += f", {show.count(rejected)} rejected, most for {worst}"
    return _part("warn" if rejected else "ok", "Collector", text)


def jobs(ran: Sequence[JobState], now_ns: int) -> Component:
    """All on time, or what is not."""
    failing = [f"{job.name} failed: {show.shortened(job.error, 80)}" for job in ran if job.failing()]
    late = [f"{job.name} is late" for job in ran if job.late(now_ns) and not job.failing()]
    if failing or late:
        return _part("bad" if failing else "warn", "Jobs", ", ".join([*failing, *late]))
    return _part("ok", "Jobs", f"{len(ran)}, all on time")


def alerts(firing: Sequence[Alert]) -> Component:
    """How many fire, the worst by its name."""
    if not firing:
        return _part("ok", "Alerts", "none firing")
    kind: Kind = "bad" if firing[0].severity == "critical" else "warn"
    worst = show.shortened(firing[0].rule_name, 40)
    text = f"{worst} fires" if len(firing) == 1 else f"{len(firing)} firing, worst {worst}"
    return _part(kind, "Alerts", text)


def cost(status: CollectorStatus) -> Component:
    """Measured by the tracers themselves."""
    if not status.tracers:
        return _part(None, "Tracing costs", "no tracer has reported yet")
    calls = sum(one.recorded for one in status.tracers)
    total = sum(one.ns_per_call * one.recorded for one in status.tracers)
    each = total / calls if calls else max(one.ns_per_call for one in status.tracers)
    dropped = sum(one.dropped for one in status.tracers)
    tracers = f"{len(status.tracers)} tracer{'s' * (len(status.tracers) > 1)}"
    text = f"{show.duration(each)} per call in {tracers}, {show.count(dropped)} spans dropped"
    return _part("warn" if dropped else None, "Tracing costs", text)


def _part(kind: Kind | None, title: str, text: str) -> Component:
    return html.Span([lamp(kind) if kind is not None else None, html.B(title), html.Span(text)])
