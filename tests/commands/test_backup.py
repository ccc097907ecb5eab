"""`backup` and `restore`: one file out, one file in, and nothing overwritten unasked."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from commands.archive import unpack
from commands.base import CannotDo
from data.lock import FILE_NAME
from tests.support.collecting import RunningCollector
from tests.support.command import app_py, command, refusal
from tests.support.otlp import ask, send, span
from tests.support.running import Flowglass


def files(folder: Path) -> set[str]:
    return {path.name for path in (folder / "db").glob("*.db")}


def sound_with(folder: Path, calls: int) -> None:
    """The store of this folder holds so many calls, and all that is counted from them is right."""
    answer = command(folder, "verify")
    assert answer.returncode == 0, answer.stderr
    assert f"{calls} calls in " in answer.stdout


@pytest.mark.parametrize("name", ["all.tar", "all.tar.gz", "all.tgz"])
def test_a_backup_restores_elsewhere(seeded: Path, tmp_path: Path, name: str) -> None:
    archive = tmp_path / name
    made = command(seeded, "backup", archive)
    assert made.returncode == 0, made.stderr
    assert f"in {archive}" in made.stdout
    assert [path.name for path in tmp_path.glob("*.unfinished")] == []
    other = tmp_path / "other"
    other.mkdir()
    restored = command(other, "restore", archive)
    assert restored.returncode == 0, restored.stderr
    assert files(other) == files(seeded)
    sound_with(other, 400)


def test_a_backup_of_a_running_flowglass_holds_what_was_acknowledged(
    start_flowglass: Callable[..., Flowglass], tmp_path: Path
) -> None:
    run = start_flowglass()
    send(run.otlp, [span("saved") for _ in range(20)])
    assert app_py(run.folder, "backup", tmp_path / "live.tar").returncode == 0
    other = tmp_path / "other"
    other.mkdir()
    assert app_py(other, "restore", tmp_path / "live.tar").returncode == 0
    with Flowglass(other) as again:
        assert json.loads(ask(f"{again.page}/health").body)["store"]["spans"] == 20
        rows = json.loads(ask(f"{again.page}/api/v1/traces?q=saved").body)["rows"]
        assert len(rows) == 20


def test_nothing_is_overwritten_unasked(seeded: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.tar"
    archive.write_text("precious")
    assert "is there already; say --overwrite" in refusal(command(seeded, "backup", archive))
    assert archive.read_text() == "precious"
    assert command(seeded, "backup", archive, "--overwrite").returncode == 0
    assert "holds a store already; say --overwrite" in refusal(command(seeded, "restore", archive))
    command(seeded, "seed", 100, "--add", "--days", 1, "--seed", 9)
    assert command(seeded, "restore", archive, "--overwrite").returncode == 0
    sound_with(seeded, 400)


def test_a_restore_is_refused_while_flowglass_runs(seeded: Path, tmp_path: Path) -> None:
    command(seeded, "backup", tmp_path / "all.tar")
    with RunningCollector(seeded) as run:
        assert run.process
        line = refusal(command(seeded, "restore", tmp_path / "all.tar", "--overwrite"))
        assert f"process {run.process.pid}" in line


def archive_of(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, BytesIO(content))
    return file


def note(*names: str, format: int = 1) -> bytes:
    return json.dumps({"format": format, "made": "", "files": names}).encode()


BAD_ARCHIVES: list[tuple[dict[str, bytes], str]] = [
    ({}, "is not a backup of Flowglass"),
    ({"other.json": b"{}"}, "is not a backup of Flowglass"),
    ({"flowglass.json": b"{}"}, "its flowglass.json cannot be read"),
    ({"flowglass.json": b"\xff"}, "its flowglass.json cannot be read"),
    ({"flowglass.json": note(format=9)}, "was made by a newer Flowglass (format 9)"),
    ({"flowglass.json": note("main.db")}, "or not a whole one"),
    ({"flowglass.json": note("../main.db"), "../main.db": b""}, "does not belong in one"),
    ({"flowglass.json": note("/etc/passwd"), "/etc/passwd": b""}, "does not belong in one"),
    ({"flowglass.json": note("notes.txt"), "notes.txt": b""}, "does not belong in one"),
]


@pytest.mark.parametrize(("members", "said"), BAD_ARCHIVES)
def test_what_is_no_backup_is_refused(tmp_path: Path, members: dict[str, bytes], said: str) -> None:
    archive = archive_of(tmp_path / "bad.tar", members)
    folder = tmp_path / "here"
    folder.mkdir()
    with pytest.raises(CannotDo, match=re.escape(said)) as caught:
        unpack(archive, folder, lambda _: None)
    assert "\n" not in caught.value.message
    assert list(folder.iterdir()) == []


def test_a_refused_restore_and_a_refused_look_leave_nothing(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "bad.tar", {"flowglass.json": note("main.db")})
    assert "or not a whole one" in refusal(command(tmp_path, "restore", archive))
    assert [path.name for path in (tmp_path / "db").iterdir()] == [FILE_NAME]
    assert "or not a whole one" in refusal(app_py(tmp_path, "--data", archive))


def test_a_file_that_is_no_archive_and_one_cut_short_are_refused(seeded: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.tgz"
    command(seeded, "backup", archive)
    archive.write_bytes(archive.read_bytes()[:-5_000])
    other = tmp_path / "other"
    other.mkdir()
    assert "not a whole one" in refusal(command(other, "restore", archive))
    archive.write_text("hello")
    assert "is not a backup of Flowglass" in refusal(command(other, "restore", archive))
    assert files(other) == set()


def test_bad_places_are_told_in_one_line(seeded: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "there is no store in" in refusal(command(empty, "backup", tmp_path / "a.tar"))
    assert "is not a folder" in refusal(command(seeded, "backup", tmp_path / "none" / "a.tar"))
    missing = command(empty, "restore", tmp_path / "none.tar")
    assert missing.returncode == 2
    assert "does not exist" in missing.stderr
