"""Judging a rule at one moment or at many: the same code for the scheduler, a preview and a replay.

A window is (moment - window, moment], by when calls ended. Each group key is judged by itself.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from alerting.combination import Combination, Nobody, Others
from alerting.growth import Growth
from alerting.memory import (
    DAY_NS,
    NEVER,
    WEEK_NS,
    Memory,
    NewExceptions,
    NoCalls,
    Repeats,
    Traffic,
    Types,
    Values,
    width_of,
)
from alerting.readings import Readings
from alerting.regression import Versions
from alerting.rule import Rule
from alerting.spike import PastHours, Spike
from alerting.state import NS, Evaluation
from queries.alert_rows import Call, Calls, Sight, past_calls
from queries.base import Reader, TimeRange
from queries.filter_tree import And, Clause, Filter
from queries.filters import parse

LOOK_BACK_NS = {"stale": DAY_NS, "no calls": DAY_NS, "type change": DAY_NS, "new exception": WEEK_NS}
LONGEST_NS = 30 * DAY_NS
MOST_KEYS = 50_000  # group keys of one rule; further ones are not judged
WITHOUT_CALLS = ("regression", "combination")  # they are judged from something else,
READ = ("stale count", "queue depth")  # and so are these metrics
ERRORS = Clause("status", "equals", "error")


@dataclass(frozen=True, slots=True)
class Judged:
    """Evaluations by group key, in order of time. `known_from_ns`: earlier moments were not read in full."""

    by_key: Mapping[str, tuple[Evaluation, ...]]
    known_from_ns: int


class Ledger:
    """All that a rule remembers, by group key. A rule without grouping has the one key ""."""

    def __init__(self, rule: Rule, memory: Callable[[str], Memory], known: Collection[str] = ()) -> None:
        self._rule = rule
        self._memory = memory
        self._last: dict[str, Evaluation] = {}
        self._wakes: list[tuple[int, str]] = []  # a heap
        self._wake_of: dict[str, int] = {}  # the entry of each key that counts
        keys = known if rule.group_by else ("",)
        self.memories: dict[str, Memory] = {key: memory(key) for key in keys}
        self.changed: set[str] = set(keys)  # since each was judged last

    def add(self, call: Call) -> None:
        """A call that has ended."""
        key = call.key if self._rule.group_by else ""
        mine = self.memories.get(key)
        if mine is None:
            if len(self.memories) >= MOST_KEYS:
                return
            mine = self.memories[key] = self._memory(key)
        mine.add(call)
        self.changed.add(key)

    def judge(self, at_ns: int, besides: Iterable[str] = ()) -> dict[str, Evaluation]:
        """What has changed, and the keys that are asked for, at a moment no earlier than the last."""
        while self._wakes and self._wakes[0][0] <= at_ns:
            due, key = heapq.heappop(self._wakes)
            if self._wake_of.get(key) == due:
                del self._wake_of[key]
                self.changed.add(key)
        found = {}
        for key in self.changed:
            mine = self.memories[key]
            found[key] = self._last[key] = mine.judge(at_ns)
            self._wake(key, mine.wakes_ns())
        self.changed.clear()
        for key in besides:
            if key not in found and key in self._last:
                found[key] = self._last[key] = replace(self._last[key], at_ns=at_ns)
        return found

    def _wake(self, key: str, at_ns: int) -> None:
        """One entry a key, the earliest: when it is due and nothing has changed, the next one is made."""
        if at_ns < self._wake_of.get(key, NEVER):
            self._wake_of[key] = at_ns
            heapq.heappush(self._wakes, (at_ns, key))


class AnyLedger(Protocol):
    """What judges a rule: from calls, from versions, or from other rules."""

    memories: dict[str, Memory]

    def add(self, call: Call) -> None:
        """A call that has ended."""

    def judge(self, at_ns: int, besides: Iterable[str] = ()) -> dict[str, Evaluation]:
        """By group key: what has changed, and the keys that are asked for."""


MEMORIES: Mapping[str, Callable[[Rule], Memory]] = {
    "no calls": NoCalls, "stale": Repeats, "new exception": NewExceptions, "type change": Types,
    "memory growth": Growth,
}  # fmt: skip


def ledger_of(
    rule: Rule, reader: Reader, known: Collection[str] = (), others: Others | None = None,
    moments_ns: Sequence[int] = (),
) -> tuple[AnyLedger, int]:  # fmt: skip
    """An empty ledger, with all read at once that these moments ask for; from when on that was in time."""
    if rule.kind == "combination":
        return Combination(rule, others or Nobody(), known), 0
    if rule.kind == "regression":
        versions = Versions(rule, reader, known)
        return versions, versions.read(moments_ns) if moments_ns else 0
    if not needs_calls(rule):
        readings = Readings(rule, reader, known)
        if moments_ns:
            readings.read(moments_ns)
        return readings, 0
    if rule.kind == "error spike":
        past = PastHours(rule, reader)
        past.read(moments_ns)
        return Ledger(rule, lambda key: Spike(rule, key, past), known), 0
    usual = Values if rule.metric in ("memory", "value") else Traffic
    made = MEMORIES.get(rule.kind, usual)
    return Ledger(rule, lambda key: made(rule), known), 0


def look_back_ns(rule: Rule) -> int:
    """How far before a moment calls count for it."""
    windows = 2 if rule.kind == "memory growth" else 1
    window = windows * rule.window * NS
    return max(window + width_of(window), LOOK_BACK_NS.get(rule.kind, 0))


def needs_calls(rule: Rule) -> bool:
    """Whether it is judged from calls."""
    return rule.kind not in WITHOUT_CALLS and not (rule.kind == "threshold" and rule.metric in READ)


def calls_of(rule: Rule, reader: Reader, first_ns: int, last_ns: int, until_ns: int = 0) -> Calls:
    """The calls that are needed to judge the rule at moments from the first to the last, or further on."""
    if not needs_calls(rule):
        return Calls((), max(0, first_ns - look_back_ns(rule)))
    end = max(last_ns, until_ns)
    start = max(0, first_ns - look_back_ns(rule), end + 1 - LONGEST_NS)
    return past_calls(reader, filter_of(rule), TimeRange(start, end + 1), sight_of(rule))


def filter_of(rule: Rule) -> Filter:
    """The filter of the calls that a rule looks at."""
    tree = parse(rule.filter)
    return And((tree, ERRORS)) if rule.kind == "new exception" else tree


def sight_of(rule: Rule) -> Sight:
    """What the rule wants to see of them."""
    wants_value = rule.kind in ("stale", "type change") or (rule.kind, rule.metric) == ("threshold", "value")
    return Sight(rule.data if wants_value else "", rule.group_by)


def evaluate(
    rule: Rule, reader: Reader, moments_ns: Sequence[int], known: Collection[str] = (),
    others: Others | None = None,
) -> Judged:  # fmt: skip
    """Every group key at every moment; moments rise.

    With grouping a key is judged from the moment on that something of it is seen; `known` are keys that
    were seen before, which are judged also when nothing is left of them; `others` stood where they did at
    these moments.
    """
    read = calls_of(rule, reader, moments_ns[0], moments_ns[-1])
    ledger, known_from = ledger_of(rule, reader, known, others, moments_ns)
    found = judge_all(ledger, read.calls, moments_ns)
    return Judged(found, max(read.known_from_ns, known_from, others.known_from_ns if others else 0))


def judge_all(
    ledger: AnyLedger, calls: Sequence[Call], moments_ns: Sequence[int], always: Collection[str] | None = None
) -> dict[str, tuple[Evaluation, ...]]:
    """Adds the calls, in order of their ends, and judges at every moment between.

    `always` are the keys that are judged also where nothing has changed; None: every one seen so far.
    """
    found: dict[str, list[Evaluation]] = {}
    place = 0
    for at in moments_ns:
        while place < len(calls) and calls[place].end_ns <= at:
            ledger.add(calls[place])
            place += 1
        for key, seen in ledger.judge(at, list(found) if always is None else always).items():
            found.setdefault(key, []).append(seen)
    return {key: tuple(seen) for key, seen in found.items()}
