"""A rule before it is saved: the past day against its thresholds, and what it would have done.

The store is read once; another threshold is then only another life over the same evaluations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from alerting.evaluate import Judged, evaluate
from alerting.members import Replayed
from alerting.replay import Replay, moments_of, relive
from alerting.rule import Rule, beyond
from alerting.state import NS
from queries.base import Reader

SPANS: dict[str, int] = {"24h": 86_400 * NS, "7d": 7 * 86_400 * NS, "30d": 30 * 86_400 * NS}


@dataclass(frozen=True, slots=True)
class Preview:
    """Evaluations of a rule over a span of time, ready to be lived through with any threshold."""

    judged: Judged
    moments_ns: tuple[int, ...]

    def replay(self, rule: Rule) -> Replay:
        """What the rule would have done; thresholds, times and policies may differ from those read."""
        return relive(_in_order(rule), _over_repeats(rule, self.judged), self.moments_ns)


def _in_order(rule: Rule) -> Rule:
    """The rule without thresholds on the wrong side of its first one, which somebody may still be moving.

    No such rule can be saved, and with them what it would have done would not follow the one that is moved.
    """
    if not rule.has_thresholds:
        return rule
    in_order = rule.warning is None or beyond(rule.critical, rule.warning, rule.operator)
    critical = rule.critical if in_order else None
    first = rule.warning if rule.warning is not None else critical
    recovery = None if beyond(rule.recovery, first, rule.operator) else rule.recovery
    return replace(rule, critical=critical, recovery=recovery)


def _over_repeats(rule: Rule, judged: Judged) -> Judged:
    """A run that is not longer than the rule's repeats counts as none, as `evaluate` has it."""
    if rule.kind != "stale":
        return judged
    by_key = {
        key: tuple(
            one if one.value is None or one.value > rule.repeats else replace(one, value=0.0) for one in seen
        )
        for key, seen in judged.by_key.items()
    }
    return replace(judged, by_key=by_key)


def preview(
    rule: Rule, reader: Reader, now_ns: int, length_ns: int = SPANS["24h"],
    rules: Mapping[str, Rule] | None = None,
) -> Preview:  # fmt: skip
    """Reads what the rule looks at over the span that ends now; `rules` by id, where it is made of some."""
    moments = moments_of(now_ns, length_ns)
    others = Replayed(rules or {}, reader, moments, path=(rule.id,)) if rule.members else None
    wide = replace(rule, repeats=0)  # every run, so that the line shows how it grows
    return Preview(evaluate(wide, reader, moments, others=others), moments)
