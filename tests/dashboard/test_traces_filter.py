"""The controls beside the filter text and the edits they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import trace_filter
from dashboard.trace_filter import Controls, controls, edited
from queries import filters
from queries.errors import FilterError


def test_the_controls_show_what_the_filter_says() -> None:
    text = 'group:="shop" process:load status:error duration:>5ms'
    assert controls(text) == Controls(group="shop", process="load", errors=True)


def test_several_groups_are_told_apart_from_none_and_one() -> None:
    assert controls("(group:=a OR group:=b)") == Controls(several=True)
    assert controls("") == Controls()
    assert controls("-group:=a") == Controls()


def test_a_part_that_is_switched_off_shows_in_no_control() -> None:
    assert controls("~status:error ~group:=shop") == Controls()


def test_choosing_a_group_replaces_the_group_and_keeps_the_rest() -> None:
    text = edited("status:error (group:=a OR group:=b)", {"do": "group", "value": "shop floor"})
    assert text == 'status:error group:="shop floor"'
    assert edited(text, {"do": "group", "value": ""}) == "status:error"


def test_the_process_search_is_one_part_however_often_it_is_typed() -> None:
    text = edited("status:error", {"do": "process", "value": "lo"})
    text = edited(text, {"do": "process", "value": "load"})
    assert text == "status:error process:load"
    assert edited(text, {"do": "process", "value": ""}) == "status:error"


def test_the_process_search_leaves_an_exact_process_alone() -> None:
    assert edited("process:=load", {"do": "process", "value": "x"}) == "process:=load process:x"


def test_errors_only_goes_on_and_off() -> None:
    on = edited("group:=shop", {"do": "errors"})
    assert on == "group:=shop status:error"
    assert edited(on, {"do": "errors"}) == "group:=shop"


def test_a_chip_is_switched_off_without_being_lost_and_taken_away() -> None:
    off = edited("group:=shop status:error", {"do": "switch", "part": "status:error"})
    assert off == "group:=shop ~status:error"
    assert edited(off, {"do": "switch", "part": "status:error"}) == "group:=shop status:error"
    assert edited(off, {"do": "remove", "part": "status:error"}) == "group:=shop"


def test_including_values_of_one_field_makes_a_choice_among_them() -> None:
    one = edited("status:error", {"do": "include", "field": "group", "value": "a"})
    two = edited(one, {"do": "include", "field": "group", "value": "b"})
    assert two == "status:error (group:=a OR group:=b)"
    assert edited(two, {"do": "include", "field": "group", "value": "a"}) == "status:error group:=b"
    assert edited(one, {"do": "include", "field": "group", "value": "a"}) == "status:error"


def test_excluding_takes_a_value_out_of_the_choice_and_once_more_lets_it_in() -> None:
    text = edited("(group:=a OR group:=b)", {"do": "exclude", "field": "group", "value": "a"})
    assert text == "group:=b -group:=a"
    assert edited(text, {"do": "exclude", "field": "group", "value": "a"}) == "group:=b"
    assert edited(text, {"do": "include", "field": "group", "value": "a"}) == "group:=b OR group:=a"


def test_only_drops_every_other_clause_about_the_field() -> None:
    text = "-process:=a process:b* status:error"
    only = {"do": "only", "field": "process", "op": "equals", "value": "c"}
    assert edited(text, only) == "status:error process:=c"


def test_a_clause_is_added_or_its_opposite() -> None:
    clause = {"do": "add", "field": "data.amount", "op": ">", "value": "100"}
    assert edited("", clause) == "data.amount:>100"
    assert edited("data.amount:>100", {**clause, "exclude": True}) == "-data.amount:>100"


def test_an_edit_of_a_text_that_cannot_be_read_says_so() -> None:
    with pytest.raises(FilterError):
        edited("proces:x", {"do": "errors"})


NAMES = st.text(min_size=1, max_size=12)


@given(NAMES, NAMES)
def test_any_name_survives_being_chosen(group: str, process: str) -> None:
    text = edited("", {"do": "group", "value": group})
    if process.strip():
        text = edited(text, {"do": "process", "value": process})
    shown = controls(text)
    assert shown.group == group
    assert shown.process == (process if process.strip() else "")


@given(st.lists(NAMES, min_size=1, max_size=5, unique=True))
def test_including_every_value_and_taking_each_out_leaves_nothing(values: list[str]) -> None:
    text = ""
    for value in values:
        text = edited(text, {"do": "include", "field": "group", "value": value})
    assert [
        each for part in trace_filter.parts_of(text) for each in trace_filter.chosen("group", part)
    ] == values
    for value in values:
        text = edited(text, {"do": "include", "field": "group", "value": value})
    assert filters.parse(text) == filters.EMPTY
