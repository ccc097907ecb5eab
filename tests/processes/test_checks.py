"""What stops a start, each in one line that names the way out."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

import pytest

from data.lock import FILE_NAME
from processes import checks
from processes.errors import StartError
from tests.support.ports import free_port


def test_a_free_port_passes_and_stays_free() -> None:
    port = free_port()
    checks.check_port("127.0.0.1", port, "the page", "FLOWGLASS_PORT")
    checks.check_port("127.0.0.1", port, "the page", "FLOWGLASS_PORT")


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)])
def test_a_taken_port_is_named_with_the_variable_that_moves_it(
    host: str, family: socket.AddressFamily
) -> None:
    with socket.create_server((host, free_port()), family=family) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError) as caught:
            checks.check_port(host, port, "the page", "FLOWGLASS_PORT")
    assert str(caught.value) == (
        f"the page cannot listen on {host}:{port}: the port is taken; "
        "stop what uses it, or set FLOWGLASS_PORT to a free port"
    )


def test_an_address_this_machine_does_not_have_is_told_as_the_system_does() -> None:
    with pytest.raises(
        StartError, match=r"cannot listen on 192\.0\.2\.1:80: Cannot assign requested address"
    ):
        checks.check_port("192.0.2.1", 80, "the page", "FLOWGLASS_PORT")


def test_the_data_folder_is_made_with_its_parents(tmp_path: Path) -> None:
    checks.check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(
        StartError, match=r"data folder .*/file/db cannot be written: Not a directory; set FLOWGLASS_DATA_DIR"
    ):
        checks.check_folder(tmp_path / "file" / "db")


def test_a_folder_without_room_is_refused_with_what_is_free_and_needed(tmp_path: Path) -> None:
    more_than_there_is = checks.free_bytes(tmp_path) * 2
    with pytest.raises(StartError, match=r"is full: \d+ MiB free, at least \d+ needed; free some space"):
        checks.check_folder(tmp_path, least_free=more_than_there_is)


def test_a_folder_nobody_writes_to_passes(tmp_path: Path) -> None:
    checks.check_not_running(tmp_path)
    (tmp_path / FILE_NAME).write_text("1")
    checks.check_not_running(tmp_path)


def test_a_folder_in_use_is_refused_with_its_owner(tmp_path: Path) -> None:
    with (tmp_path / FILE_NAME).open("w") as lock:
        lock.write(f"{os.getpid()}")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(
            StartError, match=rf"already runs on {tmp_path} \(process {os.getpid()}\); stop it"
        ):
            checks.check_not_running(tmp_path)
    checks.check_not_running(tmp_path)
