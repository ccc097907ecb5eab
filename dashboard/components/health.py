"""Health in one place: a lamp per own part and per process group, worst first, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format as show
from dashboard import links, url
from dashboard.components.groups import told
from dashboard.components.marks import Child, lamp
from dashboard.light import dcc, html
from live.collector_status import CollectorStatus
from queries.health import StoreSizes
from queries.jobs import JobState
from queries.judge import Judged, worst_first

LAMPS = 10  # that stand side by side; the rest is counted
CROWDED = 0.95  # of the size cap
NS = 10**9


def parts(
    status: CollectorStatus,
    sizes: StoreSizes | None,
    max_bytes: int,
    ran: Sequence[JobState],
    clients: int | None,
    now_ns: int,
) -> tuple[Judged, ...]:
    """Flowglass' own parts. `sizes` is None when the store cannot be read, `clients` when push is off."""
    own = [collector(status), writer(status), store(sizes, max_bytes), jobs(ran, now_ns), push(clients)]
    return worst_first(own)


def collector(status: CollectorStatus) -> Judged:
    return Judged("collector", "healthy", "") if status.reachable else Judged("collector", "down", status.why)


def writer(status: CollectorStatus) -> Judged:
    """The rules are the writer's own."""
    if not status.reachable:
        return Judged("writer", "no data", "the collector cannot be asked")
    if status.writer == "OK":
        return Judged("writer", "healthy", "")
    health = "down" if status.writer == "CIRCUIT_OPEN" else "degraded"
    return Judged("writer", health, f"{status.writer} {status.writer_reason}".strip())  # type: ignore[arg-type]


def store(sizes: StoreSizes | None, max_bytes: int) -> Judged:
    """Degraded when nearly full: then the oldest spans go first."""
    if sizes is None:
        return Judged("store", "down", "cannot be read")
    if sizes.bytes >= CROWDED * max_bytes:
        return Judged("store", "degraded", f"{show.bytes_(sizes.bytes)} of {show.bytes_(max_bytes)} used")
    return Judged("store", "healthy", "")


def jobs(ran: Sequence[JobState], now_ns: int) -> Judged:
    """Degraded while one of them fails or is late."""
    if not ran:
        return Judged("jobs", "no data", "none has run yet")
    wrong = [f"{job.name} {'failed' if job.failing() else 'is late'}" for job in ran if _wrong(job, now_ns)]
    return Judged("jobs", "degraded", ", ".join(wrong)) if wrong else Judged("jobs", "healthy", "all on time")


def _wrong(job: JobState, now_ns: int) -> bool:
    return job.failing() or job.late(now_ns)


def push(clients: int | None) -> Judged:
    return (
        Judged("push", "healthy", f"{clients} connected") if clients else Judged("push", "no data", "nobody")
    )


def lamps(judged: Sequence[Judged]) -> list[Child]:
    """The lamps in one row, worst first, and in words the worst one or that all is healthy."""
    wrong = [one for one in judged if one.health in ("down", "degraded")]
    words = f"{wrong[0].name} {wrong[0].health}" if wrong else "all healthy"
    more = f" +{len(wrong) - 1}" if len(wrong) > 1 else ""
    shown: list[Child] = [lamp(one.lamp) for one in judged[:LAMPS]]
    return [html.Span(shown, className="lamps"), html.Span(words + more, className="clip")]


def listed(judged: Sequence[Judged], own: frozenset[str]) -> list[Component]:
    """Every one with its health and reason; a group leads to its spans."""
    return [_line(one, one.name in own) for one in judged]


def _line(one: Judged, is_part: bool) -> Component:
    words: list[Child] = [
        lamp(one.lamp),
        html.B(one.name, className="clip" if is_part else "mono clip"),
        html.Span(one.health, className=told(one.lamp) or "mut"),
        html.Span(one.reason, className="sub clip grow"),
    ]
    if is_part:
        return html.Div(words, className="hl")
    href = links.calls(url.PageState(), links.clause("group", one.name))
    return dcc.Link(words, href=href, className="hl")
