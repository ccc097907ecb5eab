"""Looks every second how many spans wait, and keeps the most of each ten seconds."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping

from collector.tracers import TracerReport
from data.control import Control
from data.control_depths import COLLECTOR, Depth, note
from data.errors import StoreError

EVERY_SECONDS = 1.0
KEPT_NS = 10 * 10**9  # one number covers this long,
SAME_NS = 60 * 10**9  # and one that stays the same is written once in this long

log = logging.getLogger(__name__)
Depths = Mapping[str, Depth]
NOTHING = Depth(0)


def waiting(collector: int, tracers: Iterable[TracerReport]) -> dict[str, Depth]:
    """Spans by queue: the collector's, and those of each service's programs together."""
    found = {COLLECTOR: Depth(collector)}
    for one in tracers:
        spans, cost = found.get(one.service, NOTHING)
        found[one.service] = Depth(spans + one.queue, max(one.ns_per_call, cost or 0.0))
    return found


class DepthKeeper:
    """A thread of its own, because jobs wait for the writer just when queues are long."""

    def __init__(self, control: Control, look: Callable[[], Depths], now_ns: Callable[[], int]) -> None:
        self._control = control
        self._look = look
        self._now_ns = now_ns
        self._most: dict[str, Depth] = {}
        self._due_ns = 0
        self._written: dict[str, tuple[int, int]] = {}  # queue → when, and how many
        self._failing = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue-depths", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """After this nothing is written any more."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """One look; writes what is due."""
        now = self._now_ns()
        for queue, seen in self._look().items():
            most = max(seen.spans, self._most.get(queue, NOTHING).spans)
            self._most[queue] = Depth(most, seen.ns_per_call)
        if now >= self._due_ns:
            self._due_ns = now - now % KEPT_NS + KEPT_NS
            self._write(now)
            self._most.clear()

    def _write(self, now: int) -> None:
        due = {queue: one for queue, one in self._most.items() if self._is_news(queue, one.spans, now)}
        if not due:
            return
        try:
            note(self._control, now, due)
        except StoreError as error:
            if not self._failing:
                log.error("queue depths are not kept", extra={"reason": str(error)})
            self._failing = True
            return
        self._failing = False
        self._written |= {queue: (now, one.spans) for queue, one in due.items()}

    def _is_news(self, queue: str, spans: int, now: int) -> bool:
        at, before = self._written.get(queue, (0, -1))
        return spans != before or now - at >= SAME_NS

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.look()
