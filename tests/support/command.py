"""Commands of app.py, run as people run them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.ports import free_port
from tests.support.running import APP, clean_environment


def command(folder: Path, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs one on the data folder `folder/db` to its end."""
    config = folder / "flowglass.toml"
    config.touch()
    given = clean_environment(
        FLOWGLASS_CONFIG=str(config),
        FLOWGLASS_DATA_DIR=str(folder / "db"),
        FLOWGLASS_PORT=str(free_port()),
        **environment,
    )
    return subprocess.run(
        [sys.executable, str(APP), *(str(argument) for argument in arguments)],
        cwd=folder,
        env=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def refusal(answer: subprocess.CompletedProcess[str]) -> str:
    """The one line of a command that refused; nothing printed, no traceback."""
    assert answer.returncode != 0, answer.stdout
    lines = answer.stderr.splitlines()
    assert len(lines) == 1, answer.stderr
    assert lines[0].startswith("flowglass: ")
    return lines[0]
