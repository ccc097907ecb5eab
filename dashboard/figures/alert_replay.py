"""A measured line against its thresholds: firings and pending stretches as bands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alerting.message import value_text
from alerting.rule import Rule
from dashboard import format
from dashboard.components.alert_words import colour_of
from dashboard.figures.base import layout, line, when
from dashboard.theme import Theme, faint, token

NS = 10**9
LETTER_PX = 5.8  # of the small font, on average
SHORT_UNIT = 3  # letters that fit beside the numbers of the axis
LABELS = 6  # bands that say how long they lasted; more would lie over each other
LABEL_APART = 14  # this part of the range is as wide as one label


@dataclass(frozen=True)
class Seen:
    """One measured moment, with the state after it."""

    at_ns: int
    value: float | None
    status: str


@dataclass(frozen=True)
class Band:
    """A firing; it lasts until `end_ns`."""

    start_ns: int
    end_ns: int
    severity: str


def figure(
    rule: Rule, seen: Sequence[Seen], bands: Sequence[Band], span: tuple[int, int], theme: Theme
) -> dict[str, Any]:
    """The line, its thresholds with their words at the right end, and the bands."""
    points: dict[str, Any] = {
        "type": "scatter",
        "x": [when(one.at_ns) for one in seen],
        "y": [one.value for one in seen],
        "connectgaps": False,
        "hovertemplate": f"%{{y:,.4~g}} {rule.unit}<extra></extra>",
    } | line(theme, colour_of(rule))
    if not rule.has_thresholds:
        points["line"] = points["line"] | {"shape": "hv"}
    limits = thresholds(rule)
    shapes = [*_pending(seen, theme), *[_band(one, theme) for one in bands],
              *[_limit(value, word, theme) for value, word in limits]]  # fmt: skip
    notes = [*_ends(limits, rule, theme), *_lengths(bands, span, theme)]
    changes = layout(
        theme,
        margin={"l": 52, "r": _room(notes), "t": 18, "b": 22},
        shapes=shapes,
        annotations=notes,
        xaxis={"type": "date", "range": [when(span[0]), when(span[1])]},
        yaxis=_axis(rule, seen, limits),
        meta={"unit": rule.unit},
    )
    return {"data": [points], "layout": changes}


def _room(notes: Sequence[dict[str, Any]]) -> int:
    """Pixels that the words right of the plot need."""
    words = [str(one["text"]) for one in notes if one.get("xshift")]
    return max([96, *(round(LETTER_PX * len(one)) + 12 for one in words)])


def nothing(theme: Theme, words: str = "") -> dict[str, Any]:
    """No line yet, and why."""
    note = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "text": words, "showarrow": False,
            "font": {"size": 13, "color": token(theme, "text-2")}}  # fmt: skip
    empty = {"type": "scatter", "x": [], "y": []}
    hidden = {"visible": False}
    notes = [note] if words else []
    return {"data": [empty], "layout": layout(theme, xaxis=hidden, yaxis=hidden, annotations=notes)}


def thresholds(rule: Rule) -> list[tuple[float, str]]:
    """Every line that is drawn across: its height and its word."""
    if rule.kind == "stale":
        return [(float(rule.repeats), "fires")]
    if not rule.has_thresholds:
        return []
    found = [(rule.warning, "warning"), (rule.critical, "critical"), (rule.recovery, "over")]
    shown = [(value, word) for value, word in found if value is not None]
    only = len([word for _, word in shown if word != "over"]) == 1
    return [(value, "fires" if only and word != "over" else word) for value, word in shown]


def _axis(rule: Rule, seen: Sequence[Seen], limits: Sequence[tuple[float, str]]) -> dict[str, Any]:
    """Holds line and thresholds with some air."""
    heights = [one.value for one in seen if one.value is not None] + [value for value, _ in limits]
    low, high = min(heights, default=0.0), max(heights, default=1.0)
    latency = rule.kind == "threshold" and rule.metric in ("p50", "p95", "p99", "value")
    foot = low if latency and low > 0.5 * high else min(0.0, low)
    room = (high - foot) * 0.08 or 1.0
    return {"range": [foot - (room if foot > 0 else 0.0), high + room], "nticks": 5,
            "ticksuffix": f" {rule.unit}" if 0 < len(rule.unit) <= SHORT_UNIT else ""}  # fmt: skip


def _limit(value: float, word: str, theme: Theme) -> dict[str, Any]:
    """Fires: dashed; over: dotted."""
    colours = {"warning": "warn-lamp", "over": "text-3"}
    look = {"color": token(theme, colours.get(word, "bad-lamp")), "width": 1 if word == "over" else 1.5}
    return {
        "type": "line", "xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": value, "y1": value,
        "line": look | {"dash": "dot" if word == "over" else "dash"}, "name": word,
    }  # fmt: skip


def _ends(limits: Sequence[tuple[float, str]], rule: Rule, theme: Theme) -> list[dict[str, Any]]:
    """The word and the number of each threshold, right of its end."""
    colours = {"warning": "warn", "over": "text-2"}
    return [
        {
            "xref": "paper", "yref": "y", "x": 1, "y": value, "xanchor": "left", "xshift": 4,
            "yshift": -7 if word == "over" else 5,
            "showarrow": False, "text": f"{word} {value_text(value, rule.unit)}", "name": word,
            "font": {"size": 11, "color": token(theme, colours.get(word, "bad"))},
        }
        for value, word in limits
    ]  # fmt: skip


def _band(one: Band, theme: Theme) -> dict[str, Any]:
    return _field(one.start_ns, one.end_ns, faint(token(theme, "bad-lamp"), 0.16))


def _pending(seen: Sequence[Seen], theme: Theme) -> list[dict[str, Any]]:
    """Stretches that wait to fire."""
    found, begun = [], 0
    for one in seen:
        if one.status == "pending" and not begun:
            begun = one.at_ns
        elif one.status != "pending" and begun:
            found.append(_field(begun, one.at_ns, faint(token(theme, "warn-lamp"), 0.22)))
            begun = 0
    return found


def _field(start_ns: int, end_ns: int, colour: str) -> dict[str, Any]:
    return {
        "type": "rect", "xref": "x", "yref": "paper", "x0": when(start_ns), "x1": when(end_ns), "y0": 0,
        "y1": 1, "fillcolor": colour, "line": {"width": 0}, "layer": "below",
    }  # fmt: skip


def _lengths(bands: Sequence[Band], span: tuple[int, int], theme: Theme) -> list[dict[str, Any]]:
    """How long the longest firings lasted, where there is room for the words."""
    chosen: list[Band] = []
    apart = (span[1] - span[0]) // LABEL_APART
    for one in sorted(bands, key=lambda band: band.start_ns - band.end_ns):
        if len(chosen) < LABELS and all(abs(one.start_ns - other.start_ns) > apart for other in chosen):
            chosen.append(one)
    return [
        {
            "xref": "x", "yref": "paper", "x": when(one.start_ns), "y": 1, "xanchor": "left",
            "yanchor": "bottom", "showarrow": False,
            "text": format.span_of((one.end_ns - one.start_ns) / NS),
            "font": {"size": 11, "color": token(theme, "bad")},
        }
        for one in chosen
    ]  # fmt: skip
