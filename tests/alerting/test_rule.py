from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.rule import KINDS, METRICS, Rule, as_dict, beyond, check, from_dict

GOOD = Rule(
    "price_order slow", filter='process:="price_order"', warning=210.0, critical=400.0, recovery=190.0
)


def wrong(**changes: Any) -> list[str]:
    return [error.field for error in check(replace(GOOD, **changes))]


def test_a_good_rule_has_nothing_wrong() -> None:
    assert check(GOOD) == ()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"name": " "}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"filter": "proces:x"}, ["filter"]),
        ({"filter": "x" * 2001}, ["filter"]),
        ({"window": 9}, ["window"]),
        ({"window": 90_000}, ["window"]),
        ({"for_": -1}, ["for_"]),
        ({"keep_firing": 90_000}, ["keep_firing"]),
        ({"min_samples": 0}, ["min_samples"]),
        ({"warning": None, "critical": None}, ["warning"]),
        ({"warning": float("inf")}, ["warning"]),
        ({"critical": 200.0}, ["critical"]),
        ({"recovery": 211.0}, ["recovery"]),
        ({"operator": "below"}, ["critical", "recovery"]),
        ({"metric": "error rate"}, ["warning"]),
        ({"metric": "value"}, ["data"]),
        ({"kind": "stale"}, ["data"]),
        ({"kind": "stale", "data": "rate", "repeats": 0}, ["repeats"]),
        ({"runbook": "javascript:alert(1)"}, ["runbook"]),
        ({"owner": "x" * 3000}, ["owner"]),
        ({"channels": ("a",) * 21}, ["channels"]),
    ],
)
def test_what_is_wrong_is_named_at_its_field(changes: dict[str, Any], fields: list[str]) -> None:
    assert wrong(**changes) == fields


def test_thresholds_below_are_checked_the_other_way_round() -> None:
    below = replace(GOOD, operator="below", metric="traffic", warning=5.0, critical=1.0, recovery=6.0)
    assert check(below) == ()
    assert [error.field for error in check(replace(below, recovery=4.0))] == ["recovery"]


def test_several_errors_are_told_at_once() -> None:
    assert wrong(name="", window=1, min_samples=0) == ["name", "window", "min_samples"]


def test_the_threshold_itself_is_not_crossed() -> None:
    assert [beyond(value, 5.0, "above") for value in (4.9, 5.0, 5.1)] == [False, False, True]
    assert not beyond(None, 5.0, "above")
    assert not beyond(5.0, None, "below")


RULES = st.builds(
    Rule,
    name=st.text(max_size=20), kind=st.sampled_from(KINDS), metric=st.sampled_from(METRICS),
    warning=st.none() | st.floats(allow_nan=False), window=st.integers(0, 10**6),
    channels=st.lists(st.text(max_size=5), max_size=3).map(tuple), enabled=st.booleans(),
    data=st.text(max_size=9),
)  # fmt: skip


@given(RULES)
def test_a_rule_survives_being_stored(rule: Rule) -> None:
    assert from_dict(as_dict(rule)) == rule


def test_stored_rules_are_plain_json_with_the_words_of_the_api() -> None:
    plain = json.loads(json.dumps(as_dict(replace(GOOD, for_=300, channels=("ops",)))))
    assert (plain["for"], plain["channels"]) == (300, ["ops"])
    assert from_dict(plain).for_ == 300


def test_keys_nobody_knows_are_left_out() -> None:
    assert from_dict({"name": "x", "colour": "red"}) == Rule("x")


@pytest.mark.parametrize(
    "plain",
    [
        {"metric": "p12"}, {"kind": 3}, {"warning": "high"}, {"window": 1.5}, {"enabled": 1},
        {"channels": "ops"}, {"channels": [1]}, {"name": None}, {"min_samples": True},
    ],
)  # fmt: skip
def test_a_wrong_type_is_refused_with_the_name_of_its_field(plain: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(plain))):
        from_dict({"name": "x"} | plain)


def test_the_unit_is_the_metrics() -> None:
    assert (GOOD.unit, replace(GOOD, metric="error rate").unit, replace(GOOD, kind="stale").unit) == (
        "ms",
        "%",
        "",
    )
