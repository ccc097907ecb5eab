"""An error-rate spike: the error rate, held against what is usual at this hour of the day.

Usual is the median over the past days of the error rate of the same hour (UTC), read from the rollups once
an hour. Days on which hardly anything was called then do not count.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from statistics import median

from alerting.memory import Traffic
from alerting.rule import Rule
from alerting.rule_kinds import MIN_DAYS
from alerting.state import Evaluation
from queries.alert_rows import Call
from queries.alert_usual import HOUR_NS, Counted, failures
from queries.base import Reader
from queries.filters import parse

HOURS_OF_DAY = 24
MIN_CALLS = 10  # of a past hour


class PastHours:
    """What was usual at an hour, for every group key of one rule; each hour is read once."""

    def __init__(self, rule: Rule, reader: Reader) -> None:
        self._rule = rule
        self._tree = parse(rule.filter)
        self._reader = reader
        self._read: dict[int, Counted] = {}
        self._rates: dict[tuple[str, int], float | None] = {}

    def usual(self, key: str, at_ns: int) -> float | None:
        """The usual error rate at this moment, in percent; None with too few days to know."""
        hour = at_ns // HOUR_NS
        if (key, hour) not in self._rates:
            self._rates[key, hour] = self._rate(key, hour)
        return self._rates[key, hour]

    def read(self, moments_ns: Iterable[int]) -> None:
        """Reads all that these moments ask for at once."""
        hours = {at // HOUR_NS for at in moments_ns}
        missing = {one for hour in hours for one in self._past(hour)} - self._read.keys()
        if missing:
            self._read |= failures(self._reader, self._tree, missing, self._rule.group_by)

    def _past(self, hour: int) -> list[int]:
        return [hour - HOURS_OF_DAY * day for day in range(1, self._rule.days + 1)]

    def _rate(self, key: str, hour: int) -> float | None:
        self.read((hour * HOUR_NS,))
        seen = [self._read[one].get(key, (0, 0)) for one in self._past(hour)]
        rates = [100 * errors / calls for calls, errors in seen if calls >= MIN_CALLS]
        return median(rates) if len(rates) >= MIN_DAYS else None


class Spike:
    """How many times the usual error rate the present one is."""

    def __init__(self, rule: Rule, key: str, past: PastHours) -> None:
        self._floor = rule.floor
        self._key = key
        self._past = past
        self._traffic = Traffic(replace(rule, metric="error rate"))
        self._judged_ns = 0

    def add(self, call: Call) -> None:
        self._traffic.add(call)

    def judge(self, at_ns: int) -> Evaluation:
        self._judged_ns = at_ns
        seen = self._traffic.judge(at_ns)
        if seen.value is None:
            return seen
        usual = self._past.usual(self._key, at_ns)
        if usual is None:
            text = f"fewer than {MIN_DAYS} past days had calls at this hour"
            return Evaluation(at_ns, None, seen.samples, text=text)
        text = f"{seen.value:.3g} % failed, usually {usual:.3g} % at this hour"
        return Evaluation(at_ns, seen.value / max(usual, self._floor), seen.samples, text=text)

    def wakes_ns(self) -> int:
        """Another hour has another usual rate, while there is something to hold against it."""
        leaves = self._traffic.wakes_ns()
        return min(leaves, (self._judged_ns // HOUR_NS + 1) * HOUR_NS)
