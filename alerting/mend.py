"""Mending a rule: the threshold or the waiting with which a replay is quiet enough, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from alerting.evaluate import evaluate
from alerting.learned import rounded
from alerting.preview import Preview
from alerting.replay import Replay
from alerting.rule import Rule, check
from alerting.state import NS
from queries.base import Reader

AT_MOST = 1  # firings that are left of what a replay had
WAITS = (60, 120, 300, 600, 900, 1800, 3600)  # seconds that a rule keeps firing, or waits before it does
AROUND_NS, EVERY_NS = 1_800 * NS, 4 * NS  # of a look at what flapped, as closely as it is judged


@dataclass(frozen=True, slots=True)
class Mended:
    """The rule as it should be, and how often it fires in the replay, before and after."""

    rule: Rule
    before: int
    after: int


def raised(rule: Rule, preview: Preview) -> Mended | None:
    """The thresholds moved out, as little as makes the replay fire once at most; None when it cannot tell."""
    before = preview.replay(rule)
    first = rule.warning if rule.warning is not None else rule.critical
    if not rule.has_thresholds or first is None or len(before.episodes) <= AT_MOST:
        return None
    up = rule.operator == "above"
    seen = {one.value for life in preview.judged.by_key.values() for one in life if one.value is not None}
    outer = sorted(
        {rounded(one, up=up) for one in seen if (one > first if up else one < first)}, reverse=not up
    )
    low, high = 0, len(outer)
    while low < high:  # fires less, the further out it lies
        middle = (low + high) // 2
        quiet = len(preview.replay(_moved(rule, first, outer[middle])).episodes) <= AT_MOST
        low, high = (low, middle) if quiet else (middle + 1, high)
    if low >= len(outer):
        return None
    found = _moved(rule, first, outer[low])
    return None if check(found) else Mended(found, len(before.episodes), len(preview.replay(found).episodes))


def _moved(rule: Rule, first: float, now: float) -> Rule:
    """Every threshold further out: by the same ratio, or distance where there is none."""

    def moved(value: float | None) -> float | None:
        if value is None:
            return None
        if value == first:
            return now
        return float(f"{value * now / first if first > 0 and now > 0 else value + now - first:.4g}")

    return replace(
        rule, warning=moved(rule.warning), critical=moved(rule.critical), recovery=moved(rule.recovery)
    )


def calmed(rule: Rule, reader: Reader, at_ns: int) -> Mended | None:
    """The rule with as little waiting as ends its flapping, judged closely around a moment when it did."""
    moments = tuple(range(at_ns - AROUND_NS, at_ns + AROUND_NS, EVERY_NS))
    preview = Preview(evaluate(rule, reader, moments), moments)
    before = preview.replay(rule)
    if len(before.episodes) <= AT_MOST:
        return None
    best = min(_waiting(rule), key=lambda one: _noise(preview.replay(one)))
    after = preview.replay(best)
    return Mended(best, len(before.episodes), len(after.episodes)) if _noise(after) < _noise(before) else None


def _waiting(rule: Rule) -> list[Rule]:
    """It keeps firing for longer, or waits longer before it fires; the shortest first, of those alike."""
    keep = [replace(rule, keep_firing=wait) for wait in WAITS if wait > rule.keep_firing]
    return keep or [replace(rule, for_=wait) for wait in WAITS if wait > rule.for_] or [rule]


def _noise(found: Replay) -> int:
    return len(found.episodes)


def mended_words(rule: Rule, done: Mended, unit_text: Callable[[float | None], str]) -> str:
    """What has become of it: warning from 100 ms to 320 ms."""
    found = []
    for field, word in (("warning", "warning"), ("critical", "critical"), ("recovery", "over")):
        before, after = getattr(rule, field), getattr(done.rule, field)
        if before != after:
            found.append(f"{word} from {unit_text(before)} to {unit_text(after)}")
    for field, word in (("keep_firing", "keeps firing for"), ("for_", "waits for")):
        if getattr(rule, field) != getattr(done.rule, field):
            found.append(f"{word} {getattr(done.rule, field)} s")
    return ", ".join(found)
