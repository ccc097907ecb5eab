"""The queries of the page on a store of n spans: Trace Explorer by shape of filter, search, Overview, code.

Each shape is asked many times with other names, values and places; a figure is the 95th percentile of wall
time, with files in the page cache and nothing else running. A page counts when it is full, at the end, or
says how far back it has searched.
"""

from __future__ import annotations

import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.rows import Row
from config import Settings
from data.seed import reference_spans
from data.store import Store
from queries import code, overview, traces
from queries.base import MAX_RANGE_NS, Reader, TimeRange
from queries.filters import parse

SEED = 7
BATCH = 5_000
TIMES = 60  # of each shape
HOUR_NS = 3_600 * 10**9
FULL_RANGE_NS = MAX_RANGE_NS - 1


@dataclass(frozen=True)
class World:
    """The store, and names to ask for."""

    reader: Reader
    now_ns: int
    groups: Sequence[str]
    processes: Sequence[str]
    words: Sequence[str]
    traces: Sequence[str]
    chance: random.Random

    @property
    def all_time(self) -> TimeRange:
        return TimeRange(self.now_ns - FULL_RANGE_NS, self.now_ns + 1)

    def some_range(self, length_ns: int) -> TimeRange:
        start = self.now_ns - self.chance.randrange(length_ns, FULL_RANGE_NS)
        return TimeRange(start, start + length_ns)


def rows(n: int) -> list[Row]:
    """The rows of this part."""
    with tempfile.TemporaryDirectory() as name:
        now_ns = time.time_ns()
        build(Path(name), n, now_ns)
        reader = Reader.open(Path(name))
        try:
            return list(measured(world_of(reader, now_ns)))
        finally:
            reader.close()


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
    sample = traces.find_spans(reader, parse(""), TimeRange(now_ns - FULL_RANGE_NS, now_ns)).rows
    words = {word for row in sample for word in str(row.data_value).split() if word.isalpha()}
    return World(
        reader,
        now_ns,
        traces.groups(reader),
        sorted({row.process for row in sample}),
        sorted(words),
        sorted({row.trace_id for row in sample}),
        random.Random(SEED),
    )


def measured(world: World) -> Iterator[Row]:
    """Every row."""
    for name, make in SHAPES.items():
        yield _row(f"Trace Explorer: {name}", [_page_ms(world, make(world)) for _ in range(TIMES)], 100, 25)
    yield _deep(world)
    yield _scan_rate(world)
    for name, length, hold, reach in RANGES:
        times = [_ms(lambda: _overview(world, length)) for _ in range(5)]  # noqa: B023, called at once
        yield _row(f"Overview, all queries, {name}", times, hold, reach)
    function = code.functions(world.reader, limit=1)[0]
    day = TimeRange(world.now_ns - 24 * HOUR_NS, world.now_ns)
    stats = [
        _ms(lambda: code.function_stats(world.reader, function.group, function.name, function.scope, day))
        for _ in range(5)
    ]
    yield _row("Code Inspector: figures of one function, 24 h", stats, 150, 75)


SHAPES: dict[str, Callable[[World], str]] = {
    "no filter": lambda world: "",
    "group": lambda world: f"group:={world.chance.choice(world.groups)}",
    "process": lambda world: f"process:={world.chance.choice(world.processes)}",
    "errors": lambda world: "status:error",
    "slow": lambda world: "duration:>250ms",
    "slower than 100 ms": lambda world: "duration:>100ms",
    "name contains": lambda world: f"process:{world.chance.choice(world.processes)[2:6]}",
    "text": lambda world: world.chance.choice(world.words),
    "two words": lambda world: " ".join(world.chance.sample(list(world.words), 2)),
    "no such word": lambda world: "zzz" + world.chance.choice(world.words),
    "trace id": lambda world: world.chance.choice(world.traces),
    "group, errors and slow": lambda world: (
        f"group:={world.chance.choice(world.groups)} status:error duration:>50ms"
    ),
    "process and text": lambda world: (
        f"process:={world.chance.choice(world.processes)} {world.chance.choice(world.words)}"
    ),
    "group or errors": lambda world: f"group:={world.chance.choice(world.groups)} OR status:error",
    "value above": lambda world: "value:>1000",
    "a number": lambda world: str(world.chance.randrange(1000)),
    "root spans": lambda world: "is:root",
    "not one group": lambda world: f"-group:={world.chance.choice(world.groups)}",
}
RANGES = (("1 h", HOUR_NS, 250, 80), ("24 h", 24 * HOUR_NS, 250, 80), ("30 d", FULL_RANGE_NS, 500, 150))


def _page_ms(world: World, text: str) -> float:
    return _ms(lambda: traces.find_spans(world.reader, parse(text), world.all_time))


def _deep(world: World) -> Row:
    """Pages far down the list."""
    cursor, times = None, []
    for _ in range(TIMES):
        began = time.perf_counter()
        page = traces.find_spans(world.reader, parse(""), world.all_time, cursor=cursor)
        times.append((time.perf_counter() - began) * 1000)
        at = world.chance.randrange(world.all_time.start_ns, world.now_ns)
        cursor = f"{at}.{0:016x}.0" if page.rows else None
    return _row("Trace Explorer: deep page", times, 100, 25)


def _scan_rate(world: World) -> Row:
    """Spans looked at per second by a filter on an attribute that matches nothing."""
    tree = parse('attr.http.route:="/nowhere" data.nobody_at_all:1 OR attr.http.request.method:NOTHING')
    began, looked, cursor = time.perf_counter(), 0, None
    with world.reader.session() as session:
        looked = sum(segment.rows for segment in session.segments)
    while True:
        page = traces.find_spans(world.reader, tree, world.all_time, cursor=cursor)
        cursor = page.next_cursor
        if cursor is None:
            break
    rate = looked / (time.perf_counter() - began)
    return Row(
        "filter on attributes, spans looked at",
        f"{rate:,.0f} spans/s",
        "a filter that nothing matches, searched to the end",
        "≥ 500,000 spans/s",
        "≥ 2,000,000 spans/s",
        rate >= 500_000,
        rate >= 2_000_000,
    )


def _overview(world: World, length: int) -> None:
    range = TimeRange(world.now_ns - length, world.now_ns)
    overview.vital_signs(world.reader, range)
    overview.recent_errors(world.reader, range)
    overview.group_totals(world.reader, range)


def _ms(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _row(what: str, times: Sequence[float], hold: float, reach: float) -> Row:
    p50, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
    return Row(
        what,
        f"p50 {p50:.1f} ms, p95 {p95:.1f} ms",
        f"wall, {len(times)} times",
        f"p95 ≤ {hold:g} ms",
        f"≤ {reach:g} ms",
        p95 <= hold,
        p95 <= reach,
    )
