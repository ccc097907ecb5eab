"""How the values of one series are judged for staleness, as a form and the API say it, checked by field."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from alerting.edit import Invalid
from alerting.rule import FieldError
from config import StalenessSettings
from data.control import Control
from data.series_rules import SeriesRule, set_rule
from queries.base import Reader

JUDGED: Mapping[str, str] = {"usual": "", "always": "in", "never": "out"}  # as people say it, as it is kept
FIELDS = ("judged", "repeats", "min_seconds", "tolerance")
MOST = 1e12


@dataclass(frozen=True, slots=True)
class Series:
    """One value of one process."""

    group: str
    scope: str
    process: str
    data: str


def read(series: Series, given: Mapping[str, Any]) -> SeriesRule:
    """The rule that these fields mean; a missing or empty one is as the settings say. Raises Invalid."""
    errors: list[FieldError] = []
    judged = str(given.get("judged") or "usual")
    if judged not in JUDGED:
        errors.append(FieldError("judged", f"one of {', '.join(JUDGED)}"))
    numbers: dict[str, float | None] = {}
    for name, least in (("repeats", 1.0), ("min_seconds", 0.0), ("tolerance", 0.0)):
        number, wrong = _number(given.get(name), least, whole=name == "repeats")
        numbers[name] = number
        if wrong:
            errors.append(FieldError(name, wrong))
    if errors:
        raise Invalid(*errors)
    repeats = numbers["repeats"]
    return SeriesRule(
        series.group, series.scope, series.process, series.data, JUDGED[judged],
        None if repeats is None else int(repeats), numbers["min_seconds"], numbers["tolerance"],
    )  # fmt: skip


def _number(given: Any, least: float, whole: bool) -> tuple[float | None, str]:
    """The number, None when none is given, and what is wrong with it."""
    if given is None or given == "":
        return None, ""
    try:
        number = float(str(given).strip().replace(",", "")) if not isinstance(given, bool) else math.nan
    except ValueError:
        number = math.nan
    if not least <= number <= MOST:
        return None, f"a number from {least:g} on"
    return (None, "a whole number") if whole and not number.is_integer() else (number, "")


def judge(
    control: Control, reader: Reader, series: Series, given: Mapping[str, Any], now_ns: int, who: str
) -> SeriesRule:
    """Puts it in force and remembers who did it; the collector takes it in within half a minute."""
    rule = replace(read(series, given), changed_ns=now_ns, changed_by=who)
    with reader.session() as session:
        names = session.refresh_names()
    known = {(one.group, one.scope, one.name) for one in names.processes.values()}
    if (series.group, series.scope, series.process) not in known:
        raise Invalid(FieldError("process", "the group has no process of this name and scope"))
    if series.data not in names.data_names.values():
        raise Invalid(FieldError("data", "no value of this name was ever seen"))
    set_rule(control, rule)
    return rule


def usual(settings: StalenessSettings) -> dict[str, float]:
    """What the settings say where a series has no numbers of its own."""
    return {
        "repeats": settings.repeats, "min_seconds": settings.min_seconds,
        "tolerance": settings.float_tolerance,
    }  # fmt: skip


def as_json(rule: SeriesRule) -> dict[str, Any]:
    """Plain data with the words that people use; times are left to the caller."""
    words = {kept: word for word, kept in JUDGED.items()}
    return {
        "group": rule.group, "scope": rule.scope, "process": rule.process, "data": rule.data,
        "judged": words[rule.judged], "repeats": rule.repeats, "min_seconds": rule.min_seconds,
        "tolerance": rule.float_tolerance,
    }  # fmt: skip
