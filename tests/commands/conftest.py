"""What commands are run on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import command


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    """A folder whose store holds 400 spans of a day."""
    folder = tmp_path / "seeded"
    folder.mkdir()
    assert command(folder, "seed", 400, "--days", 1).returncode == 0
    return folder
