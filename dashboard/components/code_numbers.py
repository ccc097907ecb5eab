"""The grid of figures of one function: each of the range on the screen against the equal range before."""

from __future__ import annotations

from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import format
from dashboard.components import numbers
from dashboard.components.marks import attr
from dashboard.components.numbers import Readout
from dashboard.light import html
from queries.code import FunctionStats
from queries.code_load import Load

FEW_CALLS = {"p50": 2, "p95": 20, "p99": 100}  # a percentile of fewer calls is the maximum by another name
FEW_SAMPLES = 2  # of memory, for the same reason
NO_DATA = "Insufficient data"
NOTABLE_POINTS = 0.1  # percentage points of the error rate


@dataclass(frozen=True)
class Figures:
    """What the grid shows. None where nobody knows."""

    now: FunctionStats
    before: FunctionStats | None = None
    load: Load | None = None
    load_before: Load | None = None
    self_share: float | None = None  # of the time, spent in no traced callee
    self_before: float | None = None
    tracing_ns: float | None = None  # per call, as the program's tracer reports it
    tracing_before: float | None = None
    counted: int = 0  # calls that its programs only counted, since they started


def readouts(figures: Figures) -> Component:
    """Twelve figures; where there are too few calls for one, that is said in its place."""
    now, before = figures.now, figures.before
    if not now.calls:
        why = "No calls in this range. The source and its history stand beside."
        if figures.counted:
            calls = _times(figures.counted)
            why = f"No spans in this range: its programs count it only, {calls} since they started."
        return html.Div([html.B(NO_DATA), html.Br(), why], className="empty")
    then = before if before is not None and before.calls else None
    return numbers.grid(
        [
            _calls(now, before),
            _percentile("p50", now, then),
            _percentile("p95", now, then),
            _percentile("p99", now, then),
            _plain("Max", now.max_ns, then.max_ns if then else None, "never"),
            _error_rate(now, then),
            _plain("Mean", now.mean_ns, then.mean_ns if then else None),
            _self_time(figures),
            _memory("Memory p50", "memory_p50", now, then),
            _memory("Memory p95", "memory_p95", now, then),
            _concurrency(figures),
            _tracing_cost(figures),
        ]
    )


def _times(calls: int) -> str:
    return "1 call" if calls == 1 else f"{format.count(calls)} calls"


def waiting() -> Component:
    """The grid before its first figures."""
    cells = [html.Div(html.Div(className="skel"), className="num") for _ in range(12)]
    return html.Div(cells, className="nums loading", **attr(aria_busy="true"))


def _calls(now: FunctionStats, before: FunctionStats | None) -> Readout:
    if before is not None and not before.calls:
        return Readout("Calls", format.count(now.calls), "none before")
    change = numbers.change(now.calls, before.calls if before else None, "never")
    return Readout("Calls", format.count(now.calls), *change)


def _plain(label: str, now: float | None, then: float | None, worse: numbers.Worse = "higher") -> Readout:
    return Readout(label, format.duration(now), *numbers.change(now, then, worse))


def _percentile(name: str, now: FunctionStats, before: FunctionStats | None) -> Readout:
    key = f"{name}_ns"
    if now.calls < FEW_CALLS[name]:
        note = f"{now.calls} of {FEW_CALLS[name]} calls"
        return Readout(name, NO_DATA, note, swatch=name, poor=True)
    if before is not None and before.calls < FEW_CALLS[name]:
        note = f"{before.calls} calls before"
        return Readout(name, format.duration(getattr(now, key)), note, swatch=name)
    change = numbers.change(getattr(now, key), getattr(before, key) if before else None)
    return Readout(name, format.duration(getattr(now, key)), *change, swatch=name)


def _error_rate(now: FunctionStats, before: FunctionStats | None) -> Readout:
    note, look = f"{format.count(now.errors)} errors", "mut"
    if before is not None:
        note, points = _points(now.error_rate, before.error_rate, 2)
        look = "bad" if points >= NOTABLE_POINTS else "ok" if points <= -NOTABLE_POINTS else "sub"
    title = f"{format.count(now.errors)} of {format.count(now.calls)} calls raised"
    return Readout("Error rate", f"{format.percent(now.error_rate)} %", note, look, title=title)


def _points(now: float, before: float, digits: int = 0) -> tuple[str, float]:
    points = (now - before) * 100
    return f"{format.signed(points, digits)} points", points


def _self_time(figures: Figures) -> Readout:
    title = "Share of the time that is not spent in traced callees, from the newest calls"
    if figures.self_share is None:
        return Readout("Self time", NO_DATA, title=title, poor=True)
    total = format.duration((figures.now.mean_ns or 0) * figures.now.calls)
    note = "" if figures.self_before is None else _points(figures.self_share, figures.self_before)[0]
    return Readout(
        "Self time", format.percent(figures.self_share, 0), note, "sub", unit=f"% of {total}", title=title
    )


def _memory(label: str, key: str, now: FunctionStats, before: FunctionStats | None) -> Readout:
    title = "Change of the resident set of the whole process, in steps of 4 KiB, sampled"
    value: int | None = getattr(now, key)
    samples = f"{format.short_count(now.memory_samples)} samples"
    if value is None:
        return Readout(label, NO_DATA, "no samples", title=title, poor=True)
    then: int | None = getattr(before, key) if before and before.memory_samples >= FEW_SAMPLES else None
    note, look = numbers.change(value, then) if value > 0 and then and then > 0 else ("", "mut")
    if then is not None and not note:
        note = f"before {_bytes(then)}"
    return Readout(label, _bytes(value), ", ".join(filter(None, (note, samples))), look, title=title)


def _bytes(value: int) -> str:
    return f"{'+' if value > 0 else ''}{format.bytes_(value)}"


def _concurrency(figures: Figures) -> Readout:
    load, before = figures.load, figures.load_before
    if load is None:
        return Readout("Concurrency", NO_DATA, poor=True)
    began = f"{format.day_clock(load.peak_ns)}"
    of = f" Of the newest {load.calls:,} calls." if load.partial else ""
    title = f"Calls that ran at the same time, over the time in which any ran. The peak began at {began}.{of}"
    change = numbers.change(load.mean, before.mean if before else None, "never")
    return Readout("Concurrency", f"{load.mean:.1f}", *change, unit=f"peak {load.peak}", title=title)


def _tracing_cost(figures: Figures) -> Readout:
    """What tracing costs a call of this program, and what part of a call that is."""
    cost, mean = figures.tracing_ns, figures.now.mean_ns
    if cost is None or not mean:
        return Readout("Tracing cost", NO_DATA, "no tracer reports it", poor=True)
    text, _, unit = format.duration(cost).rpartition(" ")
    title = "Per traced call as the program's tracer measures it, and what part of a call that is"
    share = f"{unit}, {format.percent(cost / mean, 3)} %"
    change = numbers.change(cost, figures.tracing_before)
    return Readout("Tracing cost", text, *change, unit=share, title=title)
