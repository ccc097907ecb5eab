from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition
from hypothesis.stateful import rule as step

from alerting.rule import Rule
from alerting.state import FLAPS, NS, REMEMBERED, Evaluation, Event, State, advance

RULE = Rule("slow", warning=100.0, critical=400.0)


def seen(seconds: float, value: float | None, samples: int = 50, **more: str) -> Evaluation:
    return Evaluation(int(seconds * NS), value, samples, **more)


def run(rule: Rule, *steps: Evaluation, start: State | None = None) -> tuple[State, list[Event]]:
    """The state after all steps, and every event on the way."""
    state, events = start or State(), []
    for one in steps:
        state, happened = advance(rule, state, one)
        events += happened
    return state, events


def kinds(events: list[Event], announced: bool | None = None) -> list[str]:
    return [event.kind for event in events if announced in (None, event.announced)]


def test_a_value_on_the_threshold_is_not_beyond_it() -> None:
    assert run(RULE, seen(0, 100.0))[0].status == "ok"
    assert run(RULE, seen(0, 100.1))[0].status == "firing"
    below = replace(RULE, operator="below", warning=5.0, critical=None)
    assert run(below, seen(0, 5.0))[0].status == "ok"
    assert run(below, seen(0, 4.9))[0].status == "firing"


def test_it_is_pending_until_the_breach_has_lasted() -> None:
    rule = replace(RULE, for_=10)
    state, events = run(rule, seen(0, 150), seen(9, 150))
    assert (state.status, events) == ("pending", [])
    state, events = run(rule, seen(0, 150), seen(9, 150), seen(10, 150))
    assert (state.status, kinds(events), state.breach_ns) == ("firing", ["fired"], 0)
    assert run(rule, seen(0, 150), seen(5, 50), seen(12, 150))[0].status == "pending"


def test_it_is_over_only_below_the_recovery_threshold() -> None:
    rule = replace(RULE, recovery=80.0)
    assert run(rule, seen(0, 150), seen(4, 90))[0].status == "firing"
    state, events = run(rule, seen(0, 150), seen(4, 90), seen(8, 80))
    assert (state.status, kinds(events)) == ("ok", ["fired", "resolved"])


def test_it_goes_on_firing_for_a_while_and_a_new_breach_tells_nothing_new() -> None:
    rule = replace(RULE, keep_firing=10)
    state, events = run(rule, seen(0, 150), seen(4, 50), seen(8, 150), seen(12, 50), seen(20, 50))
    assert (state.status, kinds(events)) == ("recovering", ["fired", "flapping"])
    assert run(rule, seen(22, 50), start=state)[0].status == "ok"


def test_it_escalates_once_and_stays_at_its_worst() -> None:
    state, events = run(RULE, seen(0, 150), seen(4, 500), seen(8, 150), seen(12, 500))
    assert (state.severity, kinds(events)) == ("critical", ["fired", "escalated"])


def test_few_samples_are_no_data_and_the_policy_decides() -> None:
    rule = replace(RULE, min_samples=20)
    assert run(rule, seen(0, 150, 19))[0].status == "ok"
    firing, _ = run(rule, seen(0, 150))
    assert run(rule, seen(4, 10, 3), start=firing)[0].status == "firing"
    state, events = run(replace(rule, no_data="ok"), seen(4, None, 0), start=firing)
    assert (state.status, kinds(events)) == ("ok", ["resolved"])
    state, events = run(replace(rule, no_data="alert"), seen(4, None, 0), seen(8, None, 0), start=firing)
    assert (state.status, kinds(events)) == ("no data", ["no data"])
    state, events = run(replace(rule, no_data="alert"), seen(12, 150), start=state)
    assert (state.status, kinds(events)) == ("firing", ["data is back"])


def test_a_broken_rule_is_loud_once_and_goes_on_where_it_was() -> None:
    firing, _ = run(RULE, seen(0, 150))
    state, events = run(
        RULE, seen(4, None, failed="the store is gone"), seen(8, None, failed="still"), start=firing
    )
    assert (state.status, kinds(events), state.text) == ("rule failed", ["rule failed"], "still")
    state, events = run(RULE, seen(12, 50), start=state)
    assert kinds(events) == ["rule works", "resolved"]
    assert state.status == "ok"


def test_a_rule_that_broke_while_it_had_no_data_does_not_come_back_silent() -> None:
    rule = replace(RULE, no_data="alert")
    state, _ = run(rule, seen(0, 150), seen(4, None, 0), seen(8, None, failed="x"))
    assert run(rule, seen(12, 150), start=state)[0].status == "firing"


def test_a_rule_without_thresholds_fires_with_its_own_severity() -> None:
    rule = Rule("new", kind="new exception", severity="critical")
    state, events = run(rule, seen(0, 0.0), seen(4, 2.0, text="KeyError"))
    assert (state.status, state.severity, events[0].text) == ("firing", "critical", "KeyError")


def test_coming_and_going_is_told_as_flapping_once_and_the_end_is_not_lost() -> None:
    values = [150, 50, 150, 50, 150, 50]
    state, events = run(RULE, *[seen(4 * at, value) for at, value in enumerate(values)])
    assert state.flapping
    assert kinds(events, announced=True) == ["fired", "resolved", "fired", "flapping"]
    quiet = [seen(100 + 4 * at, 50) for at in range(REMEMBERED + 1)]
    state, events = run(RULE, *quiet, start=state)
    assert not state.flapping
    assert kinds(events, announced=True) == ["steady", "resolved"]
    assert not state.told


def test_what_still_fires_when_it_is_steady_again_is_told() -> None:
    values = [50, 150, 50, 150, 50, 150]
    state, first = run(RULE, *[seen(4 * at, value) for at, value in enumerate(values)])
    loud = [seen(100 + 4 * at, 150) for at in range(REMEMBERED + 1)]
    state, events = run(RULE, *loud, start=state)
    assert (state.status, state.told) == ("firing", True)
    assert (
        kinds(first + events, announced=True).count("fired")
        - kinds(first + events, announced=True).count("resolved")
        == 1
    )


def test_an_evaluation_at_the_same_time_changes_nothing_that_was_decided() -> None:
    state, _ = run(replace(RULE, for_=10), seen(0, 150), seen(10, 150))
    again, events = run(replace(RULE, for_=10), seen(10, 150), start=state)
    assert (again.status, kinds(events)) == ("firing", [])


@dataclass
class Model:
    """The same life in the plainest words: what was seen, newest last."""

    rule: Rule
    history: list[tuple[float, str]]  # seconds, "bad", "clean" or "between"

    def status(self) -> str:
        firing, bad_since, clean_since = False, None, None
        now = "ok"
        for at, what in self.history:
            if what == "bad":
                clean_since = None
                bad_since = at if bad_since is None else bad_since
                firing = firing or at - bad_since >= self.rule.for_
                now = "firing" if firing else "pending"
                continue
            bad_since = None
            if not firing:
                now = "ok"
            elif what == "between":
                clean_since, now = None, "firing"
            else:
                clean_since = at if clean_since is None else clean_since
                firing = at - clean_since < self.rule.keep_firing
                now = "recovering" if firing else "ok"
                clean_since = clean_since if firing else None
        return now


class Life(RuleBasedStateMachine):
    """Random lives of a rule, compared with the model after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.rule = replace(RULE, recovery=80.0, for_=10, keep_firing=15)
        self.model = Model(self.rule, [])
        self.state = State()
        self.at = 0.0
        self.told: list[str] = []
        self.down = False

    def see(self, value: float | None, samples: int = 50, failed: str = "") -> None:
        self.state, events = advance(
            self.rule, self.state, Evaluation(int(self.at * NS), value, samples, failed)
        )
        self.told += [event.kind for event in events if event.announced]

    @step(seconds=st.integers(1, 20), what=st.sampled_from(["bad", "bad", "clean", "between"]))
    def judge(self, seconds: int, what: str) -> None:
        self.at += seconds
        self.model.history.append((self.at, what))
        self.see({"bad": 150.0, "clean": 50.0, "between": 90.0}[what])
        self.down = False

    @step(seconds=st.integers(1, 20))
    def too_few_samples_change_nothing(self, seconds: int) -> None:
        self.at += seconds
        before = self.state.status
        self.see(None, 0)
        if not self.down:
            assert self.state.status == before

    @step(seconds=st.integers(1, 20))
    def break_down(self, seconds: int) -> None:
        self.at += seconds
        self.see(None, 0, "the store is gone")
        self.down = True
        assert self.state.status == "rule failed"

    @precondition(lambda self: not self.down)
    @invariant()
    def stands_where_the_model_stands(self) -> None:
        if self.state.status != "rule failed" and self.model.history:
            assert self.state.status == self.model.status()

    @invariant()
    def who_heard_the_beginning_hears_the_end_once(self) -> None:
        heard = [kind for kind in self.told if kind in ("fired", "resolved")]
        assert all(first != second for first, second in itertools.pairwise(heard))
        assert (heard[-1:] == ["fired"]) == self.state.told

    @invariant()
    def flapping_is_three_crossings_in_twenty(self) -> None:
        sides = [what == "bad" for _, what in self.model.history][-REMEMBERED:]
        crossings = sum(a != b for a, b in itertools.pairwise(sides))
        assert self.state.flapping == (crossings >= FLAPS)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=50, deadline=None)


@pytest.mark.parametrize("no_data", ["keep", "ok", "alert"])
def test_a_policy_never_invents_a_firing(no_data: str) -> None:
    rule = replace(RULE, no_data=no_data)  # type: ignore[arg-type]
    state, events = run(rule, *[seen(4 * at, None, 0) for at in range(10)])
    assert state.status in ("ok", "no data")
    assert "fired" not in kinds(events)
