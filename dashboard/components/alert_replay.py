"""What a rule would have done: the words above the chart, the slider below it, the last evaluations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from alerting.message import value_text
from alerting.replay import Point, Replay
from alerting.rule import Rule
from dashboard import format
from dashboard.alert_place import REPLAYS, Place, href
from dashboard.components import alert_forms as forms
from dashboard.components.alert_words import BADGES, TOLD_BY_TEXT, measure_word
from dashboard.components.marks import Child, attr, badge
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState

NS = 10**9
ROWS = 40
STEPS = 200  # of the slider


@dataclass(frozen=True)
class Slider:
    """Which threshold the slider moves, between what bounds."""

    field: str
    value: float
    low: float
    high: float
    step: float
    unit: str


def lengths(state: PageState, place: Place) -> Component:
    """How far back is replayed: 24 h, 7 d, 30 d."""
    links = [
        dcc.Link(name, href=href(state, replay="" if name == "24h" else name),
                 className="on" if place.replay == name else "",
                 **attr(title=f"Replay the last {name}"))
        for name in REPLAYS
    ]  # fmt: skip
    return html.Div(links, className="seg sm", role="group", **attr(aria_label="How far back"))


def head(found: Replay, begin_ns: int, end_ns: int, state: PageState, place: Place) -> list[Child]:
    """How far back, and what it would have done."""
    same = html.Span("same code as the scheduler", className="meta hide-s")
    said = html.Span(verdict(found, begin_ns, end_ns), className="t2 replay-said", role="status")
    return [html.H2("Replay"), lengths(state, place), said, same]


def verdict(found: Replay, begin_ns: int, end_ns: int) -> list[Child]:
    """Would have fired 4 times, longest 35 min, 1 flap."""
    count = len(found.episodes)
    if not found.points:
        return [html.Span("No call matched, so there is nothing to judge", className="mut")]
    said: list[Child] = ["would ", html.B("never"), " have fired"]
    if count:
        said = ["would have fired ", html.B("once" if count == 1 else f"{format.count(count)} times")]
        said += [", longest ", html.B(format.span_of(found.longest_ns / NS))]
    if found.untold:
        said += [", ", html.B(f"{format.count(found.untold)} of them"), " outside its hours"]
    if found.flaps:
        said += [", ", html.B(f"{found.flaps} flap{'s' * (found.flaps > 1)}")]
    if found.keys > 1:
        said.append(f", in {format.count(found.keys)} groups")
    notes = []
    if found.step_ns > 60 * NS:
        notes.append(f"judged every {format.span_of(found.step_ns / NS)}")
    if found.known_from_ns > begin_ns + found.step_ns:
        notes.append(f"calls before {format.day_clock(found.known_from_ns)} could not be read in time")
    if found.keys > 1 and found.key:
        notes.append(f"shown: {found.key}")
    return [*said, html.Span(f" · {'; '.join(notes)}", className="mut")] if notes else said


def slider_of(rule: Rule, values: Sequence[float]) -> Slider | None:
    """The first threshold, over the range of what was measured; None for rules without one."""
    if rule.kind == "stale":
        top = max([rule.repeats * 2.0, 20.0, *values])
        return Slider("repeats", float(rule.repeats), 1.0, math.ceil(top), 1.0, "repeats")
    if not rule.has_thresholds:
        return None
    field = "warning" if rule.warning is not None or rule.critical is None else "critical"
    now = getattr(rule, field) or 0.0
    low, high = min([now, *values]), max([now, *values])
    is_value, is_rate = (rule.kind == "threshold" and rule.metric == one for one in ("value", "error rate"))
    low = 0.0 if low > 0 and not is_value else low
    high = 100.0 if is_rate and high > 50 else high * 1.1 if high > 0 else high
    width = high - low or 1.0
    step = 10.0 ** math.floor(math.log10(width / STEPS) + 0.5)
    return Slider(field, now, math.floor(low / step) * step, math.ceil(high / step) * step, step, rule.unit)


def slider(found: Slider | None) -> Any:
    """A native range input; assets/js/alerts.js moves line and number with it."""
    if found is None:
        return None
    bounds = {"min": f"{found.low:.12g}", "max": f"{found.high:.12g}", "step": f"{found.step:.12g}"}
    return [
        forms.element("label", "Threshold", htmlFor="alerts-slider", className="t2 sub", key="l"),
        forms.element(
            "input", type="range", id="alerts-slider", defaultValue=f"{found.value:.12g}", className="grow",
            key=f"s {found.field}", **bounds, **attr(data_slider=found.field, data_unit=found.unit),
        ),
        forms.element("b", value_text(found.value, found.unit), className="nw", id="alerts-slid", key="n"),
    ]  # fmt: skip


def evaluations(rule: Rule, points: Sequence[Point]) -> Component | None:
    """The newest moments as a table."""
    if not points:
        return None
    heads = [Column("Window"), Column(measure_word(rule), right=True), Column("Calls", right=True),
             Column("State")]  # fmt: skip
    rows = [
        row(
            [
                cell(window_text(one.at_ns, rule.window), "mono sub", format.full_time(one.at_ns)),
                cell(point_text(rule, one.value, one.text), "r"),
                cell(format.NONE if one.samples >= 10**6 else format.count(one.samples), "r"),
                cell(badge(one.status, BADGES[one.status])),
            ]
        )
        for one in reversed(points[-ROWS:])
    ]
    return table(heads, rows, look="pin", label="What was judged, newest first")


def window_text(at_ns: int, window: int) -> str:
    """08:27:00 – 08:32:00."""  # noqa: RUF002
    return f"{format.clock_seconds(at_ns - window * NS)} {format.NONE} {format.clock_seconds(at_ns)}"


def point_text(rule: Rule, value: float | None, text: str) -> str:
    """What was measured, with what was seen where that says more."""
    if value is None:
        return format.NONE
    if rule.kind in TOLD_BY_TEXT and text:
        return format.shortened(text, 40)
    if rule.kind == "no calls":
        return "none" if value else "some"
    return value_text(value, rule.unit)
