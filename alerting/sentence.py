"""A rule read aloud: one plain sentence, the same for the page and for people who never open the builder."""

from __future__ import annotations

import re
from collections.abc import Mapping

from alerting.message import span_text, value_text
from alerting.rule import Rule

METRIC_WORDS: Mapping[str, str] = {
    "p50": "median latency", "p95": "p95 latency", "p99": "p99 latency", "error rate": "the error rate",
    "errors": "the number of errors", "traffic": "traffic", "count": "the number of calls",
    "memory": "the memory delta", "value": "the value", "stale count": "the number of stale values",
    "queue depth": "the number of spans that wait",
}  # fmt: skip
KIND_WORDS: Mapping[str, str] = {
    "threshold": "a number crosses a threshold", "stale": "a value stops changing",
    "no calls": "calls stop coming", "new exception": "a new exception is raised",
    "type change": "a value changes its type", "error spike": "errors spike", "memory growth": "memory grows",
    "regression": "a new version is worse", "combination": "other rules fire together",
}  # fmt: skip
NO_DATA_WORDS: Mapping[str, str] = {
    "keep": "keep the last state", "ok": "say all is well", "alert": "tell that there is no data",
}  # fmt: skip
STATISTIC_WORDS: Mapping[str, str] = {
    "worst": "any", "mean": "the mean of", "least": "the least", "greatest": "the greatest",
    "last": "the last",
}  # fmt: skip


PLAIN = re.compile(
    r'(?:process:="(?P<process>[^"\\]+)")?(?:(?:^|\s+)group:="(?P<group>[^"\\]+)")?'
)  # the filters that "alert on this" writes


NO_NAMES: Mapping[str, str] = {}


def sentence(rule: Rule, names: Mapping[str, str] = NO_NAMES) -> str:
    """Fires when p95 latency of process:=price_order over 5 min is above 210 ms for 5 min; …

    `names` are those of the rules by id, for a rule that is made of others.
    """
    each = f", each {rule.group_by.removeprefix('attr.')} by itself" if rule.group_by else ""
    made = _combined(rule, names) if rule.kind == "combination" else _condition(rule)
    told = f" It is told only {rule.hours}." if rule.hours else ""
    return f"Fires when {made}{each}{_ends(rule)}.{told}"


def subject(rule: Rule) -> str:
    """What a rule looks at, in few words: its value and its filter."""
    return f"{rule.data} of {calls(rule)}" if needs_data(rule) and rule.data else calls(rule)


def calls(rule: Rule) -> str:
    """The calls a rule looks at: a process by its name where the filter says no more, else the filter."""
    if rule.kind == "combination":
        return "other rules"
    if not rule.filter:
        return everything(rule)
    plain = PLAIN.fullmatch(rule.filter)
    if plain is None:
        return rule.filter
    process, group = plain["process"], plain["group"]
    return process or f"every call of {group}"


def needs_data(rule: Rule) -> bool:
    """Whether the rule is about one named value."""
    return rule.kind in ("stale", "type change") or (rule.kind == "threshold" and rule.metric == "value")


def everything(rule: Rule) -> str:
    """What a rule without a filter looks at."""
    queues = rule.kind == "threshold" and rule.metric == "queue depth"
    return "collector and tracers" if queues else "every call"


def at_a_moment(rule: Rule) -> bool:
    """Whether the number is read as it stands, not taken over a window."""
    return rule.kind == "threshold" and rule.metric in ("stale count", "queue depth")


def limit(rule: Rule, severity: str = "warning") -> str:
    """What the number is held against, with its unit: 210 ms, 5 %, 20 repeats."""
    if rule.kind == "stale":
        return f"{rule.repeats:,} repeats"
    if not rule.has_thresholds:
        return "0"
    first = rule.warning if rule.warning is not None else rule.critical
    chosen = rule.critical if severity == "critical" and rule.critical is not None else first
    return value_text(chosen, rule.unit)


def _condition(rule: Rule) -> str:
    seen = calls(rule)
    if rule.kind == "stale":
        lasted = f" and stays so for {span_text(rule.min_seconds)}" if rule.min_seconds else ""
        close = f", numbers within {rule.tolerance:g} counting as equal," if rule.tolerance else ""
        return f"{rule.data} of {seen}{close} repeats more than {rule.repeats:,} times in a row{lasted}"
    if rule.kind == "no calls":
        return f"nothing of {seen} was called for {span_text(rule.window)}, though it was in the day before"
    if rule.kind == "new exception":
        return f"{seen} raises what it did not raise in the seven days before"
    if rule.kind == "type change":
        return f"{rule.data} of {seen} has another type than usual"
    if rule.kind == "error spike":
        return f"the error rate of {seen} over {span_text(rule.window)} is {_thresholds(rule)} {_usual(rule)}"
    if rule.kind == "memory growth":
        return (
            f"the median memory delta of {seen} has grown, from one {span_text(rule.window)} to the next, "
            f"by {_thresholds(rule).replace('above', 'more than')}"
        )
    if rule.kind == "regression":
        return f"a new version of {seen} is slower or fails more than the one before"
    if at_a_moment(rule):
        return f"{_measure(rule)} of {seen} is {_thresholds(rule)}"
    return f"{_measure(rule)} of {seen} over {span_text(rule.window)} is {_thresholds(rule)}"


def _usual(rule: Rule) -> str:
    return f"the usual one of this hour (median of {rule.days} days, at least {rule.floor:g} %)"


def _combined(rule: Rule, names: Mapping[str, str]) -> str:
    """A and B fire, and C or D, and not E."""

    def listed(ids: tuple[str, ...], word: str) -> str:
        return f" {word} ".join(names.get(id, id) for id in ids)

    parts = []
    if rule.all_of:
        parts.append(f"{listed(rule.all_of, 'and')} fire{'s' * (len(rule.all_of) == 1)}")
    if rule.any_of:
        parts.append(f"{listed(rule.any_of, 'or')} fires")
    if rule.none_of:
        parts.append(f"{listed(rule.none_of, 'or')} does not")
    return ", and ".join(parts) + (f", for {span_text(rule.for_)}" if rule.for_ else "")


def _measure(rule: Rule) -> str:
    if rule.metric == "value":
        return f"{STATISTIC_WORDS[rule.statistic]} {rule.data}"
    return METRIC_WORDS[rule.metric]


def _thresholds(rule: Rule) -> str:
    lasted = f" for {span_text(rule.for_)}" if rule.for_ else ""
    warning, critical = value_text(rule.warning, rule.unit), value_text(rule.critical, rule.unit)
    if rule.warning is None:
        return f"{rule.operator} {critical}{lasted}, as critical"
    worse = f", and as critical {rule.operator} {critical}" if rule.critical is not None else ""
    return f"{rule.operator} {warning}{lasted}{worse}"


def _ends(rule: Rule) -> str:
    if not rule.has_thresholds or (rule.recovery is None and not rule.keep_firing):
        return ""
    other = "below" if rule.operator == "above" else "above"
    back = f" {other} {value_text(rule.recovery, rule.unit)}" if rule.recovery is not None else ""
    lasted = f" for {span_text(rule.keep_firing)}" if rule.keep_firing else ""
    return f"; it is over{back}{lasted}"
