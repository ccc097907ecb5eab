from __future__ import annotations

from dashboard.components import numbers
from dashboard.components.numbers import Readout, change
from tests.support.components import by_class, find, texts


def test_number_and_unit_stand_apart() -> None:
    (number,) = by_class(numbers.cell(Readout("p95", "184 ms")), "n")
    assert number.children[0] == "184"
    assert number.children[1].children == "ms"


def test_a_count_has_no_unit() -> None:
    (number,) = by_class(numbers.cell(Readout("Calls", "12,345")), "n")
    assert number.children == ["12,345", None]


def test_a_reason_in_place_of_a_number_is_not_set_as_one() -> None:
    cell = numbers.cell(Readout("p99", "Insufficient data", "3 of 100 calls", poor=True))
    (shown,) = by_class(cell, "n")
    assert shown.className == "n poor"
    assert shown.children == ["Insufficient data", None]


def test_changes_are_in_per_cent_and_coloured_only_when_notable() -> None:
    assert change(121, 100) == ("+21 %", "bad")
    assert change(79, 100) == ("\N{MINUS SIGN}21 %", "ok")
    assert change(104, 100) == ("+4 %", "sub")
    assert change(300, 100, "never") == ("+200 %", "sub")


def test_without_a_number_on_both_sides_there_is_no_change() -> None:
    assert change(None, 3) == change(3, None) == change(3, 0) == ("", "")


def test_the_grid_shows_every_readout() -> None:
    shown = numbers.grid([Readout("Calls", "1"), Readout("p50", "2 ms", swatch="p50")])
    assert texts(shown) == ["Calls", "1", "\u00a0", "p50", "2", "ms", "\u00a0"]
    assert [swatch.style for swatch in find(shown, "I")] == [{"background": "var(--fl-p50)"}]
