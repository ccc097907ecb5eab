"""The queries of the page on a store of n spans: Trace Explorer by shape of filter, search, Overview, code.

Each shape is asked many times with other names, values and places; a figure is the 95th percentile of wall
time, with files in the page cache. First with nothing else running, then beside a writer. A page counts when
it is full, at the end, or says how far back it has searched.
"""

from __future__ import annotations

import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import beside_writer, page_queries
from bench.rows import Row
from bench.world import (
    FULL_RANGE_NS,
    HOUR_NS,
    MIB,
    World,
    copied,
    ms_of,
    resident_bytes,
    times_row,
    world_of,
)
from queries import code, search, survey, traces
from queries.base import Reader
from queries.completion import complete
from queries.filters import parse
from queries.vocabulary import vocabulary

TIMES = 60  # of each shape
LOADS = 5  # of a whole tab
FUNCTIONS = 20  # whose pages are opened, the most called ones first
MEMORY_HOLD_MIB, MEMORY_REACH_MIB = 250, 125


def rows(n: int) -> list[Row]:
    """The rows of this part."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "db"  # a copy: the writer beside the readers adds to it
        return rows_of(folder, copied(n, folder))


def rows_of(folder: Path, now_ns: int) -> list[Row]:
    """The rows of a store that is there, its newest span at this time."""
    before = resident_bytes()
    reader = Reader.open(folder)
    try:
        world = world_of(reader, now_ns)
        gc.collect()
        gc.freeze()  # as processes/web.py does
        found = list(measured(world))
        found += beside_writer.rows(folder, world, SHAPES, PATIENT)
        grown = (resident_bytes() - before) / MIB
    finally:
        reader.close()
    return [*found, _memory(grown)]


def measured(world: World) -> Iterator[Row]:
    """Every row that is taken with nothing else running."""
    for name, make in SHAPES.items():
        hold, reach = (250, 100) if name in PATIENT else (100, 25)
        times = [page_ms(world, make(world)) for _ in range(TIMES)]
        yield times_row(f"Trace Explorer: {name}", times, hold, reach)
    yield _deep(world)
    yield _scan_rate(world)
    yield from _surveys(world)
    yield _completion(world)
    found = [ms_of(lambda: search.search(world.reader, _word(world), world.all_time)) for _ in range(TIMES)]
    yield times_row("search across everything", found, 500, 100)
    yield from _overviews(world)
    yield from _inspector(world)


TYPED = (
    "pro",
    "process:ch",
    "group:=",
    "attr.http.",
    "data.am",
    "status:error resource.",
    "value:>1 -ty",
    "p",
)


def _completion(world: World) -> Row:
    """What is proposed while a filter is written, with nothing kept from the key before."""

    def typed(text: str) -> None:
        seen = vocabulary(world.reader)
        with world.reader.session() as session:
            complete(session.names, seen, text, len(text))

    times = [ms_of(lambda: typed(text)) for text in TYPED * (TIMES // len(TYPED))]  # noqa: B023, called at once
    return times_row("Trace Explorer: completion of the filter, nothing kept", times, 100, 50)


def _word(world: World) -> str:
    return world.chance.choice(world.words)


SHAPES: dict[str, Callable[[World], str]] = {
    "no filter": lambda world: "",
    "group": lambda world: f"group:={world.chance.choice(world.groups)}",
    "process": lambda world: f"process:={world.chance.choice(world.processes)}",
    "errors": lambda world: "status:error",
    "slow": lambda world: "duration:>250ms",
    "slower than 100 ms": lambda world: "duration:>100ms",
    "name contains": lambda world: f"process:{world.chance.choice(world.processes)[2:6]}",
    "text": _word,
    "two words": lambda world: " ".join(world.chance.sample(list(world.words), 2)),
    "no such word": lambda world: "zzz" + _word(world),
    "trace id": lambda world: world.chance.choice(world.traces),
    "group, errors and slow": lambda world: (
        f"group:={world.chance.choice(world.groups)} status:error duration:>50ms"
    ),
    "process and text": lambda world: f"process:={world.chance.choice(world.processes)} {_word(world)}",
    "group or errors": lambda world: f"group:={world.chance.choice(world.groups)} OR status:error",
    "value above": lambda world: "value:>1000",
    "a number": lambda world: str(world.chance.randrange(1000)),
    "an attribute": lambda world: "attr.http.request.method:=PATCH",
    "an observation": lambda world: f"data.amount:>{world.chance.randrange(10**6)}",
    "root spans": lambda world: "is:root",
    "not one group": lambda world: f"-group:={world.chance.choice(world.groups)}",
}
PATIENT = ("an attribute", "an observation")
RANGES = (("1 h", HOUR_NS, 250, 80), ("24 h", 24 * HOUR_NS, 250, 80), ("30 d", FULL_RANGE_NS, 500, 150))


def page_ms(world: World, text: str) -> float:
    """Wall time of the first page of a filter over all that is stored."""
    return ms_of(lambda: traces.find_spans(world.reader, parse(text), world.all_time))


def _deep(world: World) -> Row:
    """Pages far down the list."""
    cursor, times = None, []
    for _ in range(TIMES):
        began = time.perf_counter()
        page = traces.find_spans(world.reader, parse(""), world.all_time, cursor=cursor)
        times.append((time.perf_counter() - began) * 1000)
        at = world.chance.randrange(world.all_time.start_ns, world.now_ns)
        cursor = f"{at}.{0:016x}.0" if page.rows else None
    return times_row("Trace Explorer: deep page", times, 100, 25)


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


def _surveys(world: World) -> Iterator[Row]:
    for name in ("no filter", "text", "value above"):
        make = SHAPES[name]
        times = [
            ms_of(lambda: survey.survey(world.reader, parse(make(world)), world.all_time))  # noqa: B023, at once
            for _ in range(LOADS)
        ]
        yield times_row(f"Trace Explorer: histogram, heatmap and facets, {name}", times, 500, 250)


def _overviews(world: World) -> Iterator[Row]:
    for name, length, hold, reach in RANGES:
        for what, ask in (
            ("all queries of the tab", page_queries.overview),
            ("incident view", page_queries.incident),
            ("errors by kind", page_queries.error_kinds),
        ):
            times = [ms_of(lambda: ask(world, length)) for _ in range(LOADS)]  # noqa: B023, at once
            yield times_row(f"Overview: {what}, {name}", times, hold, reach, f"sum, {LOADS} times")


def _inspector(world: World) -> Iterator[Row]:
    for name, length, _, _ in RANGES:
        times = [
            ms_of(lambda: page_queries.inspector(world, function, length))  # noqa: B023, called at once
            for function in world.functions[:FUNCTIONS]
        ]
        how = f"sum, the {len(times)} most called functions"
        yield times_row(f"Code Inspector: all queries of a function, {name}", times, 150, 75, how)
    for name, length, _, _ in RANGES:
        window = world.newest(length)
        ranked = [ms_of(lambda: page_queries.lists(world, window)) for _ in range(LOADS)]  # noqa: B023
        yield times_row(f"Code Inspector: lists of functions, {name}", ranked, 150, 75)
        typed = [
            ms_of(lambda: code.functions(world.reader, _word(world)[:2], window, 50))  # noqa: B023
            for _ in range(LOADS)
        ]
        yield times_row(f"Code Inspector: completion, {name}", typed, 100, 50)


def _memory(grown: float) -> Row:
    return Row(
        "memory of the process that asked all this, growth",
        f"{grown:,.0f} MiB",
        "resident set after all rows above, less that before the store was opened",
        f"≤ {MEMORY_HOLD_MIB} MiB",
        f"≤ {MEMORY_REACH_MIB} MiB",
        grown <= MEMORY_HOLD_MIB,
        grown <= MEMORY_REACH_MIB,
    )
