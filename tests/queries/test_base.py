"""The way to the store: budgets, files that come and go, and other programs that write meanwhile."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from data.sqlite import connect_writer
from queries import pool
from queries.base import (
    MAX_RANGE_NS,
    QueryError,
    QueryTimeout,
    RangeTooLong,
    Reader,
    StoreUnavailable,
    TimeRange,
)
from queries.filters import parse
from queries.health import store_sizes
from queries.rows import SpanRow
from queries.traces import find_spans, span_detail
from tests.data.made import NOON_NS, call, segment_files, span
from tests.queries.made import MIDNIGHT_NS, RANGE, reader_of, store_of
from tests.support.wait import wait_until

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"


def rows(reader: Reader, text: str = "", limit: int = 100) -> list[SpanRow]:
    """The newest spans; a search that ran out of time is gone on with."""
    found: list[SpanRow] = []
    cursor = None
    while len(found) < limit:
        page = find_spans(reader, parse(text), RANGE, cursor=cursor, limit=limit - len(found))
        found += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def values(reader: Reader) -> list[object]:
    return [row.data_value for row in reversed(rows(reader))]


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (0, MAX_RANGE_NS + 1), (-5, -6)])
def test_empty_and_long_ranges_are_refused(start: int, end: int) -> None:
    with pytest.raises(RangeTooLong):
        TimeRange(start, end)


def test_thirty_days_are_not_too_long() -> None:
    assert TimeRange(0, MAX_RANGE_NS).before() == TimeRange(-MAX_RANGE_NS, 0)


def test_a_query_is_broken_off_when_its_time_is_up(tmp_path: Path) -> None:
    with store_of(tmp_path, [[call(NOON_NS, 1)]]), reader_of(tmp_path, budget_seconds=0.05) as reader:
        with pytest.raises(QueryTimeout, match=r"longer than 0\.05 s"), reader.session() as session:
            session.segment(session.segments[0], ENDLESS)
        assert values(reader) == [1]


def test_readers_cannot_write(tmp_path: Path) -> None:
    with store_of(tmp_path, [[call(NOON_NS, 1)]]), reader_of(tmp_path) as reader:
        with reader.session() as session, pytest.raises(StoreUnavailable, match="readonly"):
            session.main("DELETE FROM process")
        assert values(reader) == [1]


def test_a_folder_becomes_a_store_while_it_is_watched(tmp_path: Path) -> None:
    with reader_of(tmp_path / "db") as reader:
        assert values(reader) == []
        with store_of(tmp_path / "db", [[call(NOON_NS, 1)]]) as store:
            assert values(reader) == [1]
            store.write([call(NOON_NS + 1, 2, name="new", resource=span().resource)])
            assert values(reader) == [1, 2]


def test_a_main_db_without_tables_reads_as_empty(tmp_path: Path) -> None:
    connect_writer(tmp_path / "main.db").close()
    with reader_of(tmp_path) as reader:
        assert values(reader) == []
        assert store_sizes(reader).spans == 0


def test_a_store_that_is_replaced_is_read_anew(tmp_path: Path) -> None:
    folder, other = tmp_path / "db", tmp_path / "other"
    with store_of(folder, [[call(NOON_NS, 1, "first")]]):
        pass
    with store_of(other, [[call(NOON_NS, 2, "second")], [call(MIDNIGHT_NS, 3, "third")]]):
        pass
    with reader_of(folder) as reader:
        assert [row.data for row in rows(reader)] == ["first"]
        folder.rename(tmp_path / "away")
        other.rename(folder)
        assert [row.data for row in rows(reader)] == ["third", "second"]


def test_a_file_that_has_vanished_reads_as_empty(tmp_path: Path) -> None:
    spans = [call(NOON_NS, 1), call(MIDNIGHT_NS - 1, 2)]
    with store_of(tmp_path, [[spans[0]], [spans[1]]]), reader_of(tmp_path) as reader:
        segment_files(tmp_path)[0].unlink()
        assert values(reader) == [2]
        assert span_detail(reader, spans[0].trace_id.hex(), spans[0].span_id.hex()) is None


def test_files_that_retire_are_closed_before_the_next_answer(tmp_path: Path) -> None:
    with store_of(tmp_path, [[call(NOON_NS, 1)], [call(NOON_NS + 1, 2)]]), reader_of(tmp_path) as reader:
        assert values(reader) == [1, 2]
        assert is_open_by_reader(segment_files(tmp_path)[0], reader)
        writer = connect_writer(tmp_path / "main.db")
        writer.execute("UPDATE segment SET state = 'retiring' WHERE id = 1")
        writer.execute("INSERT OR REPLACE INTO meta VALUES ('generation', 99)")
        writer.close()
        with reader.session():
            pass
        assert not is_open_by_reader(segment_files(tmp_path)[0], reader)
        assert values(reader) == [2]


def is_open_by_reader(path: Path, reader: Reader) -> bool:
    """Whether the reader's pool holds a connection to the file (the writer of this process may as well)."""
    return bool(reader.pool._idle.get(path))


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    with store_of(tmp_path, [[call(NOON_NS, n) for n in range(500)]]):
        pass
    file = segment_files(tmp_path)[0]
    for log in tmp_path.glob("*-wal"):
        log.unlink()
    file.write_bytes(b"SQLite format 3\0" + b"\x55" * (len(file.read_bytes()) - 16))
    with reader_of(tmp_path) as reader, pytest.raises(StoreUnavailable, match=file.name):
        rows(reader)


def test_few_connections_stay_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "IDLE_TOTAL", 3)
    writes = [[call(NOON_NS + n, n)] for n in range(8)]
    with store_of(tmp_path, writes), reader_of(tmp_path) as reader:
        with ThreadPoolExecutor(6) as threads:
            for found in threads.map(lambda _: values(reader), range(30)):
                assert found == list(range(8))
        assert sum(map(len, reader.pool._idle.values())) <= 3
        reader.close()
        assert sum(map(len, reader.pool._idle.values())) == 0
        assert values(reader) == list(range(8))  # a closed reader still answers, and keeps nothing
        assert sum(map(len, reader.pool._idle.values())) == 0


def write_on(folder: Path, stop: Event, written: Synchronized[int]) -> None:
    """Writes three spans at a time, each later than the last, until told to stop."""
    with store_of(folder, [], 10**6) as store:
        n = 0
        while not stop.is_set():
            store.write([call(NOON_NS + n * 1_000 + k, n * 3 + k) for k in range(3)])
            n += 1
            written.value = n * 3


def read_on(reader: Reader, failures: list[str]) -> None:
    """Every answer must be the newest values without a gap."""
    for _ in range(30):
        try:
            found = [row.data_value for row in rows(reader, "value:>=0")]
        except QueryError as error:
            failures.append(str(error))
            return
        if found != list(range(int(found[0] or 0), int(found[0] or 0) - len(found), -1)):
            failures.append(f"gap in {found}")


def test_another_process_writes_while_many_threads_read(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    stop, written = context.Event(), context.Value("q", 0)
    process = context.Process(target=write_on, args=(tmp_path, stop, written))
    process.start()
    failures: list[str] = []
    try:
        wait_until(lambda: written.value > 0, "the first spans")
        with reader_of(tmp_path) as reader:
            threads = [threading.Thread(target=read_on, args=(reader, failures)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
            stop.set()
            process.join(60)
            assert rows(reader)[0].data_value == written.value - 1
    finally:
        stop.set()
        process.join(60)
    assert failures == []
