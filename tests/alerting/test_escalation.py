"""Escalation by a clock that the test moves, over a real control.db and outbox to a real receiver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from alerting import edit
from alerting.draft import as_form, drafted
from alerting.edit import Invalid
from alerting.escalation import timeline
from alerting.rule import Rule, as_dict, check, from_dict
from alerting.rule_file import read_text, with_channels, written
from alerting.state import NS
from alerting.steps import Step
from data import control_alerts, control_outbox, control_silences
from tests.support.sinks import Sink
from tests.support.watching import SLOW, Living, told_each

STEPS = (Step(600, ("phone",)), Step(1800, ("phone", "boss")))
RULE = replace(SLOW, window=7_200, escalation=STEPS)
NAMES = {"ops": "mail", "phone": "phone", "boss": "the boss"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Living]:
    made = Living(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sink(world: Living) -> Iterator[Sink]:
    with told_each(world, NAMES) as receiver:
        yield receiver


def pass_minutes(world: Living, minutes: float) -> None:
    """Time goes on in steps of two minutes; what is due is sent, and each third step after a restart."""
    for at in range(round(minutes / 2)):
        if at % 3 == 2:
            world.restart()
        world.step(120)
        world.outbox().run_pass(world.now)


def fire(world: Living, rule: Rule = RULE) -> None:
    world.rule(rule)
    world.step()
    world.call(500)
    world.step(2)
    world.outbox().run_pass(world.now)


def calm(world: Living) -> None:
    world.now += 7_201 * NS
    world.call(5)
    world.step(4)
    world.outbox().run_pass(world.now)


def told(sink: Sink) -> list[tuple[str, str]]:
    """Who got what, in order."""
    return [(path.removeprefix("/"), json.loads(body)["kind"]) for path, _, body in sink.requests]


def acknowledge(world: Living) -> None:
    first = control_alerts.events(world.control)[-1]
    control_silences.acknowledge(world.control, "r1", "", first.episode_ns, "mia", world.now)


def test_each_step_is_told_once_and_the_end_to_whoever_was_told(world: Living, sink: Sink) -> None:
    fire(world)
    pass_minutes(world, 8)
    assert told(sink) == [("ops", "fired")]
    pass_minutes(world, 4)
    assert told(sink)[1:] == [("phone", "unacknowledged")]
    assert json.loads(sink.requests[1][2])["title"].startswith("slow: not acknowledged, still firing, 49")
    pass_minutes(world, 16)
    assert len(told(sink)) == 2
    pass_minutes(world, 40)
    assert sorted(told(sink)[2:]) == [("boss", "unacknowledged"), ("phone", "unacknowledged")]
    assert world.kinds() == ["fired", "unacknowledged", "unacknowledged"]
    calm(world)
    assert sorted(told(sink)[4:]) == [("boss", "resolved"), ("ops", "resolved"), ("phone", "resolved")]


def test_an_acknowledgement_stops_it_and_only_those_who_were_told_hear_the_end(
    world: Living, sink: Sink
) -> None:
    fire(world)
    pass_minutes(world, 12)
    acknowledge(world)
    pass_minutes(world, 40)
    assert told(sink) == [("ops", "fired"), ("phone", "unacknowledged")]
    calm(world)
    assert sorted(told(sink)[2:]) == [("ops", "resolved"), ("phone", "resolved")]


def test_an_end_before_the_first_step_stops_it_and_the_next_firing_begins_anew(
    world: Living, sink: Sink
) -> None:
    fire(world, replace(RULE, window=60, no_data="ok"))
    pass_minutes(world, 4)
    assert told(sink) == [("ops", "fired"), ("ops", "resolved")]
    pass_minutes(world, 30)
    world.call(500)
    world.step(2)
    world.outbox().run_pass(world.now)
    pass_minutes(world, 2)
    assert [kind for _, kind in told(sink)[2:]] == ["fired", "resolved"]


def test_it_counts_from_the_first_message_and_waits_while_messages_are_kept_back(
    world: Living, sink: Sink
) -> None:
    edit.add_silence(world.control, world.now, "mia", ends_ns=world.now + 1_200 * NS, reason="import")
    fire(world)
    pass_minutes(world, 28)
    assert told(sink) == [("ops", "still firing")]  # at minute 20, so the first step is at 30
    pass_minutes(world, 4)
    assert told(sink)[1:] == [("phone", "unacknowledged")]


def test_steps_that_became_due_together_make_one_message(world: Living, sink: Sink) -> None:
    fire(world)
    edit.add_silence(world.control, world.now, "mia", ends_ns=world.now + 2_400 * NS, reason="import")
    pass_minutes(world, 50)
    assert sorted(told(sink)[1:]) == [("boss", "unacknowledged"), ("phone", "unacknowledged")]


def test_what_becomes_critical_or_repeats_goes_to_all_who_were_told(world: Living, sink: Sink) -> None:
    fire(world, replace(RULE, critical=1_000.0, metric="p99", repeat=900))
    pass_minutes(world, 12)
    world.call(5_000)
    world.step(4)
    world.outbox().run_pass(world.now)
    assert sorted(told(sink)[2:]) == [("ops", "escalated"), ("phone", "escalated")]
    pass_minutes(world, 16)
    assert sorted(told(sink)[4:6]) == [("ops", "still firing"), ("phone", "still firing")]


def test_a_crash_between_the_pass_and_the_sending_tells_a_step_once(world: Living, sink: Sink) -> None:
    fire(world)
    for _ in range(6):
        world.restart()
        world.step(120)  # nothing is sent meanwhile
    world.restart()
    world.step(4)
    rows = [row.channel_id for row in control_outbox.log(world.control)]
    assert sorted(rows) == ["ops", "phone"]
    world.outbox().run_pass(world.now)
    assert told(sink)[1:] == [("phone", "unacknowledged")]


def test_who_is_told_when_is_said_in_words() -> None:
    assert timeline(RULE, NAMES) == (
        "at once: mail · after 10 min without acknowledgement: phone"
        " · after 30 min without acknowledgement: phone, the boss"
    )
    assert timeline(replace(RULE, channels=()), {}).startswith("at once: nobody · after 10 min without ack")
    assert timeline(SLOW, NAMES) == "mail"
    assert RULE.every_channel == ("ops", "phone", "boss")


def test_steps_survive_plain_data_and_the_form() -> None:
    assert from_dict(as_dict(RULE)) == RULE
    assert drafted(as_form(RULE), Rule("")) == (RULE, ())
    turned = as_form(RULE) | {"after_1": "3600", "also_3": ["boss"]}
    assert drafted(turned, RULE)[0].escalation == (Step(1800, ("phone", "boss")), Step(3600, ("phone",)))
    assert drafted({"name": "x"}, RULE)[0].escalation == STEPS
    assert drafted({"after_1": "0", "also_1": ["phone"]}, RULE)[0].escalation == ()


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((Step(30, ("a",)),), "1 min to 24 h"),
        ((Step(600, ()),), "choose whom"),
        ((Step(600, ("a",)), Step(600, ("b",))), "later than the one before"),
        (tuple(Step(60 * at, ("a",)) for at in range(1, 7)), "at most 5"),
    ],
)
def test_what_is_wrong_with_steps_is_said(steps: tuple[Step, ...], said: str) -> None:
    (error,) = check(replace(SLOW, escalation=steps))
    assert error.field == "escalation"
    assert said in error.message


@pytest.mark.parametrize(
    "plain",
    [{}, [5], [{"after": 60}], [{"after": True, "channels": []}], [{"after": 60, "channels": "a"}],
     [{"after": 60, "channels": ["a"], "to": 1}]],
)  # fmt: skip
def test_what_is_no_step_is_refused(world: Living, plain: object) -> None:
    with pytest.raises(Invalid, match="escalation"):
        edit.checked(world.control, {"name": "x", "warning": 1.0, "escalation": plain})


def test_a_step_names_channels_that_exist(world: Living) -> None:
    with pytest.raises(Invalid, match="escalation: there is no channel phone"):
        edit.checked(world.control, as_dict(replace(RULE, channels=())) | {"metric": "p95"})


def test_a_file_names_the_channels_of_steps_and_of_hours_the_text() -> None:
    rule = replace(RULE, id="slow", hours="mon-fri 08:00-18:00 Europe/Berlin")
    text = written([rule, replace(SLOW, id="after", channels=())], NAMES)
    assert '[[rule.escalation]]\nafter = 600\nchannels = [\n    "phone",\n]' in text
    found = read_text(text, "team.toml")
    assert found.problems == ()
    back, gone = with_channels(found.rules[0], NAMES)
    assert (back.rule, gone) == (rule, ())
    less, gone = with_channels(found.rules[0], {"ops": "mail", "boss": "the boss"})
    assert [(one.field, one.message[:27]) for one in gone] == [("escalation", "there is no channel phone; ")]
    assert less.rule.escalation == (Step(1800, ("boss",)),)
