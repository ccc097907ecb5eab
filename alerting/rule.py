"""A rule as it is written, checked field by field, and read aloud as one sentence."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from alerting import steps
from alerting.rule_kinds import kind_errors
from alerting.steps import Step
from alerting.template import unknown
from data.hours import holds, wrong
from queries.filters import FilterError, parse

Kind = Literal[
    "threshold", "stale", "no calls", "new exception", "type change", "error spike", "memory growth",
    "regression", "combination",
]  # fmt: skip
Metric = Literal["p50", "p95", "p99", "error rate", "errors", "traffic", "count", "memory", "value",
    "stale count", "queue depth",
]  # fmt: skip
Operator = Literal["above", "below"]
NoData = Literal["keep", "ok", "alert"]
Statistic = Literal["worst", "mean", "least", "greatest", "last"]
Severity = Literal["info", "warning", "critical"]

KINDS: tuple[str, ...] = get_args(Kind)
METRICS: tuple[str, ...] = get_args(Metric)
UNITS: Mapping[str, str] = {
    "p50": "ms", "p95": "ms", "p99": "ms", "error rate": "%", "errors": "errors", "traffic": "/s",
    "count": "calls", "memory": "MB", "value": "",
    "stale count": "values", "queue depth": "spans",
}  # fmt: skip
KIND_UNITS: Mapping[str, str] = {"error spike": "times", "memory growth": "MB"}  # of kinds with thresholds
MAX_NAME, MAX_TEXT = 100, 2_000  # characters
MIN_WINDOW, MAX_WINDOW = 10, 86_400  # seconds
MAX_FOR = 86_400
MAX_CHANNELS = 20
MIN_REPEAT, MAX_WAIT = 300, 3_600  # seconds
GROUPS = ("", "process", "group")


@dataclass(frozen=True)
class Rule:
    """Thresholds are in the metric's unit (UNITS), times in seconds. `id` is "" until it is saved."""

    name: str
    kind: Kind = "threshold"
    id: str = ""
    filter: str = ""  # text of Trace Explorer
    group_by: str = ""  # process, group, or attr.<key>
    metric: Metric = "p95"
    data: str = ""  # name of the value, for the metric value and for stale and type rules
    statistic: Statistic = "worst"  # of the metric value, over the window; worst: the nearest to the bad side
    operator: Operator = "above"
    warning: float | None = None
    critical: float | None = None
    recovery: float | None = None  # over below (above) this; None: as soon as no threshold is crossed
    window: int = 300
    for_: int = 0
    keep_firing: int = 0
    min_samples: int = 1
    no_data: NoData = "keep"
    repeats: int = 5  # a stale value repeats more often than this
    min_seconds: int = 0  # and for at least this long
    tolerance: float = 0.0  # numbers this close count as equal
    days: int = 7  # an error spike is held against this hour of so many past days
    floor: float = 1.0  # and a usual error rate below this counts as this, %
    all_of: tuple[str, ...] = ()  # a combination fires while all of these rules fire,
    any_of: tuple[str, ...] = ()  # at least one of these, where there are any,
    none_of: tuple[str, ...] = ()  # and none of these
    severity: Severity = "warning"  # of rules without thresholds
    channels: tuple[str, ...] = ()  # ids
    escalation: tuple[Step, ...] = ()  # who is told later, while nobody acknowledges
    group_wait: int = 10  # of grouped rules: what fires within it goes into one message
    hours: str = ""  # when it is told, data/hours.py; "" always
    repeat: int = 0  # seconds until a message that nobody acknowledged is sent again; 0 never
    message_title: str = ""  # templates, message.py; "" the usual words
    message_text: str = ""
    owner: str = ""
    runbook: str = ""
    enabled: bool = True
    revision: int = 0  # rises with each edit; an edit of another revision is a conflict

    def speaks(self, at_ns: int) -> bool:
        """Whether this is within its hours; outside it is judged, and not told."""
        return holds(self.hours, at_ns, unread=True)

    @property
    def every_channel(self) -> tuple[str, ...]:
        """All that it may tell, at once or later."""
        later = [id for one in self.escalation for id in one.channels]
        return tuple(dict.fromkeys([*self.channels, *later]))

    @property
    def unit(self) -> str:
        return UNITS[self.metric] if self.kind == "threshold" else KIND_UNITS.get(self.kind, "")

    @property
    def measured(self) -> str:
        """What its number is of, for messages."""
        return self.kind if self.kind in KIND_UNITS else self.metric

    @property
    def has_thresholds(self) -> bool:
        """Whether a number is held against warning and critical; other kinds have a severity."""
        return self.kind == "threshold" or self.kind in KIND_UNITS

    @property
    def members(self) -> tuple[str, ...]:
        """The rules that a combination is made of, each once."""
        found = (*self.all_of, *self.any_of, *self.none_of) if self.kind == "combination" else ()
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True)
class FieldError:
    """What is wrong, and at which field."""

    field: str
    message: str


def check(rule: Rule) -> tuple[FieldError, ...]:
    """Everything that is wrong with a rule; none when it may be saved."""
    found = [*_names(rule), *_filter(rule), *_times(rule), *_hours(rule), *_steps(rule)]
    if rule.has_thresholds:
        found += _thresholds(rule)
    found += [FieldError(*one) for one in kind_errors(rule)]
    if rule.kind in ("stale", "type change") or (rule.kind, rule.metric) == ("threshold", "value"):
        found += [FieldError("data", "name the value")] if not rule.data else []
    if rule.kind == "stale" and rule.repeats < 1:
        found.append(FieldError("repeats", "at least 1"))
    if not (math.isfinite(rule.tolerance) and rule.tolerance >= 0):
        found.append(FieldError("tolerance", "0 or more"))
    return tuple(found)


def _names(rule: Rule) -> list[FieldError]:
    found = []
    if not rule.name.strip():
        found.append(FieldError("name", "give it a name"))
    if len(rule.name) > MAX_NAME:
        found.append(FieldError("name", f"at most {MAX_NAME} characters"))
    for field in ("owner", "runbook", "data", "message_title", "message_text"):
        if len(getattr(rule, field)) > MAX_TEXT:
            found.append(FieldError(field, f"at most {MAX_TEXT} characters"))
    for field in ("message_title", "message_text"):
        if odd := unknown(getattr(rule, field)):
            found.append(FieldError(field, f"no message knows {{{odd[0]}}}"))
    if rule.runbook and not rule.runbook.startswith(("http://", "https://")):
        found.append(FieldError("runbook", "an address that begins with http:// or https://"))
    if len(rule.channels) > MAX_CHANNELS:
        found.append(FieldError("channels", f"at most {MAX_CHANNELS}"))
    if rule.group_by not in GROUPS and not re.fullmatch(r"attr\.\S{1,200}", rule.group_by):
        found.append(FieldError("group_by", "process, group, or attr. and the key of an attribute"))
    return found


def _filter(rule: Rule) -> list[FieldError]:
    if len(rule.filter) > MAX_TEXT:
        return [FieldError("filter", f"at most {MAX_TEXT} characters")]
    try:
        parse(rule.filter)
    except FilterError as error:
        return [FieldError("filter", error.message)]
    return []


def _hours(rule: Rule) -> list[FieldError]:
    why = wrong(rule.hours)
    return [FieldError("hours", why)] if why else []


def _steps(rule: Rule) -> list[FieldError]:
    why = steps.wrong(rule.escalation)
    return [FieldError("escalation", why)] if why else []


def _times(rule: Rule) -> list[FieldError]:
    found = []
    if not MIN_WINDOW <= rule.window <= MAX_WINDOW:
        found.append(FieldError("window", f"{MIN_WINDOW} s to {MAX_WINDOW // 3600} h"))
    for field in ("for_", "keep_firing", "min_seconds"):
        if not 0 <= getattr(rule, field) <= MAX_FOR:
            found.append(FieldError(field, f"0 s to {MAX_FOR // 3600} h"))
    if not 0 <= rule.group_wait <= MAX_WAIT:
        found.append(FieldError("group_wait", f"0 s to {MAX_WAIT // 3600} h"))
    if rule.repeat and not MIN_REPEAT <= rule.repeat <= MAX_FOR:
        found.append(FieldError("repeat", f"0 for never, or {MIN_REPEAT // 60} min to {MAX_FOR // 3600} h"))
    if rule.min_samples < 1:
        found.append(FieldError("min_samples", "at least 1"))
    return found


def _thresholds(rule: Rule) -> list[FieldError]:
    given = {"warning": rule.warning, "critical": rule.critical, "recovery": rule.recovery}
    found = [
        FieldError(field, "a number that is not infinite")
        for field, value in given.items()
        if value is not None and not math.isfinite(value)
    ]
    if rule.warning is None and rule.critical is None:
        found.append(FieldError("warning", "set a warning or a critical threshold"))
    if found:
        return found
    if None not in (rule.warning, rule.critical) and not beyond(rule.critical, rule.warning, rule.operator):
        found.append(FieldError("critical", f"must lie {rule.operator} the warning threshold"))
    first = rule.warning if rule.warning is not None else rule.critical
    if rule.recovery is not None and beyond(rule.recovery, first, rule.operator):
        other = "below" if rule.operator == "above" else "above"
        found.append(FieldError("recovery", f"must lie {other} the first threshold"))
    if (rule.kind, rule.metric) == ("threshold", "error rate") and any(
        v is not None and not 0 <= v <= 100 for v in given.values()
    ):
        found.append(FieldError("warning", "an error rate is 0 to 100 %"))
    return found


def beyond(value: float | None, threshold: float | None, operator: Operator) -> bool:
    """Whether a value lies on the bad side of a threshold; a threshold itself is not crossed."""
    if value is None or threshold is None:
        return False
    return value > threshold if operator == "above" else value < threshold


def as_dict(rule: Rule) -> dict[str, Any]:
    """Plain data for control.db and the API."""
    plain = asdict(rule)
    plain["for"] = plain.pop("for_")
    steps_plain = [{"after": one.after, "channels": list(one.channels)} for one in rule.escalation]
    return plain | {name: list(plain[name]) for name in LISTS} | {"escalation": steps_plain}


def from_dict(plain: Mapping[str, Any]) -> Rule:
    """The rule again; keys that it does not know are left out, ValueError when one has the wrong type."""
    known = {field.name: field for field in fields(Rule)}
    given = {("for_" if key == "for" else key): value for key, value in plain.items()}
    values = {key: _typed(key, str(known[key].type), value) for key, value in given.items() if key in known}
    return Rule(**({"name": ""} | values))


LISTS = ("channels", "all_of", "any_of", "none_of")  # of ids
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": KINDS, "metric": METRICS, "operator": get_args(Operator), "no_data": get_args(NoData),
    "statistic": get_args(Statistic), "severity": get_args(Severity),
}  # fmt: skip


def _typed(key: str, type_name: str, value: Any) -> Any:
    if key in CHOICES:
        if value not in CHOICES[key]:
            raise ValueError(f"{key}: one of {', '.join(one or 'none' for one in CHOICES[key])}")
        return value
    if key == "escalation":
        return steps.read(value)
    if key in LISTS:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
            raise ValueError(f"{key}: a list of ids")
        return tuple(value)
    wanted: tuple[type, ...] = {"str": (str,), "int": (int,), "bool": (bool,)}.get(
        type_name, (int, float, type(None))
    )
    if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
        raise ValueError(f"{key}: expected {' or '.join(one.__name__ for one in wanted)}")
    if isinstance(value, int | float) and type_name.startswith("float"):
        return float(value)
    return value
