"""Bodies give back every value, and SQLite reads the same text."""

from __future__ import annotations

import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from data.body import (
    SOURCES,
    Body,
    StoredObservation,
    decode,
    encode,
    events,
    mark_conflict,
    observed,
    pack_events,
    without_mark,
)
from data.records import Event, Link

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["$b", "$f", "$d", "$"]
)
LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | TEXTS | st.binary(max_size=9)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Equal in type and value; NaN equals NaN, 0.0 is not -0.0."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return (one == other and math.copysign(1, one) == math.copysign(1, other)) or (
            one != one and other != other
        )
    return bool(one == other)


@given(st.dictionaries(TEXTS, VALUES, max_size=5))
def test_attributes_come_back_exactly(attributes: dict[str, Any]) -> None:
    text = encode({"a": attributes})
    assert text is not None
    json.loads(text)
    assert same(decode(text).attributes, attributes)


@given(VALUES)
def test_a_primary_value_that_no_column_holds_comes_back_exactly(value: Any) -> None:
    body = decode(encode({"p": (0, 0), "v": value}))
    assert same(body.exact_value("column"), value)


def test_the_primary_observation_returns_to_its_place() -> None:
    text = encode({"o": [(0, 1, 2, "a"), (3, 5, 6, "c")], "p": (1, 1)})
    assert decode(text).all_observations(9, 8, 3.5) == (
        StoredObservation("arg", 1, 2, "a"),
        StoredObservation("return", 9, 8, 3.5),
        StoredObservation("local", 5, 6, "c"),
    )


def test_without_a_primary_observation_the_rest_is_all_there_is() -> None:
    body = decode(encode({"o": [(2, 1, 2, 4)], "p": 0}))
    assert body.all_observations(7, 7, "an attribute") == (StoredObservation("observe", 1, 2, 4),)


OTHERS = st.lists(
    st.tuples(st.sampled_from(range(4)), st.integers(1, 9), st.integers(1, 9), VALUES), max_size=4
)


@given(OTHERS, st.none() | st.just(0) | st.integers(0, 3), st.none() | VALUES, st.none() | st.just(7))
def test_observations_alone_are_those_of_the_whole_body(
    others: list[Any], place: int | None, exact: Any, data: int | None
) -> None:
    fields: dict[str, Any] = {"o": others} if others else {}
    if place is not None:
        fields["p"] = (place, min(place, len(others))) if place else 0
    if exact is not None:
        fields["v"] = exact
    text = encode(fields)
    wanted = decode(text).all_observations(data, 8, "column")
    found = [StoredObservation(SOURCES[code], *rest) for code, *rest in observed(text, data, 8, "column")]
    assert same([list(one) for one in found], [list(one) for one in wanted])


@given(st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3), st.booleans())
def test_events_alone_are_those_of_the_whole_body(attributes: list[dict[str, Any]], long: bool) -> None:
    more = {"exception.stacktrace": "line\n" * 200} if long else {}
    key, packed = pack_events([Event(5, "exception", one | more, 0) for one in attributes])
    text = encode({"a": {"k": 1}, key: packed})
    assert same([list(one) for one in events(text)], [list(one) for one in decode(text).events])
    assert same([one.attributes for one in events(text)], [one | more for one in attributes])
    assert events(None) == ()


def test_every_other_key_comes_back() -> None:
    event = Event(5, "exception", {"exception.type": "KeyError"}, 1)
    link = Link(bytes(range(16)), bytes(range(8)), "k=v", {"a": [1, 2.0]}, 2, 256)
    text = encode(
        {
            "e": [tuple(event)],
            "l": [(link.trace_id.hex(), link.span_id.hex(), *link[2:])],
            "m": "broken",
            "s": "k=v",
            "f": 769,
            "x": (1, 2, 3),
            "w": ("f", "f.py", 9),
        }
    )
    assert decode(text) == Body(
        events=(event,),
        links=(link,),
        status_message="broken",
        trace_state="k=v",
        flags=769,
        dropped_attributes=1,
        dropped_events=2,
        dropped_links=3,
        code=("f", "f.py", 9),
    )


def test_nothing_to_say_is_no_text() -> None:
    assert encode({}) is None
    assert decode(None) == Body()


def test_half_characters_do_not_stop_the_rest() -> None:
    assert decode(encode({"m": "a\ud800b"})).status_message == "a?b"


@given(st.dictionaries(TEXTS, VALUES, max_size=3))
def test_the_mark_of_a_conflict_goes_on_and_off(attributes: dict[str, Any]) -> None:
    text = encode({"a": attributes} if attributes else {})
    assert without_mark(text) == text
    marked = mark_conflict(text)
    assert decode(marked).conflict
    assert not decode(text).conflict
    assert without_mark(marked) == text
