"""`seed N` writes what it says, and never beside what is there without being told to."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries.base import Reader
from queries.health import store_sizes
from tests.support.collecting import RunningCollector
from tests.support.command import app_py, command, refusal


def spans(folder: Path) -> int:
    reader = Reader.open(folder / "db")
    try:
        return store_sizes(reader).spans
    finally:
        reader.close()


def test_it_writes_as_many_spans_as_asked(tmp_path: Path) -> None:
    answer = app_py(tmp_path, "seed", 300, "--days", 1)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines()[-1].startswith("300 spans in ")
    assert spans(tmp_path) == 300


def test_it_does_not_write_beside_what_is_there_unless_told_to(tmp_path: Path) -> None:
    command(tmp_path, "seed", 300, "--days", 1)
    assert "holds 300 spans already; say --add" in refusal(command(tmp_path, "seed", 200))
    assert spans(tmp_path) == 300
    assert command(tmp_path, "seed", 200, "--seed", 2, "--days", 1, "--add").returncode == 0
    assert spans(tmp_path) == 500


def test_it_refuses_a_folder_that_flowglass_runs_on(tmp_path: Path) -> None:
    with RunningCollector(tmp_path) as run:
        assert run.process
        assert f"process {run.process.pid}" in refusal(command(tmp_path, "seed", 10))


def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path) -> None:
    answer = app_py(tmp_path, "seed", 10, FLOWGLASS_PROT="1")
    assert answer.returncode == 2
    assert "did you mean FLOWGLASS_PORT?" in refusal(answer)


@pytest.mark.parametrize(
    "arguments", [["seed"], ["seed", "0"], ["seed", "many"], ["seed", "5", "--days", "31"]]
)
def test_bad_arguments_are_told_with_the_usage(tmp_path: Path, arguments: list[str]) -> None:
    answer = command(tmp_path, *arguments)
    assert answer.returncode == 2
    assert answer.stderr.startswith("Usage: app.py seed")
    assert not (tmp_path / "db").exists()
