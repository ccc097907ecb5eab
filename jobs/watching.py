"""The watch jobs: alerts and their delivery. One process of a data folder runs them."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from alerting.outbox import Outbox
from alerting.parts import outbox_of
from alerting.rule_folder import RuleFolder
from alerting.watch import Watch
from config import Settings
from data.control import Control
from data.errors import StoreLocked
from data.lock import FolderLock
from data.on_writer import OnWriter
from data.store import Store
from jobs import alerts, delivery, rule_files
from jobs.schedule import Job, Schedule
from queries.base import Reader

LOCK = "watch.lock"
PASS_SECONDS = 1.0  # a rule is judged when it is due, alerting/watched.py
DELIVERY_SECONDS, FILES_SECONDS = 1.0, 3.0
FIRST_SECONDS = 0.5
RETRY_SECONDS = 5.0  # until the folder is looked at again when another process watches it

log = logging.getLogger(__name__)


class Watching:
    """Start it once, stop it once."""

    def __init__(self, settings: Settings, control: Control) -> None:
        self._settings = settings
        self._control = control
        self._lock: FolderLock | None = None
        self._reader = Reader.open(settings.store.data_dir)
        self._schedule: Schedule | None = None
        self._outbox: Outbox | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._begin, name="watching", daemon=True)

    def start(self) -> None:
        """Begins on a thread of its own, once no other process does it."""
        self._thread.start()

    def stop(self) -> None:
        """Begins no further run; what one under way has not committed, the next start does."""
        self._stopped.set()
        self._thread.join()
        if self._schedule:
            self._schedule.stop()
        if self._outbox:
            self._outbox.stop()
        self._reader.close()
        if self._lock:
            self._lock.release()

    def _begin(self) -> None:
        told = False
        while not self._stopped.is_set():
            try:
                self._lock = FolderLock(self._settings.store.data_dir, LOCK)
            except StoreLocked as error:
                if not told:
                    log.warning("another process watches", extra={"pid": error.pid})
                told = True
                self._stopped.wait(RETRY_SECONDS)
                continue
            self._schedule = self._jobs()
            self._schedule.start()
            return

    def _jobs(self) -> Schedule:
        every_ns = self._settings.alerts.every_seconds * 10**9
        named = self._settings.alerts.rules_folder
        folder = RuleFolder(self._control, Path(named) if named else None)
        watch = Watch(self._control, self._reader, every_ns=every_ns)
        self._outbox = outbox = outbox_of(self._settings, self._control)
        resumed = outbox.resume(time.time_ns())
        if resumed:
            log.warning("messages may be sent twice", extra={"messages": resumed})
        jobs = (
            Job("alerts", PASS_SECONDS, partial(alerts.run, watch), quiet=True),
            Job("rule files", FILES_SECONDS, partial(rule_files.run, folder), quiet=True),
            Job("delivery", DELIVERY_SECONDS, partial(delivery.run, outbox), quiet=True),
        )
        return Schedule(jobs, _NoWriter(), self._control, first_seconds=FIRST_SECONDS)


class _NoWriter(OnWriter):
    """Watch jobs read the store like anybody else."""

    def __call__(self, closure: Callable[[Store], object], /) -> object:  # type: ignore[override]
        raise RuntimeError("a watch job asked for the writer")


def run_alone(settings: Settings, ready: Callable[[], None]) -> None:
    """Until SIGTERM or SIGINT."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    settings.store.data_dir.mkdir(parents=True, exist_ok=True)
    control = Control.open(settings.store.data_dir)
    watching = Watching(settings, control)
    watching.start()
    log.info("watching")
    ready()
    over.wait()
    watching.stop()
    control.close()
