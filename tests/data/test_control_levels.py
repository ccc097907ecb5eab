from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from data.control import Control
from data.control_levels import KEEP_CHANGES, changes, in_force, set_level

PRICE = ("pricing", "shop.core", "price_order")


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    opened = Control.open(tmp_path)
    yield opened
    opened.close()


def test_the_last_level_set_is_in_force_and_who_set_it_is_remembered(control: Control) -> None:
    set_level(control, *PRICE, "values", 1, "local")
    set_level(control, *PRICE, "off", 2, "mia")
    set_level(control, "web", "flask", "index", "counts", 3, "local")
    (found,) = in_force(control, "pricing")
    assert (found.level, found.changed_ns, found.changed_by) == ("off", 2, "mia")
    assert [(one.level, one.changed_by) for one in changes(control, *PRICE)] == [
        ("off", "mia"),
        ("values", "local"),
    ]


def test_the_programs_own_level_counts_again_when_none_is_set(control: Control) -> None:
    set_level(control, *PRICE, "off", 1, "local")
    set_level(control, *PRICE, "", 2, "local")
    assert in_force(control, "pricing") == ()
    assert len(changes(control, *PRICE)) == 2


def test_a_level_that_does_not_exist_is_refused(control: Control) -> None:
    with pytest.raises(ValueError, match="loud"):
        set_level(control, *PRICE, "loud", 1, "local")
    assert changes(control, *PRICE) == ()


def test_old_changes_are_forgotten(control: Control) -> None:
    for at in range(KEEP_CHANGES + 5):
        set_level(control, *PRICE, "off", at, "local")
    kept = changes(control, *PRICE, limit=1000)
    assert len(kept) == KEEP_CHANGES
    assert kept[0].changed_ns == KEEP_CHANGES + 4


def test_levels_survive_a_restart(tmp_path: Path) -> None:
    first = Control.open(tmp_path)
    set_level(first, *PRICE, "locals", 1, "local")
    first.close()
    again = Control.open(tmp_path)
    assert in_force(again, "pricing")[0].level == "locals"
    again.close()
