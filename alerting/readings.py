"""Metrics that are read as they stood at a moment, not counted from calls: stale values, queue depth."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from alerting.memory import ALWAYS, NEVER, Memory
from alerting.rule import Rule
from alerting.state import Evaluation
from queries.alert_rows import Call, key_of
from queries.base import Reader
from queries.filters import parse
from queries.queue_depths import FRESH_NS, queue_depths
from queries.queue_depths import groups_of as groups_named
from queries.stale import flagged

OWN_QUEUE = "(collector)"  # the key of the collector's queue where each is judged by itself
Change = tuple[int, float]  # from when on, by how much


class Levels:
    """A number per key over time, made of changes: what had been added up by a moment."""

    def __init__(self, changes: Mapping[str, Sequence[Change]]) -> None:
        self._times: dict[str, list[int]] = {}
        self._sums: dict[str, list[float]] = {}
        for key, given in changes.items():
            total, sums = 0.0, []
            ordered = sorted(given)
            for _, change in ordered:
                total += change
                sums.append(total)
            self._times[key], self._sums[key] = [at for at, _ in ordered], sums

    def at(self, at_ns: int) -> dict[str, float]:
        """The keys that had changed by then, and their numbers."""
        places = {key: bisect_right(times, at_ns) for key, times in self._times.items()}
        return {key: self._sums[key][place - 1] for key, place in places.items() if place}


def stale_values(rule: Rule, reader: Reader, first_ns: int, last_ns: int) -> Levels:
    """Values of the filter's processes that were stale."""
    changes: dict[str, list[Change]] = {}
    for one in flagged(reader, parse(rule.filter), first_ns, last_ns):
        key = key_of(rule.group_by, one.process, one.group)
        mine = changes.setdefault(key, [])
        mine.append((one.flagged_ns, 1.0))
        if one.ended_ns is not None:
            mine.append((one.ended_ns, -1.0))
    return Levels(changes)


def waiting_spans(rule: Rule, reader: Reader, first_ns: int, last_ns: int) -> tuple[Levels, Levels]:
    """Spans that wait, and how many queues say so: one that has said nothing for a while is not counted."""
    named = groups_named(reader, parse(rule.filter))
    rows: dict[str, list[tuple[int, int]]] = {}
    for at, queue, spans in queue_depths(reader, first_ns, last_ns):
        if named is None or queue in named:
            rows.setdefault(queue, []).append((at, spans))
    depths: dict[str, list[Change]] = {}
    told: dict[str, list[Change]] = {}
    for queue, mine in rows.items():
        key = (queue or OWN_QUEUE) if rule.group_by else ""
        ends = [*(at for at, _ in mine[1:]), NEVER]
        for (at, spans), end in zip(mine, ends, strict=True):
            until = min(end, at + FRESH_NS)
            depths.setdefault(key, []).extend([(at, float(spans)), (until, -float(spans))])
            told.setdefault(key, []).extend([(at, 1.0), (until, -1.0)])
    return Levels(depths), Levels(told)


class Readings:
    """The ledger of such a metric."""

    def __init__(self, rule: Rule, reader: Reader, known: Collection[str] = ()) -> None:
        self._rule = rule
        self._reader = reader
        self._keys = set(known if rule.group_by else ("",))
        self._read_ns = (0, 0)  # moments between these can be judged
        self._values: Callable[[int], dict[str, float]] = lambda at_ns: {}
        self.memories: dict[str, Memory] = {}

    def add(self, call: Call) -> None:
        """Nothing is counted."""

    def read(self, moments_ns: Sequence[int]) -> None:
        """Whatever judging at these moments asks for."""
        first, last = moments_ns[0], moments_ns[-1]
        if self._rule.metric == "stale count":
            self._values = stale_values(self._rule, self._reader, first, last).at
        else:
            depths, told = waiting_spans(self._rule, self._reader, first, last)
            self._values = lambda at_ns: _where_told(depths.at(at_ns), told.at(at_ns))
        self._read_ns = first, last

    def judge(self, at_ns: int, besides: Iterable[str] = ()) -> dict[str, Evaluation]:
        """Every key that was ever seen; of no queue there is no data, of no stale value there are none."""
        if not self._read_ns[0] <= at_ns <= self._read_ns[1]:
            self.read([at_ns])
        found = self._values(at_ns)
        self._keys |= found.keys()
        nothing = 0.0 if self._rule.metric == "stale count" else None
        return {key: self._evaluation(at_ns, found.get(key, nothing)) for key in sorted(self._keys)}

    @staticmethod
    def _evaluation(at_ns: int, value: float | None) -> Evaluation:
        return Evaluation(at_ns, value, 0 if value is None else ALWAYS)


def _where_told(depths: Mapping[str, float], told: Mapping[str, float]) -> dict[str, float]:
    return {key: depth for key, depth in depths.items() if told[key] > 0}
