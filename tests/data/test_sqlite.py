"""Connections: what they may do, and errors with names."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import StoreBusy, StoreError, StoreReadOnly
from data.sqlite import check_version, connect_reader, connect_writer, named_errors, transaction


def test_the_driver_is_new_enough() -> None:
    check_version()


def test_a_writer_uses_a_log_and_no_checkpoints_of_its_own(tmp_path: Path) -> None:
    connection = connect_writer(tmp_path / "a.db")
    asked = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "wal_autocheckpoint", "synchronous")
    }
    assert asked == {"journal_mode": "wal", "wal_autocheckpoint": 0, "synchronous": 1}
    assert connect_writer(tmp_path / "b.db", "power").execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    path = tmp_path / "a b?#%.db"
    connect_writer(path).execute("CREATE TABLE t (a)")
    reader = connect_reader(path)
    with pytest.raises(StoreReadOnly, match="cannot be written"), named_errors(path):
        reader.execute("INSERT INTO t VALUES (1)")
    reader.close()


def test_a_reader_of_nothing_says_so(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(StoreReadOnly), named_errors(path):
        connect_reader(path)
    assert not path.exists()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = connect_writer(path)
    connection.execute("CREATE TABLE t (a)")
    with pytest.raises(ZeroDivisionError), transaction(connection, path):
        connection.execute("INSERT INTO t VALUES (1)")
        raise ZeroDivisionError
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    assert not connection.in_transaction


def test_a_lock_held_by_another_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    one, other = connect_writer(path), connect_writer(path)
    other.execute("PRAGMA busy_timeout = 1")
    one.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="locked"), transaction(other, path):
        pass
    one.execute("ROLLBACK")


def test_errors_of_statements_keep_their_message(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = connect_writer(path)
    with pytest.raises(StoreError, match="no such table: t"), named_errors(path):
        connection.execute("SELECT * FROM t")
