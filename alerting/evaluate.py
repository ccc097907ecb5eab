"""Judging a rule at one moment or at many: the same code for the scheduler, a preview and a replay.

A window is (moment - window, moment], by when calls ended. Each group key is judged by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import dropwhile
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from alerting.rule import Rule
from alerting.state import NS, Evaluation
from queries.alert_rows import AlertRows, alert_rows
from queries.base import Reader, TimeRange
from queries.filter_tree import And, Clause, Filter
from queries.filters import parse

SHARES = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
MS, MB = 1e6, 1e6
LOOK_BACK_NS = {
    "stale": 86_400 * NS,
    "no calls": 86_400 * NS,
    "type change": 86_400 * NS,
    "new exception": 7 * 86_400 * NS,
}
ALWAYS = 1_000_000  # samples of what needs none: that nothing was called is itself the measurement
ERRORS = Clause("status", "equals", "error")
Ints = npt.NDArray[np.int64]


class Window(NamedTuple):
    """One moment: rows [low, high) ended in its window, rows [base, low) within its look-back before."""

    base: int
    low: int
    high: int
    at_ns: int


Judge = Callable[[Window], Evaluation]


@dataclass(frozen=True, slots=True)
class Judged:
    """Evaluations by group key, in order of time. `known_from_ns`: earlier moments were not read in full."""

    by_key: Mapping[str, tuple[Evaluation, ...]]
    known_from_ns: int


def evaluate(rule: Rule, reader: Reader, moments_ns: Sequence[int], known: Collection[str] = ()) -> Judged:
    """Every group key at every moment; moments rise. A rule without grouping has the one key "".

    With grouping a key is judged from the moment on that something of it is seen; `known` are keys that
    were seen before, which are judged also when nothing is left of them.
    """
    look_back = max(rule.window * NS, LOOK_BACK_NS.get(rule.kind, 0))
    start = max(0, moments_ns[0] - look_back)
    start = max(start, moments_ns[-1] - 30 * 86_400 * NS)
    rows = alert_rows(reader, _filter(rule), TimeRange(start, moments_ns[-1] + 1), rule.data)
    by_key = {}
    for key, mine in _by_key(rule, rows, known).items():
        windows = _windows(rule, mine, moments_ns, look_back)
        if rule.group_by and key not in known:
            windows = dropwhile(lambda window: window.high == window.base, windows)
        by_key[key] = tuple(map(JUDGES[rule.kind](rule, mine), windows))
    return Judged(by_key, rows.known_from_ns)


def _windows(rule: Rule, rows: AlertRows, moments_ns: Sequence[int], look_back: int) -> Iterator[Window]:
    """Where each moment's window lies in the rows."""
    ends = np.asarray(moments_ns, dtype=np.int64)
    base, low, high = (
        np.searchsorted(rows.end_ns, ends - back, "right").tolist()
        for back in (look_back, rule.window * NS, 0)
    )
    return (Window(*one) for one in zip(base, low, high, moments_ns, strict=True))


def _filter(rule: Rule) -> Filter:
    tree = parse(rule.filter)
    return And((tree, ERRORS)) if rule.kind == "new exception" else tree


def _by_key(rule: Rule, rows: AlertRows, known: Collection[str]) -> dict[str, AlertRows]:
    """The rows of each group key, also of those known ones that have none now."""
    if not rule.group_by:
        return {"": rows}
    keys: dict[str, list[int]] = {key: [] for key in known}
    for code in np.unique(rows.process).tolist():
        process = rows.names.processes[code]
        keys.setdefault(process.name if rule.group_by == "process" else process.group, []).append(code)
    return {key: _where(rows, np.isin(rows.process, codes)) for key, codes in keys.items()}


def _where(rows: AlertRows, chosen: npt.NDArray[np.bool_]) -> AlertRows:
    return AlertRows(
        rows.end_ns[chosen], rows.duration_ns[chosen], rows.error[chosen], rows.process[chosen],
        rows.exception[chosen], rows.number[chosen], rows.type[chosen], rows.text[chosen],
        rows.texts, rows.names, rows.known_from_ns,
    )  # fmt: skip


def _threshold(rule: Rule, rows: AlertRows) -> Judge:
    def judge(window: Window) -> Evaluation:
        low, high, at = window.low, window.high, window.at_ns
        calls = high - low
        if rule.metric in SHARES:
            return Evaluation(at, _quantile(rows.duration_ns[low:high], SHARES[rule.metric]), calls)
        if rule.metric == "error rate":
            return Evaluation(at, 100 * float(rows.error[low:high].mean()) if calls else None, calls)
        if rule.metric in ("memory", "value"):
            return _extreme(rule, rows.number[low:high], at)
        errors = float(rows.error[low:high].sum())
        counted = {"errors": errors, "count": float(calls), "traffic": calls / rule.window}
        return Evaluation(at, counted[rule.metric], ALWAYS)

    return judge


def _quantile(durations_ns: Ints, share: float) -> float | None:
    """Nearest rank, in milliseconds."""
    if not len(durations_ns):
        return None
    rank = max(0, int(np.ceil(share * len(durations_ns))) - 1)
    return float(np.partition(durations_ns, rank)[rank]) / MS


def _extreme(rule: Rule, numbers: npt.NDArray[np.float64], at: int) -> Evaluation:
    """The most extreme value in the direction of the threshold: one bad value is enough."""
    seen = numbers[~np.isnan(numbers)]
    if not len(seen):
        return Evaluation(at, None, 0)
    value = float(seen.max() if rule.operator == "above" else seen.min())
    return Evaluation(at, value / MB if rule.metric == "memory" else value, len(seen))


def _no_calls(rule: Rule, rows: AlertRows) -> Judge:
    """1 when nothing was called in the window, though something was in the day before it."""

    def judge(window: Window) -> Evaluation:
        silent = window.high == window.low and window.low > window.base
        return Evaluation(window.at_ns, float(silent), ALWAYS)

    return judge


def _stale(rule: Rule, rows: AlertRows) -> Judge:
    """How often the last value repeated, 0 while it has not done so often and long enough."""
    seen = np.flatnonzero(rows.text >= 0)
    values = rows.text[seen]
    begins = (
        np.concatenate([[True], values[1:] != values[:-1]]) if len(seen) else np.array([], dtype=np.bool_)
    )
    first = np.maximum.accumulate(np.where(begins, np.arange(len(seen)), 0)) if len(seen) else seen

    def judge(window: Window) -> Evaluation:
        last = int(np.searchsorted(seen, window.high)) - 1
        since = int(np.searchsorted(seen, window.base))
        if last < since:
            return Evaluation(window.at_ns, None, 0)
        begun = max(int(first[last]), since)
        run, lasted = last - begun + 1, int(rows.end_ns[seen[last]] - rows.end_ns[seen[begun]])
        stale = run > rule.repeats and lasted >= rule.min_seconds * NS
        return Evaluation(
            window.at_ns, float(run) if stale else 0.0, ALWAYS, text=rows.texts[int(values[last])]
        )

    return judge


def _new_exception(rule: Rule, rows: AlertRows) -> Judge:
    """How many calls of the window raised what nothing raised in the seven days before it."""
    places = {code: np.flatnonzero(rows.exception == code) for code in np.unique(rows.exception).tolist()}

    def judge(window: Window) -> Evaluation:
        raised, counts = np.unique(rows.exception[window.low : window.high], return_counts=True)
        new = {
            code: count
            for code, count in zip(raised.tolist(), counts.tolist(), strict=True)
            if code >= 0 and not _between(places[code], window.base, window.low)
        }
        names = ", ".join(sorted(rows.names.exceptions[code] for code in new))
        return Evaluation(window.at_ns, float(sum(new.values())), ALWAYS, text=names)

    return judge


def _type_change(rule: Rule, rows: AlertRows) -> Judge:
    """How many values of the window have another type than most had in the day before it."""
    places = {code: np.flatnonzero(rows.type == code) for code in np.unique(rows.type).tolist() if code >= 0}
    types = rows.names.data_types

    def judge(window: Window) -> Evaluation:
        before = {code: _between(found, window.base, window.low) for code, found in places.items()}
        now = {code: _between(found, window.low, window.high) for code, found in places.items()}
        if not any(before.values()) or not any(now.values()):
            return Evaluation(window.at_ns, None, 0)
        usual = max(before, key=lambda code: before[code])
        others = {code: count for code, count in now.items() if count and code != usual}
        words = ", ".join(types[code] for code in others)
        text = f"{words}, was {types[usual]}" if others else types[usual]
        return Evaluation(window.at_ns, float(sum(others.values())), sum(now.values()), text=text)

    return judge


def _between(places: Ints, low: int, high: int) -> int:
    """How many of the places lie in [low, high)."""
    return int(np.searchsorted(places, high) - np.searchsorted(places, low))


JUDGES: Mapping[str, Callable[[Rule, AlertRows], Judge]] = {
    "threshold": _threshold, "no calls": _no_calls, "stale": _stale, "new exception": _new_exception,
    "type change": _type_change,
}  # fmt: skip
