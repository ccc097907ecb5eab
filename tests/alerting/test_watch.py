"""Rules from control.db judged over a real store, told through a real outbox to real receivers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from alerting.channels import Channel, Outcome, send
from alerting.message import Message
from alerting.outbox import WAITS, trial_event
from alerting.rule import as_dict
from alerting.watch import LAG_NS, STEP_NS, Watch
from data import control_alerts, control_channels, control_outbox, control_silences
from data.control_silences import Silence
from queries.base import Reader
from tests.support.sinks import http_sink
from tests.support.watching import SLOW, START, World

NS = 10**9


class Crash(BaseException):
    """The process ends here."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def fire(world: World) -> None:
    world.call(500)
    world.watch(LAG_NS / NS)


def calm(world: World) -> None:
    """A minute passes, then quick calls."""
    world.now += 61 * NS
    world.call(5)
    world.watch((LAG_NS + STEP_NS) / NS)


def test_it_fires_is_delivered_and_the_end_is_told_too(world: World) -> None:
    world.rule(SLOW)
    with http_sink() as sink:
        world.channel(sink.url, secret="s3cret")
        fire(world)
        assert world.outbox().run_pass(world.now).sent == 1
        calm(world)
        assert world.outbox().run_pass(world.now).sent == 1
    assert world.kinds() == ["fired", "resolved"]
    first, second = (json.loads(body) for _, _, body in sink.requests)
    assert (first["status"], second["status"]) == ("firing", "resolved")
    assert first["dedup_key"] == second["dedup_key"]
    assert first["value"] == pytest.approx(500.0, rel=0.011)
    assert first["evidence"]["process"] == "price_order"
    assert [one.state for one in control_outbox.log(world.control)] == ["sent", "sent"]


def test_a_restart_tells_nothing_twice(world: World) -> None:
    world.rule(SLOW)
    fire(world)
    for _ in range(3):
        world.call(500)
        world.watch()
    assert world.kinds() == ["fired"]


def test_a_pass_at_the_same_moment_changes_nothing(world: World) -> None:
    world.rule(SLOW)
    fire(world)
    assert world.watch(0).events == 0
    assert world.kinds() == ["fired"]


def test_missed_moments_are_judged_in_order(world: World) -> None:
    world.rule(replace(SLOW, for_=20))
    world.call(5)
    world.watch(2)
    for _ in range(10):
        world.now += 4 * NS
        world.call(500)
    result = world.watch(2)
    assert (world.kinds(), result.skipped) == (["fired"], 0)
    (event,) = control_alerts.events(world.control)
    assert event.at_ns < world.now - 8 * NS


def test_a_long_gap_is_judged_in_wider_steps_and_says_how_many_were_left_out(world: World) -> None:
    world.rule(SLOW)
    world.call(5)
    world.watch(2)
    assert world.watch(3600 * 3).skipped > 0


def test_an_edit_counts_at_the_next_pass_and_a_paused_rule_is_not_judged(world: World) -> None:
    world.rule(SLOW)
    control_alerts.change_rule(
        world.control, "r1", 1, json.dumps(as_dict(replace(SLOW, enabled=False))), world.now, "local"
    )
    world.call(500)
    assert world.watch(2).rules == 0
    control_alerts.change_rule(world.control, "r1", 2, json.dumps(as_dict(SLOW)), world.now, "local")
    world.call(500)
    assert world.watch(4).events == 1


def test_an_unreadable_rule_does_not_stop_the_others(world: World) -> None:
    control_alerts.add_rule(world.control, "bad", "{", world.now, "local")
    control_alerts.add_rule(
        world.control, "worse", json.dumps({"name": "x", "window": "long"}), world.now, "local"
    )
    world.rule(SLOW)
    fire(world)
    assert world.kinds() == ["fired"]


def test_a_store_that_cannot_be_read_makes_the_rule_fail_loudly(world: World) -> None:
    world.rule(SLOW)
    world.call(5)
    world.watch(2)
    world.store.close()
    for file in world.folder.glob("spans-*"):
        file.write_bytes(b"not a database at all" * 1000)
    broken = Watch(world.control, Reader.open(world.folder))
    world.now += 4 * NS
    broken.run_pass(world.now)
    (state,) = control_alerts.states(world.control)
    assert json.loads(state.body)["status"] == "rule failed"
    assert world.kinds() == ["rule failed"]


def silence(world: World, seconds: float, rule_id: str = "", key: str = "") -> None:
    made = Silence(
        "s1", rule_id, key, "mia", "nightly import", world.now, world.now + round(seconds * NS), world.now
    )
    control_silences.add_silence(world.control, made)


def test_a_slow_pass_still_reads_the_past_of_one_rule(world: World) -> None:
    for id in ("r1", "r2"):
        world.rule(SLOW, id)
    world.call(500)
    world.now += LAG_NS
    slow = count(step=2)  # seconds at each look at the clock
    watch = Watch(world.control, world.reader, clock=lambda: float(next(slow)))
    assert watch.run_pass(world.now).unread == 1
    assert world.kinds() == ["fired"]
    world.now += STEP_NS
    assert watch.run_pass(world.now).unread == 0
    assert world.kinds() == ["fired", "fired"]


def test_a_silence_keeps_the_message_and_the_truth_underneath_stays(world: World) -> None:
    world.rule(SLOW)
    world.channel("http://127.0.0.1:9/")
    silence(world, 600, rule_id="r1")
    fire(world)
    assert world.kinds() == ["fired"]
    assert control_outbox.log(world.control) == ()
    calm(world)
    assert world.kinds() == ["fired", "resolved"]
    assert control_outbox.log(world.control) == ()


def test_a_silence_that_began_after_the_message_still_sends_the_end(world: World) -> None:
    world.rule(SLOW)
    with http_sink() as sink:
        world.channel(sink.url)
        fire(world)
        world.outbox().run_pass(world.now)
        silence(world, 600)
        calm(world)
        world.outbox().run_pass(world.now)
    assert [json.loads(body)["status"] for _, _, body in sink.requests] == ["firing", "resolved"]


@pytest.mark.parametrize(("rule_id", "key", "told"), [("r2", "", 1), ("", "price_*", 0), ("", "other", 1)])
def test_a_silence_covers_what_it_names(world: World, rule_id: str, key: str, told: int) -> None:
    world.rule(replace(SLOW, filter="", group_by="process"))
    world.channel("http://127.0.0.1:9/")
    silence(world, 600, rule_id, key)
    fire(world)
    assert len(control_outbox.log(world.control)) == told


def test_what_is_refused_is_tried_again_with_longer_waits_until_it_has_failed(world: World) -> None:
    world.rule(SLOW)
    with http_sink() as sink:
        sink.answers = [(503, {}, b"busy")]
        world.channel(sink.url)
        fire(world)
        waits = []
        for _ in range(len(WAITS) + 1):
            outcome = world.outbox().run_pass(world.now)
            (row,) = control_outbox.log(world.control)
            waits.append((row.next_try_ns - world.now) // NS)
            world.now = max(world.now, row.next_try_ns)
    assert waits[:-1] == list(WAITS)
    assert (row.state, row.attempts, row.answer) == ("failed", len(WAITS) + 1, "503 busy")
    assert outcome.failed == 1


def test_retry_after_is_honoured(world: World) -> None:
    world.rule(SLOW)
    with http_sink() as sink:
        sink.answers = [(429, {"Retry-After": "95"}, b""), (200, {}, b"")]
        world.channel(sink.url)
        fire(world)
        world.outbox().run_pass(world.now)
        (row,) = control_outbox.log(world.control)
        assert (row.next_try_ns - world.now) // NS == 95
        assert world.outbox().run_pass(world.now + 94 * NS).sent == 0
        assert world.outbox().run_pass(world.now + 95 * NS).sent == 1


def test_a_crash_during_an_attempt_sends_again_and_says_so(world: World) -> None:
    """Before, while and after the receiver has it: no message is lost, and the id stays the same."""
    world.rule(SLOW)
    with http_sink() as sink:
        world.channel(sink.url)
        fire(world)

        def crash_after(channel: Channel, message: Message) -> Outcome:
            send(channel, message, allow_private=True)
            raise Crash

        with pytest.raises(Crash):
            world.outbox(crash_after).run_pass(world.now)
        assert control_outbox.log(world.control)[0].state == "sending"
        assert world.outbox().run_pass(world.now).sent == 0  # nobody else takes it while it may be under way
        again = world.outbox()
        assert again.resume(world.now) == 1
        assert again.run_pass(world.now).sent == 1
    first, second = (json.loads(body) for _, _, body in sink.requests)
    assert first["event_id"] == second["event_id"]
    assert (first["maybe_sent_twice"], second["maybe_sent_twice"]) == (False, True)
    (row,) = control_outbox.log(world.control)
    assert (row.state, row.twice) == ("sent", 1)


@pytest.mark.parametrize("step", ["begin", "sent"])
def test_a_crash_at_any_step_of_the_outbox_loses_nothing(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.rule(SLOW)
    with http_sink() as sink:
        world.channel(sink.url)
        fire(world)

        def crash(*_: object) -> None:
            raise Crash

        with monkeypatch.context() as patched:
            patched.setattr(control_outbox, step, crash)
            with pytest.raises(Crash):
                world.outbox().run_pass(world.now)
        again = world.outbox()
        again.resume(world.now)
        again.run_pass(world.now)
    assert [one.state for one in control_outbox.log(world.control)] == ["sent"]
    assert len(sink.requests) == (1 if step == "begin" else 2)


def test_a_crash_in_the_middle_of_a_pass_loses_no_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.rule(SLOW)
    world.channel("http://127.0.0.1:9/")

    def crash(*_: object) -> None:
        raise Crash

    world.call(500)
    world.now += LAG_NS
    with monkeypatch.context() as patched:
        patched.setattr(control_alerts, "save_pass", crash)
        with pytest.raises(Crash):
            Watch(world.control, world.reader).run_pass(world.now)
    assert world.kinds() == []
    world.watch(4)
    assert world.kinds() == ["fired"]
    assert len(control_outbox.log(world.control)) == 1


def test_a_channel_that_is_gone_or_has_lost_its_secret_fails_with_the_reason(world: World) -> None:
    world.rule(replace(SLOW, channels=("ops", "pager")))
    world.channel("http://127.0.0.1:9/", secret="x")
    world.channel("http://127.0.0.1:9/", "pager")
    fire(world)
    (world.folder / "secret.key").unlink()
    control_channels.delete_channel(world.control, "pager", world.now, "local")
    world.outbox().run_pass(world.now)
    answers = {one.channel_id: (one.state, one.answer) for one in control_outbox.log(world.control)}
    assert answers["pager"] == ("dropped", "the channel was deleted")
    assert answers["ops"][0] == "failed"
    assert "secret.key is missing" in answers["ops"][1]


def test_a_trial_goes_the_same_way_as_a_real_message() -> None:
    event = trial_event("slow", START)
    assert (event.kind, event.rule_name) == ("test", "slow")


def test_evaluations_are_kept_for_the_table(world: World) -> None:
    world.rule(SLOW)
    fire(world)
    world.watch()
    first, second = control_alerts.evaluations(world.control, "r1", "")
    assert first.at_ns - second.at_ns == STEP_NS
    assert (second.value, second.status) == (pytest.approx(500.0, rel=0.011), "firing")


def test_moments_lie_on_the_grid_that_a_replay_uses(world: World) -> None:
    world.rule(SLOW)
    fire(world)
    world.watch(7.3)
    assert all(one.at_ns % NS == 0 for one in control_alerts.evaluations(world.control, "r1", ""))
