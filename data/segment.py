"""One segment file, as its writer uses it: insert a batch, look up ids, checkpoint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from data.facts import Ints
from data.ids import SEQUENCE_BITS, start_of
from data.migrate import migrate_segment
from data.rows import COLUMNS, EMPTY, Encoded
from data.sqlite import PAGE_BYTES, Connection, Durability, connect_writer, named_errors, transaction

_VALUES = ", ".join(f"nullif(?, {EMPTY[name]!r})" if name in EMPTY else "?" for name in COLUMNS.split(", "))
INSERT = f"INSERT INTO span VALUES (?, ?, {_VALUES})"  # noqa: S608, fixed names and numbers
INSERT_TEXT = "INSERT INTO span_text (rowid, body) VALUES (?, ?)"
INSERT_BATCH = "INSERT INTO batch (batch, committed_ns, ids) VALUES (?, ?, ?)"
FORGET_BATCHES = "DELETE FROM batch WHERE batch <= ?"
SELECT_ROWS = (
    f"SELECT id, start_off, {COLUMNS} FROM span "  # noqa: S608, fixed names
    "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id"
)
SELECT_FROM = f"SELECT id, start_off, {COLUMNS} FROM span WHERE id > ? ORDER BY id LIMIT ?"  # noqa: S608
SELECT_UNAPPLIED = "SELECT batch, committed_ns, ids FROM batch WHERE batch > ? ORDER BY batch"
SELECT_MOMENTS = (
    "SELECT s.id, s.start_off, s.trace_hi, s.trace_lo, s.span_id FROM json_each(?) AS moment "
    "CROSS JOIN span AS s ON s.id BETWEEN moment.value AND moment.value + 2047"
)
LOG_BYTES = 8 * 2**20  # of a log while it is written to: moving more makes commits wait for the disk


@dataclass(slots=True)
class Segment:
    """A segment as main.db lists it, and its connection once it is open."""

    id: int
    name: str
    day: int
    state: str
    min_id: int | None
    max_id: int | None
    rows: int
    applied_batch: int
    retired: str | None
    path: Path
    durability: Durability
    connection: Connection | None = field(default=None, repr=False)
    full: bool = False
    retired_ns: int = 0  # when it was taken out of use, by the clock of this run
    merging: bool = False  # the text index is being made one

    def open(self) -> Connection:
        """The writer's connection; makes the file when it is not there yet."""
        if self.connection is None:
            with named_errors(self.path):
                connection = connect_writer(self.path, self.durability)
            try:
                migrate_segment(connection, self.path)
            except BaseException:
                connection.close()
                raise
            self.connection = connection
        return self.connection

    def close(self) -> None:
        """Closes the connection, without a checkpoint of our own asking."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def write(self, batch: int, now_ns: int, ids: Ints, arrival: bytes, encoded: Encoded) -> None:
        """Stores spans under these ids (ascending) as one transaction."""
        starts = encoded.facts.start_ns
        offsets = (starts - (ids >> SEQUENCE_BITS) * 1_000).tolist()
        numbers = ids.tolist()
        connection = self.open()
        with transaction(connection, self.path):
            connection.executemany(INSERT, zip(numbers, offsets, *encoded.columns, strict=True))
            connection.executemany(
                INSERT_TEXT, [pair for pair in zip(numbers, encoded.texts, strict=True) if pair[1]]
            )
            connection.execute(FORGET_BATCHES, (self.applied_batch,))
            connection.execute(INSERT_BATCH, (batch, now_ns, arrival))

    def grew(self, ids: Ints) -> None:
        """Takes stored spans into the totals, after their commit."""
        first, last = int(ids[0]), int(ids[-1])
        self.min_id = first if self.min_id is None else min(self.min_id, first)
        self.max_id = last if self.max_id is None else max(self.max_id, last)
        self.rows += len(ids)

    def recount(self) -> None:
        """Takes the totals from the file itself."""
        with named_errors(self.path):
            self.min_id, self.max_id, self.rows = (
                self.open().execute("SELECT min(id), max(id), count(*) FROM span").fetchone()
            )

    def moments(self, microseconds: Iterable[int]) -> list[tuple[int, int, int, int, int]]:
        """(id, start_ns, trace_hi, trace_lo, span_id) of the rows whose ids lie in these microseconds."""
        wanted = orjson.dumps([us << SEQUENCE_BITS for us in microseconds]).decode()
        with named_errors(self.path):
            return [
                (id_, start_of(id_, offset), high, low, span)
                for id_, offset, high, low, span in self.open().execute(SELECT_MOMENTS, (wanted,))
            ]

    def rows_of(self, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        """Full rows in order of id: id, start_off, then as COLUMNS says."""
        with named_errors(self.path):
            return list(self.open().execute(SELECT_ROWS, (orjson.dumps(list(ids)).decode(),)))

    def unapplied(self) -> list[tuple[int, int, bytes]]:
        """(batch, committed_ns, ids) of the commits that main.db may not know."""
        with named_errors(self.path):
            return list(self.open().execute(SELECT_UNAPPLIED, (self.applied_batch,)))

    def bytes(self) -> int:
        """Size of the database file once checkpointed."""
        with named_errors(self.path):
            return int(self.open().execute("PRAGMA page_count").fetchone()[0]) * PAGE_BYTES

    def files(self) -> tuple[Path, ...]:
        """The file, its log and its index of the log, as far as they are there."""
        named = (self.path.with_name(self.name + suffix) for suffix in ("", "-wal", "-shm"))
        return tuple(path for path in named if path.exists())

    def bytes_on_disk(self) -> int:
        """Of all its files, now."""
        return sum(path.stat().st_size for path in self.files())


def checkpoint_if_large(connection: Connection, path: Path, limit_bytes: int) -> None:
    """Moves the log into the file when so much of it waits; waits for nobody."""
    with named_errors(path):
        _, frames, done = connection.execute("PRAGMA wal_checkpoint(NOOP)").fetchone()
        if (frames - done) * PAGE_BYTES > limit_bytes:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def arrival_blob(ids: Ints) -> bytes:
    """Ids as `arrivals.ids` and `batch.ids` hold them."""
    return np.ascontiguousarray(ids, "<i8").tobytes()


def arrival_ids(blob: bytes) -> Ints:
    """The ids of such a blob."""
    return np.frombuffer(blob, "<i8").astype(np.int64)
