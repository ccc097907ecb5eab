"""The store that queries are measured on, and names to ask it for."""

from __future__ import annotations

import atexit
import itertools
import math
import multiprocessing
import os
import random
import resource
import shutil
import statistics
import tempfile
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


@dataclass(frozen=True)
class Stored:
    """A store of the reference data, its newest span at `now_ns`."""

    folder: Path
    now_ns: int


_STORED: dict[int, Stored] = {}  # by spans: ten million take a quarter of an hour to write


def keep(n: int, folder: Path, now_ns: int) -> None:
    """Copies a store of so many spans for the parts that ask one.

    BENCH_STORE names a folder where later runs find it; else it goes when this process ends.
    """
    if name := os.environ.get("BENCH_STORE"):
        kept = Path(name) / str(n)
        shutil.rmtree(kept, ignore_errors=True)
    else:
        kept = Path(tempfile.mkdtemp(prefix="flowglass-bench-")) / str(n)
        atexit.register(shutil.rmtree, kept.parent, ignore_errors=True)
    shutil.copytree(folder, kept / str(now_ns))
    os.sync()  # so that nobody who is measured next waits for the disk
    _STORED[n] = Stored(kept / str(now_ns), now_ns)


def stored(n: int) -> Stored:
    """The kept store of so many spans; built when there is none."""
    if n not in _STORED and (name := os.environ.get("BENCH_STORE")):
        for folder in (Path(name) / str(n)).glob("*"):
            _STORED[n] = Stored(folder, int(folder.name))
    if n not in _STORED:
        with tempfile.TemporaryDirectory() as made:
            now_ns = time.time_ns()
            build_apart(Path(made), n, now_ns)
            keep(n, Path(made), now_ns)
    return _STORED[n]


def copied(n: int, folder: Path) -> int:
    """Puts a copy of the kept store there, to be written to; the time of its newest span."""
    kept = stored(n)
    shutil.copytree(kept.folder, folder)
    os.sync()
    return kept.now_ns


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
    """The 95th percentile (nearest rank) of wall times against what it must hold."""
    p50, p95 = statistics.median(times), nearest_rank(times, 0.95)
    return Row(
        what,
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms",
        how or f"wall, {len(times)} times",
        f"p95 ≤ {hold:g} ms",
        f"≤ {reach:g} ms",
        p95 <= hold,
        p95 <= reach,
    )


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The value at this share."""
    return sorted(values)[math.ceil(len(values) * share) - 1]


def resident_bytes() -> int:
    """Memory of this process that is in use, as Linux counts it."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
