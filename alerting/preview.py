"""A rule before it is saved: the past day against its thresholds, and what it would have done.

The store is read once; another threshold is then only another life over the same evaluations.
"""

from __future__ import annotations

from dataclasses import dataclass

from alerting.evaluate import Judged, evaluate
from alerting.replay import Replay, moments_of, relive
from alerting.rule import Rule
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
        return relive(rule, self.judged, self.moments_ns)


def preview(rule: Rule, reader: Reader, now_ns: int, length_ns: int = SPANS["24h"]) -> Preview:
    """Reads what the rule looks at over the span that ends now."""
    moments = moments_of(now_ns, length_ns)
    return Preview(evaluate(rule, reader, moments), moments)
