"""Whether a store is sound: its files, its names, its totals, and its rollups beside the spans themselves.

Reads a snapshot, so it may run while the collector writes. `changes` of value series are not compared: they
are counted in order of arrival, which the spans no longer tell.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.codes import Codes
from data.errors import StoreError
from data.ids import SEQUENCE_BITS
from data.migrate import migrate_main
from data.rebuild import add_all, facts_in
from data.rollups import SERIES, TABLES, TIERS, Rollups, Table, Tier
from data.segment import arrival_ids
from data.snapshot import Part, snapshot
from data.sqlite import Connection, connect_writer, named_errors, transaction

MOST_FINDINGS = 100
FOREIGN = (  # columns of span, and the table in which their integers stand
    ("process", "process"),
    ("version", "code_version"),
    ("resource", "resource"),
    ("scope", "scope"),
    ("data", "data_name"),
    ("type", "data_type"),
    ("exception", "exception_type"),
)
SEGMENTS = (
    "SELECT id, name, min_id, max_id, rows, applied_batch FROM segment WHERE state <> 'retiring' ORDER BY id"
)
UNAPPLIED = "SELECT ids FROM batch WHERE batch > ?"
TOTALS = "SELECT min(id), max(id), count(*) FROM span"
DROPPED = "SELECT min_id, max_id FROM dropped_segment WHERE min_id IS NOT NULL"
CHANGES = 5  # place in a row of rollup_series
Progress = Callable[[int], None]
Span = tuple[int, int]
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be."""

    where: str  # a file, or a table
    what: str


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what was found; at most MOST_FINDINGS of the findings are told."""

    files: int
    spans: int
    cells: int
    findings: tuple[Finding, ...]


def verify(directory: Path, now_ns: int, progress: Progress = lambda _: None) -> Report:
    """Looks at everything; `progress` is told of spans as they are read. Raises StoreError."""
    with snapshot(directory) as parts, tempfile.TemporaryDirectory(prefix="flowglass-verify-") as scratch:
        return _Check(parts, Path(scratch) / "main.db", now_ns, progress).run()


class _Check:
    """One look at a snapshot."""

    def __init__(self, parts: Sequence[Part], scratch: Path, now_ns: int, progress: Progress) -> None:
        self._now_ns = now_ns
        self._main = parts[0].connection
        self._parts = {part.name: part for part in parts}
        self._scratch = scratch
        self._progress = progress
        self._findings: list[Finding] = []

    def run(self) -> Report:
        for part in self._parts.values():
            self._integrity(part)
        if self._findings:
            return self._report(0, 0)  # what stands in a broken file means nothing
        codes = Codes.load(self._main)
        with closing(connect_writer(self._scratch)) as scratch:
            migrate_main(scratch, self._scratch)
            spans = self._read(codes, scratch)
            cells = sum(self._compare(table, tier, scratch) for table in TABLES for tier in TIERS)
        return self._report(spans, cells)

    def _report(self, spans: int, cells: int) -> Report:
        return Report(len(self._parts), spans, cells, tuple(self._findings[:MOST_FINDINGS]))

    def _found(self, where: str, what: str) -> None:
        self._findings.append(Finding(where, what))

    def _integrity(self, part: Part) -> None:
        try:
            with named_errors(Path(part.name)):
                rows = part.connection.execute("PRAGMA integrity_check(5)").fetchall()
        except StoreError as error:
            rows = [(str(error),)]
        for (text,) in rows:
            if text != "ok":
                self._found(part.name, " ".join(text.split()))

    def _read(self, codes: Codes, scratch: Connection) -> int:
        """Reads every span once: names and totals are compared on the way, rollups are made anew."""
        known = {table: self._ids(table) for _, table in FOREIGN}
        rollups, spans = Rollups(codes), 0
        for _, name, low, high, rows, applied in self._main.execute(SEGMENTS).fetchall():
            part = self._parts.get(name)
            if part is None:
                if rows:
                    self._found(name, f"is listed with {rows:,} spans, but the file is not there")
                continue
            unapplied = _unapplied(part.connection, applied)
            self._names(part, known)
            found = part.connection.execute(TOTALS).fetchone()
            if not unapplied and found != (low, high, rows):
                self._found(name, f"holds (first, last, spans) {found}, main.db says {(low, high, rows)}")
            with transaction(scratch, self._scratch):
                spans += add_all(
                    self._watched(facts_in(part.connection, codes, unapplied)), rollups, scratch, 0
                )
        return spans

    def _watched(self, facts: Iterator[Any]) -> Iterator[Any]:
        for part in facts:
            self._progress(len(part.start_ns))
            yield part

    def _names(self, part: Part, known: dict[str, frozenset[int]]) -> None:
        for column, table in FOREIGN:
            sql = f"SELECT DISTINCT {column} FROM span WHERE {column} IS NOT NULL"  # noqa: S608, fixed names
            unknown = {row[0] for row in part.connection.execute(sql)} - known[table]
            if unknown:
                self._found(part.name, f"{column} refers to {len(unknown)} entries that {table} lacks")

    def _ids(self, table: str) -> frozenset[int]:
        return frozenset(row[0] for row in self._main.execute(f"SELECT id FROM {table}"))  # noqa: S608

    def _compare(self, table: Table, tier: Tier, scratch: Connection) -> int:
        """Stored cells beside those made anew, for as far back as both are whole."""
        since = max(self._now_ns - tier.keep_ns, self._expired()) // tier.unit_ns + 2
        gone = [_moments(span, tier) for span in self._main.execute(DROPPED)]
        cells = 0
        for key, stored, made in _beside(
            *(
                connection.execute(table.range, (tier.number, since, 2**62))
                for connection in (self._main, scratch)
            )
        ):
            cells += 1
            if any(first <= key[0] <= last for first, last in gone):
                continue
            if not _equal(_comparable(table, stored), _comparable(table, made)):
                self._found(table.name, f"tier {tier.number}, {key}: stored {stored}, the spans give {made}")
        return cells

    def _expired(self) -> int:
        """Spans that start before this may have been deleted."""
        row = self._main.execute("SELECT value FROM meta WHERE key = 'expired_ns'").fetchone()
        return int(row[0]) if row else 0


def _beside(
    one: Iterator[Row], other: Iterator[Row]
) -> Iterator[tuple[tuple[int, ...], Row | None, Row | None]]:
    """Rows of two queries in order of key, side by side; None where one lacks the key."""
    first, second = next(one, None), next(other, None)
    while first is not None or second is not None:
        key = min(row[:3] for row in (first, second) if row is not None)
        pair = (
            first if first and first[:3] == key else None,
            second if second and second[:3] == key else None,
        )
        yield (key, *pair)
        if pair[0] is not None:
            first = next(one, None)
        if pair[1] is not None:
            second = next(other, None)


def _unapplied(segment: Connection, applied: int) -> frozenset[int]:
    """Ids of the spans that main.db has not taken in."""
    return frozenset(
        id_ for (blob,) in segment.execute(UNAPPLIED, (applied,)) for id_ in arrival_ids(blob).tolist()
    )


def _moments(span: Span, tier: Tier) -> Span:
    """First and last moment of a tier that a dropped segment had spans in."""
    first, last = ((id_ >> SEQUENCE_BITS) * 1_000 // tier.unit_ns for id_ in span)
    return first, last


def _comparable(table: Table, row: Row | None) -> Row | None:
    """A row without its key and without what cannot be made anew."""
    if row is None:
        return None
    return tuple(value for at, value in enumerate(row) if at > 2 and not (table is SERIES and at == CHANGES))


def _equal(one: Row | None, other: Row | None) -> bool:
    if one is None or other is None:
        return one is other
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) if isinstance(a, float) else a == b
        for a, b in zip(one, other, strict=True)
    )
