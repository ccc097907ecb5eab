"""The filter's handlers: controls, and checking a text."""

from __future__ import annotations

import pytest
from dash import no_update

from callbacks import traces_filter
from dashboard.components.states import Failure
from tests.callbacks.conftest import MakeContext
from tests.support.page import NOW, text
from tests.support.stored import Call

CALLS = [Call(NOW - 1, group=group) for group in ("pricing", "flowglass", "catalog")]


def test_the_controls_follow_the_filter_and_list_every_group_ours_last(context: MakeContext) -> None:
    chips, shown = traces_filter.show_controls(context(CALLS), {"q": "group:=catalog status:error"})
    assert [text(chip) for chip in chips] == ["group is catalog", "status is ERROR"]
    assert shown["groups"] == ["catalog", "pricing", "flowglass"]
    assert (shown["group"], shown["errors"], shown["process"]) == ("catalog", True, "")


def test_several_groups_have_a_choice_of_their_own(context: MakeContext) -> None:
    _, shown = traces_filter.show_controls(context(CALLS), {"q": "(group:=a OR group:=b)"})
    assert shown["several"] is True


def test_a_filter_that_cannot_be_read_keeps_its_text_and_says_where(context: MakeContext) -> None:
    chips, shown = traces_filter.show_controls(context(), {"q": "status:wrong"})
    assert chips == []
    assert shown["q"] == "status:wrong"
    assert (shown["problem"]["start"], shown["problem"]["end"]) == (7, 12)


def test_a_text_is_checked_as_it_is_typed(context: MakeContext) -> None:
    assert traces_filter.check(context(), {"text": "status:error"}) == {"text": "status:error"}
    wrong = traces_filter.check(context(), {"text": "staus:error"})
    assert wrong["problem"] == {
        "message": "there is no field staus; did you mean status?",
        "start": 0,
        "end": 5,
        "suggestion": "status",
    }


def test_the_controls_show_the_text_after_an_edit(context: MakeContext) -> None:
    _, shown = traces_filter.show_controls(context(), {"q": "group:=shop", "edits": [{"do": "errors"}]})
    assert (shown["q"], shown["errors"]) == ("group:=shop status:error", True)


def test_controls_stay_as_they_are_when_an_edit_is_refused(context: MakeContext) -> None:
    wrong = {"do": "add", "field": "durtion", "op": ">", "value": "1s"}
    assert traces_filter.show_controls(context(), {"q": "", "edits": [wrong]}) == (no_update,) * 2


def test_what_may_stand_at_the_caret_is_proposed(context: MakeContext) -> None:
    found = traces_filter.propose(context(CALLS), {"text": "-group:cat", "at": 10})
    assert (found["start"], found["end"]) == (7, 10)
    assert [item["text"] for item in found["items"]] == ["=catalog"]


@pytest.mark.parametrize("at", [-3, 99])
def test_a_caret_outside_the_text_is_taken_to_its_edge(context: MakeContext, at: int) -> None:
    assert traces_filter.propose(context(CALLS), {"text": "gro", "at": at})["at"] in (0, 3)


def test_nothing_asked_is_nothing_done(context: MakeContext) -> None:
    assert traces_filter.show_controls(context(), None) == (no_update, no_update)
    assert traces_filter.check(context(), None) is no_update
    assert traces_filter.propose(context(), None) is no_update
    assert traces_filter.nothing_proposed(Failure("It broke.", "")) is no_update


def test_failures_leave_the_controls_as_they_are() -> None:
    failure = Failure("It broke.", "Try again.")
    assert traces_filter.failed_controls(failure) == (no_update, no_update)
    assert traces_filter.failed_check(failure)["problem"]["message"] == "It broke."
