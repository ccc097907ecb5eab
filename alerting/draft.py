"""A rule as it stands in a form: texts become the record, and what cannot be read is told by field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from alerting.rule import CHOICES, KIND_UNITS, LISTS, FieldError, Rule, check
from alerting.steps import MOST, Step

NUMBERS = ("warning", "critical", "recovery")  # may be missing
GIVEN = ("tolerance", "floor")
WHOLE = (
    "window", "for_", "keep_firing", "min_samples", "repeats", "min_seconds", "group_wait", "repeat", "days",
)  # fmt: skip
TEXTS = (
    "name", "filter", "data", "owner", "runbook", "group_by", "message_title", "message_text", "hours",
)  # fmt: skip
MAX_DIGITS = 32
MAX_FORM_TEXT = 4_000


def as_form(rule: Rule) -> dict[str, Any]:
    """What the form shows of a rule: texts, "" for no number, ids of channels as a list."""
    shown: dict[str, Any] = {}
    for one in fields(rule):
        value = getattr(rule, one.name)
        if one.name in LISTS:
            shown[one.name] = list(value)
        elif one.name == "escalation":
            shown |= _steps_form(value)
        elif one.name in CHOICES or one.name in TEXTS:
            shown[one.name] = value
        elif one.name in (*NUMBERS, *GIVEN, *WHOLE):
            shown[one.name] = "" if value is None else f"{value:.12g}"
    return shown


def drafted(values: Mapping[str, Any], base: Rule) -> tuple[Rule, tuple[FieldError, ...]]:
    """The rule that the form means, and everything that is wrong with it. What it leaves out is of `base`."""
    changes: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in values.items():
        if name in CHOICES:
            if value in CHOICES[name]:
                changes[name] = value
        elif name in TEXTS:
            changes[name] = str(value).strip()[:MAX_FORM_TEXT]
        elif name in LISTS:
            changes[name] = tuple(str(one) for one in value) if isinstance(value, list) else ()
        elif name in (*NUMBERS, *GIVEN, *WHOLE):
            number, wrong = _number(name, str(value))
            if wrong:
                errors.append(FieldError(name, wrong))
            else:
                changes[name] = number
    if any(name.startswith("after_") for name in values):
        changes["escalation"] = _steps(values)
    rule = replace(base, **changes)
    if rule.kind in KIND_UNITS:
        rule = replace(rule, operator="above")  # they only rise, and their sentence has no such slot
    unread = {one.field for one in errors}
    return rule, (*errors, *(one for one in check(rule) if one.field not in unread))


def _steps_form(steps: Sequence[Step]) -> dict[str, Any]:
    """Two fields a step, counted from 1: after how many seconds, "0" never, and to whom."""
    shown: dict[str, Any] = {}
    for at in range(MOST):
        step = steps[at] if at < len(steps) else Step(0, ())
        shown |= {f"after_{at + 1}": str(step.after), f"also_{at + 1}": list(step.channels)}
    return shown


def _steps(values: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps that are not "never", the earliest first."""
    found = []
    for at in range(1, MOST + 1):
        after, also = str(values.get(f"after_{at}") or "0"), values.get(f"also_{at}")
        if after.isdigit() and int(after):
            channels = tuple(str(one) for one in also) if isinstance(also, list) else ()
            found.append(Step(int(after[:9]), channels))
    return tuple(sorted(found, key=lambda one: one.after))


def _number(name: str, text: str) -> tuple[float | int | None, str]:
    """The number, or what is wrong with it."""
    text = text.strip().replace(",", "")[:MAX_DIGITS]
    if not text:
        return (None, "") if name in NUMBERS else (0, "write a number")
    try:
        number = float(text)
    except ValueError:
        return None, "write a number"
    if name not in WHOLE:
        return number, ""
    return (int(number), "") if number.is_integer() else (None, "write a whole number")
