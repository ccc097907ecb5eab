"""Files that are not what they should be: one clear line each, and nothing else is touched."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from config import StalenessSettings, StoreSettings
from data.errors import DiskFull, StoreDamaged, StoreError, StoreNewer, StoreReadOnly
from data.sqlite import connect_writer
from data.store import Store
from tests.data.made import NOON_NS, Clock, ask_main, call, opened, segment_files, span
from tests.support.small_disk import small_disk


def fill(folder: Path) -> None:
    with opened(folder) as store:
        store.write([call(NOON_NS + at, f"value {at}") for at in range(200)])


def open_and_write(folder: Path) -> None:
    with opened(folder) as store:
        store.write([call(NOON_NS + at, "more") for at in range(3)])


def overwrite(
    path: Path, at: int = 0, data: bytes = b"this is not a database, whatever its name says"
) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


def drop_table(path: Path, table: str) -> None:
    connection = connect_writer(path)
    connection.execute(f"DROP TABLE {table}")
    connection.close()


def raise_version(path: Path) -> None:
    connection = connect_writer(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()


def main(folder: Path) -> Path:
    return folder / "main.db"


def segment(folder: Path) -> Path:
    return segment_files(folder)[0]


DAMAGES: dict[str, tuple[Callable[[Path], Path], Callable[[Path], None], type[StoreError]]] = {
    "main.db is text": (main, overwrite, StoreDamaged),
    "main.db is cut in half": (main, cut, StoreDamaged),
    "main.db has garbage inside": (
        main,
        lambda path: overwrite(path, 8192, os.urandom(8192 * 4)),
        StoreDamaged,
    ),
    "main.db lacks a table": (main, lambda path: drop_table(path, "series"), StoreError),
    "main.db is from the future": (main, raise_version, StoreNewer),
    "main.db is a folder": (main, lambda path: (path.unlink(), path.mkdir())[1], StoreReadOnly),
    "a segment is text": (segment, overwrite, StoreDamaged),
    "a segment is cut in half": (segment, cut, StoreDamaged),
    "a segment is from the future": (segment, raise_version, StoreNewer),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damage_is_told_in_one_line_that_names_the_file(damage: str, tmp_path: Path) -> None:
    which, harm, expected = DAMAGES[damage]
    fill(tmp_path)
    path = which(tmp_path)
    harm(path)
    with pytest.raises(expected) as caught:
        open_and_write(tmp_path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_refused_start_gives_the_folder_up(damage: str, tmp_path: Path) -> None:
    which, harm, _ = DAMAGES[damage]
    fill(tmp_path)
    harm(which(tmp_path))
    for _ in range(2):
        with pytest.raises(StoreError) as caught:
            open_and_write(tmp_path)
        assert "in use" not in str(caught.value)


def test_a_damaged_segment_moved_away_loses_only_its_own_spans(tmp_path: Path) -> None:
    fill(tmp_path)
    overwrite(segment(tmp_path))
    segment(tmp_path).rename(tmp_path / "away")
    open_and_write(tmp_path)
    assert ask_main(tmp_path, "SELECT sum(rows) FROM segment") == [(3,)]


def test_a_full_disk_stops_the_write_and_the_next_one_finds_everything_in_order(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        write_until_full_and_on(disk)


def write_until_full_and_on(disk: Path) -> None:
    with opened(disk / "db", Clock()) as store:
        spans = [call(NOON_NS + at, os.urandom(4_000).hex()) for at in range(2_000)]
        stored = 0
        with pytest.raises(DiskFull, match="full"):
            for at in range(0, len(spans), 50):
                stored += store.write(spans[at : at + 50]).stored
        with pytest.raises(DiskFull):
            store.write(spans[stored : stored + 50])
        (disk / "ballast").unlink()
        again = store.write(spans[: stored + 50])
        assert again.stored + again.repeats == stored + 50
    assert ask_main(disk / "db", "SELECT sum(rows) FROM segment") == [(stored + 50,)]
    assert ask_main(disk / "db", "SELECT sum(calls) FROM series") == [(stored + 50,)]


def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    """As another user, when we are root, whom no permission stops."""
    fill(tmp_path)
    tmp_path.chmod(0o555)
    for file in tmp_path.iterdir():
        file.chmod(0o444)
    pid = os.fork()
    if not pid:
        code = 1
        try:
            if not os.getuid():
                os.setuid(pwd.getpwnam("nobody").pw_uid)
            try:
                Store.open(tmp_path, StoreSettings(), StalenessSettings(), Clock())
            except (StoreReadOnly, PermissionError):
                code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    tmp_path.chmod(0o755)
    assert os.WEXITSTATUS(status) == 0


def test_a_write_that_fails_in_the_middle_leaves_nothing_half_done(tmp_path: Path) -> None:
    fill(tmp_path)
    with opened(tmp_path) as store:
        with pytest.raises(OverflowError):
            store.write([span(), span(status=2**70)])
        assert store.write([span()]).stored == 1
    assert ask_main(tmp_path, "SELECT sum(rows) FROM segment") == [(201,)]
