"""Idle read-only connections to the store's files, few and shared by all threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from data import sqlite
from queries import sql_functions

IDLE_PER_FILE = 4  # threads that read one file at once without reopening it
IDLE_TOTAL = 64  # two months of segments; each holds up to three file descriptors and its cache
CACHE_KIB = 1_024  # the system caches the files too


class Pool:
    """Lends connections by file; keeps the most recently used ones open."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: OrderedDict[Path, list[sqlite.Connection]] = OrderedDict()
        self._retired: set[Path] = set()
        self._closed = False
        self._count = 0  # of idle connections

    def take(self, path: Path) -> sqlite.Connection:
        """A connection for the caller alone until it is given back."""
        with self._lock:
            idle = self._idle.get(path)
            if idle:
                self._idle.move_to_end(path)
                self._count -= 1
                return idle.pop()
        connection = sqlite.connect_reader(path, cache_kib=CACHE_KIB)
        sql_functions.register(connection)
        return connection

    def give(self, path: Path, connection: sqlite.Connection) -> None:
        """Take a connection back; the least recently used ones are closed when there are too many."""
        closing: list[sqlite.Connection] = []
        with self._lock:
            idle = self._idle.setdefault(path, [])
            self._idle.move_to_end(path)
            if self._closed or path in self._retired or len(idle) >= IDLE_PER_FILE:
                closing.append(connection)
            else:
                idle.append(connection)
                self._count += 1
            closing += self._over_total()
        _close(closing)

    def retire(self, keep: set[Path]) -> None:
        """Close the connections of every file that is not kept, now or as soon as they are given back."""
        closing: list[sqlite.Connection] = []
        with self._lock:
            for path in [path for path in self._idle if path not in keep]:
                before = len(closing)
                closing += self._idle.pop(path)
                self._count -= len(closing) - before
                self._retired.add(path)
            self._retired -= keep
        _close(closing)

    def close(self) -> None:
        """Close everything that is idle now, and the rest as it is given back."""
        with self._lock:
            self._closed = True
        self.retire(set())

    def _over_total(self) -> list[sqlite.Connection]:
        closing: list[sqlite.Connection] = []
        for idle in self._idle.values():  # the least recently used file first
            while self._count > IDLE_TOTAL and idle:
                closing.append(idle.pop(0))
                self._count -= 1
            if self._count <= IDLE_TOTAL:
                break
        return closing


def _close(connections: list[sqlite.Connection]) -> None:
    for connection in connections:
        connection.close()
