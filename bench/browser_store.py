"""The store that the pages are measured on: the reference data, and three traces that are very large."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from config import Settings
from data.records import SpanIn
from data.seed import reference_spans
from data.store import Store

SIZES = (1_000, 10_000, 100_000)
TRACE_IDS = {size: f"{size:032x}" for size in SIZES}
BACK_NS = 20 * 60 * 10**9  # before now: within the last hour, which is what the page shows first
LENGTH_NS = 60 * 10**9
BATCH = 5_000


def add_traces(folder: Path, now_ns: int) -> None:
    """Writes the large traces into a store."""
    settings = Settings()
    store = Store.open(folder, settings.store, settings.staleness, lambda: now_ns)
    try:
        for size in SIZES:
            made = large_trace(size, now_ns - BACK_NS)
            while batch := list(islice(made, BATCH)):
                store.write(batch)
        store.checkpoint()
    finally:
        store.close()


def large_trace(size: int, start_ns: int) -> Iterator[SpanIn]:
    """One trace of so many calls, each within the one that made it, at most 12 deep."""
    chance = random.Random(size)
    models = list(islice(reference_spans(500, 3, start_ns, days=1), 500))
    trace = bytes.fromhex(TRACE_IDS[size])
    bounds: list[tuple[int, int, int]] = []  # start, end, depth of every call so far
    for number in range(size):
        caller = -1 if number == 0 else chance.randrange(max(0, number - 200), number)
        while caller > 0 and bounds[caller][2] >= 12:
            caller = chance.randrange(caller)
        low, high, depth = bounds[caller] if caller >= 0 else (start_ns, start_ns + LENGTH_NS, -1)
        start = low + (high - low) * number // (size + 1) if caller < 1 else low + (high - low) // 10
        end = high if number == 0 else start + max(200, (high - start) * chance.randrange(10, 90) // 100)
        bounds.append((start, min(end, high) if number else high, depth + 1))
        yield models[number % len(models)]._replace(
            trace_id=trace,
            span_id=(number + 1).to_bytes(8, "big"),
            parent_span_id=b"" if caller < 0 else (caller + 1).to_bytes(8, "big"),
            start_ns=start,
            end_ns=max(start, bounds[-1][1]),
            source=None,
        )
