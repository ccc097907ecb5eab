"""`--data`: a backup or a data folder is served to be looked into, and left as it is."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.command import command
from tests.support.otlp import ask
from tests.support.running import Flowglass
from tests.support.wait import wait_until


def test_a_backup_is_looked_into_without_being_restored(seeded: Path, tmp_path: Path) -> None:
    archive = tmp_path / "all.tgz"
    command(seeded, "backup", archive)
    run = Flowglass(tmp_path / "look", arguments=["--data", str(archive)])
    try:
        run.launch()
        wait_until(lambda: any("Looking into" in line for line in run.printed), "the page")
        health = json.loads(ask(f"{run.page}/health").body)
        assert health["store"]["spans"] == 400
        assert health["collector"]["reason"] == "all.tgz is opened read-only"
        assert run.stop() == 0
    finally:
        run.end()
    assert not run.data_dir.exists()


def test_a_data_folder_is_looked_into_and_left_as_it_is(seeded: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in (seeded / "db").glob("*.db")}
    run = Flowglass(tmp_path / "look", arguments=["dashboard", "--data", str(seeded / "db")])
    try:
        run.launch()
        wait_until(lambda: any("Looking into" in line for line in run.printed), "the page")
        assert json.loads(ask(f"{run.page}/health").body)["store"]["spans"] == 400
    finally:
        run.end()
    assert {path: path.read_bytes() for path in before} == before
