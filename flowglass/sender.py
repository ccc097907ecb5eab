"""The one background thread: takes records from the queue, encodes them, sends them, and asks for levels."""

from __future__ import annotations

import json
import os
import random
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from flowglass import protobuf
from flowglass.context import CURRENT, END, EXTRA, SITE, START, UNSAMPLED, Record
from flowglass.cost import base_cost, brake, braked, counted, ns_per_call
from flowglass.encode import Encoder
from flowglass.otlp_json import to_json
from flowglass.state import CLOCKS, WAKE, State
from flowglass.transport import Answer, Transport

RETRYABLE = frozenset({0, 408, 429, 500, 502, 503, 504})
MOST_WAITING_BYTES = 256 * 1024  # of encoded spans
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between tries
OPEN_AFTER = 3  # failures in a row
REPORT_EVERY, LEVELS_EVERY, ANCHOR_EVERY, STRANGER_EVERY = 10.0, 5.0, 10.0, 60.0  # seconds
SLOW_NS = 5_000_000  # from here on the memory is looked at on every call
MOST_TOLD = 100  # functions of each kind in a report, which a collector takes up to 64 KiB of
VERSION = "0.1.0"


class Batch(NamedTuple):
    body: bytes
    spans: int


class Sender:
    """Runs until it is closed. Everything here happens on its own thread, `wake` and `flush` aside."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.encoder = Encoder(state.redactor)
        self.waiting: deque[Batch] = deque()
        self.waiting_bytes = 0
        self.failures = 0
        self.closing = False
        self.requests: deque[Any] = deque()
        self.due = {"report": self.now() + 1.0, "levels": 0.0, "anchor": self.now() + ANCHOR_EVERY}
        self.transport = transport_for(state)
        self.settle()
        # A bare lock: unlike an Event it may be released from a signal handler that interrupted a release.
        self.bell = threading.Lock()
        self.bell.acquire()
        self.thread = threading.Thread(target=self._run, name="flowglass-sender", daemon=True)

    @staticmethod
    def now() -> float:
        """Seconds on the monotonic clock."""
        return CLOCKS[0]() / 1e9

    def settle(self) -> None:
        """Takes over changed settings; what waits is sent to where it goes now."""
        self.unsettled = False
        self.transport.close()
        self.encoder.use(self.state.redactor)
        self.transport = transport_for(self.state)
        self.resource = protobuf.resource(resource_attributes(self.state))
        self.etag = ""
        self.next_try = 0.0
        self.due["levels"] = 0.0

    def start(self) -> None:
        self.thread.start()

    def wake(self) -> None:
        """Has the thread look at the queue now. Any thread, any signal handler."""
        try:
            self.bell.release()
        except RuntimeError:
            return  # it is awake already

    def flush(self, timeout: float) -> bool:
        """Waits until what was recorded before is sent or given up; whether that was in time."""
        if not self.thread.is_alive() or threading.current_thread() is self.thread:
            return not self.state.queue
        done = threading.Lock()
        done.acquire()
        self.requests.append(done)
        self.wake()
        return done.acquire(timeout=max(0.0, timeout))

    def _run(self) -> None:
        CURRENT.set(UNSAMPLED)  # nothing done here is traced
        while not (self.closing and not self.state.queue):
            self.bell.acquire(timeout=self.pause())
            try:
                self.work()
            except Exception:
                self.failures += 1
                self.next_try = self.now() + LONGEST_PAUSE

    def pause(self) -> float:
        """Seconds to sleep: until the next spans are due, or the next try."""
        if self.closing:
            return 0.0
        longest = self.state.settings.delay
        if self.waiting:
            longest = min(longest, max(0.01, self.next_try - self.now()))
        return longest

    def work(self) -> None:
        """Sends what there is, then does what is due."""
        if self.unsettled:
            self.settle()
        asked = len(self.requests)
        if asked:
            self.next_try = 0.0  # somebody waits for it: try now
        self.state.room = min(WAKE, self.state.settings.max_queue)
        while True:
            taken = self.take()
            self.send()
            if not taken or (self.waiting and not asked):
                break
        self.housekeeping()
        for _ in range(asked):
            self.requests.popleft().release()

    def take(self) -> int:
        """Encodes the next records, as many as there is room for; how many were taken."""
        if self.waiting_bytes >= MOST_WAITING_BYTES:
            return 0
        state = self.state
        records: list[Record] = []
        popleft = state.queue.popleft
        for _ in range(min(len(state.queue), state.settings.max_batch)):
            records.append(popleft())
            state.taken += 1  # at once, so that what was recorded can always be told
        if not records:
            return 0
        for show in state.shown:
            for record in records:
                show(record)
        body, spans = self.encoder.batch(records, self.resource)
        state.dropped_here += len(records) - spans
        self.learn(records)
        if state.settings.exporter:
            self.waiting.append(Batch(body, spans))
            self.waiting_bytes += len(body)
        else:
            state.shown_only += spans
        return len(records)

    def learn(self, records: list[Record]) -> None:
        """What calls last, and what those that were looked at closely cost."""
        for record in records:
            site, extra, lasted = record[SITE], record[EXTRA], record[END] - record[START]
            if (lasted >= SLOW_NS) != site.slow:
                site.slow = not site.slow
                self.state.apply(site)
            if extra is not None and "cost" in extra:
                site.learn(extra["cost"], lasted)

    def send(self) -> None:
        """Sends waiting batches until one is not taken."""
        while self.waiting and self.now() >= self.next_try:
            batch = self.waiting[0]
            answer = self.transport.post_spans(*self.content(batch.body))
            if answer.status in RETRYABLE:
                self.failed(answer)
                return
            self.waiting.popleft()
            self.waiting_bytes -= len(batch.body)
            self.failures = 0
            self.state.circuit = "OK"
            if 200 <= answer.status < 300:
                self.state.sent += batch.spans
            else:
                self.state.dropped_here += batch.spans

    def content(self, body: bytes) -> tuple[bytes, str]:
        """The body as the protocol wants it, and its type."""
        if self.state.settings.protocol == "http/json":
            return to_json(body), "application/json"
        return body, "application/x-protobuf"

    def failed(self, answer: Answer) -> None:
        """Waits longer after each failure; after three the circuit is open until one try works."""
        self.failures += 1
        self.state.circuit = "CIRCUIT_OPEN" if self.failures >= OPEN_AFTER else "DELAYED"
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures - 1, 10)) * random.uniform(0.8, 1.2)
        self.next_try = self.now() + max(pause, answer.retry_after)

    def housekeeping(self) -> None:
        """What is due by the clock."""
        now = self.now()
        if now >= self.due["anchor"]:
            self.state.anchor()
            self.due["anchor"] = now + ANCHOR_EVERY
        if self.failures or not self.state.settings.exporter:
            return
        self._when_due("levels", now, LEVELS_EVERY, self.ask_levels)
        if not self.state.base_cost and self.state.taken:
            self.state.base_cost = base_cost()
        for site in brake(self.state):
            self.encoder.heads.pop(site, None)  # it says so from now on
        self._when_due("report", now, REPORT_EVERY, self.report)

    def _when_due(self, what: str, now: float, every: float, do: Callable[[], int]) -> None:
        if now < self.due[what]:
            return
        # A collector that does not know the question is another product: ask rarely.
        self.due[what] = now + (STRANGER_EVERY if do() in (404, 405, 501) else every)

    def ask_levels(self) -> int:
        """Asks what to record; applies it when it changed."""
        from urllib.parse import quote

        path = f"{self.transport.base}/v1/flowglass/levels?service={quote(self.state.settings.service)}"
        answer = self.transport.ask("GET", path, None, {"If-None-Match": self.etag} if self.etag else {})
        if answer.status == 200:
            self.etag = answer.etag
            self.state.decide(answer.body)
            self.encoder.forget(self.state.wanted)
        return answer.status

    def report(self) -> int:
        """Tells how this tracer is doing."""
        stats = {
            "service": self.state.settings.service,
            "pid": os.getpid(),
            **self.state.stats(),
            "ns_per_call": round(ns_per_call(self.state.base_cost)),
            "counted": counted(MOST_TOLD),
            "braked": braked(MOST_TOLD),
        }
        body = json.dumps(stats).encode()
        path = f"{self.transport.base}/v1/flowglass/tracer"
        return self.transport.ask("POST", path, body, {"Content-Type": "application/json"}).status


def transport_for(state: State) -> Transport:
    """The way to the collector the settings name."""
    to = state.settings
    return Transport(to.endpoint, to.headers, to.timeout, to.compression, to.certificate)


def resource_attributes(state: State) -> list[tuple[str, Any]]:
    """Who sends: service, process, runtime, SDK."""
    settings = state.settings
    own: dict[str, Any] = {
        "service.name": settings.service,
        "process.pid": os.getpid(),
        "process.runtime.name": sys.implementation.name,
        "process.runtime.version": ".".join(map(str, sys.version_info[:3])),
        "telemetry.sdk.name": "flowglass",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": VERSION,
    }
    return list({**own, **settings.resource}.items())
