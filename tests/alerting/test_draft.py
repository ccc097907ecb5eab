"""A form becomes a rule, a rule a form, and what cannot be read is told at its field."""

from __future__ import annotations

from dataclasses import fields

import pytest

from alerting.draft import as_form, drafted
from alerting.rule import Rule, check
from alerting.templates import TEMPLATES, template

RULE = Rule("slow", metric="p95", warning=210.0, recovery=190.0, for_=60, channels=("a",), tolerance=0.5)


WHOLE = [each.rule for each in TEMPLATES if each.key != "combination"]  # that one has to be told of which
TOGETHER = Rule("Together", kind="combination", all_of=("r2",), none_of=("r3", "r4"), severity="critical")


@pytest.mark.parametrize("one", [RULE, TOGETHER, *WHOLE], ids=lambda rule: rule.name)
def test_a_rule_survives_its_form(one: Rule) -> None:
    rule, errors = drafted(as_form(one), Rule("", id="r1", revision=3))
    assert not errors
    assert (rule.id, rule.revision) == ("r1", 3)
    assert {f.name: getattr(rule, f.name) for f in fields(rule) if f.name not in ("id", "revision")} == {
        f.name: getattr(one, f.name) for f in fields(one) if f.name not in ("id", "revision")
    }


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("warning", "many", "write a number"),
        ("window", "2.5", "write a whole number"),
        ("window", "", "write a number"),
        ("min_samples", "0", "at least 1"),
        ("filter", "duration:>", "needs a value"),
        ("runbook", "wiki", "an address that begins"),
        ("name", "", "give it a name"),
        ("tolerance", "-1", "0 or more"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(field: str, typed: str, message: str) -> None:
    _, errors = drafted({field: typed}, RULE)
    assert field in {one.field for one in errors}
    found = next(one.message for one in errors if one.field == field)
    assert message in found or field == "filter"


def test_numbers_are_read_as_people_write_them_and_nothing_is_no_threshold() -> None:
    rule, errors = drafted({"warning": " 1,500 ", "recovery": "", "critical": "2e3"}, RULE)
    assert not errors
    assert (rule.warning, rule.critical, rule.recovery) == (1500.0, 2000.0, None)


def test_a_direction_left_over_from_another_kind_does_not_stand_in_the_way() -> None:
    rule, errors = drafted({"kind": "error spike", "operator": "below", "warning": "3"}, RULE)
    assert not [one for one in errors if one.field == "operator"]
    assert rule.operator == "above"


def test_choices_and_lists_that_are_none_change_nothing_or_empty() -> None:
    rule, _ = drafted({"metric": "nonsense", "channels": "x", "id": "stolen"}, RULE)
    assert (rule.metric, rule.channels, rule.id) == ("p95", (), "")


def test_every_template_but_one_can_be_saved_as_it_is() -> None:
    assert [one.key for one in TEMPLATES if check(one.rule)] == ["combination"]
    assert len({one.key for one in TEMPLATES}) == len(TEMPLATES)
    assert template("no such").key == TEMPLATES[0].key
