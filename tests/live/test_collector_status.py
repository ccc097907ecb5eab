"""What the collector says of itself, and what the page knows when it says nothing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from live.collector_status import SAMPLE_NS, SAMPLES, CollectorStatus, StatusPoller, parse
from tests.support.wait import wait_until

GOOD: dict[str, Any] = {
    "writer": {"status": "OK", "since_ns": "1795258800000000001", "reason": ""},
    "queue": {
        "spans": 128, "bytes": 64, "max_spans": 1000, "max_bytes": 128, "oldest_ms": 3, "peak_spans": 371,
    },
    "last_commit_ns": "1795258800000000002",
    "last_commit_ms": 12.5,
    "accepted": 10,
    "stored": 9,
    "repeats": 1,
    "rejected": {"clock": 2},
    "tracers": [
        {
            "service": "orders", "pid": 7, "recorded": 100, "sent": 90, "dropped": 1, "queue": 9,
            "state": "sending", "ns_per_call": 1900, "seen_ns": "5",
        }
    ],
    "started_ns": "1795258700000000000",
    "pid": 42,
    "version": "0.1.0",
}  # fmt: skip


class Collector:
    """A collector that answers what it is told to."""

    def __init__(self) -> None:
        self.body, self.code, self.asked = json.dumps(GOOD), 200, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                self.send_response(outer.code)
                self.end_headers()
                self.wfile.write(outer.body.encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def collector() -> Iterator[Collector]:
    running = Collector()
    yield running
    if running.thread.is_alive():
        running.stop()


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_258_800 * 10**9

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def poller(collector: Collector, clock: Clock) -> StatusPoller:
    return StatusPoller("127.0.0.1", collector.port, clock)


def test_every_field_of_the_answer_is_read() -> None:
    status = parse(GOOD)
    assert status.writer_since_ns == 1_795_258_800_000_000_001
    assert status.last_commit_ns == 1_795_258_800_000_000_002
    assert (status.queue_spans, status.queue_peak_spans, status.rejected) == (128, 371, {"clock": 2})
    assert status.tracers[0].ns_per_call == 1900
    assert status.reachable


def test_a_collector_that_has_committed_nothing_has_no_last_commit() -> None:
    status = parse(GOOD | {"last_commit_ns": None, "last_commit_ms": None})
    assert (status.last_commit_ns, status.last_commit_ms) == (None, 0.0)


def test_saturation_is_the_fuller_of_spans_and_bytes() -> None:
    assert parse(GOOD).saturation == 0.5
    assert CollectorStatus().saturation == 0.0


def test_before_the_first_question_nothing_is_known() -> None:
    status = StatusPoller("127.0.0.1", 1, lambda: 0).current()
    assert (status.reachable, status.answered_ns) == (False, 0)


def test_an_answer_is_current_until_the_next(poller: StatusPoller, clock: Clock) -> None:
    assert poller.poll() == poller.current()
    assert poller.current().answered_ns == clock.now


def test_a_collector_that_is_gone_is_a_state_and_its_last_numbers_stay(
    poller: StatusPoller, collector: Collector, clock: Clock
) -> None:
    poller.poll()
    answered = clock.now
    collector.stop()
    clock.now += SAMPLE_NS
    status = poller.poll()
    assert (status.reachable, status.why) == (False, "nothing is listening on its port")
    assert (status.queue_spans, status.answered_ns, status.asked_ns) == (128, answered, clock.now)


@pytest.mark.parametrize(
    ("body", "code", "why"),
    [
        ("{}", 200, "something else is listening on its port"),
        ("[]", 200, "something else is listening on its port"),
        ("<html>", 200, "Expecting value"),
        (json.dumps(GOOD), 500, "it answered 500"),
    ],
)
def test_what_is_no_status_is_not_believed(
    poller: StatusPoller, collector: Collector, body: str, code: int, why: str
) -> None:
    collector.body, collector.code = body, code
    status = poller.poll()
    assert not status.reachable
    assert why in status.why


def test_a_sample_keeps_the_worst_of_its_seconds(
    poller: StatusPoller, collector: Collector, clock: Clock
) -> None:
    for spans, commit in ((5, 30.0), (400, 2.0), (7, 1.0)):
        collector.body = json.dumps(
            GOOD | {"queue": GOOD["queue"] | {"spans": spans}, "last_commit_ms": commit}
        )
        poller.poll()
        clock.now += 10**9
    (sample,) = poller.current().samples
    assert (sample.queue_spans, sample.commit_ms) == (400, 30.0)


def test_the_history_is_bounded(poller: StatusPoller, clock: Clock) -> None:
    for _ in range(SAMPLES + 3):
        poller._remember(parse(GOOD), clock.now)
        clock.now += SAMPLE_NS
    assert len(poller.poll().samples) == SAMPLES


def test_the_thread_asks_again_and_again_until_it_is_stopped(
    poller: StatusPoller, collector: Collector
) -> None:
    poller.start()
    try:
        wait_until(lambda: collector.asked >= 2, "the collector is asked twice")
    finally:
        poller.stop()
    asked = collector.asked
    assert not any(thread.name == "collector-status" for thread in threading.enumerate())
    assert collector.asked == asked
