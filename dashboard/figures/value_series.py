"""A number over time: every call a point, stale runs hatched, changes of type marked."""

from __future__ import annotations

from typing import Any

from dashboard import format
from dashboard.figures.base import layout, line
from dashboard.theme import Theme, faint, token
from queries.limits import TimeRange
from queries.series import Point, ValueOverTime

HEIGHT_PX = 148
MARKERS_UNTIL = 300  # points; more of them melt into the line


def figure(theme: Theme, found: ValueOverTime, range: TimeRange) -> dict[str, Any]:
    """Line and points; a point knows its call."""
    numbers = [point for point in found.points if point.number is not None]
    shapes = [_type_mark(theme, point) for point in found.type_changes]
    changes = layout(
        theme,
        hovermode="closest",
        shapes=shapes,
        margin={"l": 56, "r": 12, "t": 6, "b": 22},
        xaxis={"type": "date", "range": [moment(range.start_ns), moment(range.end_ns)]},
        yaxis={"rangemode": "normal", "nticks": 5},
    )
    traces = [_stale(theme, found, numbers)] if found.stale and numbers else []
    return {"data": [*traces, _points(theme, numbers)], "layout": changes}


def _points(theme: Theme, numbers: list[Point]) -> dict[str, Any]:
    marks = {
        "size": [8 if point.error else 4 for point in numbers],
        "symbol": ["square" if point.error else "circle" for point in numbers],
        "color": [token(theme, "bad-lamp" if point.error else "accent") for point in numbers],
    }
    shown = len(numbers) <= MARKERS_UNTIL or any(point.error for point in numbers)
    return line(theme, "accent", width=1.25) | {
        "type": "scatter",
        "mode": "lines+markers" if shown else "lines",
        "marker": marks,
        "x": [moment(point.time_ns) for point in numbers],
        "y": [point.number for point in numbers],
        "customdata": [[point.trace_id, point.span_id] for point in numbers],
        "text": [format.value(point.value, point.type) for point in numbers],
        "hovertemplate": "%{text}<br>%{x|%H:%M:%S.%L}<extra></extra>",
    }


def _stale(theme: Theme, found: ValueOverTime, numbers: list[Point]) -> dict[str, Any]:
    """The stretch of the run that is stale now, hatched over the whole height."""
    assert found.stale is not None
    known = [point.number for point in numbers if point.number is not None]
    low, high = min(known), max(known)
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    start, end = moment(max(found.stale.since_ns, numbers[0].time_ns)), moment(found.stale.last_ns)
    colour = token(theme, "stale-lamp")
    return {
        "type": "scatter",
        "mode": "lines",
        "line": {"width": 0},
        "x": [start, end, end, start, start],
        "y": [low - room, low - room, high + room, high + room, low - room],
        "fill": "toself",
        "fillcolor": faint(colour, 0.12),
        "fillpattern": {
            "shape": "/",
            "fgcolor": colour,
            "bgcolor": faint(colour, 0.06),
            "size": 6,
            "solidity": 0.25,
        },
        "hoverinfo": "skip",
    }


def _type_mark(theme: Theme, point: Point) -> dict[str, Any]:
    """A dotted line where the type changed."""
    at = moment(point.time_ns)
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": token(theme, "warn-lamp"), "width": 1, "dash": "dot"},
    }  # fmt: skip


def moment(time_ns: int) -> str:
    """A time as Plotly takes it, to the microsecond, in the reader's zone."""
    return format.moment(time_ns).strftime("%Y-%m-%d %H:%M:%S.%f")
