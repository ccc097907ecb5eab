"""What keeps a store of thirty days small: a day of hourly rounds, and how long each held the writer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.rows import Row, at_most
from config import StalenessSettings, StoreSettings
from data.store import Store
from jobs import checkpoint, retention, rollups, sealing, size

T = TypeVar("T")
HOUR_NS = 3_600 * 10**9
HOURS = 25  # so that a day ends among them
ROUND = (size.run, rollups.run, checkpoint.run, sealing.run, retention.run)


class Holds:
    """Runs what jobs ask of the writer, and notes how long each took."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __call__(self, work: Callable[[Store], T]) -> T:
        began, used = time.perf_counter(), time.thread_time()
        try:
            return work(self._store)
        finally:
            self.wall.append(time.perf_counter() - began)
            self.cpu.append(time.thread_time() - used)


def rows(folder: Path, now_ns: int) -> list[Row]:
    """Lets the clock go on by a day over the store in `folder`; its oldest day leaves it."""
    settings = StoreSettings(max_bytes=10**12)
    clock = now_ns
    store = Store.open(folder, settings, StalenessSettings(), lambda: clock)
    holds = Holds(store)
    rounds: list[tuple[float, float]] = []  # wall and CPU
    spans = sum(segment.rows for segment in store.segments())
    try:
        sealing.run(holds, now_ns)  # every day of a build at once; a store that is kept has one a day
        for hour in range(1, HOURS + 1):
            clock = now_ns + hour * HOUR_NS
            began, used = time.perf_counter(), time.thread_time()
            for job in ROUND:
                job(holds, clock)
            rounds.append((time.perf_counter() - began, time.thread_time() - used))
        left = sum(segment.rows for segment in store.segments())
    finally:
        store.close()
    longest = max(range(len(holds.wall)), key=holds.wall.__getitem__)
    how = (
        f"size, rollups, checkpoint, sealing and retention, each hour of {HOURS}; {spans - left:,} of "
        f"{spans:,} spans went; {max(rounds)[1]:.2f} s of it CPU"
    )
    return [
        at_most("a round of all store jobs at 30 days, the slowest hour", max(rounds)[0], 10, 1, how, "s"),
        at_most(
            "longest hold of the writer in those rounds", holds.wall[longest] * 1_000, 50, 20,
            f"wall time, the longest of {len(holds.wall):,} steps, {holds.cpu[longest] * 1_000:.0f} ms of it "
            f"CPU; no step took more than {max(holds.cpu) * 1_000:.0f} ms of CPU", "ms",
        ),
    ]  # fmt: skip
