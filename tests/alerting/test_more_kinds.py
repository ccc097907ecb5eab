"""Error spikes, memory growth, regressions and combinations: what they measure, and what they refuse."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from alerting import edit
from alerting.combination import Combination, circle, order
from alerting.edit import InUse, Invalid
from alerting.evaluate import evaluate
from alerting.evidence import evidence
from alerting.members import Replayed, standing_now
from alerting.rule import Rule, check
from alerting.sample import judged_now
from alerting.sentence import sentence
from alerting.watch import Watch
from data import control_alerts
from data.control import Control
from data.control_alerts import StoredEvent
from queries.base import Reader
from tests.support.alerts import plain
from tests.support.functions import FunctionCall, write
from tests.support.watching import NS, START, World

NOW, MINUTE, DAY = START, 60 * NS, 86_400
Stored = Callable[[Sequence[FunctionCall]], Reader]


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return lambda calls: Reader.open(write(tmp_path / "db", calls, NOW))


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    made = Control.open(tmp_path)
    yield made
    made.close()


def call(seconds: float, ms: float = 20.0, **more: object) -> FunctionCall:
    return FunctionCall(NOW - int(seconds * NS) - round(ms * 1e6), ms=ms, **more)  # type: ignore[arg-type]


def some(count: int, failed: int, ago: float = 0.0, **more: object) -> list[FunctionCall]:
    """So many calls within a few minutes, of which so many failed."""
    return [call(ago + at, exception="E" if at <= failed else "", **more) for at in range(1, count + 1)]


SPIKE = Rule("spike", kind="error spike", warning=3.0, min_samples=10)


def usual(*failed: int) -> list[FunctionCall]:
    """This hour of the past days, 100 calls each, of which so many failed."""
    return [one for day, bad in enumerate(failed, 1) for one in some(100, bad, day * DAY)]


def test_a_spike_is_so_many_times_the_median_of_this_hour_on_past_days(stored: Stored) -> None:
    reader = stored(usual(2, 4, 4, 5, 90) + some(50, 10) + some(100, 50, 5 * 3600))
    (seen,) = evaluate(SPIKE, reader, [NOW]).by_key[""]
    assert (seen.value, seen.samples, seen.text) == (5.0, 50, "20 % failed, usually 4 % at this hour")
    (other_hour,) = evaluate(SPIKE, reader, [NOW - 5 * 3600 * NS]).by_key[""]
    assert other_hour.value is None  # nobody called at that hour on past days
    (fewer,) = evaluate(replace(SPIKE, days=3), reader, [NOW]).by_key[""]
    assert fewer.value == pytest.approx(5.0)


def test_hardly_any_errors_count_as_the_floor_and_too_few_days_as_no_data(stored: Stored) -> None:
    reader = stored(usual(0, 0, 0) + some(50, 5))
    assert evaluate(SPIKE, reader, [NOW]).by_key[""][0].value == 10.0
    assert evaluate(replace(SPIKE, floor=5.0), reader, [NOW]).by_key[""][0].value == 2.0
    nobody = replace(SPIKE, filter='process:="nobody"')
    assert evaluate(nobody, reader, [NOW]).by_key[""][0].value is None


def test_a_spike_is_judged_for_each_process_by_its_own_past(stored: Stored) -> None:
    steady = [replace(one, name="steady") for one in usual(10, 10, 10) + some(50, 10)]
    reader = stored(usual(1, 1, 1) + some(50, 10) + steady)
    found = evaluate(replace(SPIKE, group_by="process"), reader, [NOW]).by_key
    assert {key: seen[0].value for key, seen in found.items()} == {"price_order": 20.0, "steady": 2.0}
    two_days = Reader.open(write(reader.directory.parent / "young", usual(1, 1) + some(50, 9), NOW))
    young = evaluate(SPIKE, two_days, [NOW]).by_key[""][0]
    assert (young.value, young.text) == (None, "fewer than 3 past days had calls at this hour")


def test_memory_growth_compares_the_medians_of_two_windows(stored: Stored) -> None:
    before = [call(400 + at, memory=1_000_000) for at in range(20)]
    now = [call(10 + at, memory=4_000_000 if at < 12 else -9_000_000) for at in range(20)]
    rule = Rule("grows", kind="memory growth", warning=1.0, window=300)
    reader = stored([*before, *now, call(5)])
    (seen,) = evaluate(rule, reader, [NOW]).by_key[""]
    assert (seen.value, seen.samples) == (pytest.approx(3.0, abs=0.06), 20)
    assert seen.text == "median 3.97 MB a call, 0.993 MB in the window before"
    (later,) = evaluate(rule, reader, [NOW + 280 * NS]).by_key[""]
    assert later.value is not None
    assert later.samples == 10  # ten in each of the two windows of that moment
    (gone,) = evaluate(rule, reader, [NOW + 3600 * NS]).by_key[""]
    assert gone.value is None


def versions(old_ms: float, new_ms: float, failing: float = 0.0, back: int = 0) -> list[FunctionCall]:
    """Three hours of a function that got another version an hour ago, and went `back` seconds ago."""
    rng = random.Random(11)
    found = []
    for ago in range(back, 3 * 3600, 8):
        ms, version = (new_ms, "new000000") if ago < 3600 else (old_ms, "old000000")
        failed = version == "new000000" and rng.random() < failing
        found.append(call(ago, ms * rng.uniform(0.9, 1.1), version=version, source="x",
                          exception="E" if failed else ""))  # fmt: skip
    return found + [call(ago, old_ms, version="old000000") for ago in range(0, back, 8)]


WORSE = Rule("worse", kind="regression", group_by="process")


def test_a_slower_version_is_named_with_how_much_and_shows_a_call_of_it(stored: Stored) -> None:
    reader = stored(versions(20, 26))
    (seen,) = evaluate(WORSE, reader, [NOW]).by_key["price_order"]
    assert (seen.value, seen.text) == (1.0, "price_order: 30 % slower since version new00000")
    shown = evidence(reader, WORSE, "price_order", NOW)
    assert shown is not None
    assert shown.process == "price_order"
    every = evaluate(replace(WORSE, group_by="", filter="group:=pricing"), reader, [NOW]).by_key[""][0]
    assert every.value == 1.0
    nobody = evaluate(replace(WORSE, filter="group:=nobody"), reader, [NOW]).by_key
    assert nobody == {}
    early = evaluate(WORSE, reader, [NOW - 50 * MINUTE]).by_key["price_order"][0]
    assert early.value == 0.0  # too few minutes
    assert (
        evaluate(WORSE, reader, [NOW + 24 * 3600 * NS], ["price_order"]).by_key["price_order"][0].value == 0
    )


@pytest.mark.parametrize(
    ("calls", "value"),
    [(versions(20, 20), 0.0), (versions(20, 15), 0.0), (versions(20, 20, 0.3), 1.0),
     (versions(20, 30, back=400), 0.0)],
    ids=["the same", "faster", "failing", "gone back"],
)  # fmt: skip
def test_only_what_is_worse_and_still_runs_is_told(
    stored: Stored, calls: list[FunctionCall], value: float
) -> None:
    (seen,) = evaluate(WORSE, stored(calls), [NOW]).by_key["price_order"]
    assert seen.value == value
    assert ("more calls fail" in seen.text) == (value == 1.0)


@pytest.mark.parametrize("read", ["minutes", "calls"])
def test_a_verdict_of_a_past_moment_knows_nothing_of_what_came_later(
    stored: Stored, monkeypatch: pytest.MonkeyPatch, read: str
) -> None:
    if read == "calls":  # as for switches of more than 49 hours ago
        monkeypatch.setattr("queries.code_compare._minutes", lambda *_: None)
    late = [
        replace(one, ms=one.ms * 3) if one.start_ns > NOW - 25 * MINUTE else one for one in versions(20, 20)
    ]
    reader = stored(late)
    at_once, later = (
        evaluate(WORSE, reader, [at]).by_key["price_order"][0] for at in (NOW - 25 * MINUTE, NOW)
    )
    assert (at_once.value, later.value) == (0.0, 1.0)


class Standing:
    """Rules a, b and c, of which those named fire."""

    known_from_ns = 0

    def __init__(self, fires: str) -> None:
        self.fires = fires

    def rule(self, id: str) -> Rule | None:
        return Rule(id, id=id, enabled=id != "paused")

    def stood(self, id: str, at_ns: int) -> dict[str, str]:
        return {"": "recovering" if id in self.fires else "pending", "other": "ok"}


@pytest.mark.parametrize(
    ("fires", "all_of", "any_of", "none_of", "met"),
    [("ab", "ab", "", "", True), ("a", "ab", "", "", False), ("b", "", "ab", "", True),
     ("", "", "ab", "", False), ("ab", "a", "b", "c", True), ("abc", "a", "b", "c", False),
     ("ac", "a", "b", "", False), ("", "", "", "", False)],
)  # fmt: skip
def test_and_or_and_not(fires: str, all_of: str, any_of: str, none_of: str, met: bool) -> None:
    rule = Rule("c", kind="combination", all_of=(*all_of,), any_of=(*any_of,), none_of=(*none_of,))
    (seen,) = Combination(rule, Standing(fires)).judge(NOW).values()
    assert seen.value == float(met)


def test_a_replay_of_versions_stops_in_time_and_says_so(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerting.regression.SECONDS", -1.0)
    moments = [NOW - MINUTE, NOW]
    judged = evaluate(replace(WORSE, group_by=""), stored(versions(20, 26)), moments)
    assert judged.known_from_ns == NOW
    assert [one.value for one in judged.by_key[""]] == [None, None]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "error spike", "filter": "status:error", "warning": 2.0}, "filter"),
        ({"kind": "error spike", "filter": "word", "warning": 2.0}, "filter"),
        ({"kind": "error spike", "group_by": "attr.tier", "warning": 2.0}, "group_by"),
        ({"kind": "error spike", "days": 1, "warning": 2.0}, "days"),
        ({"kind": "error spike", "floor": 0.0, "warning": 2.0}, "floor"),
        ({"kind": "error spike", "warning": -2.0}, "warning"),
        ({"kind": "error spike", "warning": 2.0, "operator": "below"}, "operator"),
        ({"kind": "memory growth"}, "warning"),
        ({"kind": "memory growth", "window": 80_000, "warning": 2.0}, "window"),
        ({"kind": "regression", "filter": "attr.a:b"}, "filter"),
        ({"kind": "combination"}, "all_of"),
        ({"kind": "combination", "all_of": ("a",), "none_of": ("a",)}, "none_of"),
        ({"kind": "combination", "all_of": ("a",), "id": "a"}, "all_of"),
        ({"kind": "combination", "any_of": tuple(map(str, range(30)))}, "all_of"),
    ],
)
def test_what_a_kind_does_not_allow_is_said_at_its_field(changes: dict[str, object], field: str) -> None:
    found = check(replace(Rule("r"), **changes))  # type: ignore[arg-type]
    assert [one.field for one in found] == [field]


def test_new_kinds_read_aloud() -> None:
    names = {"a": "slow", "b": "failing", "c": "night"}
    assert sentence(replace(SPIKE, filter='process:="pay"')) == (
        "Fires when the error rate of pay over 5 min is above 3 times the usual one of this hour "
        "(median of 7 days, at least 1 %)."
    )
    growth = Rule("g", kind="memory growth", warning=5.0, window=1800)
    assert sentence(growth) == (
        "Fires when the median memory delta of every call has grown, from one 30 min to the next, "
        "by more than 5 MB."
    )
    assert sentence(WORSE) == (
        "Fires when a new version of every call is slower or fails more than the one before, "
        "each process by itself."
    )
    made = Rule("c", kind="combination", all_of=("a",), any_of=("b", "x"), none_of=("c",), for_=60)
    assert (
        sentence(made, names)
        == "Fires when slow fires, and failing or x fires, and night does not, for 1 min."
    )


def saved(control: Control, rule: Rule) -> Rule:
    return edit.add_rule(control, plain(rule), NOW, "local").rule


def test_what_a_rule_is_made_of_must_be_there_and_not_go_in_a_circle(control: Control) -> None:
    first = saved(control, Rule("first", warning=1.0))
    with pytest.raises(Invalid, match="there is no rule nobody"):
        saved(control, Rule("c", kind="combination", all_of=("nobody",)))
    inner = saved(control, Rule("inner", kind="combination", all_of=(first.id,)))
    outer = saved(control, Rule("outer", kind="combination", any_of=(inner.id,)))
    around = plain(inner) | {"all_of": [outer.id]}
    with pytest.raises(Invalid, match="in a circle: inner → outer → inner"):
        edit.change_rule(control, inner.id, 1, around, NOW, "local")
    by_process = saved(control, Rule("p", warning=1.0, group_by="process"))
    with pytest.raises(Invalid, match="p is judged for each process, this one for group"):
        saved(control, Rule("c", kind="combination", all_of=(by_process.id,), group_by="group"))
    with pytest.raises(InUse, match="inner"):
        edit.delete_rule(control, first.id, NOW, "local")
    edit.delete_rule(control, outer.id, NOW, "local")
    edit.delete_rule(control, inner.id, NOW, "local")
    edit.delete_rule(control, first.id, NOW, "local")


def test_members_come_first_and_circles_are_found() -> None:
    rules = {
        "c": Rule("c", kind="combination", all_of=("b", "a")),
        "b": Rule("b", kind="combination", any_of=("a",)),
        "a": Rule("a"), "x": Rule("x", kind="combination", all_of=("y",)),
        "y": Rule("y", kind="combination", all_of=("x",)),
    }  # fmt: skip
    placed = order(rules)
    assert placed.index("a") < placed.index("b") < placed.index("c")
    assert sorted(placed) == sorted(rules)
    assert circle("x", rules) == ("x", "y", "x")
    assert circle("c", rules) == ()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


MEMBER = Rule("slow", metric="p50", warning=100.0, window=30, filter='process:="price_order"')
OTHER = Rule("failing", metric="errors", warning=0.5, window=30)
BOTH = Rule("both", kind="combination", all_of=("slow", "failing"), severity="critical", channels=("ops",))


def test_the_watch_judges_a_combination_with_its_members_and_tells_one_of_their_calls(world: World) -> None:
    world.channel("http://127.0.0.1:9/")
    for id, rule in (("both", BOTH), ("slow", MEMBER), ("failing", OTHER)):
        world.rule(replace(rule, id=id), id)
    watch = Watch(world.control, world.reader)

    def step(seconds: float = 4) -> list[str]:
        world.now += round(seconds * NS)
        world.store.flush()
        watch.run_pass(world.now)
        kinds = [(one.at_ns, f"{one.rule_id} {one.kind}") for one in _events(world)]
        return [kind for _, kind in sorted(kinds)]

    step()
    world.call(500)
    assert step() == ["slow fired"]
    world.call(5, name="fx_rate", exception="KeyError")
    assert step() == ["slow fired", "both fired", "failing fired"]
    newest = next(one for one in _events(world) if one.rule_id == "both")
    assert newest.text == "slow, failing fire"
    assert '"process": "price_order"' in newest.detail
    now = judged_now(BOTH, world.reader, world.now - NS, _stood(world))
    assert [(one.value, one.status) for one in now] == [(1.0, "firing")]
    step(40)
    assert step()[3:].count("both resolved") == 1
    with world.control.write() as connection:
        connection.execute("DELETE FROM alert_rule WHERE id = 'slow'")
    assert "both rule failed" in step()
    assert any("rule slow, which is gone" in one.text for one in _events(world))


def _events(world: World) -> tuple[StoredEvent, ...]:
    return control_alerts.events(world.control)


def _stood(world: World) -> Replayed | None:
    return standing_now(world.control, world.reader, BOTH, world.now - NS)
