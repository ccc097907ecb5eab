"""Which of the alerts that fire is the cause of which: what is wrong with their calls, and the deepest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from alerting.evidence import tree_of
from alerting.rule import Rule
from alerting.state import NS
from queries.alert_causes import Link, Wrong
from queries.base import Reader, TimeRange
from queries.filter_tree import And, Clause

LATENCY = ("p50", "p95", "p99")
EARLIER_NS = 60 * NS  # a call counts by its end, and may have begun before the window
# What about calls can be the cause of what; counts of calls, silence and combinations stand for themselves.
CAUSED_BY: Mapping[str, tuple[str, ...]] = {
    "errors": ("errors", "time", "value", "change"), "time": ("time", "errors", "change"),
    "value": ("value", "errors"), "change": ("change",), "memory": ("memory",),
}  # fmt: skip
KINDS: Mapping[str, str] = {
    "stale": "value", "type change": "value", "new exception": "errors", "error spike": "errors",
    "memory growth": "memory", "regression": "change",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Root:
    """The cause of an alert, by position, and how many traced calls lie between."""

    cause: int
    calls: int


def about(rule: Rule) -> str:
    """What of its calls a rule finds wrong: errors, time, value, memory, change; "" for none of them."""
    if rule.kind != "threshold":
        return KINDS.get(rule.kind, "")
    if rule.metric in LATENCY and rule.operator == "above":
        return "time"
    if rule.metric in ("errors", "error rate") and rule.operator == "above":
        return "errors"
    return {"value": "value", "memory": "memory"}.get(rule.metric, "")


def wrong_calls(reader: Reader, rule: Rule, key: str, at_ns: int, since_ns: int = 0) -> Wrong:
    """The calls that a rule about calls finds wrong at a moment; raises QueryError."""
    tree, subject = tree_of(reader, rule, key, at_ns), about(rule)
    begin = since_ns or max(0, at_ns - rule.window * NS - EARLIER_NS)
    range = TimeRange(min(begin, at_ns), at_ns + 1)
    if subject == "errors":
        return Wrong(And((tree, Clause("status", "equals", "error"))), range, failing=True)
    if subject != "time":
        return Wrong(tree, range)
    limit = rule.warning if rule.warning is not None else rule.critical
    ms = max(limit or 0.0, 0.001)
    return Wrong(And((tree, Clause("duration", ">", f"{ms:.6f}ms"))), range, slow_ns=round(ms * 1e6))


def roots(links: Sequence[Link], rules: Sequence[Rule]) -> dict[int, Root]:
    """The cause of each effect that itself is no effect: of several the one most calls led to."""
    possible: dict[int, list[Link]] = {}
    for one in links:
        if about(rules[one.cause]) in CAUSED_BY[about(rules[one.effect])]:
            possible.setdefault(one.effect, []).append(one)
    found = {}
    for effect, mine in possible.items():
        final = [one for one in mine if one.cause not in possible]
        if final:
            best = max(final, key=lambda one: (one.share, one.calls, -one.cause))
            found[effect] = Root(best.cause, best.calls)
            continue
        if (root := _followed(effect, possible)) is not None:
            found[effect] = root
    return found


def _followed(effect: int, possible: Mapping[int, Sequence[Link]]) -> Root | None:
    """Step by step to a cause that is no effect; None where that leads in a circle."""
    at, calls, path = effect, 0, [effect]
    while at in possible:
        best = max(possible[at], key=lambda one: (one.share, one.calls, -one.cause))
        at, calls = best.cause, calls + best.calls
        if at in path:
            return None
        path.append(at)
    return Root(at, calls)
