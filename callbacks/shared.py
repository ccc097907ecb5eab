"""One computation per key however many ask at once; the others wait for it and take its result."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from flask_caching.backends.simplecache import SimpleCache

T = TypeVar("T")
MAX_KEYS = 512


class SharedResults:
    """A bounded cache in memory, with one lock per key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._kept = SimpleCache(threshold=max_keys, default_timeout=0)
        self._locks: OrderedDict[Hashable, threading.Lock] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, key: Hashable, compute: Callable[[], T], seconds: float) -> T:
        """The value of this key, at most so many seconds old. What `compute` raises is not kept."""
        with self._lock(key):
            kept: tuple[float, Any] | None = self._kept.get(repr(key))
            if kept is None or kept[0] <= self._clock():
                kept = (self._clock() + seconds, compute())
                self._kept.set(repr(key), kept)
            value: T = kept[1]
            return value

    def _lock(self, key: Hashable) -> threading.Lock:
        with self._guard:
            lock = self._locks.pop(key, None) or threading.Lock()
            self._locks[key] = lock
            while len(self._locks) > self._max_keys:
                self._locks.popitem(last=False)
            return lock
