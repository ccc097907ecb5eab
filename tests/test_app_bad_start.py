"""Every start that cannot be: one line that says what, where and how to mend it, and a code that is not 0."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import app
from tests.support.command import Answer, command, refusal
from tests.support.otlp import send, span
from tests.support.running import Flowglass, clean_environment

BAD_SETTINGS, CANNOT_START = 2, 3
# Root passes over permission bits; without this capability it does not.
NO_OVERRIDE = ["setpriv", "--bounding-set", "-dac_override"] if os.geteuid() == 0 else []


def refused(run: Flowglass, code: int, *said: str) -> str:
    """The one line of a start that failed with this code and left nothing behind."""
    try:
        run.launch()
        assert run.exit_code() == code, run.lines
    finally:
        run.end()
    plain = [line.rstrip("\n") for line in run.lines if not line.startswith("{")]
    assert len(plain) == 1, run.lines
    assert plain[0].startswith("flowglass: ")
    for words in said:
        assert words in plain[0]
    assert "Traceback" not in "".join(run.lines)
    assert run.printed == []
    assert run.processes() == {}
    return plain[0]


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_a_taken_page_port(tmp_path: Path) -> None:
    run = Flowglass(tmp_path)
    with taken(run.port):
        refused(run, CANNOT_START, f"127.0.0.1:{run.port}", "taken", "FLOWGLASS_PORT")


def test_a_taken_collector_port(tmp_path: Path) -> None:
    run = Flowglass(tmp_path)
    with taken(run.otlp_port):
        refused(run, CANNOT_START, f"127.0.0.1:{run.otlp_port}", "taken", "FLOWGLASS_OTLP_PORT")


@pytest.mark.parametrize("part", ["dashboard", "collector"])
def test_a_taken_port_of_a_part_started_alone(tmp_path: Path, part: str) -> None:
    run = Flowglass(tmp_path, arguments=[part])
    port = {"dashboard": run.port, "collector": run.otlp_port}[part]
    with taken(port):
        refused(run, CANNOT_START, str(port), "taken")


def test_a_taken_grpc_port_is_one_warning_and_the_start_goes_on(tmp_path: Path) -> None:
    run = Flowglass(tmp_path)
    with taken(run.grpc_port), run:
        warnings = [line for line in run.logged() if line["level"] == "warning"]
        assert len(warnings) == 1
        assert str(run.grpc_port) in str(warnings[0])


def test_a_second_start_on_the_same_folder(tmp_path: Path) -> None:
    with Flowglass(tmp_path / "one") as first:
        second = Flowglass(tmp_path / "two", environment={"FLOWGLASS_DATA_DIR": str(first.data_dir)})
        second.data_dir = tmp_path / "none of the first's processes"
        refused(
            second, CANNOT_START, str(first.data_dir), "already runs", f"process {first.pid_of('collector')}"
        )
        assert first.running()
        send(first.otlp, [span("still.well")])


def test_a_second_start_with_nothing_changed_names_the_first(tmp_path: Path) -> None:
    with Flowglass(tmp_path / "one") as first:
        second = Flowglass(tmp_path / "two")
        second.environment = {**first.environment, "FLOWGLASS_CONFIG": second.environment["FLOWGLASS_CONFIG"]}
        second.data_dir = tmp_path / "none of the first's processes"
        refused(second, CANNOT_START, "already runs")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    run = Flowglass(tmp_path, prefix=NO_OVERRIDE)
    run.data_dir.mkdir()
    run.data_dir.chmod(0o555)
    refused(run, CANNOT_START, str(run.data_dir), "Permission denied", "FLOWGLASS_DATA_DIR")


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    run = Flowglass(tmp_path)
    run.data_dir.write_text("not a folder")
    refused(run, CANNOT_START, str(run.data_dir), "FLOWGLASS_DATA_DIR")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_folder(tmp_path: Path, small_disk: Path) -> None:
    (small_disk / "filling").write_bytes(b"\0" * (small_disk_free(small_disk)))
    run = Flowglass(tmp_path, environment={"FLOWGLASS_DATA_DIR": str(small_disk)})
    refused(run, CANNOT_START, str(small_disk), "full", "free some space", "FLOWGLASS_DATA_DIR")


def small_disk_free(disk: Path) -> int:
    return shutil.disk_usage(disk).free


def test_a_damaged_database_file(tmp_path: Path) -> None:
    with Flowglass(tmp_path) as run:
        send(run.otlp, [span("before.the.damage")])
    main = run.data_dir / "main.db"
    main.write_bytes(b"this is no database, and never was one\n" * 500)
    again = Flowglass(tmp_path)
    refused(again, CANNOT_START, str(main), "damaged")


@pytest.fixture
def nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that is not refused ends the test, which would wait for it."""

    def started(*_: object) -> None:
        raise AssertionError("it starts")

    for name in ("Supervisor", "Ties"):  # the first that each start makes once its settings are read
        monkeypatch.setattr(app, name, started)


def told(answer: Answer, *said: str) -> None:
    """A refusal of the settings with these words."""
    assert answer.returncode == BAD_SETTINGS
    line = refusal(answer)
    assert answer.stdout == ""
    for words in said:
        assert words in line


@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
@pytest.mark.parametrize("name", ["FLOWGLASS_HOST", "FLOWGLASS_OTLP_HOST"])
def test_an_address_others_can_reach(tmp_path: Path, name: str, host: str) -> None:
    told(command(tmp_path, **{name: host}), name, host, "no login yet", "127.0.0.1")


@pytest.mark.parametrize("arguments", [[], ["dashboard"], ["collector"]])
def test_a_wrong_setting_leaves_no_process_behind(tmp_path: Path, arguments: list[str]) -> None:
    run = Flowglass(tmp_path, settings="[dashboard]\nprot = 1\n", arguments=arguments)
    refused(run, BAD_SETTINGS, "line 2: [dashboard] prot", str(tmp_path / "flowglass.toml"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ("[dashboard]\nprot = 1\n", "line 2: [dashboard] prot is not a setting; did you mean port?"),
        (
            '[dashboard]\nmax_connections = "1"\n',
            "line 2: [dashboard] max_connections must be a whole number",
        ),
        ("[dashboard\n", "line 1: is not valid TOML"),
    ],
)
@pytest.mark.usefixtures("nothing_starts")
@pytest.mark.parametrize("arguments", [[], ["dashboard"], ["collector"]])
def test_a_typo_in_the_settings(tmp_path: Path, settings: str, said: str, arguments: list[str]) -> None:
    file = tmp_path / "flowglass.toml"
    file.write_text(settings)
    told(command(tmp_path, *arguments), said, str(file))


def test_an_unknown_command_is_told_by_its_usage(tmp_path: Path) -> None:
    run = Flowglass(tmp_path, arguments=["dashbord"])
    try:
        assert run.launch().exit_code() == 2
    finally:
        run.end()
    assert "No such command" in "".join(run.lines)


def test_make_names_what_is_missing_in_one_line(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    for name in ("Makefile", "requirements.txt", "constraints.txt"):
        shutil.copy(root / name, tmp_path / name)
    answer = subprocess.run(
        ["make", "run", "PYTHON=python-that-is-not-there"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=clean_environment(),
        check=False,
    )
    assert answer.returncode != 0
    said = [line for line in answer.stderr.splitlines() if not re.match(r"make(\[\d+\])?: ", line)]
    assert len(said) == 1
    assert said[0].startswith("missing: Python 3.11")
