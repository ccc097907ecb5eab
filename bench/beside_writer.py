"""The same pages while a collector's worth of spans is written by another process.

The writer stores 5,000 spans a second, the newest of all, in commits of 50 ms; eight readers of one process
each open a page, look at it for a quarter of a second, and open the next.
"""

from __future__ import annotations

import itertools
import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from queue import Queue
from typing import Any

from bench import page_queries
from bench.rows import Row, at_least
from bench.world import HOUR_NS, SEED, World, ms_of, times_row
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
        pages, overviews = _read(world, shapes)
    finally:
        stop.set()
        rate = wrote.get(timeout=DEADLINE)
        writer.join()
    aim = SPANS_PER_SECOND
    how = f"wall, {READERS} readers, {len(pages)} pages of all shapes"
    quick = [took for name, took in pages if name not in patient]
    slow = [took for name, took in pages if name in patient]
    return [
        at_least("the writer beside the readers", rate, 0.98 * aim, aim, how, "spans/s"),
        times_row("Trace Explorer beside the writer: all other shapes", quick, 100, 50, how),
        times_row("Trace Explorer beside the writer: " + " and ".join(patient), slow, 250, 100, how),
        times_row("Overview beside the writer: all queries of the tab, 1 h", overviews, 250, 80, how),
    ]  # fmt: skip


def _read(
    world: World, shapes: Mapping[str, Callable[[World], str]]
) -> tuple[list[tuple[str, float]], list[float]]:
    """Shape and milliseconds of each page of the readers, and milliseconds of each Overview between them."""
    pages: Queue[tuple[str, float]] = Queue()
    end = time.monotonic() + SECONDS

    def reader(number: int) -> None:
        own = replace(world, chance=random.Random(SEED + number))
        for name, make in itertools.cycle(shapes.items()):
            if time.monotonic() > end:
                return
            text, whole = make(own), replace(own, now_ns=time.time_ns()).all_time
            took = ms_of(lambda: traces.find_spans(own.reader, parse(text), whole))  # noqa: B023, at once
            pages.put((name, took))
            time.sleep(PAUSE)

    threads = [threading.Thread(target=reader, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    overviews: list[float] = []
    while time.monotonic() < end or len(overviews) < OVERVIEWS:
        now = replace(world, now_ns=time.time_ns())
        overviews.append(ms_of(lambda: page_queries.overview(now, HOUR_NS)))  # noqa: B023, called at once
        time.sleep(SECONDS / OVERVIEWS / 2)
    for thread in threads:
        thread.join()
    return list(pages.queue), overviews


def write(folder: Path, stop: Event, wrote: Any) -> None:
    """Stores spans of this moment until told to stop; then tells how many a second it has stored."""
    settings = Settings()
    store = Store.open(folder, settings.store, settings.staleness, time.time_ns)
    each = round(SPANS_PER_SECOND * COMMIT_SECONDS)
    made = list(reference_spans(SPANS_PER_SECOND, SEED + 1, time.time_ns()))
    wrote.put(0.0)
    began, stored = time.monotonic(), 0
    try:
        while not stop.is_set():
            now = time.time_ns()
            batch = [made[(stored + at) % len(made)] for at in range(each)]
            store.write(
                [
                    span._replace(start_ns=now - at, end_ns=now - at + span.end_ns - span.start_ns)
                    for at, span in enumerate(batch)
                ]
            )
            stored += each
            time.sleep(max(0.0, began + stored / SPANS_PER_SECOND - time.monotonic()))
        wrote.put(stored / (time.monotonic() - began))
    finally:
        store.close()
