"""Sums that stay when a range is too long to read its spans: cells of a minute, an hour and a day.

Per group, per process and code version, and per value series. What arrived waits in memory for at most a
second; `save` adds it to the stored cells in the same transaction that notes the commits as taken in, so a
span counts exactly once, whatever happens in between.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import orjson

from data.cells import MOST_DISTINCT, Bags, CallCells, Calls, SeriesCells, Values, joined
from data.codes import Codes
from data.facts import Facts, Flags, Ints
from data.histogram import blobs, unpack_all
from data.sqlite import Connection

MINUTE_NS, HOUR_NS, DAY_NS = 60 * 10**9, 3_600 * 10**9, 86_400 * 10**9
SCAN_FROM = 64  # touched cells of one moment from which on all its cells are read at once
MORE = MOST_DISTINCT + 1  # distinct values: "more"
BYTES_A_VALUE = 3  # of a value's code in a cell


@dataclass(frozen=True, slots=True)
class Tier:
    """One length of cells."""

    number: int  # as stored
    unit_ns: int
    keep_ns: int


TIERS = (Tier(0, MINUTE_NS, 49 * HOUR_NS), Tier(1, HOUR_NS, 31 * DAY_NS), Tier(2, DAY_NS, 31 * DAY_NS))


class Table:
    """The statements of one rollup table: key columns, then columns of values."""

    def __init__(self, name: str, key: tuple[str, str], values: str) -> None:
        columns = f"t, {key[0]}, {key[1]}, {values}"
        places = ", ".join("?" * (4 + len(values.split(","))))
        where = f"FROM {name} WHERE tier = ? AND t"
        self.name = name
        self.clear = f"DELETE FROM {name}"  # noqa: S608, fixed names, here and below
        self.newest = f"SELECT max(t) FROM {name} WHERE tier = ?"  # noqa: S608
        self.one = f"SELECT {columns} {where} = ? AND {key[0]} = ? AND {key[1]} = ?"
        self.moment = f"SELECT {columns} {where} = ?"
        self.range = f"SELECT {columns} {where} >= ? AND t < ? ORDER BY t, {key[0]}, {key[1]}"
        self.save = f"INSERT OR REPLACE INTO {name} (tier, {columns}) VALUES ({places})"  # noqa: S608
        self.delete = f"DELETE FROM {name} WHERE tier = ? AND t >= ? AND t < ?"  # noqa: S608
        self.forget = (
            f"DELETE FROM {name} WHERE (tier, t, {key[0]}, {key[1]}) IN "  # noqa: S608
            f"(SELECT tier, t, {key[0]}, {key[1]} FROM {name} WHERE tier = ? AND t < ? LIMIT ?)"
        )


CALLS = "calls, errors, roots, duration_ns, longest_ns, durations, memories"
GROUPS = Table("rollup_group", ("group_id", "process_id"), CALLS)
PROCESSES = Table("rollup_process", ("process_id", "version_id"), CALLS)
SERIES = Table(
    "rollup_series",
    ("process_id", "data_name_id"),
    "calls, nulls, changes, total, least, most, numbers, types, distinct_values, value_codes",
)
TABLES = (GROUPS, PROCESSES, SERIES)
Rows = list[tuple[Any, ...]]


class Rollups:
    """What is not yet in the tables, and how it gets there."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._waiting: list[Facts] = []

    def add(self, facts: Facts) -> None:
        """Takes the facts of a commit."""
        self._waiting.append(replace(facts, values=()))

    def save(self, main: Connection, now_ns: int) -> None:
        """Adds what waits to the stored cells, inside the caller's transaction."""
        if not self._waiting:
            return
        sorted_ = self._sorted(joined(self._waiting))
        for tier in TIERS:
            since_ns = (
                -(-(now_ns - tier.keep_ns) // tier.unit_ns) * tier.unit_ns
            )  # a cell is whole or not at all
            for table, rows in _rows(sorted_, tier, since_ns, main):
                main.executemany(table.save, rows)

    def saved(self) -> None:
        """To be called once the transaction of `save` is committed."""
        self._waiting.clear()

    def _sorted(self, facts: Facts) -> tuple[Calls, Calls, Values]:
        nothing = np.zeros(len(facts.start_ns), np.int64)
        return (
            Calls.of(facts, self._groups(facts.process), nothing),
            Calls.of(facts, facts.process, facts.version),
            Values.of(facts, self._codes.types.get("NoneType", -1)),
        )

    def _groups(self, process: Ints) -> Ints:
        distinct, place = np.unique(process, return_inverse=True)
        groups = [self._codes.process_groups[one] for one in distinct.tolist()]
        return np.array(groups, np.int64)[place] if len(distinct) else distinct


def _rows(
    facts: tuple[Calls, Calls, Values], tier: Tier, since_ns: int, main: Connection
) -> Iterator[tuple[Table, Rows]]:
    """The cells of a tier that these facts touch, as they are to be stored."""
    *both, values = facts
    for table, calls in zip((GROUPS, PROCESSES), both, strict=True):
        cells = calls.cells(tier.unit_ns, since_ns)
        yield table, call_rows(cells, tier, _stored(main, table, tier, cells.t, cells.who))
    seen = values.cells(tier.unit_ns, since_ns)
    yield SERIES, series_rows(seen, tier, _stored(main, SERIES, tier, seen.t, seen.who))


def _stored(
    main: Connection, table: Table, tier: Tier, t: Ints, who: tuple[Ints, Ints]
) -> list[tuple[int, tuple[Any, ...]]]:
    """The stored cells among these: the place of each, and its row."""
    if not len(t):
        return []
    newest = main.execute(table.newest, (tier.number,)).fetchone()[0]
    if newest is None:
        return []
    known = np.flatnonzero(t <= newest)
    found: list[tuple[int, tuple[Any, ...]]] = []
    order = known[np.argsort(t[known], kind="stable")]
    for places in np.split(order, np.flatnonzero(np.diff(t[order])) + 1):
        if not len(places):
            continue
        moment = int(t[places[0]])
        keys = dict(
            zip(
                zip(who[0][places].tolist(), who[1][places].tolist(), strict=True),
                places.tolist(),
                strict=True,
            )
        )
        rows: Iterable[tuple[Any, ...]]
        if len(keys) >= SCAN_FROM:
            rows = main.execute(table.moment, (tier.number, moment))
        else:
            rows = [row for key in keys for row in main.execute(table.one, (tier.number, moment, *key))]
        found += [(keys[row[1], row[2]], row) for row in rows if (row[1], row[2]) in keys]
    return found


def call_rows(cells: CallCells, tier: Tier, stored: list[tuple[int, tuple[Any, ...]]]) -> Rows:
    """Rows of groups or processes, with what is stored added."""
    durations, memories = cells.durations, cells.memories
    if stored:
        at = np.array([place for place, _ in stored], np.int64)
        rows = [row for _, row in stored]
        for column, place in ((cells.calls, 3), (cells.errors, 4), (cells.roots, 5), (cells.duration_ns, 6)):
            column[at] += _column(rows, place)
        cells.longest_ns[at] = np.maximum(cells.longest_ns[at], _column(rows, 7))
        durations = _with_blobs(durations, at, [row[8] for row in rows])
        memories = _with_blobs(memories, at, [row[9] for row in rows])
    count = len(cells.t)
    columns = (
        cells.t,
        *cells.who,
        cells.calls,
        cells.errors,
        cells.roots,
        cells.duration_ns,
        cells.longest_ns,
    )
    return _in_order(
        cells,
        zip(
            [tier.number] * count,
            *(column.tolist() for column in columns),
            _blobs(durations, count),
            _blobs(memories, count),
            strict=True,
        ),
    )


def series_rows(cells: SeriesCells, tier: Tier, stored: list[tuple[int, tuple[Any, ...]]]) -> Rows:
    """Rows of value series, with what is stored added."""
    numbers, types, values = cells.numbers, cells.types, cells.values
    count = len(cells.t)
    more = np.zeros(count, np.bool_)
    if stored:
        at = np.array([place for place, _ in stored], np.int64)
        rows = [row for _, row in stored]
        types = _with_types(cells, at, rows)  # before calls are added up
        for column, place in ((cells.calls, 3), (cells.nulls, 4), (cells.changes, 5)):
            column[at] += _column(rows, place)
        cells.total[at] += np.array([row[6] for row in rows])
        has = np.array([bool(row[9]) for row in rows])
        cells.least[at[has]] = np.minimum(cells.least[at[has]], np.array([row[7] for row in rows])[has])
        cells.most[at[has]] = np.maximum(cells.most[at[has]], np.array([row[8] for row in rows])[has])
        numbers = _with_blobs(numbers, at, [row[9] for row in rows])
        values = values.plus(*_stored_values(at, rows))
        more[at] = _column(rows, 11) == MORE
    distinct, codes = _distinct(values, more)
    finite = np.isfinite(cells.least)
    columns = (cells.t, *cells.who, cells.calls, cells.nulls, cells.changes, cells.total)
    return _in_order(
        cells,
        zip(
            [tier.number] * count,
            *(column.tolist() for column in columns),
            np.where(finite, cells.least, 0.0).tolist(),
            np.where(finite, cells.most, 0.0).tolist(),
            _blobs(numbers, count),
            _types(cells.type, types),
            distinct.tolist(),
            codes,
            strict=True,
        ),
    )


def _in_order(cells: CallCells | SeriesCells, rows: Iterable[tuple[Any, ...]]) -> Rows:
    """The rows of cells in order of their keys, by which they lie."""
    order = np.lexsort((cells.who[1], cells.who[0], cells.t))
    return list(map(list(rows).__getitem__, order.tolist()))


def _column(rows: Rows, place: int) -> Ints:
    return np.array([row[place] for row in rows], np.int64)


def _with_blobs(bags: Bags, at: Ints, stored: list[bytes]) -> Bags:
    """The histograms with the stored ones of some cells added."""
    codes, counts, sizes = unpack_all(stored)
    return bags.plus(np.repeat(at, sizes), codes, counts)


def _blobs(bags: Bags, count: int) -> list[bytearray]:
    """The histogram of each cell; empty where there is none."""
    first = bags.first()
    packed = blobs(first, bags.item, bags.count)
    if len(packed) == count:
        return packed
    made = [bytearray()] * count
    for cell, blob in zip(bags.cell[first].tolist(), packed, strict=True):
        made[cell] = blob
    return made


def _types(alone: Ints, several: Bags) -> list[Any]:
    """The type of all values of each cell, or how many of each: {type: count} as JSON."""
    made: list[Any] = alone.tolist()
    counts: dict[int, dict[str, int]] = {}
    for cell, kind, seen in zip(
        several.cell.tolist(), several.item.tolist(), several.count.tolist(), strict=True
    ):
        counts.setdefault(cell, {})[str(kind)] = seen
    for cell, types in counts.items():
        made[cell] = orjson.dumps(types).decode()
    return made


def types_of(stored: int | str, calls: int) -> dict[int, int]:
    """How many values of each type a cell has, by data_type.id."""
    if isinstance(stored, int):
        return {stored: calls}
    return {int(kind): seen for kind, seen in orjson.loads(stored).items()}


def _with_types(cells: SeriesCells, at: Ints, rows: Rows) -> Bags:
    """The types of cells that have several, once those of stored cells are added."""
    found = []
    for cell, row in zip(at.tolist(), rows, strict=True):
        alone = int(cells.type[cell])
        if row[10] == alone:
            continue
        if alone:
            found.append((cell, alone, int(cells.calls[cell])))
            cells.type[cell] = 0
        found += [(cell, kind, seen) for kind, seen in types_of(row[10], row[3]).items()]
    if not found:
        return cells.types
    table = np.array(found, np.int64)
    return cells.types.plus(table[:, 0], table[:, 1], table[:, 2])


def _stored_values(at: Ints, rows: Rows) -> tuple[Ints, Ints, Ints]:
    stored = [row[12] for row in rows]
    codes = unpack_values(b"".join(stored))
    cells = np.repeat(at, [len(blob) // BYTES_A_VALUE for blob in stored])
    return cells, codes, np.ones(len(codes), np.int64)


def unpack_values(blob: bytes) -> Ints:
    """The codes of the distinct values of a cell, or of several one after the other."""
    parts = np.frombuffer(blob, "u1").reshape(-1, BYTES_A_VALUE).astype(np.int64)
    return parts[:, 0] | parts[:, 1] << 8 | parts[:, 2] << 16


def _distinct(bags: Bags, more: Flags) -> tuple[Ints, list[bytearray]]:
    """How many values each cell tells apart, and their codes; none when there are more."""
    first = bags.first()
    sizes = np.diff(first, append=len(bags.cell))
    count = np.zeros(len(more), np.int64)
    count[bags.cell[first]] = sizes
    count[more | (count > MOST_DISTINCT)] = MORE
    packed = bytearray(
        np.stack([bags.item >> shift & 0xFF for shift in (0, 8, 16)], 1).astype("u1").tobytes()
    )
    begins = BYTES_A_VALUE * first
    made = [bytearray()] * len(more)
    for cell, begin, end in zip(
        bags.cell[first].tolist(), begins.tolist(), (begins + BYTES_A_VALUE * sizes).tolist(), strict=True
    ):
        made[cell] = packed[begin:end]
    for cell in np.flatnonzero(count == MORE).tolist():
        made[cell] = bytearray()
    return count, made
