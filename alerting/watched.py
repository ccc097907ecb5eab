"""One rule as the watch keeps it: what it remembers, where each group key stands, and when it is judged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Sequence

from alerting.combination import Others
from alerting.evaluate import (
    AnyLedger,
    calls_of,
    filter_of,
    judge_all,
    ledger_of,
    needs_calls,
    sight_of,
)
from alerting.rule import Rule
from alerting.state import NS, Evaluation, State, is_idle
from queries.alert_rows import ID, PROCESS, SEGMENT, Call, Row
from queries.base import Reader

SOON_NS = {"threshold": 2 * NS}  # after a call came in; other kinds, which are about single calls, at once
AT_ONCE_NS = NS
MOST_MISSED = 200  # moments that are made up for; a longer gap is judged in wider steps
DOUBT_NS = 30 * NS  # so long after reading the past, a call may come a second time as an arrival


class Watched:
    """Filled from the past once, from then on by what arrives."""

    def __init__(
        self, rule: Rule, states: dict[str, State], judged_ns: int, known_from_ns: int, every_ns: int,
        others: Others,
    ) -> None:  # fmt: skip
        self.rule = rule
        self.filter = filter_of(rule)
        self.sight = sight_of(rule)
        self.states = states
        self.judged_ns = judged_ns  # the newest moment, 0 before the first
        self.known_from_ns = known_from_ns
        self.processes: set[int] = set()  # whose calls matched, as far as is remembered
        self.ledger: AnyLedger | None = None
        self._every_ns = every_ns
        self._others = others
        self._pending: list[Call] = []
        self._filled_ns = 0
        self._seen: set[tuple[int, int]] = set()

    def fill(self, reader: Reader, moment_ns: int) -> None:
        """Reads the past that the rule looks at."""
        moments = self.moments(moment_ns)
        # What is there already but ended after the moment will not arrive again.
        found = calls_of(self.rule, reader, moments[0], moment_ns, moment_ns + DOUBT_NS)
        self.ledger, _ = ledger_of(self.rule, reader, list(self.states), self._others)
        self._pending = list(found.calls)
        self.processes |= found.processes
        self.known_from_ns = found.known_from_ns
        self._filled_ns = moment_ns
        late = moment_ns - 4 * DOUBT_NS
        self._seen = {(one.segment, one.id) for one in found.calls if one.end_ns >= late}

    def forget(self) -> None:
        """Arrivals were missed: the past must be read again."""
        self.ledger, self._pending = None, []

    def arrive(self, rows: Sequence[Row], see: Callable[[Row], Call | None]) -> None:
        """Takes in what has arrived and matches; `see` makes a row what the rule's sight shows of it."""
        if self.ledger is None or not rows or not needs_calls(self.rule):
            return
        self.processes |= {row[PROCESS] for row in rows}
        for row in rows:
            if self._seen and (row[SEGMENT], row[ID]) in self._seen:
                continue
            call = see(row)
            if call is not None:
                self._pending.append(call)

    def is_due(self, moment_ns: int, judged: Collection[str]) -> bool:
        """Soon when something came in or a rule it is made of was `judged`, else at the usual cadence."""
        waited = moment_ns - self.judged_ns
        if any(id in judged for id in self.rule.members):
            return True
        if waited >= self._every_ns:
            return True
        soon = min(self._every_ns, SOON_NS.get(self.rule.kind, AT_ONCE_NS))
        return waited >= soon and bool(self._pending)

    def moments(self, newest_ns: int) -> list[int]:
        """The newest moment, and those missed before it, in order."""
        if not self.judged_ns or newest_ns - self.judged_ns < 2 * self._every_ns:
            return [newest_ns]
        missed = (newest_ns - self.judged_ns) // self._every_ns
        width = -(-missed // MOST_MISSED) * self._every_ns
        return list(range(newest_ns, self.judged_ns, -width))[::-1]

    def skipped(self, moments: Sequence[int]) -> int:
        """How many moments fell into wider steps."""
        if not self.judged_ns:
            return 0
        return max(0, (moments[-1] - self.judged_ns) // self._every_ns - len(moments))

    def judge(self, moments: Sequence[int]) -> dict[str, tuple[Evaluation, ...]]:
        """Evaluations by key, of what has changed and of what is not idle."""
        assert self.ledger is not None
        self._pending.sort(key=lambda one: (one.end_ns, one.id))
        idle_too = len(moments) > 1  # an idle key may stop being idle on the way
        always = {key for key, state in self.states.items() if idle_too or not is_idle(state)}
        found = judge_all(self.ledger, self._pending, moments, always)
        self._pending = [one for one in self._pending if one.end_ns > moments[-1]]
        if self._seen and moments[-1] - self._filled_ns > DOUBT_NS:
            self._seen.clear()
        return found

    def rest(self, state: State, at_ns: int) -> int:
        """How many evaluations an idle key was spared since its last."""
        return (at_ns - state.at_ns) // self._every_ns - 1 if state.at_ns and is_idle(state) else 0


def shape_of(rule: Rule) -> str:
    """Names what a rule looks at: with another shape, its group keys and their states mean nothing."""
    looked_at: tuple[object, ...] = (
        rule.kind, rule.filter, rule.group_by, rule.metric, rule.data, rule.operator, rule.statistic,
    )  # fmt: skip
    if rule.kind == "error spike":
        looked_at += (rule.days, rule.floor)
    if rule.kind == "combination":
        looked_at += (rule.all_of, rule.any_of, rule.none_of)
    return hashlib.sha256(json.dumps(looked_at).encode()).hexdigest()[:16]
