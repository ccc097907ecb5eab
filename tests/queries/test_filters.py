"""Edits of a filter's text, as chips and facets make them; and how values are read."""

from __future__ import annotations

import pytest
from hypothesis import given

from queries import filter_fields as fields
from queries.filters import (
    And,
    Chip,
    Filter,
    FilterError,
    active,
    chips,
    clauses,
    parse,
    to_text,
    toggle,
    with_clause,
    without,
)
from tests.queries.made_filters import filters


def test_chips_are_the_parts_that_must_all_hold() -> None:
    assert chips("x -status:error ~(y OR z) group:=a") == (
        Chip("x", False),
        Chip("-status:error", False),
        Chip("y OR z", True),
        Chip("group:=a", False),
    )
    assert chips("x OR y") == (Chip("x OR y", False),)
    assert chips("") == ()


@given(filters)
def test_every_chip_can_be_switched_off_and_on_and_taken_away(tree: Filter) -> None:
    text = to_text(tree)
    for chip in chips(text):
        if isinstance(parse(chip.text), And):
            continue  # switched on, its parts are chips of their own
        other_way = toggle(text, chip.text)
        assert Chip(chip.text, not chip.off) in chips(other_way)
        assert len(chips(other_way)) == len(chips(text))
        assert chip.text not in [kept.text for kept in chips(without(text, chip.text))]


def test_a_clause_is_added_once_and_its_opposite_makes_way() -> None:
    assert with_clause("", "group", "equals", "shop") == "group:=shop"
    assert with_clause("group:=shop", "group", "equals", "shop") == "group:=shop"
    assert with_clause("-group:=shop x", "group", "equals", "shop") == "x group:=shop"
    assert with_clause("~group:=shop", "group", "equals", "shop") == "group:=shop"
    assert with_clause("group:=shop", "group", "equals", "shop", exclude=True) == "-group:=shop"
    assert with_clause("x OR y", "group", "equals", "a b") == '(x OR y) group:="a b"'
    assert with_clause("x", "duration", ">", "1s") == "x duration:>1s"
    assert with_clause("x", "process", "glob", "a*") == "x process:a*"
    assert with_clause("", "status", "equals", "error") == "status:error"
    assert with_clause("", "", "is", "stale") == "is:stale"
    assert with_clause("", "", "has", "data.a b") == 'has:"data.a b"'


def test_a_wrong_clause_is_not_added() -> None:
    for field, op, value in (("nobody", "equals", "x"), ("duration", ">", "x"), ("status", "equals", "x")):
        with pytest.raises(FilterError):
            with_clause("", field, op, value)


def test_what_is_switched_off_is_kept_but_not_applied() -> None:
    assert to_text(active(parse("x ~y"))) == "x"
    assert to_text(active(parse("x OR ~y"))) == "x"
    assert to_text(active(parse("-~y"))) == ""
    assert to_text(active(parse("~(x y)"))) == ""
    assert to_text(active(parse("(x OR ~y) -(~z z)"))) == "x -z"


def test_every_clause_is_found_in_order() -> None:
    assert [one.value for one in clauses(parse("x -(y OR ~z) group:a"))] == ["x", "y", "z", "a"]


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("250ms", 250_000_000),
        ("1.5s", 1_500_000_000),
        (".5us", 500),
        ("2µs", 2_000),
        ("3m", 180_000_000_000),
        ("1h", 3_600_000_000_000),
        ("1d", 86_400_000_000_000),
        ("-1ns", -1),
        ("1e3ms", 1_000_000_000),
        ("99999999999d", 2**63 - 1),
        ("5", None),
        ("ms", None),
        ("1 s x", None),
        ("1e999999999s", None),
        ("nan s", None),
    ],
)
def test_durations(text: str, nanoseconds: int | None) -> None:
    assert fields.duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("5", 5), ("5B", 5), ("-4KiB", -4096), ("1.5MB", 1_500_000), ("1gib", 2**30), ("1x", None), ("", None)],
)
def test_sizes(text: str, size: int | None) -> None:
    assert fields.memory(text) == size


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01", 10**9),
        ("1970-01-01 00:01Z", 60 * 10**9),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.9Z", -(10**8)),
        ("1795262400000000000", 1_795_262_400_000_000_000),
        ("9" * 30, None),
        ("12", None),
        ("1970-13-01", None),
        ("1970-01-01T25:00", None),
        ("1970-01-01T00:00:00+99:99", None),
        ("today", None),
    ],
)
def test_times(text: str, time_ns: int | None) -> None:
    assert fields.time(text) == time_ns


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[("5", 5), ("-5", -5), ("+5", 5), ("5.", 5.0), (".5", 0.5), ("1e3", 1000.0)],
        *[("9" * 25, float("9" * 25)), ("0x5", None), ("5a", None), ("", None), ("nan", None)],
        *[("inf", None), ("1e9999", None), ("\u0665", None), ("1_000", None)],
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    found = fields.number(text)
    assert (found, type(found)) == (number, type(number))
