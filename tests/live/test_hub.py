"""The push hub: one computation per topic, sent to everybody who follows it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from live.hub import KEPT, TOPICS, WAITING, Client, Feed, Hub
from tests.support.wait import wait_until


class Made:
    """A feed's computation that counts what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: Any = {"n": 1}

    def __call__(self, argument: str) -> Any:
        self.asked.append(argument)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def made() -> Made:
    return Made()


@pytest.fixture
def hub(made: Made) -> Iterator[Hub]:
    """A hub whose feeds are slow, so that a test decides when they are computed."""
    hub = Hub([Feed("vital_signs", 3600, made), Feed("overview", 3600, made, frozenset({"1h", "6h"}))], 3)
    yield hub
    for client in list(hub._clients):
        hub.leave(client)
    wait_until(lambda: not feeds_running(), "the threads end when nobody is connected")


def feeds_running() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("live-")]


def joined(hub: Hub, *topics: str) -> Client:
    client = hub.join()
    assert client is not None
    hub.follow(client, topics)
    return client


def computed(hub: Hub, *topics: str) -> Client:
    """A client that follows these topics, and has been told of each."""
    client = joined(hub, *topics)
    for topic in topics:
        hub.compute(topic.partition(":")[0])
        told(client, 0)
    return client


def told(client: Client, seconds: float = 60.0) -> Any:
    message = client.next(seconds)
    return None if message is None else json.loads(message)


def test_followers_are_told_round_by_round(made: Made) -> None:
    hub = Hub([Feed("vital_signs", 0.05, made)], 3)
    client = joined(hub, "vital_signs")
    assert [told(client) for _ in range(3)] == [{"type": "vital_signs", "payload": {"n": 1}}] * 3
    hub.leave(client)
    wait_until(lambda: not feeds_running(), "the thread ends when nobody is connected")


def test_all_followers_share_one_computation(hub: Hub, made: Made) -> None:
    clients = [joined(hub, "vital_signs") for _ in range(3)]
    hub.compute("vital_signs")
    assert [told(client)["payload"] for client in clients] == [{"n": 1}] * 3
    assert len(made.asked) == 1


def test_a_topic_with_an_argument_is_computed_for_it(hub: Hub, made: Made) -> None:
    client = joined(hub, "overview:6h")
    hub.compute("overview")
    assert told(client)["type"] == "overview"
    assert made.asked == ["6h"]


def test_who_does_not_follow_is_not_told(hub: Hub) -> None:
    client = joined(hub, "overview:1h")
    hub.publish("overview:6h", 1)
    hub.publish("vital_signs", 1)
    assert client.next(0) is None


def test_following_anew_replaces_what_was_followed(hub: Hub) -> None:
    client = computed(hub, "overview:1h")
    hub.follow(client, ["overview:6h"])
    hub.publish("overview:1h", 1)
    assert client.next(0) is None


@pytest.mark.parametrize(
    "topic", ["", "nothing", "overview", "overview:99y", "vital_signs:1h", "vital_signs:"]
)
def test_topics_that_do_not_exist_are_left_out(hub: Hub, topic: str) -> None:
    client = joined(hub, topic)
    assert client.follows == ({topic} if topic == "vital_signs:" else frozenset())


def test_a_client_follows_a_bounded_number(hub: Hub) -> None:
    client = joined(hub, *["nothing"] * TOPICS, "vital_signs")
    assert client.follows == frozenset()


def test_who_comes_later_has_the_figures_and_is_told_with_the_next_round(hub: Hub, made: Made) -> None:
    computed(hub, "vital_signs")
    late = joined(hub, "vital_signs")
    assert (late.next(0), len(made.asked)) == (None, 1)
    hub.compute("vital_signs")
    assert told(late)["payload"] == {"n": 1}


def test_who_comes_is_told_of_the_events_of_the_last_seconds_each_once(made: Made) -> None:
    clock = Clock()
    hub = Hub([Feed("error_event", 0.1, made, keeps=10)], 3, clock=clock)
    hub._running.add("error_event")  # no thread: what is told is what is published
    hub.publish("error_event", "long ago")
    clock.now += 11
    for error in ("one", "two"):
        hub.publish("error_event", error)
    client = joined(hub, "error_event")
    hub.publish("error_event", "three")
    assert [told(client, 0)["payload"] for _ in range(3)] == ["one", "two", "three"]
    assert client.next(0) is None


def test_a_flood_that_is_kept_leaves_room_for_what_comes(made: Made) -> None:
    hub = Hub([Feed("error_event", 0.1, made, keeps=10)], 3, clock=Clock())
    hub._running.add("error_event")
    for number in range(3 * WAITING):
        hub.publish("error_event", number)
    client = joined(hub, "error_event")
    assert (told(client)["payload"], client.missed) == (3 * WAITING - KEPT, 0)


def test_nothing_to_say_sends_nothing(hub: Hub, made: Made) -> None:
    made.answer = None
    client = joined(hub, "vital_signs")
    hub.compute("vital_signs")
    assert (client.next(0), len(made.asked)) == (None, 1)


def test_a_failed_computation_is_counted_and_the_channel_lives(
    hub: Hub, made: Made, caplog: pytest.LogCaptureFixture
) -> None:
    made.answer = ValueError("broken")
    client = joined(hub, "vital_signs")
    hub.compute("vital_signs")
    assert (client.next(0), hub.numbers().failures) == (None, 1)
    made.answer = {"n": 2}
    hub.compute("vital_signs")
    assert told(client)["payload"] == {"n": 2}
    assert "computing vital_signs failed" in caplog.text


def test_a_client_that_cannot_keep_up_loses_the_oldest(hub: Hub) -> None:
    client = joined(hub)
    client.follows = frozenset({"vital_signs"})
    for number in range(WAITING + 5):
        hub.publish("vital_signs", number)
    assert told(client)["payload"] == 5
    assert hub.numbers().missed == 5
    hub.leave(client)
    assert hub.numbers().missed == 5


def test_there_are_only_so_many(hub: Hub) -> None:
    clients = [hub.join() for _ in range(4)]
    assert clients[3] is None
    assert clients[0] is not None
    hub.leave(clients[0])
    assert hub.join() is not None


def test_nobody_connected_costs_nothing(hub: Hub) -> None:
    client = joined(hub, "vital_signs", "overview:1h")
    wait_until(lambda: len(feeds_running()) == 2, "the threads start")
    hub.leave(client)
    wait_until(lambda: not feeds_running(), "the threads end")
    assert hub.numbers().clients == 0


def test_who_comes_back_starts_the_feed_again(hub: Hub) -> None:
    client = joined(hub, "vital_signs")
    hub.leave(client)
    wait_until(lambda: not feeds_running(), "the threads end")
    joined(hub, "vital_signs")
    wait_until(feeds_running, "the feed runs again")
