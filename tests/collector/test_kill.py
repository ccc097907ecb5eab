"""SIGKILL under load, with senders that retry as SDKs do: what was acknowledged is there, exactly once."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

from data.sqlite import connect_reader
from queries.base import MAX_PAGE, Reader, TimeRange
from queries.filters import EMPTY
from queries.traces import find_spans
from tests.collector.reading import count_spans
from tests.support.collecting import RunningCollector
from tests.support.otlp import request, span
from tests.support.wait import wait_until

KILLS, SENDERS, SPANS_A_REQUEST = 4, 4, 40
LEAST_ANSWERS = 25  # between two kills
PROTOBUF = {"Content-Type": "application/x-protobuf"}
MINUTE_NS = 60 * 10**9


class Sender(threading.Thread):
    """Sends one request after the other and repeats each until it is acknowledged."""

    def __init__(self, port: int, number: int) -> None:
        super().__init__()
        self.port, self.number = port, number
        self.acknowledged: list[bytes] = []  # span ids
        self.answers = 0
        self.unanswered = 0
        self.stopping = False

    def run(self) -> None:
        while not self.stopping:
            ids = [os.urandom(8) for _ in range(SPANS_A_REQUEST)]
            body = request([span(f"kill.{self.number}", span_id=one) for one in ids])
            while not self._acknowledged(body):
                self.unanswered += 1
                time.sleep(0.02)  # an SDK waits longer
            self.acknowledged += ids
            self.answers += 1

    def _acknowledged(self, body: bytes) -> bool:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
                connection.request("POST", "/v1/traces", body, PROTOBUF)
                return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


def stored_ids(directory: Path) -> Counter[bytes]:
    """How often each span id is stored."""
    found: Counter[bytes] = Counter()
    for file in directory.glob("spans-*.db"):
        with closing(connect_reader(file)) as connection:
            found.update(
                row[0].to_bytes(8, "big", signed=True)
                for row in connection.execute("SELECT span_id FROM span")
            )
    return found


def test_every_acknowledged_span_is_there_exactly_once_after_kills_under_load(tmp_path: Path) -> None:
    began_ns = time.time_ns()
    running = RunningCollector(tmp_path)
    running.start()
    senders = [Sender(running.port, number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        before = sum(sender.answers for sender in senders)
        wait_until(lambda: sum(one.answers for one in senders) >= before + LEAST_ANSWERS, "answers")  # noqa: B023
        assert running.stop(signal.SIGKILL) == -signal.SIGKILL
        running.end()
        running.start()
    for sender in senders:
        sender.stopping = True
    for sender in senders:
        sender.join()
    assert sum(sender.unanswered for sender in senders) > 0, "no kill hit a request under way"
    expected = {one for sender in senders for one in sender.acknowledged}
    stored = stored_ids(running.folder)
    assert set(stored) == expected
    assert set(stored.values()) == {1}
    assert running.stop() == 0
    running.end()
    assert_counts_match(running.folder, len(expected), began_ns)


def assert_counts_match(directory: Path, count: int, began_ns: int) -> None:
    """What the store says of itself, and what a page of the list finds, after all those restarts."""
    assert count_spans(directory) == count
    with closing(connect_reader(directory / "main.db")) as main:
        assert main.execute("SELECT sum(rows) FROM segment").fetchone()[0] == count
        assert main.execute("SELECT sum(rows) FROM arrivals").fetchone()[0] == count
    span_range = TimeRange(began_ns - MINUTE_NS, time.time_ns() + MINUTE_NS)
    found, cursor = 0, None
    with closing(Reader.open(directory)) as reader:
        while True:
            page = find_spans(reader, EMPTY, span_range, cursor=cursor, limit=MAX_PAGE)
            found, cursor = found + len(page.rows), page.next_cursor
            if cursor is None:
                break
    assert found == count
