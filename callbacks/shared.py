"""One computation per key however many ask at once; the others wait for it and take its result."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
MAX_KEYS = 512


@dataclass
class _Slot:
    lock: threading.Lock
    value: Any = None
    until: float = 0.0  # on the clock of SharedResults; 0 = nothing computed yet


class SharedResults:
    """A bounded cache in memory, the least recently asked thrown out first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], T], seconds: float) -> T:
        """The value of this key, at most so many seconds old. What `compute` raises is not kept."""
        slot = self._slot(key)
        with slot.lock:
            if slot.until <= self._clock():
                slot.value = compute()
                slot.until = self._clock() + seconds
            value: T = slot.value
            return value

    def _slot(self, key: Hashable) -> _Slot:
        with self._guard:
            slot = self._slots.pop(key, None) or _Slot(threading.Lock())
            self._slots[key] = slot
            while len(self._slots) > self._max_keys:
                self._slots.popitem(last=False)
            return slot
