"""One value over time: a line for numbers, a strip of states for the rest, and its distribution."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from dash.development.base_component import Component

from dashboard import alert_place, fn, format, links, url
from dashboard.components import series_judging
from dashboard.components.marks import Child, attr, icon, icon_button, lamp
from dashboard.components.series_judging import Judging
from dashboard.figures import value_series
from dashboard.figures.base import graph
from dashboard.ids import Traces
from dashboard.light import dcc, html
from dashboard.theme import Theme
from dashboard.url import PageState
from queries.limits import TimeRange
from queries.series import Point, ValueOverTime
from queries.usual import text_of

RAMPS = 6  # shades of the state strip; the commonest value has the first
MAX_STATES = 600  # segments drawn


@dataclass(frozen=True)
class Panel:
    """How the series is judged, whether that is being changed, and what came of the last try."""

    judging: Judging
    opened: bool = False
    done: Mapping[str, Any] = field(default_factory=dict)


def shown(
    found: ValueOverTime, process: str, data: str, range: TimeRange, theme: Theme, state: PageState,
    panel: Panel,
) -> Component:  # fmt: skip
    """Head, how it is judged, chart, distribution."""
    body: Component
    if not found.points:
        body = html.Div(
            [html.B(f"{process} saw no {data} in this range"), html.Br(), "Choose a longer range."],
            className="empty",
        )
    else:
        numeric = sum(point.number is not None for point in found.points) * 2 > len(found.points)
        chart = _line(found, data, range, theme) if numeric else _strip(found, range, state)
        body = html.Div([chart, _kinds(found, data)], className="series-body")
    parts = [_head(found, process, data, state, panel)]
    if panel.opened:
        errors, typed = dict(panel.done.get("errors") or {}), dict(panel.done.get("typed") or {})
        parts.append(series_judging.form(panel.judging, errors, typed, f"{process} {data}"))
    return html.Div([*parts, body])


def _head(found: ValueOverTime, process: str, data: str, state: PageState, panel: Panel) -> Component:
    about: list[Child] = [
        html.H2([html.Span(f"{process} ", className="mono"), html.B(data, className="mono")])
    ]
    if found.points:
        calls = "newest " if found.cut else ""
        about.append(
            html.Span(
                f"{calls}{format.count(len(found.points))} values, {format.count(found.distinct)} different",
                className="sub",
            )
        )
    if found.stale:
        about.append(
            html.Span(
                [lamp("stale"), f" stale: same for {format.count(found.stale.length)} calls"],
                className="stale t2",
            )
        )
    if found.type_changes:
        about.append(
            html.Span([lamp("warn"), f" type changed {len(found.type_changes)} times"], className="warn t2")
        )
    close = icon_button("x-lg", "Close", **attr(data_series="close"))
    judging = series_judging.opener(panel.judging, panel.opened)
    tools = [judging, *_alert(found, data, state), close]
    return html.Div([*about, html.Span(tools, className="meta")], className="ph")


def _alert(found: ValueOverTime, data: str, state: PageState) -> list[Component]:
    """A rule about this value, begun where it stands: stale when it is, a threshold when it is a number."""
    function = fn.read(state.extra.get("series", "").rpartition("#")[0])
    if function is None:
        return []
    numeric = any(point.number is not None for point in found.points)
    kind = "stale" if found.stale or not numeric else "value"
    about = links.calls_text(function.group, function.name)
    href = alert_place.new_href(state, kind, q=about, data=data, name=f"{function.name}.{data}")
    return [dcc.Link([icon("bell"), "Alert on this"], href=href, className="btn-x sm quiet alert-on")]


def _line(found: ValueOverTime, data: str, range: TimeRange, theme: Theme) -> Component:
    label = f"{data} over time: {len(found.points)} values; a click opens the call"
    return graph(
        value_series.figure(theme, found, range),
        label=label,
        id=Traces.SERIES_CHART,
        height=value_series.HEIGHT_PX,
    )


def _strip(found: ValueOverTime, range: TimeRange, state: PageState) -> Component:
    """Each stretch of equal values is one field, as wide as it lasted; it leads to its first call."""
    shades = {kind: at % RAMPS + 1 for at, (kind, _) in enumerate(found.kinds)}
    fields = [
        html.A(
            html.Span(kind, className="mono clip"),
            href=url.href(state, trace=first.trace_id, span=first.span_id),
            className=f"state r{shades.get(kind, RAMPS)}" + (" stl" if _is_stale(found, first) else ""),
            style={"left": f"{left:.3%}", "width": f"{width:.3%}"},
            title=f"{kind} from {format.clock_seconds(first.time_ns)}, {length} calls",
        )
        for kind, first, left, width, length in stretches(found.points, range)
    ]  # fmt: skip
    ends = [html.Span(format.clock(range.start_ns)), html.Span(format.clock(range.end_ns))]
    return html.Div([html.Div(fields, className="strip-states well"), html.Div(ends, className="strip-ends")])


def stretches(points: Sequence[Point], range: TimeRange) -> Iterator[tuple[str, Point, float, float, int]]:
    """Equal values in a row: text, first point, where it begins, how wide it is, how many calls."""
    groups = [list(group) for _, group in groupby(points, key=lambda point: text_of(point.value))]
    for at, group in enumerate(groups[-MAX_STATES:], max(0, len(groups) - MAX_STATES)):
        start = (group[0].time_ns - range.start_ns) / range.length_ns
        end_ns = groups[at + 1][0].time_ns if at + 1 < len(groups) else group[-1].time_ns
        end = (end_ns - range.start_ns) / range.length_ns
        yield (
            text_of(group[0].value),
            group[0],
            max(0.0, start),
            max(0.002, end - max(0.0, start)),
            len(group),
        )


def _is_stale(found: ValueOverTime, point: Point) -> bool:
    return found.stale is not None and point.time_ns >= found.stale.since_ns


def _kinds(found: ValueOverTime, data: str) -> Component:
    """The commonest values, each a filter."""
    total = len(found.points)
    if found.distinct == total and total > 1:
        return html.Div("Every value is different.", className="kinds mut t2")
    lines = [
        html.Button(
            [
                html.Span(kind, className="mono clip"),
                html.Span(className="bar-c", style={"width": f"{count / found.kinds[0][1] * 60:.0f}px"}),
                html.Span(f"{format.percent(count / total, 0)} %", className="mut"),
            ],
            type="button", className="kind-line", title=f"Only calls whose {data} is {kind}",
            **attr(data_edit="add", data_field=f"data.{data}", data_op="equals", data_value=kind),
        )
        for kind, count in found.kinds[:6]
    ]  # fmt: skip
    rest = found.distinct - len(lines)
    more = html.Div(f"{format.count(rest)} more values", className="mut t1 kind-more") if rest > 0 else None
    return html.Div([*lines, more], className="kinds", **attr(aria_label="Distribution"))
