"""How the writer is doing: OK, DELAYED or CIRCUIT_OPEN, and since when."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final

OK: Final = "OK"
DELAYED: Final = "DELAYED"
CIRCUIT_OPEN: Final = "CIRCUIT_OPEN"

DELAYED_AFTER_MS = 2_000  # age of the oldest span in the queue
DELAYED_AT_FILL = 0.5  # of the queue
FAILURES_TO_OPEN = 3  # in a row; a full disk opens at once
PROBE_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """What the Overview shows."""

    status: str
    since_ns: int
    reason: str


class StatusMachine:
    """Moves between the three states. The caller holds the lock and says what time it is."""

    def __init__(self, now_ns: int) -> None:
        self.current = WriterStatus(OK, now_ns, "")
        self._failures = 0

    @property
    def is_open(self) -> bool:
        return self.current.status == CIRCUIT_OPEN

    def look(self, now_ns: int, oldest_ms: float, fill: float) -> WriterStatus:
        """The state now, given the age of the oldest entry and how full the queue is (0 to 1)."""
        if self.is_open:
            return self.current
        if oldest_ms >= DELAYED_AFTER_MS:
            since_ns = now_ns - int((oldest_ms - DELAYED_AFTER_MS) * 1e6)
            self._move(DELAYED, since_ns, "the oldest span has waited 2 s or more")
        elif fill >= DELAYED_AT_FILL:
            self._move(DELAYED, now_ns, "the queue is half full or more")
        else:
            self._move(OK, now_ns, "")
        return self.current

    def failed(self, now_ns: int, reason: str, disk_full: bool = False) -> bool:
        """Notes a failed commit; True when that opens the circuit, or it was open already."""
        self._failures += 1
        if disk_full or self.is_open or self._failures >= FAILURES_TO_OPEN:
            self._move(CIRCUIT_OPEN, now_ns, reason)
        return self.is_open

    def succeeded(self, now_ns: int) -> None:
        """Notes a commit that went through."""
        self._failures = 0
        self._close(now_ns)

    def probed(self, now_ns: int) -> None:
        """Notes a probe that went through: closed on trial, the next failure opens again."""
        self._failures = FAILURES_TO_OPEN - 1
        self._close(now_ns)

    def _close(self, now_ns: int) -> None:
        if self.is_open:
            self._move(OK, now_ns, "")

    def _move(self, status: str, now_ns: int, reason: str) -> None:
        if status == self.current.status:
            return
        self.current = WriterStatus(status, now_ns, reason)
        level = logging.INFO if status == OK else logging.WARNING
        log.log(level, "writer status %s", status, extra={"reason": reason})
