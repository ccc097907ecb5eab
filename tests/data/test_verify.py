"""What `verify` finds, and that it finds nothing in a sound store."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from data.errors import StoreError
from data.seed import reference_spans
from data.sqlite import connect_writer
from data.verify import Report, verify
from tests.data.made import DAY_NS, NOON_NS, SECOND_NS, Clock, call, opened, segment_files, span


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 3,000 spans, to be looked at; who harms it takes a copy."""
    folder = tmp_path_factory.mktemp("sound")
    with opened(folder) as store:
        store.write(list(reference_spans(3_000, 1, NOON_NS, days=3)))
    return folder


@pytest.fixture
def filled(sound: Path, tmp_path: Path) -> Path:
    """A copy of that store."""
    return shutil.copytree(sound, tmp_path, dirs_exist_ok=True)


def change(path: Path, *statements: str) -> None:
    connection = connect_writer(path)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def found(report: Report) -> str:
    return "; ".join(f"{one.where}: {one.what}" for one in report.findings)


def test_a_sound_store_has_no_findings(filled: Path) -> None:
    told: list[int] = []
    report = verify(filled, NOON_NS, told.append)
    assert not report.findings
    assert report.spans == sum(told) == 3_000
    assert report.cells > 1_000
    assert report.files == 1 + len(segment_files(filled))


def test_a_store_being_written_has_none_either(tmp_path: Path) -> None:
    rng = random.Random(1)
    clock = Clock()
    with opened(tmp_path, clock) as store:
        for _ in range(8):
            start = clock.now_ns - rng.randrange(40 * SECOND_NS)
            store.write([call(start + at * 7, rng.randrange(5)) for at in range(200)])
            clock.now_ns += SECOND_NS // 3
            assert not found(verify(tmp_path, clock.now_ns))


def test_late_spans_midnight_and_restarts_leave_no_trace(tmp_path: Path) -> None:
    midnight = NOON_NS - NOON_NS % DAY_NS
    rng = random.Random(2)
    for _ in range(5):
        with opened(tmp_path) as store:
            for _ in range(4):
                store.write(
                    [call(midnight + rng.randrange(-90, 90) * SECOND_NS, rng.random()) for _ in range(50)]
                )
    assert not found(verify(tmp_path, NOON_NS))


HARM: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "a cell that says too much": (
        lambda folder: folder / "main.db",
        "UPDATE rollup_process SET calls = calls + 1 WHERE (tier, t, process_id) IN "
        "(SELECT tier, t, process_id FROM rollup_process WHERE tier = 1 ORDER BY t DESC LIMIT 1)",
        "rollup_process: tier 1",
    ),
    "a cell that is gone": (
        lambda folder: folder / "main.db",
        "DELETE FROM rollup_group WHERE (tier, t) IN "
        "(SELECT tier, t FROM rollup_group WHERE tier = 0 ORDER BY t DESC LIMIT 1)",
        "rollup_group: tier 0",
    ),
    "a cell from nowhere": (
        lambda folder: folder / "main.db",
        "INSERT INTO rollup_series SELECT tier, t, process_id, 99999, calls, nulls, changes, total, least, "
        "most, numbers, types, distinct_values, value_codes "
        "FROM rollup_series WHERE tier = 1 ORDER BY t DESC LIMIT 1",
        "rollup_series: tier 1",
    ),
    "a span that is gone": (
        lambda folder: segment_files(folder)[-1],
        "DELETE FROM span WHERE id = (SELECT max(id) FROM span)",
        "main.db says",
    ),
    "a name that is gone": (
        lambda folder: folder / "main.db",
        "DELETE FROM resource WHERE id = 1",
        "resource refers to 1 entries that resource lacks",
    ),
    "an index that lies": (
        lambda folder: segment_files(folder)[0],
        "PRAGMA writable_schema = ON; "
        "UPDATE sqlite_master SET sql = 'CREATE INDEX span_process ON span (kind)' "
        "WHERE name = 'span_process'",
        "span_process",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_each_harm_is_found_where_it_was_done(harm: str, filled: Path) -> None:
    which, sql, told = HARM[harm]
    change(which(filled), *sql.split("; "))
    assert told in found(verify(filled, NOON_NS))


def test_a_listed_file_that_is_gone_is_found(filled: Path) -> None:
    segment_files(filled)[0].unlink()
    assert "the file is not there" in found(verify(filled, NOON_NS))


def test_a_broken_page_is_found(filled: Path) -> None:
    with segment_files(filled)[0].open("r+b") as file:
        file.seek(5 * 8192)
        file.write(b"\xff" * 8192)
    assert segment_files(filled)[0].name in found(verify(filled, NOON_NS))


def test_without_a_store_there_is_nothing_to_verify(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        verify(tmp_path, NOON_NS)


def test_a_store_of_the_first_version_gets_its_rollups_when_it_opens(filled: Path) -> None:
    change(
        filled / "main.db",
        *(f"DROP TABLE {table}" for table in ("rollup_group", "rollup_process", "rollup_series")),
        "DROP TABLE dropped_segment",
        "DROP TABLE stale_run",
        "ALTER TABLE segment DROP COLUMN retired",
        "ALTER TABLE series DROP COLUMN quiet",
        "PRAGMA user_version = 1",
    )
    with opened(filled) as store:
        store.write([span()])
    report = verify(filled, NOON_NS)
    assert not found(report)
    assert report.spans == 3_001
