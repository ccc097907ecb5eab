"""The queue and its one writer, over a real store and over one that fails when it is told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import pytest

from collector import pipeline as module
from collector.errors import CircuitOpen, QueueFull, Unstorable
from collector.pipeline import Pipeline, Writer
from collector.queue import SpanQueue
from collector.writer_status import CIRCUIT_OPEN, DELAYED, OK
from config import Settings
from data.errors import DiskFull, StoreBusy
from data.records import SpanIn
from data.seed import reference_spans
from data.store import Store
from tests.support.wait import wait_until

SPANS = list(reference_spans(200, 5, time.time_ns(), days=1))


@dataclass(frozen=True)
class Count:
    stored: int
    repeats: int = 0
    conflicts: int = 0


class Scripted:
    """A store that keeps a list, waits at a gate, and raises what it is told to raise."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.errors: list[Exception] = []
        self.poison: SpanIn | None = None
        self.commits: list[list[SpanIn]] = []
        self.flushes = 0
        self.disk_full = False

    def write(self, spans: Sequence[SpanIn]) -> Count:
        self.entered.set()
        assert self.gate.wait(60)
        if self.errors:
            raise self.errors.pop(0)
        if self.poison in spans:
            raise ValueError("cannot be bound")
        self.commits.append(list(spans))
        return Count(len(spans))

    def flush(self) -> bool:
        self.flushes += 1
        return True

    def probe(self) -> None:
        if self.disk_full:
            raise DiskFull(Path("db"))


Start = Callable[..., Pipeline]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a pipeline with waits that suit a test; stops it at the end."""
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(module, "PROBE_SECONDS", 0.05)
    monkeypatch.setattr(module, "FLUSH_SECONDS", 0.05)
    started: list[Pipeline] = []

    def make(store: Writer, max_spans: int = 1_000, max_bytes: int = 10**6, **more: object) -> Pipeline:
        probe = getattr(store, "probe", lambda: None)
        made = Pipeline(store, probe, SpanQueue(max_spans, max_bytes), **more)  # type: ignore[arg-type]
        made.start()
        started.append(made)
        return made

    yield make
    for one in started:
        one.stop(10)


def blocked(store: Scripted, pipeline: Pipeline, spans: Sequence[SpanIn]) -> Future[None]:
    """A first submission whose commit waits at the gate."""
    store.gate.clear()
    store.entered.clear()
    future = pipeline.submit(spans, 10)
    assert store.entered.wait(60)
    return future


def test_a_future_is_done_when_its_spans_are_in_the_store(tmp_path: Path, start: Start) -> None:
    settings = Settings()
    store = Store.open(tmp_path, settings.store, settings.staleness, time.time_ns)
    pipeline = start(store)
    pipeline.submit(SPANS, 10).result(60)
    pipeline.submit(SPANS, 10).result(60)
    totals = pipeline.status().totals
    assert (totals.accepted, totals.stored, totals.repeats) == (400, 200, 200)
    assert totals.commits == 2
    assert totals.last_commit_ns is not None and totals.last_commit_ms > 0
    pipeline.stop(10)
    store.close()


def test_what_waits_goes_into_one_commit(start: Start) -> None:
    store = Scripted()
    pipeline = start(store)
    first = blocked(store, pipeline, SPANS[:1])
    rest = [pipeline.submit([span], 1) for span in SPANS[1:50]]
    store.gate.set()
    for future in [first, *rest]:
        future.result(60)
    assert [len(commit) for commit in store.commits] == [1, 49]
    assert store.commits[1] == SPANS[1:50]


def test_a_commit_is_bounded_and_a_large_request_takes_several(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_SPANS_A_COMMIT", 60)
    store = Scripted()
    pipeline = start(store)
    first = blocked(store, pipeline, SPANS[:1])
    others = [pipeline.submit(SPANS[:50], 1), pipeline.submit(SPANS[50:100], 1), pipeline.submit(SPANS, 1)]
    store.gate.set()
    for future in [first, *others]:
        future.result(60)
    assert [len(commit) for commit in store.commits] == [1, 50, 50, 60, 60, 60, 20]


def test_a_full_queue_refuses_more_and_recovers(start: Start) -> None:
    store = Scripted()
    pipeline = start(store, max_spans=100)
    first = blocked(store, pipeline, SPANS[:60])
    second = pipeline.submit(SPANS[60:100], 10)
    with pytest.raises(QueueFull) as refused:
        pipeline.submit(SPANS[100:101], 10)
    with pytest.raises(QueueFull):
        pipeline.check()
    assert refused.value.retry_seconds >= 1
    assert pipeline.status().spans == pipeline.status().peak_spans == 100
    store.gate.set()
    first.result(60)
    second.result(60)
    pipeline.submit(SPANS[100:101], 10).result(60)
    assert pipeline.status().spans == pipeline.status().nbytes == 0
    assert pipeline.status().peak_spans == 100


def test_the_queue_is_bounded_in_bytes_too(start: Start) -> None:
    store = Scripted()
    pipeline = start(store, max_bytes=100)
    first = blocked(store, pipeline, SPANS[:1])
    with pytest.raises(QueueFull):
        pipeline.submit(SPANS[1:2], 91)
    store.gate.set()
    first.result(60)


def test_a_request_larger_than_the_queue_is_taken_when_nothing_waits(start: Start) -> None:
    pipeline = start(Scripted(), max_spans=100)
    pipeline.submit(SPANS, 10**9).result(60)


def test_half_a_queue_is_delayed_and_an_empty_one_ok_again(start: Start) -> None:
    store = Scripted()
    pipeline = start(store, max_spans=100)
    first = blocked(store, pipeline, SPANS[:50])
    assert pipeline.status().writer.status == DELAYED
    store.gate.set()
    first.result(60)
    wait_until(lambda: pipeline.status().writer.status == OK, "OK")


def test_an_old_entry_is_delayed_by_its_age(start: Start) -> None:
    store, clock = Scripted(), [0]
    pipeline = start(store, monotonic_ns=lambda: clock[0])
    first = blocked(store, pipeline, SPANS[:1])
    assert pipeline.status().writer.status == OK
    clock[0] += 2_500_000_000
    status = pipeline.status()
    assert (status.writer.status, status.oldest_ms) == (DELAYED, 2_500)
    store.gate.set()
    first.result(60)


def test_a_busy_store_is_tried_again_and_the_sender_never_knows(start: Start) -> None:
    store = Scripted()
    store.errors = [StoreBusy("locked"), StoreBusy("locked")]
    pipeline = start(store)
    pipeline.submit(SPANS[:5], 10).result(60)
    assert store.commits == [SPANS[:5]]
    assert pipeline.status().writer.status == OK


def test_three_failures_open_the_circuit_for_all_that_wait(start: Start) -> None:
    store = Scripted()
    pipeline = start(store)
    store.disk_full = True
    first = blocked(store, pipeline, SPANS[:5])
    second = pipeline.submit(SPANS[5:9], 10)
    store.errors = [StoreBusy("locked")] * 3
    store.gate.set()
    for future in (first, second):
        assert isinstance(future.exception(60), CircuitOpen)
    with pytest.raises(CircuitOpen) as refused:
        pipeline.submit(SPANS[:1], 10)
    assert refused.value.retry_seconds >= 0
    status = pipeline.status()
    assert status.writer.status == CIRCUIT_OPEN
    assert status.writer.reason
    assert (status.spans, status.nbytes) == (0, 0)


def test_a_full_disk_opens_at_once_and_the_probe_closes(start: Start) -> None:
    store = Scripted()
    store.errors, store.disk_full = [DiskFull(Path("db"))], True
    pipeline = start(store)
    assert isinstance(pipeline.submit(SPANS[:5], 10).exception(60), CircuitOpen)
    assert pipeline.status().writer.status == CIRCUIT_OPEN
    assert "full" in pipeline.status().writer.reason
    store.disk_full = False
    wait_until(lambda: pipeline.status().writer.status == OK, "the probe")
    pipeline.submit(SPANS[:5], 10).result(60)


def test_jobs_run_on_the_writers_thread_also_while_the_circuit_is_open(start: Start) -> None:
    store = Scripted()
    store.errors, store.disk_full = [DiskFull(Path("db"))], True
    pipeline = start(store)
    pipeline.submit(SPANS[:5], 10).exception(60)
    assert pipeline.on_writer(lambda: threading.current_thread().name).result(60) == "writer"


def test_many_jobs_do_not_keep_the_probe_from_closing_the_circuit(start: Start) -> None:
    store = Scripted()
    store.errors, store.disk_full = [DiskFull(Path("db"))], True
    pipeline = start(store)
    pipeline.submit(SPANS[:5], 10).exception(60)
    store.disk_full = False

    def closed_under_jobs() -> bool:
        pipeline.on_writer(lambda: None).result(60)
        return pipeline.status().writer.status == OK

    wait_until(closed_under_jobs, "the probe")


def test_a_job_that_fails_tells_its_caller_and_stops_nothing(start: Start) -> None:
    pipeline = start(Scripted())
    assert isinstance(pipeline.on_writer(lambda: 1 / 0).exception(60), ZeroDivisionError)
    pipeline.submit(SPANS[:1], 10).result(60)


def test_a_request_that_cannot_be_stored_harms_no_other(start: Start) -> None:
    store = Scripted()
    store.poison = SPANS[20]
    pipeline = start(store)
    first = blocked(store, pipeline, SPANS[:1])
    good, bad, more = (pipeline.submit(SPANS[at : at + 10], 1) for at in (1, 15, 30))
    store.gate.set()
    for future in (first, good, more):
        future.result(60)
    assert isinstance(bad.exception(60), Unstorable)
    assert pipeline.status().writer.status == OK
    assert pipeline.status().spans == 0


def test_a_pause_lets_the_store_write_what_follows_from_commits(start: Start) -> None:
    store = Scripted()
    pipeline = start(store)
    pipeline.submit(SPANS[:1], 10).result(60)
    wait_until(lambda: store.flushes == 1, "the flush")


def test_stopping_writes_what_waits_and_takes_no_more(start: Start) -> None:
    store = Scripted()
    pipeline = start(store)
    first = blocked(store, pipeline, SPANS[:1])
    second = pipeline.submit(SPANS[1:9], 10)
    assert not pipeline.stop(0.01)
    with pytest.raises(CircuitOpen):
        pipeline.submit(SPANS[9:10], 10)
    with pytest.raises(CircuitOpen):
        pipeline.on_writer(lambda: None)
    store.gate.set()
    assert pipeline.stop(60)
    assert first.done() and second.done()
    assert sum(map(len, store.commits)) == 9


def test_a_sender_that_hangs_up_cannot_take_its_spans_back(start: Start) -> None:
    store = Scripted()
    pipeline = start(store)
    first = blocked(store, pipeline, SPANS[:1])
    second = pipeline.submit(SPANS[1:5], 10)
    assert not second.cancel()
    store.gate.set()
    first.result(60)
    second.result(60)


def test_a_writer_that_dies_says_so(start: Start) -> None:
    died = threading.Event()

    class Deadly(Scripted):
        def write(self, spans: Sequence[SpanIn]) -> Count:
            raise SystemExit

    start(Deadly(), died=died.set).submit(SPANS[:1], 10)
    assert died.wait(60)
