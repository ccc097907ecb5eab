"""The store that queries are measured on, and names to ask it for."""

from __future__ import annotations

import itertools
import multiprocessing
import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.rows import Row
from config import Settings
from data.seed import reference_spans
from data.store import Store
from queries import code, traces
from queries.base import MAX_RANGE_NS, Reader, TimeRange
from queries.filters import parse

SEED = 7
BATCH = 5_000
HOUR_NS = 3_600 * 10**9
FULL_RANGE_NS = MAX_RANGE_NS - 1
MIB = 2**20
Function = tuple[str, str, str]  # group, name, scope


@dataclass(frozen=True)
class World:
    """The store, and names to ask for."""

    reader: Reader
    now_ns: int
    groups: Sequence[str]
    processes: Sequence[str]
    words: Sequence[str]
    traces: Sequence[str]
    functions: Sequence[Function]  # most called first
    chance: random.Random

    @property
    def all_time(self) -> TimeRange:
        return self.newest(FULL_RANGE_NS)

    def newest(self, length_ns: int) -> TimeRange:
        """The newest range of this length."""
        return TimeRange(self.now_ns - length_ns, self.now_ns + 1)


def build_apart(folder: Path, n: int, now_ns: int) -> None:
    """A store of the reference data, built in a process of its own: its memory is not the readers'."""
    made = multiprocessing.get_context("spawn").Process(target=build, args=(folder, n, now_ns))
    made.start()
    made.join()
    if made.exitcode:
        raise RuntimeError(f"building the store ended with {made.exitcode}")


def build(folder: Path, n: int, now_ns: int) -> None:
    """A store of the reference data."""
    settings = Settings()
    store = Store.open(folder, settings.store, settings.staleness, lambda: now_ns)
    try:
        spans = reference_spans(n, SEED, now_ns)
        while batch := list(itertools.islice(spans, BATCH)):
            store.write(batch)
        store.checkpoint()
    finally:
        store.close()


def world_of(reader: Reader, now_ns: int) -> World:
    """Names found in the newest spans, so that every filter can match."""
    whole = TimeRange(now_ns - FULL_RANGE_NS, now_ns)
    sample = traces.find_spans(reader, parse(""), whole).rows
    words = {word for row in sample for word in str(row.data_value).split() if word.isalpha()}
    return World(
        reader,
        now_ns,
        traces.groups(reader),
        sorted({row.process for row in sample}),
        sorted(words),
        sorted({row.trace_id for row in sample}),
        [(row.group, row.name, row.scope) for row in code.functions(reader, "", whole, 100)],
        random.Random(SEED),
    )


def ms_of(ask: Callable[[], object]) -> float:
    """Wall time of a question, milliseconds."""
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def times_row(what: str, times: Sequence[float], hold: float, reach: float, how: str = "") -> Row:
    """The 95th percentile of wall times against what it must hold."""
    p50, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
    return Row(
        what,
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms",
        how or f"wall, {len(times)} times",
        f"p95 ≤ {hold:g} ms",
        f"≤ {reach:g} ms",
        p95 <= hold,
        p95 <= reach,
    )


def resident_bytes() -> int:
    """Memory of this process that is in use, as Linux counts it."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
