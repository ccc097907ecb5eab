"""Chips: each part of a filter in words."""

from __future__ import annotations

import pytest

from dashboard.components.trace_chips import chips, words
from queries import filters
from tests.support.components import find, texts


@pytest.mark.parametrize(
    ("part", "key", "value", "negated"),
    [
        ("process:load", "process contains", "load", False),
        ("-process:=health", "process is not", "health", True),
        ("duration:<5s", "duration below", "5s", False),
        ("-duration:<5s", "duration not below", "5s", True),
        ("status:error", "status is", "ERROR", False),
        ("kind:server", "kind is", "server", False),
        ("has:data", "has", "data", False),
        ("-has:exception", "has no", "exception", True),
        ("is:stale", "is", "stale", False),
        ("-is:root", "is not", "root", True),
        ("timeout", "word begins", "timeout", False),
        ('-"a b"', "not phrase", "a b", True),
        ("42", "value is", "42", False),
        ("group:(a OR b)", "group any of", "a, b", False),
        ("(a OR b)", "any of", "a, b", False),
        ("(status:error OR duration:>1s)", "any of", "status:error OR duration:>1s", False),
        ("-(group:=a OR group:=b)", "not: group any of", "a, b", True),
        ("process:lo*d", "process fits", "lo*d", False),
    ],
)
def test_a_part_is_said_in_words(part: str, key: str, value: str, negated: bool) -> None:
    assert words(filters.parse(part)) == (key, value, negated)


def test_each_part_has_a_chip_with_buttons_that_hand_its_text_back() -> None:
    first, second = chips("group:=shop ~status:error")
    assert texts(first) == ["group is", " ", "shop"]
    switch, remove = (button.to_plotly_json()["props"] for button in find(second, "Button"))
    assert (switch["data-edit"], switch["data-part"]) == ("switch", "status:error")
    assert switch["aria-label"] == "Switch on: status:error"
    assert (remove["data-edit"], remove["data-part"]) == ("remove", "status:error")
    assert second.className == "chip off"


def test_no_filter_has_no_chips() -> None:
    assert chips("  ") == []
