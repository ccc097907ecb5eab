"""A watch that goes on for a while: what it remembers of arrivals says what the store says."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerting.evaluate import evaluate
from alerting.rule import Rule, as_dict
from alerting.state import NS
from alerting.watch import LAG_NS
from data import control_alerts, control_channels, control_outbox, control_silences
from data.control_silences import Silence
from queries import alert_arrivals
from tests.support.functions import FunctionCall
from tests.support.sinks import http_sink
from tests.support.watching import SLOW, Living


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Living]:
    made = Living(tmp_path)
    yield made
    made.close()


def quick(name: str, **more: object) -> Rule:
    return replace(Rule(name, warning=1e9, window=20, metric="count"), **more)  # type: ignore[arg-type]


RULES = {
    "all": quick("all"),
    "process": quick("process", filter='process:="price_order"', metric="p95", warning=100.0),
    "errors": quick("errors", filter="status:error", metric="error rate", warning=99.0),
    "exception": quick("exception", filter="exception:KeyError OR duration:>300ms", metric="errors"),
    "either": quick("either", filter="-process:=fx_rate data.return:>4"),
    "grouped": quick("grouped", group_by="process", metric="traffic"),
    "attribute": quick("attribute", group_by="attr.tier", filter="has:attr.tier"),
    "value": quick("value", metric="value", data="return", statistic="mean"),
    "stale": Rule("stale", kind="stale", data="return", repeats=3, group_by="process"),
    "silent": Rule("silent", kind="no calls", window=12, group_by="process"),
    "new": Rule("new", kind="new exception", window=20),
    "types": Rule("types", kind="type change", data="return", window=20),
    "long": quick("long", window=3_600, group_by="group"),
    "growth": Rule("growth", kind="memory growth", warning=1e9, window=40),
    "stuck": quick("stuck", metric="stale count", group_by="process"),
    "all stuck": quick("all stuck", metric="stale count"),
    "spike": Rule("spike", kind="error spike", warning=1e9, window=20, group_by="process"),
}


def random_call(rng: random.Random, world: Living) -> FunctionCall:
    failed = rng.random() < 0.2
    kind, value = ("str", "x") if rng.random() < 0.1 else ("float", float(rng.choice([1, 1, 1, 5, 9])))
    ms = rng.uniform(1, 500)
    ago = rng.choice([0, 0, 0, 5, 30]) * NS if rng.random() < 0.2 else 0  # some are late
    return FunctionCall(
        world.now - round(ms * 1e6) - ago,
        rng.choice(["price_order", "fx_rate", f"other_{rng.randrange(3)}"]),
        ms=ms, exception=rng.choice(["KeyError", "TypeError"]) if failed else "",
        memory=4096 * rng.randrange(100), values=(("return", "return", kind, value),),
        group=rng.choice(["pricing", "stock"]),
    )  # fmt: skip


def test_what_is_remembered_of_arrivals_is_what_the_store_says(world: Living) -> None:
    """Fifteen rules over two minutes of traffic, some of it late, compared at every pass."""
    rng = random.Random(7)
    for at in range(4 * 30):  # this hour of past days
        failed = "KeyError" if at % 9 == 0 else ""
        world.write(
            FunctionCall(world.now - (1 + at % 4) * 86_400 * NS - at * NS, "price_order", exception=failed)
        )
    for id, rule in RULES.items():
        world.rule(rule, id)
    compared = 0
    for _ in range(40):
        for _ in range(rng.randrange(6) if rng.random() < 0.8 else 0):
            world.write(random_call(rng, world))
        world.step(4)
        moment = (world.now - LAG_NS) // NS * NS
        for id, rule in RULES.items():
            if id == "stale":
                continue  # a late value does not re-order a run that was judged; see below
            mine = world.seen(rule, id)
            judged = evaluate(rule, world.reader, [moment], known=list(mine)).by_key
            for key, (truth,) in judged.items():
                if truth.value is not None:
                    assert mine[key] == pytest.approx(truth.value), (id, key)
                    compared += 1
    assert compared > 700
    assert {"price_order", "fx_rate"} <= set(world.seen(RULES["grouped"], "grouped"))


def test_calls_between_reading_the_past_and_the_first_arrivals_count_once(world: Living) -> None:
    world.call()
    world.rule(quick("all"), "all")
    world.step()
    world.call()
    world.now += NS
    world.watching._watched["all"].forget()  # as after a gap: the past is read again
    world.watching.run_pass(world.now)  # readers have not heard of the second call's commit yet
    world.step(2)
    world.step(4)
    assert world.seen(RULES["all"], "all") == {"": 2.0}


def test_calls_that_ended_after_the_first_moment_are_not_lost(world: Living) -> None:
    world.step()
    world.rule(quick("all"), "all")
    world.call()
    world.step(0.2)  # the moment is a second ago, and the call has arrived
    world.step(4)
    assert world.seen(RULES["all"], "all") == {"": 1.0}


def test_a_gap_in_the_arrivals_is_read_from_the_past(world: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    world.rule(quick("all", window=60), "all")
    world.step()
    monkeypatch.setattr(alert_arrivals, "MOST_ROWS", 3)
    for _ in range(3):
        world.call()
        world.call()
    world.step()
    assert world.seen(RULES["all"], "all") == {"": 6.0}


def test_a_stale_value_is_judged_when_it_arrives_and_a_straggler_does_not_end_its_run(world: Living) -> None:
    world.rule(RULES["stale"], "stale")
    world.step()
    for _ in range(4):
        world.now += NS // 10
        world.write(FunctionCall(world.now, "fx_rate", ms=0.0, values=(("return", "return", "float", 2.5),)))
    world.step(2)
    assert world.kinds() == ["fired"]
    world.write(
        FunctionCall(world.now - 60 * NS, "fx_rate", ms=0.0, values=(("return", "return", "float", 9.0),))
    )
    world.step(1)
    world.step(4)
    assert world.kinds() == ["fired"]
    world.write(FunctionCall(world.now, "fx_rate", ms=0.0, values=(("return", "return", "float", 3.5),)))
    world.step(2)
    assert world.kinds() == ["fired", "resolved"]


def test_numbers_within_the_tolerance_of_where_the_run_began_are_the_same(world: Living) -> None:
    world.rule(replace(RULES["stale"], tolerance=0.1), "stale")
    world.step()
    for number in (2.0, 2.05, 1.95, 2.09, 2.04):
        world.now += NS // 10
        world.write(
            FunctionCall(world.now, "fx_rate", ms=0.0, values=(("return", "return", "float", number),))
        )
    world.step(2)
    assert world.kinds() == ["fired"]


def breach(world: Living) -> None:
    world.call(500)
    world.step(2)


def calm(world: Living) -> None:
    world.now += 61 * NS
    world.call(5)
    world.step(2)


@pytest.mark.parametrize("how", ["paused", "deleted", "looks at something else"])
def test_a_rule_that_is_taken_away_while_it_fires_tells_that_it_is_over(world: Living, how: str) -> None:
    world.rule(SLOW)
    world.channel("http://127.0.0.1:9/")
    world.step()
    breach(world)
    if how == "deleted":
        control_alerts.delete_rule(world.control, "r1", world.now, "local")
    else:
        change = {"enabled": False} if how == "paused" else {"filter": "process:=nobody"}
        body = json.dumps(as_dict(replace(SLOW, **change)))  # type: ignore[arg-type]
        control_alerts.change_rule(world.control, "r1", 1, body, world.now, "local")
    world.step()
    assert world.told() == ["fired", "resolved"]
    newest = control_alerts.events(world.control)[0]
    assert how in newest.text
    assert [one for one in control_alerts.states(world.control) if "firing" in one.body] == []
    world.step()
    assert world.kinds() == ["fired", "resolved"]


def test_a_rule_deleted_while_nothing_watched_is_ended_at_the_next_start(world: Living) -> None:
    world.rule(SLOW)
    world.channel("http://127.0.0.1:9/")
    world.step()
    breach(world)
    control_alerts.delete_rule(world.control, "r1", world.now, "local")
    world.restart()
    world.step()
    assert world.told() == ["fired", "resolved"]
    assert control_alerts.states(world.control) == ()


def test_what_a_silence_kept_back_is_told_when_it_ends_before_the_alert_does(world: Living) -> None:
    world.rule(replace(SLOW, window=600))
    world.channel("http://127.0.0.1:9/")
    world.step()
    quiet = Silence("s1", "r1", "", "mia", "import", world.now, world.now + 20 * NS, world.now, "warning")
    control_silences.add_silence(world.control, quiet)
    breach(world)
    world.step(10)
    assert (world.kinds(), world.told()) == (["fired"], [])
    world.step(20)
    assert (world.kinds(), world.told()) == (["fired", "still firing"], ["still firing"])
    world.step(20)
    assert world.told() == ["still firing"]


def test_it_is_told_again_only_when_the_rule_asks_for_it_and_nobody_looks_after_it(world: Living) -> None:
    world.rule(replace(SLOW, window=3_600, repeat=300))
    world.channel("http://127.0.0.1:9/")
    world.step()
    breach(world)
    for _ in range(16):
        world.step(40)
    assert world.told() == ["fired", "still firing", "still firing"]
    (event,) = (one for one in control_alerts.events(world.control) if one.kind == "fired")
    control_silences.acknowledge(world.control, "r1", "", event.episode_ns, "mia", world.now)
    for _ in range(16):
        world.step(40)
    assert world.told() == ["fired", "still firing", "still firing"]


def test_groups_that_fire_together_make_one_message(world: Living) -> None:
    world.rule(replace(SLOW, filter="", group_by="process", group_wait=10))
    with http_sink() as sink:
        world.channel(sink.url)
        world.step()
        for name in ("a", "b", "c"):
            world.call(500, name=name)
            world.step(2)
        assert world.outbox().run_pass(world.now).sent == 0
        assert world.outbox().run_pass(world.now + 10 * NS).sent == 3
    ((_, _, body),) = sink.requests
    found = json.loads(body)
    assert found["title"] == "slow: firing for 3 groups"
    assert [one["group"] for one in found["events"]] == ["a", "b", "c"]


def test_critical_hides_the_warning_that_still_waits(world: Living) -> None:
    world.rule(replace(SLOW, critical=300.0, group_by="process", filter="", group_wait=30))
    world.channel("http://127.0.0.1:9/")
    world.step()
    world.call(200)
    world.step(2)
    world.call(5_000)
    world.call(5_000)
    world.step(4)
    assert world.kinds() == ["fired", "escalated"]
    assert [(row.state, row.answer) for row in reversed(control_outbox.log(world.control))] == [
        ("dropped", "a critical message followed before it was sent"),
        ("waiting", ""),
    ]
    calm(world)
    assert world.told()[-1] == "resolved"


def test_an_idle_rule_writes_little_and_a_restart_knows_where_it_was(world: Living) -> None:
    world.rule(quick("all"), "all")
    for _ in range(30):
        world.call()
        world.step(4)
    kept = control_alerts.evaluations(world.control, "all", "")
    assert 2 <= len(kept) <= 4
    (progress,) = control_alerts.progress(world.control)
    assert progress.at_ns == (world.now - LAG_NS) // NS * NS
    world.restart()
    assert world.step(12).skipped == 0
    assert len(control_alerts.evaluations(world.control, "all", "")) - len(kept) <= 1


def test_a_long_gap_leaves_a_note_of_what_was_skipped(world: Living) -> None:
    world.rule(quick("all"), "all")
    world.step()
    result = world.step(3_600 * 3)
    notes = [one for one in control_alerts.evaluations(world.control, "all", "") if one.status == "skipped"]
    assert [one.samples for one in notes] == [result.skipped]
    assert result.skipped > 0


def test_a_channel_that_comes_later_is_used_from_then_on(world: Living) -> None:
    world.rule(SLOW)
    world.step()
    breach(world)
    world.channel("http://127.0.0.1:9/")
    calm(world)
    world.now += 61 * NS
    breach(world)
    assert world.told() == ["fired"]
    control_channels.delete_channel(world.control, "ops", world.now, "local")
