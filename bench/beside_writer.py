"""The same pages while a collector's worth of spans is written by another process.

The writer stores 5,000 spans a second, the newest of all, in commits of 50 ms; eight readers of one process
each open a page, look at it for a quarter of a second, and open the next.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import random
import statistics
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue
from typing import Any, NamedTuple

from bench import page_queries
from bench.rows import Row, at_least
from bench.world import HOUR_NS, SEED, World, ms_of, nearest_rank, times_row
from config import Settings
from data.seed import reference_spans
from data.store import Store
from queries import traces
from queries.filters import parse

READERS = 8
SECONDS = 20.0
PAUSE = 0.25  # between two pages of a reader
SPANS_PER_SECOND, COMMIT_SECONDS = 5_000, 0.05
OVERVIEWS = 5  # while the readers go on
DEADLINE = 120.0  # seconds that the writer may take to open the store, and to close it


def rows(
    folder: Path, world: World, shapes: Mapping[str, Callable[[World], str]], patient: Collection[str]
) -> list[Row]:
    """The rows of this part; the store is longer afterwards. `patient`: shapes that may take 250 ms."""
    apart = multiprocessing.get_context("spawn")
    stop, wrote = apart.Event(), apart.Queue()
    writer = apart.Process(target=write, args=(folder, stop, wrote))
    writer.start()
    wrote.get(timeout=DEADLINE)  # it has begun
    try:
        began = time.perf_counter()
        pages, overviews = _read(world, shapes)
        lasted = time.perf_counter() - began
    finally:
        stop.set()
        rate, wrote_cpu = wrote.get(timeout=DEADLINE)
        writer.join()
    aim = SPANS_PER_SECOND
    how = f"wall, {READERS} readers, {len(pages)} pages of all shapes"
    quick = [page.wall for name, page in pages if name not in patient]
    slow = [page.wall for name, page in pages if name in patient]
    alone = [page.cpu for name, page in pages if name not in patient]
    read_cpu = sum(page.cpu for page in (*overviews, *(page for _, page in pages))) / 1000 / lasted
    return [
        at_least("the writer beside the readers", rate, 0.98 * aim, aim, how, "spans/s"),
        times_row("Trace Explorer beside the writer: all other shapes", quick, 100, 50, how),
        times_row("Trace Explorer beside the writer: " + " and ".join(patient), slow, 250, 100, how),
        times_row(
            "Overview beside the writer: all queries of the tab, 1 h", [one.wall for one in overviews],
            250, 80, how,
        ),
        Row(
            "Trace Explorer beside the writer: CPU of those pages",
            f"p50 {statistics.median(alone):.1f} ms, p95 {nearest_rank(alone, 0.95):.1f} ms",
            f"of one thread; the writer took {wrote_cpu:.2f} cores all the time, the readers {read_cpu:.2f}, "
            f"of {os.cpu_count()}",
        ),
    ]  # fmt: skip


class Took(NamedTuple):
    """Milliseconds of a page: of the clock, and of processor time of the thread that asked."""

    wall: float
    cpu: float


def took(ask: Callable[[], object]) -> Took:
    cpu = time.thread_time()
    wall = ms_of(ask)
    return Took(wall, (time.thread_time() - cpu) * 1000)


def _read(
    world: World, shapes: Mapping[str, Callable[[World], str]]
) -> tuple[list[tuple[str, Took]], list[Took]]:
    """Shape and times of each page of the readers, and times of each Overview between them."""
    pages: Queue[tuple[str, Took]] = Queue()
    end = time.monotonic() + SECONDS

    def reader(number: int) -> None:
        own = replace(world, chance=random.Random(SEED + number))
        for name, make in itertools.cycle(shapes.items()):
            if time.monotonic() > end:
                return
            text, whole = make(own), replace(own, now_ns=time.time_ns()).all_time
            page = took(lambda: traces.find_spans(own.reader, parse(text), whole))  # noqa: B023, at once
            pages.put((name, page))
            time.sleep(PAUSE)

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    overviews: list[Took] = []
    while time.monotonic() < end or len(overviews) < OVERVIEWS:
        now = replace(world, now_ns=time.time_ns())
        overviews.append(took(lambda: page_queries.overview(now, HOUR_NS)))  # noqa: B023, called at once
        time.sleep(SECONDS / OVERVIEWS / 2)
    for thread in threads:
        thread.join()
    return list(pages.queue), overviews


def write(folder: Path, stop: Event, wrote: Any) -> None:
    """Stores spans of this moment until told to stop; then tells spans a second, and cores taken."""
    settings = Settings()
    store = Store.open(folder, settings.store, settings.staleness, time.time_ns)
    each = round(SPANS_PER_SECOND * COMMIT_SECONDS)
    made = list(reference_spans(SPANS_PER_SECOND, SEED + 1, time.time_ns()))
    wrote.put(0.0)
    began, cpu, stored = time.monotonic(), time.process_time(), 0
    mask = 0
    try:
        while not stop.is_set():
            now, first = time.time_ns(), stored % len(made)
            mask = mask if first else random.getrandbits(64)  # else traces would grow by a copy each second
            store.write(
                [
                    span._replace(
                        trace_id=_masked(span.trace_id, mask),
                        start_ns=now - at,
                        end_ns=now - at + span.end_ns - span.start_ns,
                    )
                    for at, span in enumerate(made[first : first + each])
                ]
            )
            stored += each
            time.sleep(max(0.0, began + stored / SPANS_PER_SECOND - time.monotonic()))
        lasted = time.monotonic() - began
        wrote.put((stored / lasted, (time.process_time() - cpu) / lasted))
    finally:
        store.close()


def _masked(trace_id: bytes, mask: int) -> bytes:
    """The id of another trace; the same one for all spans of a trace."""
    return trace_id[:8] + (int.from_bytes(trace_id[8:]) ^ mask).to_bytes(8)
