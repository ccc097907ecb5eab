"""Commands of app.py: in the tests' own process, and a few as people run them."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner

from app import main
from tests.support.ports import free_port
from tests.support.running import APP, clean_environment

Answer = subprocess.CompletedProcess[str]


def command(folder: Path, *arguments: object, **environment: str) -> Answer:
    """Runs one on the data folder `folder/db` to its end, without the 1 to 2 s of CPU of a process."""
    given = _environment(folder, environment)
    nothing_else = {name: given.get(name) for name in os.environ.keys() | given.keys()}
    words = [str(argument) for argument in arguments]
    with contextlib.chdir(folder), _log_as_before():
        ended = CliRunner().invoke(main, words, env=nothing_else, prog_name="app.py", catch_exceptions=False)
    return Answer(words, ended.exit_code, ended.stdout, ended.stderr)


def app_py(folder: Path, *arguments: object, **environment: str) -> Answer:
    """The same as a process of its own, `python app.py …`."""
    return subprocess.run(
        [sys.executable, str(APP), *(str(argument) for argument in arguments)],
        cwd=folder,
        env=_environment(folder, environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def _environment(folder: Path, more: dict[str, str]) -> dict[str, str]:
    config = folder / "flowglass.toml"
    config.touch()
    return clean_environment(
        FLOWGLASS_CONFIG=str(config),
        FLOWGLASS_DATA_DIR=str(folder / "db"),
        FLOWGLASS_PORT=str(free_port()),
        **more,
    )


@contextlib.contextmanager
def _log_as_before() -> Iterator[None]:
    """A command sets up the log of its process; here that is the tests'."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def refusal(answer: Answer) -> str:
    """The one line of a command that refused; nothing printed, no traceback."""
    assert answer.returncode != 0, answer.stdout
    lines = answer.stderr.splitlines()
    assert len(lines) == 1, answer.stderr
    assert lines[0].startswith("flowglass: ")
    return lines[0]
