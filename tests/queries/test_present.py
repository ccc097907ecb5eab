"""The first visit waits for somebody's first span, not for our own."""

from __future__ import annotations

from pathlib import Path

from queries.base import Reader
from queries.present import first_group


def test_no_store_has_no_group(tmp_path: Path) -> None:
    assert first_group(Reader.open(tmp_path)) == ""
