"""The collector process: opens the store, listens, and ends in order when it is told to."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from collector.accounts import Accounts
from collector.body import Intake
from collector.cardinality import Guard
from collector.clean import Cleaner
from collector.decode import Decoder
from collector.depths import DepthKeeper, waiting
from collector.doors import Door
from collector.errors import CannotListen
from collector.hints import Hint, HintApp
from collector.known import know
from collector.levels import Levels
from collector.pipeline import Pipeline
from collector.probe import probe_disk
from collector.queue import SpanQueue
from collector.receiver import Receiver
from collector.server import log_loop_errors, serve_on
from collector.sockets import listen
from collector.tracers import Tracers
from config import CollectorSettings, Settings
from data.control import Control
from data.control_depths import Depth
from data.errors import StoreError
from data.store import Store
from flowglass.redact import Redactor
from jobs.schedule import Schedule, store_jobs
from jobs.watching import Watching

EXIT_OK, EXIT_FAILED, EXIT_CANNOT_START = 0, 1, 3
DRAIN_SECONDS = 2.5  # with the server's grace below the 5 s that a stop may take
ON_WRITER_SECONDS = 30.0  # a job waits for its turn between two commits; only a dead writer takes longer
MOST_SPANS_A_REQUEST = 50_000  # two orders above what an SDK sends at once
GC_THRESHOLDS = (10_000, 50, 100)
VERSION = "0.1.0"  # as in pyproject.toml
PORT, GRPC_PORT = "FLOWGLASS_OTLP_PORT", "FLOWGLASS_OTLP_GRPC_PORT"

T = TypeVar("T")

log = logging.getLogger(__name__)


def run(settings: Settings, ready: Callable[[], None] | None = None) -> int:
    """Until SIGTERM or SIGINT; the exit code."""
    wanted = settings.collector
    try:
        sockets = listen(wanted.host, wanted.port, PORT)
        store = Store.open(settings.store.data_dir, settings.store, settings.staleness, time.time_ns)
    except (CannotListen, StoreError) as error:
        return _cannot_start(error)
    try:
        collector = Collector(settings, store)
        return asyncio.run(collector.serve(sockets, _hint_sockets(wanted), ready))
    except StoreError as error:
        return _cannot_start(error)
    finally:
        _close(store)


def _cannot_start(error: Exception) -> int:
    print(f"flowglass: collector: {error}", file=sys.stderr)  # noqa: T201 - for the person who started us
    return EXIT_CANNOT_START


def _hint_sockets(wanted: CollectorSettings) -> list[socket.socket]:
    """The port that only tells gRPC clients what to set; not worth failing for."""
    if not wanted.grpc_port:
        return []
    try:
        return listen(wanted.host, wanted.grpc_port, GRPC_PORT)
    except CannotListen as error:
        log.warning("gRPC clients will not be told what to set: %s", error)
        return []


def tune_collection() -> None:
    """Spans are many and short-lived, what is loaded stays: looking for cycles took 15 % of decoding."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)


def _on_writer(pipeline: Pipeline, store: Store, closure: Callable[[Store], T]) -> T:
    """What a job wants of the store, done between two commits."""
    return pipeline.on_writer(lambda: closure(store)).result(ON_WRITER_SECONDS)


def _waiting(pipeline: Pipeline, receiver: Receiver) -> dict[str, Depth]:
    """Spans that wait, by queue."""
    return waiting(pipeline.status().spans, receiver.tracers.alive(time.time_ns()))


def _close(store: Store) -> None:
    try:
        store.close()
    except StoreError as error:
        log.error("the store was not closed in order", extra={"reason": str(error)})


class Collector:
    """The parts of a running collector."""

    def __init__(self, settings: Settings, store: Store) -> None:
        wanted, rules = settings.collector, settings.redaction
        redactor = Redactor(keys=rules.keys, patterns=rules.patterns, enabled=rules.enabled)
        host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
        address = f"http://{host}:{wanted.port}"
        door = Door((wanted.host, *wanted.allowed_hosts))
        directory = settings.store.data_dir
        self.stop = asyncio.Event()
        self.failed = False
        self.pipeline = Pipeline(
            store,
            partial(probe_disk, directory),
            SpanQueue(wanted.queue_spans, wanted.queue_bytes),
            died=self._writer_died,
        )
        guard = know(Guard(), directory)
        days = settings.store.retention_days
        self.receiver = Receiver(
            self.pipeline,
            Decoder(redactor, days, MOST_SPANS_A_REQUEST, time.time_ns, guard=guard),
            Intake(wanted.max_request_bytes, wanted.queue_bytes),
            door,
            Accounts(time.time_ns(), os.getpid(), VERSION, guard),
            Tracers(Cleaner(redactor)),
            Levels(directory),
        )
        self.address = address
        self.hint = Hint(door, address)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.control = Control.open(directory)
        self.schedule = Schedule(
            store_jobs(self.control), partial(_on_writer, self.pipeline, store), self.control
        )
        look = partial(_waiting, self.pipeline, self.receiver)
        self.depths = DepthKeeper(self.control, look, time.time_ns)
        self.watching = Watching(settings, self.control) if settings.alerts.in_collector else None

    async def serve(
        self,
        sockets: list[socket.socket],
        hint_sockets: list[socket.socket],
        ready: Callable[[], None] | None,
    ) -> int:
        self.loop = asyncio.get_running_loop()
        self.loop.set_exception_handler(log_loop_errors)
        for number in (signal.SIGTERM, signal.SIGINT):
            self.loop.add_signal_handler(number, self.stop.set)
        tune_collection()
        self.pipeline.start()
        self.schedule.start()
        self.depths.start()
        if self.watching:
            self.watching.start()
        servers = [serve_on(self.receiver, self.hint, sockets, self.stop.wait)]
        if hint_sockets:
            servers.append(serve_on(HintApp(self.hint), self.hint, hint_sockets, self.stop.wait))
        log.info("collector is listening", extra={"address": self.address})
        if ready:
            ready()
        try:
            await asyncio.gather(*servers)
        finally:
            await self._drain()
        return EXIT_FAILED if self.failed else EXIT_OK

    async def _drain(self) -> None:
        """Writes what was acknowledged to nobody yet; who still waits gets an answer or sends again."""
        self.schedule.stop()
        await asyncio.to_thread(self.depths.stop)
        if self.watching:
            await asyncio.to_thread(self.watching.stop)
        stopped = await asyncio.to_thread(self.pipeline.stop, DRAIN_SECONDS)
        if not stopped:
            log.error("stopped before all spans were written; their senders were not told they had been")
        self.receiver.close()
        self.control.close()

    def _writer_died(self) -> None:
        """Without a writer nothing can be done: end, so that the supervisor starts anew."""
        self.failed = True
        if self.loop:
            self.loop.call_soon_threadsafe(self.stop.set)
