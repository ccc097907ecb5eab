"""One function over time: percentiles above, calls and errors below, a mark at each new version."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import format
from dashboard.figures.base import layout, line
from dashboard.theme import Theme, faint, token
from queries.code_history import Bin, History, Moment

MS = 10**6
# The curve of which a press opens the errors alone, see _counts. Where points say so (`customdata`) Plotly
# takes 80 ms for the figure instead of 35.
ERRORS = 1
LABEL_GAP = 0.09  # of the axis between two labels at the line's end
PERCENTILES = ("p50", "p95", "p99")
BAR = 0.94  # of a bin's width
DOT = 5  # pixels
WIDE = 4  # powers of ten
NEAR_END = 0.06  # of the time shown: a label has no room right of it


@dataclass(frozen=True)
class VersionMark:
    """When a version was first seen; `current` is the one whose source is open."""

    label: str
    at_ns: int
    current: bool


@dataclass(frozen=True)
class Selection:
    """The range on the screen, drawn as a brush when the history shows more."""

    start_ns: int
    end_ns: int


def nothing(theme: Theme, words: str = "") -> dict[str, Any]:
    """No figure yet, or the reason why there is none."""
    note = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "text": words, "showarrow": False,
            "font": {"size": 13, "color": token(theme, "text-2")}}  # fmt: skip
    hidden = {"visible": False}
    # The same three pairs of axes as the real figure: Plotly fails when a figure that is still being
    # drawn gets further ones.
    empty: list[dict[str, Any]] = [
        {"type": "scatter", "x": [], "y": [], "yaxis": axis} for axis in ("y", "y2", "y3")
    ]
    axes = {"xaxis": hidden, "yaxis": hidden, "yaxis2": hidden, "yaxis3": hidden}
    return {"data": empty, "layout": layout(theme, **axes, annotations=[note] if words else [])}


def latency(
    history: History, marks: Sequence[VersionMark], chosen: Selection | None, theme: Theme
) -> dict[str, Any]:
    """Three lines in milliseconds, steps of calls and of errors, one axis of time."""
    moments = history.moments
    series = {name: [_ms(getattr(moment, f"{name}_ns")) for moment in moments] for name in PERCENTILES}
    top = max((value for values in series.values() for value in values if value is not None), default=1.0)
    data = [_line(theme, name, values, "ms") for name, values in series.items()]
    return _stacked(history, data, _ends(theme, series, top, " ms"), marks, chosen, theme, " ms")


def memory(
    history: History, marks: Sequence[VersionMark], chosen: Selection | None, theme: Theme
) -> dict[str, Any]:
    """Median and p95 of the memory delta in megabytes; gaps where no call was sampled."""
    series = {
        "p50": [_mb(moment.memory_p50) for moment in history.moments],
        "p95": [_mb(moment.memory_p95) for moment in history.moments],
    }
    known = [value for values in series.values() for value in values if value is not None]
    data = [_line(theme, name, values, "MB") for name, values in series.items()]
    return _stacked(
        history, data, _ends(theme, series, max(known, default=1.0), " MB"), marks, chosen, theme, " MB"
    )


def durations(bins: Sequence[Bin], whole: Sequence[Bin], words: str, theme: Theme) -> dict[str, Any]:
    """How long calls took: bars of equal ratio, the failed ones in red on top, and a line for the `whole`
    history, which `words` name, drawn as if it had as many calls."""
    if not bins:
        return nothing(theme, "No calls in this range")
    middles = [_middle(bin) for bin in bins]
    widths = [(bin.high_ns - bin.low_ns) / MS * BAR for bin in bins]
    bounds = [[bin.low_ns, bin.high_ns] for bin in bins]
    names = [f"{format.duration(bin.low_ns)} to {format.duration(bin.high_ns)}" for bin in bins]
    shown = (("calls", "ramp-3", [bin.calls - bin.errors for bin in bins]),
             ("errors", "bad-lamp", [bin.errors for bin in bins]))  # fmt: skip
    data = [
        {
            "type": "bar", "x": middles, "y": counts, "width": widths, "name": name, "customdata": bounds,
            "text": names, "textposition": "none",
            "marker": {"color": token(theme, colour), "line": {"width": 0}},
            "hovertemplate": f"%{{text}}<br>%{{y:,}} {name}<extra></extra>",
        }
        for name, colour, counts in shown
    ]  # fmt: skip
    notes = []
    if whole:
        data.append(_as_many(whole, bins, words, theme))
        note = {"x": 1, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "right", "yanchor": "top"}
        font = {"size": 11, "color": token(theme, "text-2")}
        notes = [note | {"text": f"line: {words}", "showarrow": False, "font": font}]
    both = [*bins, *whole]
    ticks = _ticks(min(bin.low_ns for bin in both), max(bin.high_ns for bin in both))
    changes = layout(
        theme,
        barmode="stack",
        hovermode="closest",
        xaxis={"type": "log", "tickvals": ticks, "ticktext": [format.duration(tick * MS) for tick in ticks]},
        yaxis={"nticks": 5, "tickformat": "~s"},
        annotations=notes,
    )
    return {"data": data, "layout": changes}


def _middle(bin: Bin) -> float:
    return float((bin.low_ns * bin.high_ns) ** 0.5) / MS


def _as_many(whole: Sequence[Bin], bins: Sequence[Bin], words: str, theme: Theme) -> dict[str, Any]:
    """How many calls each bar would have, had the calls of the bars taken as long as those of the whole."""
    calls, every = sum(bin.calls for bin in bins), sum(bin.calls for bin in whole) or 1
    wide = math.log(bins[0].high_ns / bins[0].low_ns)
    heights = [bin.calls / every * calls * wide / math.log(bin.high_ns / bin.low_ns) for bin in whole]
    return {
        "type": "scatter", "mode": "lines", "x": [_middle(bin) for bin in whole], "y": heights, "name": words,
        "line": {"color": token(theme, "text-2"), "width": 1.5, "dash": "dot", "shape": "hvh"},
        "hoverinfo": "skip",
    }  # fmt: skip


def _ticks(low_ns: float, high_ns: float) -> list[float]:
    """Milliseconds to name on a logarithmic axis: 1, 2, 5, 10; of a wide one the powers of ten."""
    powers = range(math.floor(math.log10(low_ns)), math.ceil(math.log10(high_ns)) + 1)
    steps = (1, 2, 5) if len(powers) <= WIDE else (1,)
    found = [step * 10.0**power for power in powers for step in steps]
    return [tick / MS for tick in found if low_ns <= tick <= high_ns]


def _stacked(
    history: History, data: list[dict[str, Any]], ends: list[dict[str, Any]], marks: Sequence[VersionMark],
    chosen: Selection | None, theme: Theme, unit: str,
) -> dict[str, Any]:  # fmt: skip
    """The lines in the upper two thirds, calls and errors each with an axis of their own below."""
    moments = history.moments
    if not any(moment.calls for moment in moments):
        return nothing(theme, "No calls in this time")
    start, end = moments[0].start_ns, moments[-1].start_ns + history.step_ns
    shown = [mark for mark in marks if start <= mark.at_ns < end]
    small = {"nticks": 2, "tickformat": "~s", "zeroline": False, "gridcolor": token(theme, "grat"),
             "tickfont": {"size": 11, "color": token(theme, "text-3")}, "rangemode": "tozero"}  # fmt: skip
    notes = [
        _note("calls", 0.24, token(theme, "text-3")),
        _note("errors", 0.06, token(theme, "bad")),
        *ends,
        *[_mark_label(mark, theme, mark.at_ns > end - (end - start) * NEAR_END) for mark in shown],
    ]
    shapes = [_mark_line(mark, theme) for mark in shown]
    if chosen is not None and (chosen.start_ns > start or chosen.end_ns < end):
        shapes.append(_brush(chosen, theme))
    times = _times(moments, history.step_ns)
    return {
        "data": [one | {"type": "scatter"} | times for one in (*_counts(moments, theme), *data)],
        "layout": layout(
            theme,
            margin={"l": 48, "r": 76, "t": 4, "b": 22},
            xaxis={
                "type": "date", "range": [_time(start), _time(end)], "nticks": 8, "tickangle": 0,
                "anchor": "y3", "tickformat": "%H:%M" if end - start <= 86_400 * 10**9 else None,
            },
            yaxis={"domain": [0.36, 1], "nticks": 5, "ticksuffix": unit},
            yaxis2=small | {"domain": [0.17, 0.31]},
            yaxis3=small | {"domain": [0, 0.12]},
            shapes=shapes,
            annotations=notes,
        ),
    }  # fmt: skip


def _times(moments: Sequence[Moment], step_ns: int) -> dict[str, Any]:
    """Start and step: Plotly takes 8 of 65 ms to read the times of five lines. Each, where clocks change."""
    first, last = moments[0].start_ns, moments[-1].start_ns
    if format.moment(first).utcoffset() == format.moment(last).utcoffset():
        return {"x0": _time(first), "dx": step_ns / MS}
    return {"x": [_time(moment.start_ns) for moment in moments]}


def _counts(moments: Sequence[Moment], theme: Theme) -> list[dict[str, Any]]:
    """Filled steps: Plotly draws two of them in 10 ms where 288 bars take 30."""
    shown = (("calls", "ramp-4", "y2", [moment.calls for moment in moments]),
             ("errors", "bad-lamp", "y3", [moment.errors for moment in moments]))  # fmt: skip
    return [
        {
            "y": counts, "yaxis": axis, "name": name, "mode": "lines", "line": {"shape": "hvh", "width": 0},
            "fill": "tozeroy", "fillcolor": token(theme, colour),
            "hovertemplate": f"%{{y:,}} {name}<extra></extra>",
        }
        for name, colour, axis, counts in shown
    ]  # fmt: skip


def _line(theme: Theme, name: str, values: Sequence[float | None], unit: str) -> dict[str, Any]:
    look = line(theme, name) | _lonely(values)
    return look | {
        "y": list(values),
        "name": name,
        "connectgaps": False,
        "hovertemplate": f"{name} %{{y:.3~g}} {unit}<extra></extra>",
    }


def _lonely(values: Sequence[float | None]) -> dict[str, Any]:
    """A dot for each value between two gaps, which a line leaves out."""
    around = [None, *values, None]
    sizes = [
        DOT if now is not None and before is after is None else 0
        for before, now, after in zip(around, values, around[2:], strict=False)
    ]
    return {"mode": "lines+markers", "marker": {"size": sizes, "line": {"width": 0}}} if any(sizes) else {}


def _ends(theme: Theme, series: dict[str, list[float | None]], top: float, unit: str) -> list[dict[str, Any]]:
    """Name and last value at the end of each line, pushed apart where they would lie on each other."""
    last = sorted(
        (value, name)
        for name, values in series.items()
        if (value := next((found for found in reversed(values) if found is not None), None)) is not None
    )
    notes, floor = [], float("-inf")
    for value, name in last:
        y = max(value, floor)
        floor = y + top * LABEL_GAP
        text = f"<b>{name}</b> {format.milliseconds(value * MS)}"
        note = _note(text, y, token(theme, f"{name}-ink")) | {"yref": "y", "hovertext": f"{name}{unit}"}
        notes.append(note)
    return notes


def _note(text: str, y: float, colour: str) -> dict[str, Any]:
    """Words right of the plot."""
    return {
        "x": 1, "xref": "paper", "xanchor": "left", "xshift": 4, "y": y, "yref": "paper", "text": text,
        "showarrow": False, "font": {"size": 11, "color": colour},
    }  # fmt: skip


def _mark_line(mark: VersionMark, theme: Theme) -> dict[str, Any]:
    at, colour = _time(mark.at_ns), token(theme, "accent" if mark.current else "text-3")
    return {
        "type": "line", "x0": at, "x1": at, "y0": 0, "y1": 1, "yref": "paper",
        "line": {"color": colour, "width": 1, "dash": "dot"},
    }  # fmt: skip


def _mark_label(mark: VersionMark, theme: Theme, at_end: bool) -> dict[str, Any]:
    """Right of its line; left of it at the end, where the names of the lines stand."""
    colour = token(theme, "accent" if mark.current else "text-2")
    return {
        "x": _time(mark.at_ns), "y": 1, "yref": "paper", "yanchor": "top",
        "xanchor": "right" if at_end else "left", "xshift": -3 if at_end else 3,
        "text": f"<b>{mark.label}</b>" if mark.current else mark.label, "showarrow": False,
        "font": {"size": 11, "color": colour}, "bgcolor": token(theme, "well"),
    }  # fmt: skip


def _brush(chosen: Selection, theme: Theme) -> dict[str, Any]:
    accent = token(theme, "accent")
    return {
        "type": "rect", "x0": _time(chosen.start_ns), "x1": _time(chosen.end_ns), "y0": 0, "y1": 1,
        "yref": "paper", "fillcolor": faint(accent, 0.08), "line": {"color": faint(accent, 0.5), "width": 1},
        "layer": "below",
    }  # fmt: skip


def _time(at_ns: int) -> str:
    """As Plotly reads it: milliseconds, in the reader's zone without saying so."""
    return f"{format.moment(at_ns):%Y-%m-%dT%H:%M:%S}.{at_ns // MS % 1000:03d}"


def _ms(value: int | None) -> float | None:
    return None if value is None else value / MS


def _mb(value: int | None) -> float | None:
    return None if value is None else value / 1e6
