"""A threshold learned from a rule's own history, and what the rule would have done with it.

Each hour with calls gives one figure. Above: the 99th percentile of the hours, and at least four spreads
(median deviation, as of a normal distribution) above their median. Then it is moved out until a replay
fires no more often than people read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from alerting.memory import MB, MS, SHARES
from alerting.preview import Preview
from alerting.rule import Rule
from alerting.rule_kinds import PLAIN_FIELDS, clauses_of
from queries import alert_learned
from queries.alert_learned import Hour
from queries.base import Reader, TimeRange
from queries.filters import parse

DAY_NS = 86_400 * 10**9
DAYS = 30  # of the rollups that are looked at, and of the replay
ENOUGH_HOURS, ENOUGH_CALLS = 24, 200
EDGE = 0.99
SPREADS, NORMAL = 4.0, 1.4826
OFTEN = 3  # firings in the replay; with more, the threshold moves out
STEP, STEPS = 1.25, 12
LEAST_RATE = 1.0  # percent: no error at all so far does not make a single one an alert
FIGURES = ("p50", "p95", "p99", "error rate", "traffic", "memory", "value")
STATISTICS = {"least": "least", "greatest": "greatest", "mean": "mean", "last": "mean"}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A threshold in the rule's unit, and what a replay says of it. `fired` is None until that is read."""

    rule: Rule
    field: str  # warning, or repeats
    value: float
    hours: int  # with calls, that it was learned from
    fired: int | None = None
    days: int = DAYS  # that were replayed
    step_ns: int = 0


@dataclass(frozen=True, slots=True)
class NoSuggestion:
    """Why there is none, in words; "" where nobody would expect one."""

    why: str = ""


def suggested(
    rule: Rule, reader: Reader, now_ns: int, preview_of: Callable[[Rule], Preview]
) -> Suggestion | NoSuggestion:
    """The suggestion for a rule that is being written, over what it looks at."""
    if not _is_about_something(rule):
        return NoSuggestion()
    seen = _hours(rule, reader, TimeRange(max(0, now_ns - DAYS * DAY_NS), now_ns))
    calls = sum(one.calls for one in seen)
    if len(seen) < ENOUGH_HOURS or calls < ENOUGH_CALLS:
        hours = f"{len(seen)} of {ENOUGH_HOURS} hours with calls"
        return NoSuggestion(f"{hours}, {calls:,} of {ENOUGH_CALLS} calls known")
    first = _first(rule, [one.figure for one in seen], len(seen))
    return _replayed(first, preview_of(first.rule), min(one.start_ns for one in seen), now_ns)


def _is_about_something(rule: Rule) -> bool:
    """Whether rollups know the rule's history: one process or group, all together."""
    if rule.group_by or not (rule.kind == "stale" or (rule.kind == "threshold" and rule.metric in FIGURES)):
        return False
    if (rule.kind == "stale" or rule.metric == "value") and not rule.data:
        return False
    found = clauses_of(rule)
    return bool(found) and all(one.field in PLAIN_FIELDS for one in found or ())


def _hours(rule: Rule, reader: Reader, range: TimeRange) -> Sequence[Hour]:
    tree, metric = parse(rule.filter), rule.metric
    if rule.kind == "stale":
        return alert_learned.values(reader, tree, range, rule.data, "repeats")
    if metric == "value":
        worst = "greatest" if rule.operator == "above" else "least"
        return alert_learned.values(reader, tree, range, rule.data, STATISTICS.get(rule.statistic, worst))
    if metric in ("error rate", "traffic"):
        return alert_learned.rates(reader, tree, range, metric)
    share, column, unit = (1.0, "memories", MB) if metric == "memory" else (SHARES[metric], "durations", MS)
    found = alert_learned.quantiles(reader, tree, range, share, column)
    return [replace(one, figure=one.figure / unit) for one in found]


def _first(rule: Rule, figures: Sequence[float], hours: int) -> Suggestion:
    """The threshold that the hours alone suggest."""
    middle = median(figures)
    spread = NORMAL * median([abs(one - middle) for one in figures])
    if rule.kind == "stale":
        repeats = math.ceil(3 * float(np.quantile(figures, EDGE)))
        return Suggestion(replace(rule, repeats=max(5, repeats)), "repeats", float(max(5, repeats)), hours)
    if rule.operator == "below":
        edge = min(float(np.quantile(figures, 1 - EDGE)), middle - SPREADS * spread)
        edge = edge if edge > 0 or rule.metric == "value" else min(figures) / 2
    else:
        edge = max(float(np.quantile(figures, EDGE)), middle + SPREADS * spread)
        edge = max(edge, LEAST_RATE) if rule.metric == "error rate" else edge
    return _with(rule, edge, hours)


def _with(rule: Rule, edge: float, hours: int) -> Suggestion:
    value = rounded(edge, up=rule.operator == "above")
    value = min(value, 100.0) if rule.metric == "error rate" else value
    return Suggestion(replace(rule, warning=value, critical=None, recovery=None), "warning", value, hours)


def rounded(value: float, *, up: bool) -> float:
    """Two significant digits, away from what is usual."""
    if not value:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    steps = math.ceil(value / unit - 1e-9) if up else math.floor(value / unit + 1e-9)
    return float(f"{steps * unit:.12g}")


def _replayed(first: Suggestion, preview: Preview, begun_ns: int, now_ns: int) -> Suggestion:
    """The same or further out, with how often a replay of the days that are known fires."""
    known_ns = now_ns - max(begun_ns, preview.judged.known_from_ns)
    found = replace(first, days=max(1, min(DAYS, round(known_ns / DAY_NS))))
    for _ in range(STEPS):
        replayed = preview.replay(found.rule)
        found = replace(found, fired=len(replayed.episodes), step_ns=replayed.step_ns)
        if len(replayed.episodes) <= OFTEN:
            break
        found = _further(found)
    return found


def _further(one: Suggestion) -> Suggestion:
    if one.field == "repeats":
        repeats = math.ceil(one.value * STEP)
        return replace(one, rule=replace(one.rule, repeats=repeats), value=float(repeats), fired=None)
    out = one.value + abs(one.value or 1.0) * (STEP - 1)
    inward = one.value - abs(one.value or 1.0) * (STEP - 1)
    return _with(one.rule, out if one.rule.operator == "above" else inward, one.hours)
