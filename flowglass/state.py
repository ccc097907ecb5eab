"""What the calling threads and the sender share: the queue, the clock, the settings, the counts."""

from __future__ import annotations

import json
import os
import random
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from flowglass.context import Record
from flowglass.redact import Redactor
from flowglass.settings import COUNTS, LEVELS, LOCALS, OFF, TIMING, VALUES, Settings, from_environment
from flowglass.site import SITES, Site, matching
from flowglass.summary import Names

WAKE = 512  # spans that wait before the sender is woken
# Functions in a tuple: libraries that fake the time replace a module's attributes, not what it keeps.
CLOCKS: tuple[Callable[[], int], Callable[[], int]] = (time.perf_counter_ns, time.time_ns)


def wall_ns() -> int:
    """Nanoseconds since 1970, the real ones where a library has moved the clock and tells."""
    machine = __import__("sys").modules.get("time_machine")
    if machine is not None:
        return int(machine.escape_hatch.time.time_ns())
    return CLOCKS[1]()


def redactor_for(settings: Settings) -> Redactor:
    """The masks the settings ask for."""
    return Redactor(settings.redact_keys, settings.redact_patterns, settings.redaction)


class State:
    """The tracer of this process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.redactor = redactor_for(settings)
        self.queue: deque[Record] = deque()
        self.room = 0  # queue length from which `crowded` is asked; 0 starts the sender
        self.offset = wall_ns() - CLOCKS[0]()  # from perf_counter to 1970
        self.dropped_full = 0  # by calling threads: the queue was full
        self.dropped_here = 0  # by the sender: refused, or not to be encoded
        self.taken = 0  # spans the sender took from the queue
        self.sent = 0
        self.shown_only = 0  # taken while nothing was to be sent
        self.base_cost = 0  # nanoseconds of a traced call beside its summaries, measured by the sender
        self.circuit = "OK"
        self.decisions: dict[str, Any] = {}  # per function, from the dashboard: pattern -> level, sample …
        self.chosen: dict[str, Any] = {}  # per function, from `configure`
        self.wanted: frozenset[str] = frozenset()  # versions whose source the collector asks for
        self.otel = False  # the OpenTelemetry API is loaded
        self.closed = False
        self.wake: Callable[[], None] = lambda: None
        self.start: Callable[[], None] = lambda: None
        self.prepare: Callable[[], None] = lambda: None
        self.random = random.Random().random
        self.shown: list[Callable[[Record], None]] = []

    def use(self, settings: Settings) -> None:
        """Takes over other settings; a wrong pattern raises ValueError and changes nothing."""
        redactor = redactor_for(settings)
        self.settings, self.redactor = settings, redactor
        Names.redactor = redactor
        self.apply_all()

    @property
    def recorded(self) -> int:
        """Spans that were finished: taken, waiting or dropped."""
        return self.taken + len(self.queue) + self.dropped_full

    @property
    def dropped(self) -> int:
        """Spans that will never arrive."""
        return self.dropped_full + self.dropped_here

    def stats(self) -> dict[str, Any]:
        """How the tracer is doing."""
        return {
            "recorded": self.recorded,
            "sent": self.sent,
            "dropped": self.dropped,
            "queue": self.recorded - self.sent - self.dropped - self.shown_only,
            "state": self.circuit,
        }

    def decide(self, document: bytes) -> None:
        """Takes over what the collector says: levels per function, and sources it wants again."""
        try:
            told = json.loads(document)
            decisions = {
                str(one["pattern"]): one
                for one in told.get("levels", ())
                if isinstance(one, dict) and one.get("level") in (None, *LEVELS) and "pattern" in one
            }
            self.wanted = frozenset(map(str, told.get("sources", ())))
        except (ValueError, AttributeError, TypeError):
            return
        if decisions != self.decisions:
            self.decisions = decisions
            self.apply_all()

    def crowded(self, record: Record) -> None:
        """Takes a record when the queue has reached `room`: starts or wakes the sender, or drops."""
        if self.closed or self.settings.disabled:
            return
        waiting = len(self.queue)
        if waiting >= self.settings.max_queue:
            self.dropped_full += 1
            return
        self.queue.append(record)
        if self.room == 0:
            self.start()
            self.room = min(WAKE, self.settings.max_queue)
        elif waiting >= self.room:
            self.room = self.settings.max_queue
            self.wake()

    def after_fork(self) -> None:
        """A forked child starts with nothing waiting and nothing counted."""
        self.queue.clear()
        self.room = 0
        self.taken = self.sent = self.shown_only = self.dropped_full = self.dropped_here = 0
        self.circuit = "OK"
        self.random = random.Random().random

    def lost(self) -> None:
        """Counts a span that could not be recorded."""
        self.dropped_full += 1

    def anchor(self) -> None:
        """Measures anew how the two clocks stand; roots that begin from now on use it."""
        before = CLOCKS[0]()
        wall = wall_ns()
        after = CLOCKS[0]()
        self.offset = wall - (before + after) // 2

    def apply(self, site: Site) -> None:
        """Works out a site's mode from the settings, the code, `configure` and the dashboard."""
        settings = self.settings
        told = matching(self.chosen, site) or {}
        decided = matching(self.decisions, site) or {}
        name = decided.get("level") or told.get("level") or site.chosen or settings.level
        level = LEVELS.index(name)
        if site.brake and level > COUNTS:
            level = max(COUNTS, level - site.brake)
        share = settings.sample if site.asked_sample is None else site.asked_sample
        site.sample = float(decided.get("sample", told.get("sample", share)))
        shortest = told.get("min_duration", site.least if site.least is not None else settings.min_duration)
        site.min_ns = int(float(decided.get("min_duration", shortest)) * 1e9)
        special = (
            self.otel
            or site.slow
            or site.sample < 1
            or site.min_ns > 0
            or settings.brake > 0
            or level == LOCALS
        )
        site.ready = True
        site.set_level(OFF if settings.disabled else level, special)

    def apply_all(self) -> None:
        """After any change of settings."""
        for site in list(SITES.values()):
            self.apply(site)


STATE = State(from_environment(os.environ))
__all__ = ["CLOCKS", "COUNTS", "LOCALS", "OFF", "STATE", "TIMING", "VALUES", "State", "wall_ns"]
