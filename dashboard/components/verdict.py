"""The verdict: one lamp, one sentence, at most three causes, each a link to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import format as show
from dashboard import links, url
from dashboard.alert_place import new_href, rule_href
from dashboard.components.bell import worded
from dashboard.components.marks import Child, Kind, attr, classes, icon, lamp
from dashboard.ids import Overview, Shell
from dashboard.light import dcc, html
from dashboard.url import PageState
from live.collector_status import CollectorStatus
from queries.alerts import Alert
from queries.judge import Judged
from queries.stale import StaleValue

SHOWN = 3
BANDS = {"errors": "errors", "slow": "latency", "traffic": "traffic", "stale": "stale values"}  # by template
WORST_FIRST: dict[Kind, int] = {"bad": 0, "stale": 1, "warn": 2, "off": 3}


@dataclass(frozen=True)
class Cause:
    """One thing that needs attention: its sign, its name, what is wrong with it, and where to look."""

    kind: Kind
    name: str
    words: str
    href: str


def verdict(causes: Sequence[Cause], spans: int, young: bool = False) -> list[Child]:
    """What stands in the verdict's bar. `young`: nothing can have come yet."""
    ordered = sorted(causes, key=lambda cause: WORST_FIRST.get(cause.kind, 9))
    kind, words = sentence(ordered, spans, young)
    tags = [_tag(cause) for cause in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        tags.append(_more(len(ordered) - SHOWN))
    return [lamp(kind, big=True), html.H1(words), html.Div(tags, className="items")]


def _more(number: int) -> Component:
    """Opens the list of the health of everything, where the rest stands too."""
    return html.Button(
        f"and {number} more", type="button", className="more", title="Health of everything",
        **attr(data_menu=Shell.HEALTH_MENU),
    )  # fmt: skip


def incident_switch(state: PageState) -> Component:
    """Opens the incident view, and closes it again."""
    on = incident_shown(state)
    href = url.href(state, extra=dict(state.extra) | {"view": "" if on else "incident"})
    words = "Back to the grid" if on else "Incident view"
    return dcc.Link([icon("layers"), words], href=href, className="btn-x")


def alert_on_incident(state: PageState) -> list[Component]:
    """A rule about each band of the incident view."""
    return [worded(new_href(state, key), word, f"Alert on {word}") for key, word in BANDS.items()]


def incident_shown(state: PageState) -> bool:
    return state.extra.get("view") == "incident"


def sentence(causes: Sequence[Cause], spans: int, young: bool = False) -> tuple[Kind, str]:
    """The lamp and the words before any cause is read."""
    if causes:
        number = len(causes)
        return causes[0].kind, "1 thing needs attention" if number == 1 else f"{number} things need attention"
    if spans:
        return "ok", "All is well"
    return "off", "Collecting data…" if young else "Nothing was traced in this range"


def _tag(cause: Cause) -> Component:
    words: list[Child] = [html.B(cause.name, className="mono"), f" {cause.words}"]
    look = cause.kind if cause.kind in ("bad", "warn", "stale") else ""
    link = (
        html.A if cause.href.startswith("#") else dcc.Link
    )  # a place on this page is the browser's own work
    return link(
        [lamp(cause.kind), html.Span(words, className="clip")],
        href=cause.href,
        className=classes("tag", look, "clip"),
        title=f"{cause.name} {cause.words}",
    )


def causes(
    status: CollectorStatus,
    judged: Sequence[Judged],
    stale: Sequence[StaleValue],
    firing: Sequence[Alert],
    state: PageState,
) -> list[Cause]:
    """Everything wrong now: parts of Flowglass, firing alerts, process groups, stale values."""
    return [
        *of_parts(status),
        *of_alerts(firing, state),
        *of_groups(judged, state),
        *of_stale(stale, state),
    ]


def of_parts(status: CollectorStatus) -> list[Cause]:
    """The collector and its writer."""
    here = f"#{Overview.WRITER}"
    if not status.reachable:
        return [Cause("bad", "collector", f"is down: {status.why}", here)]
    if status.writer != "OK":
        kind: Kind = "bad" if status.writer == "CIRCUIT_OPEN" else "warn"
        reason = f": {status.writer_reason}" if status.writer_reason else ""
        return [Cause(kind, "writer", f"is {status.writer}{reason}", here)]
    return []


def of_alerts(firing: Sequence[Alert], state: PageState) -> list[Cause]:
    """One cause however many there are; the worst is named and opened."""
    if not firing:
        return []
    worst, others = firing[0], len(firing) - 1
    words = f"fires for {worst.key}" if worst.key else "fires"
    words += f", and {others} more alert{'s fire' if others > 1 else ' fires'}" if others else ""
    kind: Kind = "bad" if worst.severity == "critical" else "warn"
    page = PageState("alerts", state.range, state.start_ns, state.end_ns)
    return [Cause(kind, worst.rule_name, words, rule_href(page, worst.rule_id, worst.key))]


def of_groups(judged: Sequence[Judged], state: PageState) -> list[Cause]:
    """Groups that are down, degraded or silent."""
    found = []
    for one in judged:
        if one.health == "healthy":
            continue
        clauses = [links.clause("group", one.name)]
        clauses += ["status:error"] if one.health == "down" else []
        found.append(Cause(one.lamp, one.name, one.reason, links.calls(state, " ".join(clauses))))
    return found


def of_stale(stale: Sequence[StaleValue], state: PageState) -> list[Cause]:
    """One cause however many there are; the longest run is named."""
    if not stale:
        return []
    worst = max(stale, key=lambda value: value.run)
    seen = show.shortened(show.value(worst.data_value, worst.data_type), 24)
    what = "returned" if worst.data == "return" else f"had {worst.data} ="
    others = len(stale) - 1
    more = f", and {others} more {'values are' if others > 1 else 'value is'} stale" if others else ""
    href = links.calls_of(state, worst.group, worst.process)
    return [
        Cause("stale", worst.process, f"{what} {seen} for the last {show.count(worst.run)} calls{more}", href)
    ]
