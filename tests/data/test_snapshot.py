"""A snapshot of a store that is being written: every file as of one moment."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from config import StalenessSettings, StoreSettings
from data.errors import StoreError
from data.seed import reference_spans
from data.snapshot import snapshot
from data.sqlite import connect_reader
from data.store import Store

NOW = 1_790_000_000_000_000_000


def open_store(folder: Path) -> Store:
    return Store.open(folder, StoreSettings(segment_bytes=2**20), StalenessSettings(), lambda: NOW)


def copy(source: Path, to: Path) -> int:
    """Copies a snapshot to a folder; the bytes told as progress."""
    told: list[int] = []
    to.mkdir()
    with snapshot(source) as parts:
        for part in parts:
            part.copy(to / part.name, told.append)
    return sum(told)


def count(file: Path, sql: str) -> int:
    with closing(connect_reader(file)) as connection:
        return int(connection.execute(sql).fetchone()[0])


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Path]:
    """A folder with some segments, closed."""
    store = open_store(tmp_path / "db")
    spans = reference_spans(6_000, 1, NOW, days=2)
    while batch := list(islice(spans, 1_000)):
        store.write(batch)
    store.close()
    yield tmp_path / "db"


def test_a_copy_holds_every_span_and_opens_as_a_store(written: Path, tmp_path: Path) -> None:
    told = copy(written, tmp_path / "copy")
    files = sorted(path.name for path in (tmp_path / "copy").glob("*.db"))
    assert files == sorted(path.name for path in written.glob("*.db"))
    assert told == sum((tmp_path / "copy" / name).stat().st_size for name in files)
    segments = [name for name in files if name.startswith("spans-")]
    assert sum(count(tmp_path / "copy" / name, "SELECT count(*) FROM span") for name in segments) == 6_000
    open_store(tmp_path / "copy").close()


def test_no_name_is_missing_and_nothing_is_ahead_while_the_store_is_written(tmp_path: Path) -> None:
    source = tmp_path / "db"
    store = open_store(source)
    stop = threading.Event()

    def write_on() -> None:
        spans = reference_spans(200_000, 2, NOW, days=2)
        while not stop.is_set() and (batch := list(islice(spans, 50))):
            store.write(batch)
            stop.wait(0.002)  # the collector pauses longer between commits

    writer = threading.Thread(target=write_on)
    store.write(list(islice(reference_spans(500, 3, NOW, days=2), 500)))
    writer.start()
    try:
        for number in range(5):
            copy(source, tmp_path / f"copy{number}")
    finally:
        stop.set()
        writer.join()
        store.close()
    for number in range(5):
        check(tmp_path / f"copy{number}")


def check(folder: Path) -> None:
    """What a copy must hold: names for every span, and segments at least as new as main.db says."""
    main = folder / "main.db"
    processes = count(main, "SELECT max(id) FROM process")
    for segment in folder.glob("spans-*.db"):
        assert count(segment, "SELECT coalesce(max(process), 0) FROM span") <= processes
        said = count(main, f"SELECT rows FROM segment WHERE name = '{segment.name}'")  # noqa: S608
        assert count(segment, "SELECT count(*) FROM span") >= said
    before = sum(count(one, "SELECT count(*) FROM span") for one in folder.glob("spans-*.db"))
    open_store(folder).close()
    after = count(main, "SELECT sum(rows) FROM segment")
    assert after == before


def test_a_folder_without_a_store_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store in"), snapshot(tmp_path):
        pass


def test_a_segment_whose_file_is_gone_is_left_out(written: Path, tmp_path: Path) -> None:
    gone = next(written.glob("spans-*.db"))
    gone.unlink()
    copy(written, tmp_path / "copy")
    assert not (tmp_path / "copy" / gone.name).exists()
    open_store(tmp_path / "copy").close()
