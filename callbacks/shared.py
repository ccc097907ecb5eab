"""One computation per key however many ask at once; the others wait for it and take its result."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from flask_caching.backends.simplecache import SimpleCache

T = TypeVar("T")
MAX_KEYS = 512
MAX_PRESSES = 64  # refreshes by hand that are remembered: each is answered within seconds

_oldest: ContextVar[float] = ContextVar("flowglass_oldest_result", default=float("-inf"))


class AsItIs:
    """Results are kept as they are. They are made of what cannot be changed (frozen records, tuples); to
    pickle and copy those of a function's page took 40 of its 290 ms.
    """

    def dumps(self, value: Any) -> Any:
        return value

    loads = dumps


class Kept(SimpleCache):
    """flask-caching's memory, without copies."""

    serializer = AsItIs()  # type: ignore[assignment]  # it is said to give bytes


class SharedResults:
    """A bounded cache in memory, with one lock per key."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, max_keys: int = MAX_KEYS) -> None:
        self._clock = clock
        self._max_keys = max_keys
        self._kept = Kept(threshold=max_keys, default_timeout=0)
        self._ends: dict[str, float] = {}  # when each is too old
        self._locks: OrderedDict[Hashable, threading.Lock] = OrderedDict()
        self._guard = threading.Lock()
        self._presses: OrderedDict[int, float] = OrderedDict()

    @contextmanager
    def since(self, press: int | None) -> Iterator[None]:
        """Within it, results are no older than this refresh by hand: a person asks for what is so now.

        All handlers that answer one press share its results, so a press costs each of them once.
        """
        if press is None:
            yield
            return
        with self._guard:
            seen = self._presses.setdefault(press, self._clock())
            while len(self._presses) > MAX_PRESSES:
                self._presses.popitem(last=False)
        token = _oldest.set(seen)
        try:
            yield
        finally:
            _oldest.reset(token)

    def get(self, key: Hashable, compute: Callable[[], T], seconds: float) -> T:
        """The value of this key, at most so many seconds old. What `compute` raises is not kept."""
        name = repr(key)
        with self._lock(key):
            now = self._clock()
            kept: tuple[float, float, Any] | None = self._kept.get(name)
            if kept is None or kept[1] <= now or kept[0] < _oldest.get():
                kept = (now, now + seconds, compute())
                self._keep(name, kept)
            value: T = kept[2]
            return value

    def _keep(self, name: str, kept: tuple[float, float, Any]) -> None:
        """Forgets what has become too old: one page of a function is 2 MB, and its range moves on."""
        with self._guard:
            for old in [old for old, end in self._ends.items() if end <= kept[0]]:
                del self._ends[old]
                self._kept.delete(old)
            self._kept.set(name, kept)
            self._ends[name] = kept[1]

    def _lock(self, key: Hashable) -> threading.Lock:
        with self._guard:
            lock = self._locks.pop(key, None) or threading.Lock()
            self._locks[key] = lock
            while len(self._locks) > self._max_keys:
                self._locks.popitem(last=False)
            return lock
