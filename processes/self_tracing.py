"""Spans of Flowglass' own callbacks and queries, in group `flowglass`: timing only, few a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import flowglass

GROUP = "flowglass"
SPANS_PER_SECOND = 20.0  # on average, and at most this many at once after a quiet time

_recording: ContextVar[bool | None] = ContextVar("flowglass_self_tracing", default=None)


class SelfTracing:
    """Opens spans while there is an allowance; work below a span that was not opened opens none either."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._allowance = SPANS_PER_SECOND
        self._counted = clock()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """A span of this name around a block, if one may be opened."""
        recording = _recording.get()
        if recording is None:
            recording = self._may_open()
        token = _recording.set(recording)
        try:
            if recording:
                with self._lock:
                    self._allowance -= 1
                with flowglass.trace(name):
                    yield
            else:
                yield
        finally:
            _recording.reset(token)

    def _may_open(self) -> bool:
        """Whether the allowance, which grows with time, is not used up."""
        with self._lock:
            now = self._clock()
            grown = self._allowance + (now - self._counted) * SPANS_PER_SECOND
            self._allowance = min(grown, SPANS_PER_SECOND)
            self._counted = now
            return self._allowance >= 1


def start(collector: str) -> SelfTracing:
    """Begins to trace this process, sending to the collector at this address."""
    flowglass.configure(service=GROUP, level="timing", endpoint=f"{collector}/v1/traces")
    return SelfTracing()
