from __future__ import annotations

import fnmatch
import json
from pathlib import Path

import pytest

from collector.levels import Levels, pattern
from data.control import Control
from data.control_levels import set_level
from tests.support.functions import FunctionCall, write

NOW = 1_795_269_755_000_000_000


def told(directory: Path, service: str = "pricing") -> dict[str, object]:
    answer: dict[str, object] = json.loads(Levels(directory).of(service).body)
    return answer


def test_levels_set_on_the_page_are_told_to_the_tracers_of_that_service(tmp_path: Path) -> None:
    control = Control.open(tmp_path)
    set_level(control, "pricing", "shop.core", "price_order", "counts", NOW, "local")
    set_level(control, "web", "flask", "index", "off", NOW, "local")
    control.close()
    assert told(tmp_path)["levels"] == [{"pattern": "shop.core.price_order", "level": "counts"}]


def test_the_tag_changes_with_the_levels_and_only_then(tmp_path: Path) -> None:
    levels = Levels(tmp_path)
    before = levels.of("pricing").etag
    assert levels.of("pricing").etag == before
    control = Control.open(tmp_path)
    set_level(control, "pricing", "shop.core", "price_order", "off", NOW, "local")
    control.close()
    assert levels.of("pricing").etag != before


def test_versions_whose_source_is_missing_are_asked_for(tmp_path: Path) -> None:
    calls = [
        FunctionCall(NOW, version="a" * 16),
        FunctionCall(NOW + 1, version="b" * 16, source="def f(): ..."),
        FunctionCall(NOW + 2, version="c" * 16, source=""),  # generated: there is none
    ]
    write(tmp_path, calls, NOW + 10)
    assert told(tmp_path)["sources"] == ["a" * 16]


def test_without_a_store_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert told(tmp_path) == {"service": "pricing", "levels": [], "sources": []}


def test_a_damaged_file_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "control.db").write_bytes(b"not a database, and long enough to be read as one" * 50)
    assert told(tmp_path)["levels"] == []


@pytest.mark.parametrize("name", ["f", "Cart.total.<locals>.<lambda>", "GET /a[1]*?", "[x]"])
def test_a_name_as_a_pattern_fits_itself_alone(name: str) -> None:
    assert fnmatch.fnmatchcase(f"shop.{name}", pattern("shop", name))
    assert not fnmatch.fnmatchcase(f"shop.{name}x", pattern("shop", name))
    assert pattern("", "index") == "index"
