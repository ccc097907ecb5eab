"""Waiting on a condition with a deadline, the only kind of waiting tests do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
# Several times what the slowest condition needs on a busy machine.
DEADLINE_SECONDS = 120.0
POLL_SECONDS = 0.05


def wait_until(condition: Callable[[], T], what: str, seconds: float = DEADLINE_SECONDS) -> T:
    """The first true value of the condition; AssertionError naming what never came."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}; last value {value!r}")
        time.sleep(POLL_SECONDS)
