"""From decoded spans to committed ones: a bounded queue and the one thread that writes.

A submission's future is done when all of its spans are committed. What waits while a commit runs goes
into the next one together, so a commit is never further away than the one that runs now.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from collector.errors import CircuitOpen, QueueFull, Unstorable
from collector.queue import NS_PER_MS, SpanQueue, Submission
from collector.writer_status import PROBE_SECONDS, StatusMachine, WriterStatus
from data.errors import DiskFull, StoreError
from data.records import SpanIn

T = TypeVar("T")
MOST_SPANS_A_COMMIT = 5_000
RETRY_SECONDS = 1  # told to senders when the queue is full
FLUSH_SECONDS = 1.0  # after the last commit
PAUSE_SECONDS = 0.2  # between tries of a failed commit
NS = 1_000_000_000

log = logging.getLogger(__name__)


class Counts(Protocol):
    """What the store says about a commit."""

    @property
    def stored(self) -> int: ...

    @property
    def repeats(self) -> int: ...

    @property
    def conflicts(self) -> int: ...


class Writer(Protocol):
    """What is used of the store, always on the writer's thread."""

    def write(self, spans: Sequence[SpanIn]) -> Counts: ...

    def flush(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Totals:
    """Counted since the start."""

    accepted: int = 0
    stored: int = 0
    repeats: int = 0
    conflicts: int = 0
    commits: int = 0
    last_commit_ns: int | None = None
    last_commit_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class PipelineStatus:
    """One look at queue and writer."""

    writer: WriterStatus
    spans: int
    nbytes: int
    oldest_ms: int
    peak_spans: int
    max_spans: int
    max_bytes: int
    totals: Totals


class Pipeline:
    """Start it, submit to it from any thread, stop it."""

    def __init__(
        self,
        store: Writer,
        probe: Callable[[], None],
        queue: SpanQueue,
        now_ns: Callable[[], int] = time.time_ns,
        monotonic_ns: Callable[[], int] = time.monotonic_ns,
        died: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._probe_store = probe
        self._queue = queue
        self._now_ns = now_ns
        self._monotonic_ns = monotonic_ns
        self._died = died
        self._changed = threading.Condition()
        self._closures: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._totals = Totals()
        self._machine = StatusMachine(now_ns())
        self._stopping = False
        self._probe_due_ns = 0
        self._unflushed = False
        self._thread = threading.Thread(target=self._run_or_die, name="writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def submit(self, spans: Sequence[SpanIn], nbytes: int) -> Future[None]:
        """Queues the spans of one request; raises QueueFull or CircuitOpen instead of waiting."""
        submission = Submission(spans, nbytes, self._monotonic_ns())
        submission.future.set_running_or_notify_cancel()  # a client that hangs up cannot take it back
        with self._changed:
            self._check(len(spans), nbytes)
            self._queue.add(submission)
            self._totals = replace(self._totals, accepted=self._totals.accepted + len(spans))
            self._changed.notify()
        return submission.future

    def check(self) -> None:
        """Raises what `submit` would raise for the smallest request: asked before a body is decoded."""
        with self._changed:
            self._check(1, 1)

    def on_writer(self, closure: Callable[[], T]) -> Future[T]:
        """Runs something short between two commits, also while the circuit is open."""
        future: Future[T] = Future()
        with self._changed:
            if self._stopping:
                raise CircuitOpen("the collector is stopping", RETRY_SECONDS)
            self._closures.append((closure, future))
            self._changed.notify()
        return future

    def status(self) -> PipelineStatus:
        """Also moves the writer status on, so that it is right when nothing else happens."""
        with self._changed:
            queue = self._queue
            oldest_ms = queue.oldest_ms(self._monotonic_ns())
            writer = self._machine.look(self._now_ns(), oldest_ms, queue.fill())
            return PipelineStatus(
                writer,
                queue.spans,
                queue.nbytes,
                int(oldest_ms),
                queue.peak_spans,
                queue.max_spans,
                queue.max_bytes,
                self._totals,
            )

    def stop(self, seconds: float) -> bool:
        """Takes nothing more and writes what waits; False when that did not end in time."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _check(self, spans: int, nbytes: int) -> None:
        if self._stopping:
            raise CircuitOpen("the collector is stopping", RETRY_SECONDS)
        if self._machine.is_open:
            raise CircuitOpen(self._machine.current.reason, int(PROBE_SECONDS))
        if not self._queue.has_room(spans, nbytes):
            raise QueueFull(f"{self._queue.spans} spans wait for the writer", RETRY_SECONDS)

    # From here on: the writer's thread.

    def _run_or_die(self) -> None:
        try:
            while self._turn():
                pass
        except BaseException:
            log.exception("the writer stopped")
            self._died()

    def _turn(self) -> bool:
        """Waits for something to do and does it; False when all is done and we are stopping."""
        with self._changed:
            worked = self._changed.wait_for(self._has_work, self._patience())
            closures, self._closures = self._closures, deque()
            given_up = self._queue.take_back() if self._machine.is_open else []
            reason = self._machine.current.reason
            batch = self._queue.take(MOST_SPANS_A_COMMIT)
            probe = self._machine.is_open and self._monotonic_ns() >= self._probe_due_ns
            stopping = self._stopping
        for submission in given_up:  # an open circuit holds nobody's request
            submission.finish(CircuitOpen(reason, int(PROBE_SECONDS)))
        for closure, future in closures:
            _run_closure(closure, future)
        if batch:
            self._commit(batch)
        elif probe and not stopping:
            self._probe()
        elif self._unflushed and not worked:
            self._flush()
        return bool(batch or closures or not stopping)

    def _patience(self) -> float | None:
        """Seconds until something is to be done though nothing comes."""
        if self._machine.is_open:
            return max(0.0, (self._probe_due_ns - self._monotonic_ns()) / NS)
        return FLUSH_SECONDS if self._unflushed else None

    def _has_work(self) -> bool:
        return bool(self._queue.waiting or self._closures or self._stopping)

    def _commit(self, batch: list[Submission]) -> None:
        """Writes a batch, trying again a few times when the store is busy."""
        while True:
            try:
                self._write([span for submission in batch for span in submission.spans])
            except StoreError as error:
                if self._failed(error):
                    self._finish(batch, CircuitOpen(str(error), int(PROBE_SECONDS)))
                    return
                time.sleep(PAUSE_SECONDS)
            except Exception as error:
                if len(batch) > 1:
                    for submission in batch:  # one of them is the cause: the others shall not suffer for it
                        self._commit([submission])
                    return
                log.exception("spans could not be stored")
                self._finish(batch, Unstorable(f"the spans could not be stored: {error}"))
                return
            else:
                self._finish(batch, None)
                return

    def _write(self, spans: Sequence[SpanIn]) -> None:
        """One commit, or several when one request is larger than a commit may be."""
        for start in range(0, len(spans), MOST_SPANS_A_COMMIT):
            began_ns = self._monotonic_ns()
            written = self._store.write(spans[start : start + MOST_SPANS_A_COMMIT])
            self._count(written, (self._monotonic_ns() - began_ns) / NS_PER_MS)

    def _count(self, written: Counts, took_ms: float) -> None:
        with self._changed:
            before = self._totals
            self._totals = replace(
                before,
                stored=before.stored + written.stored,
                repeats=before.repeats + written.repeats,
                conflicts=before.conflicts + written.conflicts,
                commits=before.commits + 1,
                last_commit_ns=self._now_ns(),
                last_commit_ms=took_ms,
            )
            self._machine.succeeded(self._now_ns())
            self._unflushed = True

    def _failed(self, error: StoreError) -> bool:
        log.warning("the store failed", extra={"reason": str(error)})
        with self._changed:
            self._probe_due_ns = self._monotonic_ns() + int(PROBE_SECONDS * NS)
            return self._machine.failed(self._now_ns(), str(error), isinstance(error, DiskFull))

    def _finish(self, batch: Sequence[Submission], error: Exception | None) -> None:
        with self._changed:
            self._queue.finish(batch)
        for submission in batch:
            submission.finish(error)

    def _probe(self) -> None:
        """Asks whether the store can be written again."""
        try:
            self._probe_store()
        except StoreError as error:
            self._failed(error)
        else:
            with self._changed:
                self._machine.probed(self._now_ns())

    def _flush(self) -> None:
        """Lets the store write what follows from the last commits, once there is a pause."""
        self._unflushed = False
        try:
            self._store.flush()
        except StoreError as error:
            self._failed(error)


def _run_closure(closure: Callable[[], Any], future: Future[Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(closure())
    except Exception as error:
        future.set_exception(error)
