"""What is wrong with a rule because of its kind."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from queries.filter_tree import Clause, active, clauses
from queries.filters import FilterError, parse

if TYPE_CHECKING:
    from alerting.rule import Rule

PLAIN_FIELDS = ("process", "group", "scope")  # what rollups know of a call
OF_PROCESSES = ("error spike", "regression")  # judged from rollups and versions, by process
MIN_DAYS = 3  # past days without which nothing is usual at an hour
MAX_DAYS = 21
MAX_MEMBERS = 20


def kind_errors(rule: Rule) -> Iterator[tuple[str, str]]:
    """Field and message of everything that this kind of rule does not allow."""
    if rule.kind in OF_PROCESSES or (rule.kind, rule.metric) == ("threshold", "stale count"):
        yield from _of_processes(rule)
    if (rule.kind, rule.metric) == ("threshold", "queue depth"):
        yield from _of_queues(rule)
    if rule.kind == "error spike":
        yield from _spike(rule)
    if rule.kind in ("error spike", "memory growth") and rule.operator != "above":
        yield "operator", "only above: it is told what rises"
    if rule.kind == "memory growth" and rule.window > 86_400 // 2:
        yield "window", "at most 12 h: it is held against the window before"
    if rule.kind == "combination":
        yield from _combination(rule)


def clauses_of(rule: Rule) -> Sequence[Clause] | None:
    """What its filter asks, switched-off parts left out; None for a filter that cannot be read."""
    try:
        return tuple(clauses(active(parse(rule.filter))))
    except FilterError:
        return None


def _of_processes(rule: Rule) -> Iterator[tuple[str, str]]:
    """These are counted per process while they come in, and kept so for weeks."""
    found = clauses_of(rule)
    if found is None:
        return  # said already
    odd = next((one for one in found if one.field not in PLAIN_FIELDS), None)
    if odd is not None:
        shown = odd.field or odd.value
        yield "filter", f"only process, group and scope: the past is kept by process, without {shown}"
    if rule.group_by not in ("", "process", "group"):
        yield "group_by", "process or group: the past is kept by process"


def _of_queues(rule: Rule) -> Iterator[tuple[str, str]]:
    """Tracers say which service they belong to, and no more."""
    found = clauses_of(rule)
    if found is None:
        return  # said already
    if any(one.field != "group" for one in found):
        yield "filter", "only group: spans wait in the programs of a group, or in the collector"
    if rule.group_by not in ("", "group"):
        yield "group_by", "group: the queues of each are judged by themselves"


def _spike(rule: Rule) -> Iterator[tuple[str, str]]:
    if not MIN_DAYS <= rule.days <= MAX_DAYS:
        yield "days", f"{MIN_DAYS} to {MAX_DAYS}"
    if not (math.isfinite(rule.floor) and 0 < rule.floor <= 100):
        yield "floor", "above 0 and at most 100 %"
    for name in ("warning", "critical", "recovery"):
        value = getattr(rule, name)
        if value is not None and value <= 0:
            yield name, "above 0: so many times the usual rate"


def _combination(rule: Rule) -> Iterator[tuple[str, str]]:
    if not rule.all_of and not rule.any_of:
        yield "all_of", "choose at least one rule that must fire"
    if len(rule.members) > MAX_MEMBERS:
        yield "all_of", f"at most {MAX_MEMBERS} rules"
    asked = {*rule.all_of, *rule.any_of}
    if asked & set(rule.none_of):
        yield "none_of", "a rule cannot have to fire and not to fire"
    if rule.id and rule.id in rule.members:
        yield "all_of", "a rule cannot be made of itself"
