"""Which rules nobody listens to, or needs: what fires unattended, never fires, flaps, or overlaps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from alerting.edit import SavedRule
from alerting.state import NS, ORDER
from queries.alert_log import Episode
from queries.alert_review import Acted
from queries.base import TimeRange

Kind = Literal["unattended", "never", "flaps", "overlaps"]
SOME = 2  # firings that say something
ALIKE = 0.7  # of the time in which either of two rules fired, both did
Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, or two that overlap, and what is odd about it. `count` is of firings or flaps."""

    kind: Kind
    rule: SavedRule
    count: int = 0
    fired_ns: int = 0  # how long in all
    at_ns: int = 0  # when last
    other: SavedRule | None = None  # the one that should stay
    alike: float = 0.0  # share of the time in which both fired


def review(
    rules: Sequence[SavedRule], episodes: Iterable[Episode], acted: Acted, range: TimeRange
) -> tuple[Finding, ...]:
    """What is found in a range: worst first, then by how often."""
    fired: dict[str, list[Episode]] = {}
    for one in episodes:
        fired.setdefault(one.rule_id, []).append(one)
    spans = {id: _spans(found, range.end_ns) for id, found in fired.items()}
    active = [one for one in rules if one.rule.enabled]
    found = [*_flapping(active, acted), *_unattended(active, fired, spans, acted)]
    found += [*_overlapping(active, fired, spans), *_silent(active, fired, acted, range)]
    return tuple(found)


def _flapping(rules: Sequence[SavedRule], acted: Acted) -> list[Finding]:
    seen = [(one, acted.flaps[one.rule.id]) for one in rules if one.rule.id in acted.flaps]
    found = [Finding("flaps", one, flapped.times, at_ns=flapped.last_ns) for one, flapped in seen]
    return sorted(found, key=lambda one: -one.count)


def _unattended(
    rules: Sequence[SavedRule], fired: Mapping[str, list[Episode]], spans: Mapping[str, Spans], acted: Acted
) -> list[Finding]:
    """Fired several times, and nobody acknowledged, snoozed or silenced a single one."""
    found = []
    for one in rules:
        mine = fired.get(one.rule.id, [])
        if len(mine) >= SOME and not any(_attended(each, acted) for each in mine):
            last = max(each.fired_ns for each in mine)
            found.append(Finding("unattended", one, len(mine), _length(spans[one.rule.id]), last))
    return sorted(found, key=lambda one: -one.count)


def _attended(one: Episode, acted: Acted) -> bool:
    if (one.rule_id, one.key, one.fired_ns) in acted.acknowledged:
        return True
    end = one.resolved_ns or 2**62
    return any(
        silence.starts_ns < end
        and silence.ends_ns > one.fired_ns
        and silence.covers(one.rule_id, one.key, one.severity, max(one.fired_ns, silence.starts_ns))
        for silence in acted.silences
    )


def _silent(
    rules: Sequence[SavedRule], fired: Mapping[str, list[Episode]], acted: Acted, range: TimeRange
) -> list[Finding]:
    """Judged all the while, and never fired."""
    return [
        Finding("never", one)
        for one in rules
        if one.created_ns <= range.start_ns
        and one.rule.id in acted.judged
        and one.rule.id not in acted.paused
        and one.rule.id not in fired
    ]


def _overlapping(
    rules: Sequence[SavedRule], fired: Mapping[str, list[Episode]], spans: Mapping[str, Spans]
) -> list[Finding]:
    """Pairs that fire at the same times; the less severe, or younger, of them is the one to do without."""
    often = [one for one in rules if len(fired.get(one.rule.id, ())) >= SOME]
    found = []
    for first, second in combinations(often, 2):
        if first.rule.id in second.rule.members or second.rule.id in first.rule.members:
            continue
        alike = jaccard(spans[first.rule.id], spans[second.rule.id])
        if alike >= ALIKE:
            spare, kept = sorted((first, second), key=lambda one: (_worst(one, fired), -one.created_ns))
            count = len(fired[spare.rule.id])
            found.append(Finding("overlaps", spare, count, other=kept, alike=alike))
    return sorted(found, key=lambda one: -one.alike)


def _worst(one: SavedRule, fired: Mapping[str, list[Episode]]) -> int:
    return max(ORDER.get(each.severity, 0) for each in fired[one.rule.id])


def _spans(episodes: Iterable[Episode], end_ns: int) -> Spans:
    """When at least one key fired: stretches that do not touch, in order."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((one.fired_ns, one.resolved_ns or end_ns) for one in episodes):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _length(spans: Spans) -> int:
    return sum(end - start for start, end in spans)


def jaccard(first: Spans, second: Spans) -> float:
    """Of the time in which either fired, the share in which both did."""
    both = sum(
        max(0, min(end, other_end) - max(start, other_start))
        for start, end in first
        for other_start, other_end in second
    )
    either = _length(first) + _length(second) - both
    return both / either if either >= NS else 0.0
