"""The incident view: errors, latency, traffic and stale runs over one time axis, with what was new marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.figures.base import layout, line, when
from dashboard.rates import traces_per_second
from dashboard.theme import Theme, faint, token
from queries.limits import TimeRange
from queries.overview import Bucket, VitalSigns
from queries.stale import StaleValue

BANDS = {"y": (0.74, 1.0), "y2": (0.46, 0.7), "y3": (0.2, 0.42), "y4": (0.0, 0.16)}  # from the top
TITLES = {"y": "errors", "y2": "p95 ms", "y3": "traces/s", "y4": "stale"}
STALE_SHOWN = 6
WORDS_APART = 8  # this part of the range is as wide as one label
NS = 10**9
MS = 10**6


@dataclass(frozen=True)
class Mark:
    """Something that happened for the first time: a kind of error, or a version of the code."""

    at_ns: int
    text: str
    kind: str  # "error" or "version"


def incident(
    vitals: VitalSigns,
    range: TimeRange,
    stale: Sequence[StaleValue],
    marks: Sequence[Mark],
    theme: Theme,
    now_ns: int,
) -> dict[str, Any]:
    """Four bands, each with its own unit; marks cross all of them."""
    times = [when(bucket.start_ns) for bucket in vitals.series]
    rates = traces_per_second(vitals.series, range, now_ns)
    starts = [str(bucket.start_ns) for bucket in vitals.series]
    common = {"x": times, "customdata": starts}
    data: list[dict[str, Any]] = [
        common
        | {"type": "bar", "name": "errors", "y": [bucket.errors for bucket in vitals.series], "yaxis": "y"}
        | {"marker": {"color": token(theme, "bad-lamp")}, "hovertemplate": "%{y:,}"},
        common
        | {"type": "scatter", "name": "p95 ms", "y": [_ms(p95) for p95 in _known(vitals.series)]}
        | {"yaxis": "y2", "hovertemplate": "%{y:,.0f}"}
        | line(theme, "p95", fill=True),
        common
        | {"type": "scatter", "name": "traces/s", "y": rates}
        | {"yaxis": "y3", "hovertemplate": "%{y:.3g}"}
        | line(theme, "thr", fill=True),
        *(
            [_run(value, at, range, theme) for at, value in enumerate(_longest(stale, range))]
            or [_blank("y4")]
        ),
    ]
    return {"data": data, "layout": _layout(range, marks, theme)}


def _blank(axis: str) -> dict[str, Any]:
    """Nothing to see: Plotly draws a band, and anchors the time axis to it, only when it holds a trace."""
    return {"type": "scatter", "x": [None], "y": [None], "yaxis": axis, "hoverinfo": "skip"}


def _layout(range: TimeRange, marks: Sequence[Mark], theme: Theme) -> dict[str, Any]:
    axes: dict[str, Any] = {}
    for name, (low, high) in BANDS.items():
        key = "yaxis" + name[1:]
        base = layout(theme)["yaxis"]
        axes[key] = base | {"domain": [low, high], "anchor": "x", "nticks": 4, "fixedrange": True}
    axes["yaxis4"] |= {"showticklabels": False, "showgrid": False, "range": [STALE_SHOWN - 0.5, -1.8]}
    titles = [
        {
            "xref": "paper",
            "yref": "paper",
            "x": 0.004,
            "y": BANDS[name][1],
            "xanchor": "left",
            "yanchor": "top",
            "text": title,
            "showarrow": False,
            "font": {"size": 11, "color": token(theme, "text-3")},
            "bgcolor": token(theme, "well"),
        }
        for name, title in TITLES.items()
    ]
    return layout(
        theme,
        margin={"l": 44, "r": 12, "t": 20, "b": 22},
        hovermode="x unified",
        clickmode="event",
        barmode="overlay",
        xaxis={"range": [when(range.start_ns), when(range.end_ns)], "anchor": "y4", "type": "date"},
        shapes=[_line(mark, theme) for mark in marks],
        annotations=[*titles, *[_label(near, theme) for near in _close(marks, range)]],
        **axes,
    )


def _colour(mark: Mark, theme: Theme) -> str:
    return token(theme, "bad-lamp" if mark.kind == "error" else "accent")


def _line(mark: Mark, theme: Theme) -> dict[str, Any]:
    look = {"color": _colour(mark, theme), "width": 1, "dash": "dot"}
    at = when(mark.at_ns)
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1, "line": look}


def _close(marks: Sequence[Mark], range: TimeRange) -> list[list[Mark]]:
    """Marks whose words would lie over each other, together."""
    found: list[list[Mark]] = []
    for mark in marks:
        if found and mark.at_ns - found[-1][0].at_ns < range.length_ns // WORDS_APART:
            found[-1].append(mark)
        else:
            found.append([mark])
    return found


def _label(marks: Sequence[Mark], theme: Theme) -> dict[str, Any]:
    mark, more = marks[0], len(marks) - 1
    return {
        "xref": "x",
        "yref": "paper",
        "x": when(mark.at_ns),
        "y": 1.0,
        "yanchor": "bottom",
        "text": f"{mark.text} +{more}" if more else mark.text,
        "showarrow": False,
        "font": {"size": 11, "color": _colour(mark, theme)},
    }


def _longest(stale: Sequence[StaleValue], range: TimeRange) -> list[StaleValue]:
    """The longest runs that reach into the range."""
    inside = [value for value in stale if value.since_ns < range.end_ns and value.last_ns >= range.start_ns]
    return sorted(inside, key=lambda value: -value.run)[:STALE_SHOWN]


def _run(value: StaleValue, at: int, range: TimeRange, theme: Theme) -> dict[str, Any]:
    """A stale run as a hatched bar from its first to its last call."""
    start, end = max(value.since_ns, range.start_ns), min(value.last_ns, range.end_ns)
    colour = token(theme, "stale-lamp")
    return {
        "type": "bar",
        "orientation": "h",
        "y": [at],
        "base": [when(start)],
        "x": [max(1, (end - start) // MS)],
        "yaxis": "y4",
        "width": 0.7,
        "name": "stale",
        "hovertemplate": f"{value.process} {value.data}<extra></extra>",
        "marker": {
            "color": faint(colour, 0.15),
            "line": {"color": colour, "width": 1},
            "pattern": {"shape": "/", "fgcolor": colour, "size": 5, "solidity": 0.4},
        },
    }


def _known(series: Sequence[Bucket]) -> list[int | None]:
    """The p95 of each step. A step shorter than the cells of the store takes that of the step before it."""
    found: list[int | None] = []
    for bucket in series:
        before = found[-1] if found and bucket.spans else None
        found.append(before if bucket.p95_ns is None else bucket.p95_ns)
    return found


def _ms(duration_ns: int | None) -> float | None:
    return None if duration_ns is None else duration_ns / MS
