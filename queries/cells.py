"""Figures of any range without reading its spans: whole cells of the rollups, and spans only at the edges.

A range is covered by the largest cells that lie inside it: days, hours, minutes (kept 49 hours). What is left
at both ends is read from the spans, or, where that would be many, taken as a share of the cell it lies in.
Cells are at most a second behind the spans.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from data.histogram import unpack_all, unpack_joined
from queries.base import Session, TimeRange
from queries.measures import NS_PER_US, Ints, Measures, measures, numbers_of

MINUTE_NS, HOUR_NS, DAY_NS = 60 * 10**9, 3_600 * 10**9, 86_400 * 10**9
MOST_EDGE = 5_000  # spans at an edge that are read one by one, 5 ms; of more the share is known to 1 or 2 %
MOST_EDGE_OF_ONE = 20_000  # the same where only those of one process are read, which are a part of these
MOST_CELLS = 30_000  # cells of one answer; more are read from the next larger tier

Subject = Literal["group", "process"]
Floats = npt.NDArray[np.float64]

OLDEST = "SELECT min(t) FROM rollup_group WHERE tier = ?"
CALLS = "SELECT ifnull(sum(calls), 0) FROM rollup_group WHERE tier = ? AND t >= ? AND t < ?"
FIRST_CALLS = """
SELECT ifnull(sum(calls), 0)
FROM (SELECT calls FROM rollup_group WHERE tier = ? AND t >= ? AND t < ? LIMIT 64)
"""
SIZE = "SELECT count(*) FROM rollup_group WHERE tier = ? AND t >= ? AND t < ?"
GROUPS = """
SELECT t, group_id, 0, calls, errors, roots, duration_ns, longest_ns, durations, {memories} FROM rollup_group
WHERE tier = :tier AND t >= :first AND t < :end
"""
PROCESSES = """
SELECT t, process_id, version_id, calls, errors, roots, duration_ns, longest_ns, durations, {memories}
FROM rollup_process WHERE tier = :tier AND t >= :first AND t < :end
"""
SOME_PROCESSES = """
SELECT t, process_id, version_id, calls, errors, roots, duration_ns, longest_ns, durations, x''
FROM rollup_process WHERE tier = :tier AND t >= :first AND t < :end
AND process_id IN (SELECT value FROM json_each(:only))
"""
# Cells that are summed by SQLite, which takes a third of the time of summing them here. Their histograms are
# joined: the blobs, and the length of each as text.
JOINED = "CAST(group_concat(durations, '') AS BLOB), x'', count(*), group_concat(length(durations))"
TOGETHER = f"""
SELECT t, 0, 0, sum(calls), sum(errors), sum(roots), sum(duration_ns), max(longest_ns), {JOINED}
FROM rollup_group WHERE tier = :tier AND t >= :first AND t < :end
AND (group_id IN (SELECT value FROM json_each(:groups))) = :inside GROUP BY t
"""  # noqa: S608, fixed names
# All cells as one row of texts, a column each: half the time of sorting them by process or taking rows.
BY_PROCESS = """
SELECT group_concat(process_id), group_concat(calls), group_concat(errors), group_concat(roots),
group_concat(duration_ns), group_concat(longest_ns), {durations}
FROM rollup_process WHERE tier = :tier AND t >= :first AND t < :end
"""
DURATIONS = "group_concat(length(durations)), CAST(group_concat(durations, '') AS BLOB)"
ONE_PROCESS = """
WITH RECURSIVE moment (t) AS (SELECT :first UNION ALL SELECT t + 1 FROM moment WHERE t + 1 < :end)
SELECT c.t, process_id, version_id, calls, errors, roots, duration_ns, longest_ns, durations, {memories}
FROM moment CROSS JOIN rollup_process c ON c.tier = :tier AND c.t = moment.t AND process_id = :process
"""


class Tier(NamedTuple):
    """One length of cells."""

    number: int
    unit_ns: int


MINUTES, HOURS, DAYS = Tier(0, MINUTE_NS), Tier(1, HOUR_NS), Tier(2, DAY_NS)


class Piece(NamedTuple):
    """Neighbouring cells of one tier, and the stretch of time that is meant of them."""

    tier: Tier
    first: int
    end: int
    start_ns: int
    end_ns: int
    share: float = 1.0  # which part of what the cells count; less than 1 for a part of a single cell


def whole_cells(tier: Tier, first: int, end: int) -> Piece:
    """Cells that are meant in full."""
    return Piece(tier, first, end, first * tier.unit_ns, end * tier.unit_ns)


class Cover(NamedTuple):
    """Cells, and the ranges beside them that are read from spans."""

    pieces: tuple[Piece, ...]
    edges: tuple[TimeRange, ...]


@dataclass(frozen=True, slots=True)
class Cells:
    """One array per column, same length; the histograms lie one after the other, `sizes` buckets each."""

    start_ns: Ints
    length_ns: Ints
    share: Floats  # how much of what the cell counts
    who: Ints  # group or process
    version: Ints  # code_version.id, 0 when unknown or not asked for
    calls: Ints
    errors: Ints
    roots: Ints
    duration_ns: Ints
    longest_ns: Ints
    durations: tuple[Ints, Ints, Ints]  # codes, counts, sizes
    memories: tuple[Ints, Ints, Ints]

    @property
    def middle_ns(self) -> Ints:
        """The middle of each cell: the step that a cell counts for is the one its middle lies in."""
        middles: Ints = self.start_ns + self.length_ns // 2
        return middles

    def where(self, kept: npt.NDArray[np.bool_]) -> Cells:
        """Some of the cells only."""
        if kept.all():
            return self
        return Cells(
            start_ns=self.start_ns[kept],
            length_ns=self.length_ns[kept],
            share=self.share[kept],
            who=self.who[kept],
            version=self.version[kept],
            calls=self.calls[kept],
            errors=self.errors[kept],
            roots=self.roots[kept],
            duration_ns=self.duration_ns[kept],
            longest_ns=self.longest_ns[kept],
            durations=_some(self.durations, kept),
            memories=_some(self.memories, kept),
        )


def _some(histograms: tuple[Ints, Ints, Ints], kept: npt.NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    codes, counts, sizes = histograms
    if not len(sizes):  # not asked for
        return histograms
    of_kept = np.repeat(kept, sizes)
    return codes[of_kept], counts[of_kept], sizes[kept]


def cover(
    session: Session, range: TimeRange, least: Tier = MINUTES, most: Tier = DAYS, *, of_one: bool = False
) -> Cover:
    """The cells of a range between two tiers, the spans beside them where they are few.

    `of_one`: what is read of it is one process.
    """
    if not session.there:
        return Cover((), ())
    tiers = [tier for tier in (DAYS, HOURS, MINUTES) if least.number <= tier.number <= most.number]
    if not _keeps_minutes(session, range):
        tiers = [tier for tier in tiers if tier != MINUTES] or [HOURS]
    finest = tiers[-1].unit_ns
    start, end, filled = range.start_ns, range.end_ns, range.end_ns
    newest = max((one.max_id for one in session.segments), default=range.end_ns) >> 11
    if session.segments and newest < end // NS_PER_US:
        end = -(-end // finest) * finest  # nothing is stored behind the end: the last cell is whole,
        filled = (newest + 1) * NS_PER_US  # and what it counts lies before this moment
    covering = _Covering(session, (newest + 1) * NS_PER_US, MOST_EDGE_OF_ONE if of_one else MOST_EDGE)
    covering.add(start, end, tiers)
    pieces = [p._replace(end_ns=max(p.start_ns, min(p.end_ns, filled))) for p in covering.pieces]
    return Cover(tuple(pieces), tuple(covering.edges))


def hold_more(session: Session, covered: Cover, spans: int) -> bool:
    """Whether the cells hold more spans than this, about; the first few of each piece nearly always tell."""
    return any(
        sum(p.share * session.main(sql, (p.tier.number, p.first, p.end))[0][0] for p in covered.pieces)
        > spans
        for sql in (FIRST_CALLS, CALLS)
    )


def are_few(session: Session, covered: Cover) -> bool:
    """Whether all cells of groups may be read; counted where one of each group and moment is too many."""
    if len(session.names.groups) * sum(piece.end - piece.first for piece in covered.pieces) <= MOST_CELLS:
        return True
    counted = (session.main(SIZE, (p.tier.number, p.first, p.end))[0][0] for p in covered.pieces)
    return sum(map(int, counted)) <= MOST_CELLS


def read(
    session: Session, covered: Cover, subject: Subject, process: int | None = None, memory: bool = False
) -> Cells:
    """The cells themselves, of all groups or processes, or of one process; memory only when asked for."""
    sql = GROUPS if subject == "group" else PROCESSES if process is None else ONE_PROCESS
    return _read(session, covered, sql.format(memories="memories" if memory else "x''"), {"process": process})


def read_some(session: Session, covered: Cover, processes: Iterable[int]) -> Cells:
    """The cells of some processes."""
    only = json.dumps(sorted(processes))
    return _read(session, covered, SOME_PROCESSES, {"only": only})


def read_together(session: Session, covered: Cover, groups: Iterable[int], *, inside: bool) -> Cells:
    """One cell for each moment: all groups together that are among these (`inside`), or are not."""
    return _read(session, covered, TOGETHER, {"groups": json.dumps(sorted(groups)), "inside": inside})


def read_by_process(session: Session, covered: Cover, *, durations: bool) -> Cells:
    """The cells of all processes, each as long as its piece and of no version; histograms when asked for."""
    sql = BY_PROCESS.format(durations=DURATIONS if durations else "NULL, NULL")
    found = [
        (piece, row)
        for piece in covered.pieces
        for row in session.main(sql, {"tier": piece.tier.number, "first": piece.first, "end": piece.end})
        if row[0] is not None
    ]
    who, calls, errors, roots, duration_ns, longest_ns = (
        numbers_of([row[place] for _, row in found]) for place in range(6)
    )
    cells = [row[0].count(",") + 1 for _, row in found]
    lengths = numbers_of([row[6] for _, row in found]) if durations else np.zeros_like(who)
    return Cells(
        start_ns=np.repeat(np.array([piece.start_ns for piece, _ in found], np.int64), cells),
        length_ns=np.repeat(np.array([piece.end_ns - piece.start_ns for piece, _ in found], np.int64), cells),
        share=np.repeat(np.array([piece.share for piece, _ in found], np.float64), cells),
        who=who,
        version=np.zeros_like(who),
        calls=calls,
        errors=errors,
        roots=roots,
        duration_ns=duration_ns,
        longest_ns=longest_ns,
        durations=unpack_joined(b"".join(row[7] for _, row in found if durations), lengths),
        memories=unpack_all(()),
    )


def _read(session: Session, covered: Cover, sql: str, more: Mapping[str, Any]) -> Cells:
    rows: list[tuple[Any, ...]] = []
    spans: list[tuple[int, int, int, int]] = []  # unit, start and end of the piece, cells found
    shares: list[float] = []
    for piece in covered.pieces:
        params = {"tier": piece.tier.number, "first": piece.first, "end": piece.end, **more}
        found = session.main(sql, params)
        rows += found
        spans.append((piece.tier.unit_ns, piece.start_ns, piece.end_ns, len(found)))
        shares += [piece.share] * len(found)
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * 10
    numbers = [np.array(column, np.int64) for column in columns[:8]]
    table = np.array(spans, np.int64).reshape(-1, 4)
    unit, first, last = (np.repeat(table[:, place], table[:, 3]) for place in range(3))
    starts = np.maximum(numbers[0] * unit, first)
    lengths = np.maximum(np.minimum((numbers[0] + 1) * unit, last) - starts, 0)  # 0: came since the look
    return Cells(
        start_ns=starts,
        length_ns=lengths,
        share=np.array(shares, np.float64),
        who=numbers[1],
        version=numbers[2],
        calls=numbers[3],
        errors=numbers[4],
        roots=numbers[5],
        duration_ns=numbers[6],
        longest_ns=numbers[7],
        durations=_joined(*columns[8:]) if len(columns) > 10 else unpack_all(columns[8]),
        memories=unpack_all(columns[9]),
    )


def _joined(
    blobs: Sequence[bytes], _: Sequence[bytes], joined: Sequence[int], lengths: Sequence[str]
) -> tuple[Ints, Ints, Ints]:
    """Histograms of which several belong to a cell, their buckets one after the other."""
    codes, counts, sizes = unpack_joined(b"".join(blobs), numbers_of(lengths))
    number = np.array(joined, np.int64)
    return codes, counts, np.add.reduceat(sizes, np.cumsum(number) - number)


def edge_measures(session: Session, covered: Cover, processes: Sequence[int] | None = None) -> Measures:
    """The spans beside the cells."""
    parts = [measures(session, edge, processes) for edge in covered.edges]
    if not parts:
        nothing = np.zeros(0, np.int64)
        return Measures(nothing, nothing, nothing, nothing > 0, nothing > 0)
    return Measures(*(np.concatenate([getattr(part, name) for part in parts]) for name in Measures.__slots__))


def _keeps_minutes(session: Session, range: TimeRange) -> bool:
    """Whether the cells of minutes reach back to the start of the range, or to the first span."""
    oldest, first_hour = (session.main(OLDEST, (tier.number,))[0][0] for tier in (MINUTES, HOURS))
    if oldest is None or first_hour is None:
        return first_hour is None  # when all that is stored is old, only its hours are left
    cut_off = (first_hour + 1) * HOUR_NS <= oldest * MINUTE_NS
    return bool(range.start_ns >= oldest * MINUTE_NS or not cut_off)


@dataclass(frozen=True, slots=True)
class _Covering:
    """A cover while it is made."""

    session: Session
    stored_until_ns: int  # the newest span starts before this
    most_edge: int
    pieces: list[Piece] = field(default_factory=list)
    edges: list[TimeRange] = field(default_factory=list)

    def add(self, start: int, end: int, tiers: Sequence[Tier]) -> None:
        """A stretch by whole cells of the first tier, and what is left by the others."""
        if start >= end:
            return
        tier, finer = tiers[0], tiers[1:]
        first, last = -(-start // tier.unit_ns), end // tier.unit_ns
        if first >= last and finer:
            self.add(start, end, finer)
        elif finer:
            self.add(start, first * tier.unit_ns, finer)
            self.pieces.append(whole_cells(tier, first, last))
            self.add(last * tier.unit_ns, end, finer)
        elif first > last:  # inside one cell
            self._add_edge(tier, start, end)
        else:
            self._add_edge(tier, start, first * tier.unit_ns)
            if first < last:
                self.pieces.append(whole_cells(tier, first, last))
            self._add_edge(tier, last * tier.unit_ns, end)

    def _add_edge(self, tier: Tier, start: int, end: int) -> None:
        """A part of one cell: its spans, or its share of the cell when they are many."""
        if start >= end:
            return
        cell = start // tier.unit_ns
        filled = min((cell + 1) * tier.unit_ns, max(end, self.stored_until_ns))  # the newest is still filling
        share = (end - start) / (filled - cell * tier.unit_ns)
        if self.session.main(CALLS, (tier.number, cell, cell + 1))[0][0] * share <= self.most_edge:
            self.edges.append(TimeRange(start, end))
        else:
            self.pieces.append(Piece(tier, cell, cell + 1, start, end, share))
