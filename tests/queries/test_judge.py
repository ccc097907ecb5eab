"""The written thresholds, applied."""

from __future__ import annotations

import pytest

from config import ThresholdSettings
from queries import judge
from tests.support.page import MS, totals

LIMITS = ThresholdSettings()  # 1 % and 5 %, 100 ms and 500 ms


@pytest.mark.parametrize(
    ("rate", "lamp"),
    [(0.0, "ok"), (0.01, "ok"), (0.011, "warn"), (0.05, "warn"), (0.051, "bad"), (1.0, "bad")],
)
def test_error_rates_turn_yellow_and_red_above_their_thresholds(rate: float, lamp: str) -> None:
    assert judge.error_lamp(rate, LIMITS) == lamp


@pytest.mark.parametrize(
    ("p95_ns", "lamp"),
    [(None, "off"), (1, "ok"), (100 * MS, "ok"), (101 * MS, "warn"), (500 * MS, "warn"), (501 * MS, "bad")],
)
def test_latency_turns_yellow_and_red_above_its_thresholds(p95_ns: int | None, lamp: str) -> None:
    assert judge.latency_lamp(p95_ns, LIMITS) == lamp


def test_a_group_that_fails_often_is_down_and_says_how_often() -> None:
    judged = judge.group(totals(error_rate=0.069), LIMITS)
    assert (judged.health, judged.lamp) == ("down", "bad")
    assert judged.reason == "6.9 % of calls fail, red above 5 %"


def test_a_group_that_fails_sometimes_is_degraded() -> None:
    assert judge.group(totals(error_rate=0.02), LIMITS).reason == "2.0 % of calls fail, yellow above 1 %"


@pytest.mark.parametrize(("p95_ns", "limit"), [(180 * MS, "100 ms"), (1_240 * MS, "500 ms")])
def test_a_slow_group_is_degraded_and_never_down(p95_ns: int, limit: str) -> None:
    judged = judge.group(totals(p95_ns=p95_ns), LIMITS)
    assert judged.health == "degraded"
    assert judged.reason.endswith(f"above {limit}")


def test_a_healthy_group_has_nothing_to_say() -> None:
    assert judge.group(totals(), LIMITS) == judge.Judged("orders", "healthy", "")


def test_a_few_slow_calls_judge_nobody_but_failing_ones_do() -> None:
    assert judge.group(totals(spans=3, error_rate=0.0, p95_ns=900 * MS), LIMITS).health == "healthy"
    assert judge.group(totals(spans=3, error_rate=0.34), LIMITS).health == "down"


def test_a_group_that_has_fallen_silent_has_no_data() -> None:
    judged = judge.groups([], [totals("billing", spans=1200)], LIMITS)
    assert judged == (judge.Judged("billing", "no data", "silent, 1,200 spans in the range before"),)


def test_the_worst_stand_first() -> None:
    now = [totals("well"), totals("slow", p95_ns=300 * MS), totals("broken", error_rate=0.5)]
    judged = judge.groups(now, [totals("silent")], LIMITS)
    assert [one.name for one in judged] == ["broken", "slow", "silent", "well"]
