"""What the written thresholds say about figures: healthy, degraded, down or no data, and why.

Pure: settings and records in, judgements out. Pages and pushed messages show the same judgement.

| judged       | yellow                                   | red                    |
|--------------|------------------------------------------|------------------------|
| error rate   | above error_rate_yellow                  | above error_rate_red   |
| latency p95  | above latency_green_ms                   | above latency_red_ms   |
| a group      | degraded: either figure is yellow, or its p95 is red | down: its error rate is red |
| a silent one | no data: it sent spans in the range before, and none in this one |  |
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from config import ThresholdSettings
from queries.overview import GroupTotals

Lamp = Literal["ok", "warn", "bad", "off"]
Health = Literal["healthy", "degraded", "down", "no data"]
LAMPS: dict[Health, Lamp] = {"healthy": "ok", "degraded": "warn", "down": "bad", "no data": "off"}
WORST_FIRST: dict[Lamp, int] = {"bad": 0, "warn": 1, "off": 2, "ok": 3}
NS_PER_MS = 1_000_000
FEW_SPANS = 20  # the rates of fewer spans judge nobody


@dataclass(frozen=True, slots=True)
class Judged:
    """One thing with its health and the reason in a few words."""

    name: str
    health: Health
    reason: str

    @property
    def lamp(self) -> Lamp:
        return LAMPS[self.health]


def error_lamp(rate: float, limits: ThresholdSettings) -> Lamp:
    """Colour of a share of errors."""
    return "bad" if rate > limits.error_rate_red else "warn" if rate > limits.error_rate_yellow else "ok"


def latency_lamp(p95_ns: int | None, limits: ThresholdSettings) -> Lamp:
    """Colour of a 95th percentile, in nanoseconds."""
    if p95_ns is None:
        return "off"
    p95_ms = p95_ns / NS_PER_MS
    return "bad" if p95_ms > limits.latency_red_ms else "warn" if p95_ms > limits.latency_green_ms else "ok"


def group(totals: GroupTotals, limits: ThresholdSettings) -> Judged:
    """Health of one process group over a range."""
    errors, latency = error_lamp(totals.error_rate, limits), latency_lamp(totals.p95_ns, limits)
    failing = f"{totals.error_rate * 100:.1f} % of calls fail"
    if totals.spans < FEW_SPANS and errors == "ok":
        return Judged(totals.group, "healthy", "few calls")
    if errors == "bad":
        return Judged(totals.group, "down", f"{failing}, red above {limits.error_rate_red * 100:g} %")
    if errors == "warn":
        return Judged(
            totals.group, "degraded", f"{failing}, yellow above {limits.error_rate_yellow * 100:g} %"
        )
    if latency in ("warn", "bad"):
        limit = limits.latency_red_ms if latency == "bad" else limits.latency_green_ms
        p95_ms = (totals.p95_ns or 0) / NS_PER_MS
        return Judged(totals.group, "degraded", f"p95 is {p95_ms:,.0f} ms, above {limit:,.0f} ms")
    return Judged(totals.group, "healthy", "")


def groups(
    now: Sequence[GroupTotals], before: Iterable[GroupTotals], limits: ThresholdSettings
) -> tuple[Judged, ...]:
    """Health of every group of this range, and of those that have fallen silent since the one before."""
    judged = [group(totals, limits) for totals in now]
    here = {totals.group for totals in now}
    silent = [
        Judged(totals.group, "no data", f"silent, {totals.spans:,} spans in the range before")
        for totals in before
        if totals.group not in here
    ]
    return worst_first([*judged, *silent])


def worst_first(judged: Iterable[Judged]) -> tuple[Judged, ...]:
    """Down, degraded, no data, healthy; by name within each."""
    return tuple(sorted(judged, key=lambda one: (WORST_FIRST[one.lamp], one.name)))
