"""Hours of rules and maintenance windows: judged all the time, told when it is time, live and in a replay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerting import edit
from alerting.edit import Invalid
from alerting.replay import replay
from alerting.rule import check
from alerting.sentence import sentence
from alerting.state import NS
from alerting.watch import LAG_NS
from data import control_silences
from data.control_silences import FOREVER_NS
from data.hours import moment
from queries import alerts
from tests.support.sinks import http_sink
from tests.support.watching import SLOW, START, Living

MINUTE = 60 * NS
RULE = replace(SLOW, window=60, hours="14:10-14:20 UTC")  # the world begins on a Saturday at 14:02:40


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Living]:
    made = Living(tmp_path)
    yield made
    made.close()


def at(text: str) -> int:
    """Nanoseconds of a time of that day, UTC."""
    return moment(f"2026-11-21T{text}", "UTC")


def live_through(world: Living, until: str, slow: set[str]) -> None:
    """A call each 20 s, slow ones in the minutes that are named."""
    while world.now < at(until):
        minute = datetime.fromtimestamp(world.now / NS, UTC).strftime("%H:%M")
        world.call(500 if minute in slow else 5)
        world.step(20)


def told(world: Living) -> list[tuple[str, str]]:
    """Kind and minute of each message that is on its way."""
    return [(kind, datetime.fromtimestamp(ns / NS, UTC).strftime("%H:%M")) for kind, ns in world.messages()]


def test_the_world_begins_where_this_file_thinks() -> None:
    assert datetime.fromtimestamp(START / NS, UTC) == datetime(2026, 11, 21, 14, 2, 40, tzinfo=UTC)


def test_outside_its_hours_a_rule_is_judged_and_told_when_they_begin(world: Living) -> None:
    world.rule(RULE)
    world.channel("http://127.0.0.1:9/")
    world.step()
    live_through(world, "14:08", {"14:04"})  # comes and goes untold
    assert (world.kinds(), told(world)) == (["fired", "resolved"], [])
    live_through(world, "14:09", {"14:08"})
    (found,) = alerts.active(world.reader, world.now)
    assert (found.status, found.suppressed, found.off_hours) == ("firing", True, True)
    live_through(world, "14:12", {"14:09", "14:10", "14:11"})
    (found,) = alerts.active(world.reader, world.now)
    assert (found.suppressed, found.off_hours) == (False, False)
    assert told(world) == [("still firing", "14:10")]
    live_through(world, "14:23", {"14:18", "14:19", "14:20"})  # fires within, ends after them
    assert told(world)[1:] == [("resolved", "14:12"), ("fired", "14:18"), ("resolved", "14:21")]


def test_a_replay_keeps_the_hours_as_the_scheduler_does(world: Living) -> None:
    rule = replace(RULE, window=20, hours="14:05-14:08 UTC")
    world.rule(rule)
    world.channel("http://127.0.0.1:9/")
    world.step(2)
    moments = []
    while world.now < at("14:09:40"):
        half = (world.now - at("14:03")) // (30 * NS)
        world.call(500 if half in (0, 3, 4, 8, 11) else 5)
        world.step(4)
        moments.append((world.now - LAG_NS) // NS * NS)
    found = replay(replace(rule, id="r1"), world.reader, moments)
    lived = [(kind, ns) for kind, ns in world.messages() if kind in ("fired", "still firing")]
    assert [kind for kind, _ in lived] == ["still firing", "fired"]
    assert [one.told_ns for one in found.episodes if one.told_ns] == [ns for _, ns in lived]
    assert (len(found.episodes), found.untold) == (world.kinds().count("fired"), len(found.episodes) - 2)
    assert found.untold
    assert replay(replace(rule, hours=""), world.reader, moments).untold == 0


def test_a_maintenance_window_repeats_and_ends_before_the_alert_does(world: Living) -> None:
    world.rule(replace(SLOW, window=60))
    made = edit.add_silence(world.control, world.now, "mia", reason="backup", hours="sat 14:04-14:07 UTC")
    assert (made.ends_ns, made.next_change(world.now)) == (FOREVER_NS, at("14:04"))
    with http_sink() as sink:
        world.channel(sink.url)
        world.step()
        live_through(world, "14:06", {"14:03", "14:04", "14:05"})
        assert told(world) == [("fired", "14:03")]  # before it began
        live_through(world, "14:08", set())
        assert told(world)[1:] == [("resolved", "14:06")]  # whoever heard the beginning hears the end
        world.now += 7 * 86_400 * NS - 3 * MINUTE  # the next Saturday, 14:05
        live_through_week = world.now + 4 * MINUTE
        while world.now < live_through_week:
            world.call(500)
            world.step(20)
        assert [kind for kind, _ in told(world)[2:]] == ["still firing"]
        assert world.kinds().count("fired") == 2
        world.outbox().run_pass(world.now)
        assert len(sink.requests) == 3


def test_a_window_of_one_time_has_a_beginning(world: Living) -> None:
    begin, end = moment("2026-11-21T16:00", "Europe/Berlin"), moment("2026-11-21T17:00", "Europe/Berlin")
    made = edit.add_silence(world.control, world.now, "mia", reason="move", starts_ns=begin, ends_ns=end)
    assert [made.holds(at(text)) for text in ("14:59", "15:00", "15:59", "16:00")] == [
        False,
        True,
        True,
        False,
    ]
    assert (made.next_change(at("14:30")), made.next_change(at("15:30"))) == (begin, end)
    assert control_silences.silences(world.control, world.now) == (made,)
    with pytest.raises(Invalid, match="within a year"):
        edit.add_silence(world.control, world.now, "mia", reason="x", ends_ns=world.now + 400 * 86_400 * NS)
    with pytest.raises(Invalid, match="hours: "):
        edit.add_silence(world.control, world.now, "mia", reason="x", hours="always")


def test_hours_that_cannot_be_read_any_more_keep_nothing_back(world: Living) -> None:
    made = edit.add_silence(world.control, world.now, "mia", reason="x", hours="UTC")
    odd = replace(made, hours="nonsense")
    assert (made.holds(world.now), odd.holds(world.now), odd.next_change(world.now)) == (True, False, None)
    assert replace(RULE, hours="nonsense").speaks(world.now)


def test_a_rule_says_its_hours_and_what_is_wrong_with_them() -> None:
    assert sentence(RULE).endswith(". It is told only 14:10-14:20 UTC.")
    (wrong,) = check(replace(RULE, hours="mon-fri 8-18 UTC"))
    assert (wrong.field, wrong.message[:14]) == ("hours", "8-18 is no tim")
    assert check(RULE) == ()
