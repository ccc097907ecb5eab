"""`verify` says that all is well when it is, and what is not when it is not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from data.sqlite import connect_writer
from tests.support.collecting import RunningCollector
from tests.support.command import app_py, command, refusal
from tests.support.otlp import send, span


def test_a_sound_store_is_called_so(tmp_path: Path) -> None:
    command(tmp_path, "seed", 300, "--days", 2)
    answer = command(tmp_path, "verify")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1] == "everything is as it should be"
    assert "300 calls in " in answer.stdout


def test_a_store_is_verified_while_it_is_written(tmp_path: Path) -> None:
    with RunningCollector(tmp_path) as run:
        send(run.url, [span("looked.over") for _ in range(50)])
        answer = app_py(tmp_path, "verify")
    assert "50 calls in " in answer.stdout
    assert answer.returncode == 0, answer.stderr


def test_what_is_wrong_is_named_with_its_file(tmp_path: Path) -> None:
    command(tmp_path, "seed", 300, "--days", 1)
    segment = next((tmp_path / "db").glob("spans-*.db"))
    with closing(connect_writer(segment)) as connection:
        connection.execute("DELETE FROM span WHERE id = (SELECT min(id) FROM span)")
    answer = command(tmp_path, "verify")
    assert answer.returncode == 1
    assert segment.name in answer.stderr
    assert "everything is as it should be" not in answer.stdout


def test_a_folder_without_a_store_is_told_in_one_line(tmp_path: Path) -> None:
    assert "there is no store in" in refusal(command(tmp_path, "verify"))
