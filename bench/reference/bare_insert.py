"""The least it takes to keep a span in SQLite: 16 text columns, no index, one commit per 5,000 rows."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pysqlite3

from data.records import SpanIn

COLUMNS = 16
ROWS_A_TRANSACTION = 5_000
CREATE = f"CREATE TABLE bare ({', '.join(f'c{at} TEXT' for at in range(COLUMNS))})"
INSERT = f"INSERT INTO bare VALUES ({', '.join('?' * COLUMNS)})"  # noqa: S608, a fixed count
Row = tuple[str, ...]


def rows(spans: Iterable[SpanIn]) -> list[Row]:
    """The spans as such a program would have them: everything as text."""
    return [_row(span) for span in spans]


def _row(span: SpanIn) -> Row:
    primary = span.observations[span.primary]
    return (
        span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex(), span.name, span.resource.group,
        span.scope.name, str(span.kind), str(span.start_ns), str(span.end_ns), str(span.status),
        span.status_message, primary.name, primary.type, str(primary.value), span.exception_type,
        str(span.attributes or ""),
    )  # fmt: skip


class Bare:
    """An open file that takes rows."""

    def __init__(self, path: Path) -> None:
        self._connection = pysqlite3.connect(str(path), isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(CREATE)
        self.seconds = 0.0  # CPU of this process so far
        self.rows = 0

    def insert(self, given: Sequence[Row]) -> None:
        """Stores rows, and counts what that cost."""
        began = time.process_time()
        for at in range(0, len(given), ROWS_A_TRANSACTION):
            self._connection.execute("BEGIN")
            self._connection.executemany(INSERT, given[at : at + ROWS_A_TRANSACTION])
            self._connection.execute("COMMIT")
        self.seconds += time.process_time() - began
        self.rows += len(given)

    def close(self) -> None:
        self._connection.close()
