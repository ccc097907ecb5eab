from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import queries.alert_rows
from alerting.evaluate import evaluate
from alerting.members import Replayed
from alerting.replay import moments_of, replay
from alerting.rule import KINDS as ALL_KINDS
from alerting.rule import Rule
from alerting.state import NS, State, advance
from queries.base import Reader
from tests.support.functions import MS, FunctionCall, write

NOW = 1_795_269_750 * NS
MINUTE = 60 * NS
HISTOGRAM = 0.011  # the relative error of a percentile
Stored = Callable[[Sequence[FunctionCall]], Reader]
PRICE = 'process:="price_order"'


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return lambda calls: Reader.open(write(tmp_path / "db", calls, NOW))


def call(seconds: float, ms: float = 20.0, name: str = "price_order", **more: Any) -> FunctionCall:
    """A call that ends so many seconds before now."""
    return FunctionCall(NOW - int(seconds * NS) - round(ms * MS), name, ms=ms, **more)


def value(seconds: float, data: object, type_name: str = "float", name: str = "fx_rate") -> FunctionCall:
    return call(seconds, name=name, values=(("arg", "n", "int", 1), ("return", "return", type_name, data)))


def one(rule: Rule, reader: Reader, at: int = NOW) -> tuple[float | None, int, str]:
    (seen,) = evaluate(rule, reader, [at]).by_key[""]
    return seen.value, seen.samples, seen.text


def rule(metric: str = "p95", **more: Any) -> Rule:
    return Rule("r", metric=metric, filter=PRICE, warning=1.0, **more)  # type: ignore[arg-type]


def test_metrics_agree_with_counting_by_hand(stored: Stored) -> None:
    rng = random.Random(5)
    calls = [
        call(rng.uniform(0, 900), rng.uniform(1, 400), exception="E" * (rng.random() < 0.2),
             memory=rng.choice([None, 4096 * rng.randrange(500)]))
        for _ in range(500)
    ]  # fmt: skip
    reader = stored([*calls, call(10, 9999, "other")])
    for at in (NOW, NOW - 3 * MINUTE, NOW - 7 * MINUTE):
        inside = [c for c in calls if at - 5 * MINUTE < c.start_ns + round(c.ms * MS) <= at]
        durations = sorted(round(c.ms * MS) for c in inside)
        errors = sum(bool(c.exception) for c in inside)
        exact = durations[-(-95 * len(durations) // 100) - 1] / 1e6
        assert one(rule("p95"), reader, at)[:2] == (pytest.approx(exact, rel=HISTOGRAM), len(inside))
        assert one(rule("error rate"), reader, at)[0] == pytest.approx(100 * errors / len(inside))
        assert one(rule("errors"), reader, at)[0] == errors
        assert one(rule("count"), reader, at)[0] == len(inside)
        assert one(rule("traffic"), reader, at)[0] == pytest.approx(len(inside) / 300)
        assert one(rule("memory"), reader, at)[0] == max(c.memory or 0 for c in inside) / 1e6


def test_a_call_counts_when_it_has_ended(stored: Stored) -> None:
    slow = FunctionCall(NOW - 4 * MINUTE, ms=200_000)
    reader = stored([slow])
    assert one(rule("count"), reader, NOW - 41 * NS)[0] == 0
    assert one(rule("count"), reader, NOW - 40 * NS)[0] == 1


def test_without_calls_there_is_no_latency_but_a_count_of_zero(stored: Stored) -> None:
    reader = stored([call(3000)])
    assert one(rule("p95"), reader)[:2] == (None, 0)
    assert one(rule("error rate"), reader)[0] is None
    assert one(rule("count"), reader)[0] == 0
    assert one(rule("memory"), reader)[0] is None


def test_any_filter_can_be_judged(stored: Stored) -> None:
    reader = stored([call(10), call(9, exception="KeyError"), call(8, version="v2", source="x")])
    assert one(replace(rule("count"), filter="exception:KeyError"), reader)[0] == 1
    assert one(replace(rule("count"), filter="version:v2 OR exception:KeyError"), reader)[0] == 2
    assert one(replace(rule("count"), filter="duration:>1s"), reader)[0] == 0


def test_one_bad_value_in_the_window_is_enough(stored: Stored) -> None:
    reader = stored(
        [value(30, 1.0), value(20, 9.5), value(10, 2.0), value(5, float("nan")), value(4, "2.5", "Decimal")]
    )
    above = Rule("v", metric="value", data="return", warning=9.0)
    assert one(above, reader)[:2] == (9.5, 4)
    assert one(replace(above, operator="below"), reader)[0] == 1.0
    assert one(replace(above, data="n"), reader)[0] == 1.0
    assert one(replace(above, data="nobody"), reader)[:2] == (None, 0)


def test_a_stale_value_is_counted_from_its_last_change(stored: Stored) -> None:
    reader = stored([value(90, 1.5), *[value(80 - at, 2.5) for at in range(8)]])
    stale = Rule("s", kind="stale", data="return", filter='process:="fx_rate"')
    assert one(stale, reader)[0::2] == (8.0, "2.5")
    assert one(replace(stale, repeats=8), reader)[0] == 0
    assert one(replace(stale, min_seconds=7), reader)[0] == 8
    assert one(replace(stale, min_seconds=8), reader)[0] == 0
    assert one(stale, reader, NOW - 75 * NS)[0] == 6
    assert one(stale, reader, NOW - 200 * NS)[0] is None


def test_silence_is_an_alert_only_after_calls(stored: Stored) -> None:
    silent = Rule("n", kind="no calls", filter=PRICE, window=60)
    reader = stored([call(600), call(500)])
    assert one(silent, reader)[0] == 1
    assert one(silent, reader, NOW - 490 * NS)[0] == 0
    assert one(silent, reader, NOW - 1000 * NS)[0] == 0
    assert one(replace(silent, filter="process:nobody"), reader)[0] == 0


def test_an_exception_is_new_when_nothing_raised_it_in_the_week_before(stored: Stored) -> None:
    new = Rule("x", kind="new exception", filter=PRICE)
    week = 7 * 86_400
    calls = [
        call(week + 3600, exception="OldError"),
        call(5000, exception="KeyError"),
        call(20, exception="KeyError"),
    ]
    calls += [call(15, exception="TypeError"), call(10, exception="TypeError"), call(5, exception="OldError")]
    reader = stored(calls)
    assert one(new, reader)[0::2] == (3.0, "OldError, TypeError")
    assert one(new, reader, NOW - 16 * NS)[0] == 0


def test_a_value_of_another_type_is_named_with_what_it_was(stored: Stored) -> None:
    change = Rule("t", kind="type change", data="return")
    calls = [value(900 + at, "gold", "str") for at in range(20)]
    reader = stored([*calls, value(20, "None", "NoneType"), value(10, "silver", "str")])
    assert one(change, reader) == (1.0, 2, "NoneType, was str")
    assert one(change, reader, NOW - 15 * MINUTE + NS)[0] is None


def test_each_group_is_judged_by_itself(stored: Stored) -> None:
    reader = stored([call(10, 500), call(9, 5, "fast"), call(8, 5, "fast", group="other")])
    by_process = evaluate(replace(rule(), filter="", group_by="process"), reader, [NOW]).by_key
    assert {key: seen[0].value for key, seen in by_process.items()} == {
        "price_order": pytest.approx(500.0, rel=HISTOGRAM),
        "fast": pytest.approx(5.0, rel=HISTOGRAM),
    }
    by_group = evaluate(replace(rule("count"), filter="", group_by="group"), reader, [NOW]).by_key
    assert {key: seen[0].value for key, seen in by_group.items()} == {"pricing": 2.0, "other": 1.0}


def test_a_known_group_that_fell_silent_is_still_judged(stored: Stored) -> None:
    grouped = replace(rule("count"), filter="", group_by="process")
    reader = stored([call(10)])
    seen = evaluate(grouped, reader, [NOW], known=["gone"]).by_key
    assert (seen["gone"][0].value, seen["price_order"][0].value) == (0.0, 1.0)


def test_an_empty_store_has_nothing_to_judge(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert one(rule(), reader)[0] is None
    assert evaluate(replace(rule(), group_by="process"), reader, [NOW]).by_key == {}


def test_reading_stops_in_time_and_says_how_far_it_came(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries.alert_rows, "MOST_ROWS", 50)
    reader = stored([call(at * 60) for at in range(24 * 60)])
    judged = evaluate(rule("count"), reader, moments_of(NOW, 86_400 * NS))
    assert NOW - 86_400 * NS < judged.known_from_ns < NOW
    assert judged.by_key[""][-1].value == 5


SLOW = Rule("slow", id="slow", metric="p50", warning=1.2, window=120, filter=PRICE)
FAILING = Rule("failing", id="failing", metric="error rate", warning=30.0, window=120, group_by="process")
MEMBERS = {"slow": SLOW, "failing": FAILING}
KINDS = [
    rule("p95", for_=120, keep_firing=120, min_samples=3),
    replace(rule("error rate"), warning=20.0, critical=60.0, recovery=10.0, no_data="alert"),
    replace(rule("count"), warning=2.0, operator="below", no_data="ok", group_by="process", filter=""),
    Rule("v", metric="value", data="return", warning=5.0),
    Rule("s", kind="stale", data="return", repeats=3, group_by="process"),
    Rule("n", kind="no calls", window=60, group_by="group"),
    Rule("x", kind="new exception", group_by="process"),
    Rule("t", kind="type change", data="return"),
    Rule("e", kind="error spike", warning=2.0, critical=8.0, min_samples=3, group_by="process"),
    Rule("g", kind="memory growth", warning=1.0, min_samples=2, window=600),
    Rule("r", kind="regression", group_by="process"),
    Rule("c", kind="combination", all_of=("slow",), none_of=("failing",), for_=60),
    Rule("cg", kind="combination", any_of=("slow", "failing"), group_by="process"),
]


def test_every_kind_is_among_those_that_are_compared() -> None:
    assert {one.kind for one in KINDS} == set(ALL_KINDS)


def history(rng: random.Random) -> list[FunctionCall]:
    """Two hours of calls whose pace, latency, errors and values come and go."""
    calls = []
    for at in range(700):
        seconds = rng.uniform(0, 7200)
        phase = int(seconds // 600) % 3
        name = rng.choice(["price_order", "fx_rate"])
        if phase == 2 and rng.random() < 0.8:
            continue
        failed = rng.random() < (0.5 if phase == 1 else 0.05)
        seen = ("str", "x") if rng.random() < 0.02 else ("float", 1.5 if phase else float(rng.randrange(9)))
        calls.append(
            call(
                seconds, rng.uniform(0, 3), name, values=(("return", "return", *seen),),
                exception=rng.choice(["A", "B", f"C{at}"]) if failed else "",
                memory=4096 * rng.randrange(1 if phase else 900) if at % 3 == 0 else None,
            )
        )  # fmt: skip
    return calls


def past_days(rng: random.Random) -> list[FunctionCall]:
    """The same hours of the seven days before, with few errors."""
    return [
        call(day * 86_400 + at * 80, exception="A" if rng.random() < 0.06 else "")
        for day in range(1, 8)
        for at in range(90)
    ]


def deployed(rng: random.Random) -> list[FunctionCall]:
    """A function that got a slower version 70 minutes ago, and went back to the old one 10 minutes ago."""
    calls = []
    for seconds in range(0, 3 * 3600, 10):
        old = seconds > 4200 or seconds < 600
        version, ms = ("old0", rng.uniform(9, 11)) if old else ("new0", rng.uniform(18, 22))
        calls.append(call(seconds, ms, "deployed", version=version, source="x"))
    return calls


MORE = {"error spike": past_days, "regression": deployed}


@pytest.mark.parametrize("judged", KINDS, ids=lambda one: f"{one.kind} {one.metric} {one.group_by}")
def test_a_replay_tells_exactly_what_the_scheduler_would_have_done(stored: Stored, judged: Rule) -> None:
    rng = random.Random(judged.name)
    reader = stored(history(rng) + MORE.get(judged.kind, lambda _: [])(rng))
    moments = tuple(range(NOW - 100 * MINUTE, NOW + 1, MINUTE))
    states: dict[str, State] = {}
    members: dict[str, dict[str, State]] = {id: {} for id in judged.members}
    seen: dict[str, list[tuple[int, str, float | None]]] = {}
    fired = set()
    for at in moments:
        others = Replayed(MEMBERS, reader, [at], {id: dict(stood) for id, stood in members.items()})
        for key, evaluations in evaluate(judged, reader, [at], list(states), others).by_key.items():
            for evaluation in evaluations:
                states[key], events = advance(judged, states.get(key, State()), evaluation)
                fired |= {(key, event.episode_ns) for event in events if event.kind == "fired"}
                seen.setdefault(key, []).append((at, states[key].status, evaluation.value))
        for id, stood in members.items():
            for key, (evaluation,) in evaluate(MEMBERS[id], reader, [at], list(stood)).by_key.items():
                stood[key], _ = advance(MEMBERS[id], stood.get(key, State()), evaluation)
    replayed = replay(judged, reader, moments, Replayed(MEMBERS, reader, moments))
    assert {(episode.key, episode.start_ns) for episode in replayed.episodes} == fired
    assert replayed.keys == len(seen)
    assert [(point.at_ns, point.status, point.value) for point in replayed.points] == seen[replayed.key]
    assert {status for life in seen.values() for _, status, _ in life} - {"ok"}


def test_a_replay_counts_firings_and_how_long_the_longest_was(stored: Stored) -> None:
    slow = [call(3600 + at, 500) for at in range(0, 300, 10)] + [call(at, 500) for at in range(0, 120, 10)]
    quick = [call(at, 5) for at in range(0, 7200, 10) if not (3600 <= at < 3900 or at < 120)]
    found = replay(
        replace(rule("p50"), warning=100.0, window=60), stored([*slow, *quick]), moments_of(NOW, 7200 * NS)
    )
    first, second = found.episodes
    assert (first.worst, first.severity) == (pytest.approx(500.0, rel=HISTOGRAM), "warning")
    assert abs((first.end_ns - first.start_ns) - 300 * NS) < 30 * NS
    assert second.end_ns == 0 or second.end_ns == NOW
    assert found.longest_ns == first.end_ns - first.start_ns
    assert found.step_ns == 5 * NS


def test_moments_lie_on_a_grid_that_does_not_move_with_the_end() -> None:
    early, late = moments_of(NOW, 3600 * NS), moments_of(NOW + NS, 3600 * NS)
    assert set(early) & set(late)
    assert len(moments_of(NOW, 30 * 86_400 * NS)) <= 1441
    assert early[-1] <= NOW
