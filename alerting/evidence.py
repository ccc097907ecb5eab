"""What a message shows beside its number: one call to look at, its place in the code, and the last values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alerting.regression import regressed_at
from alerting.rule import Rule
from queries.base import QueryError, Reader, TimeRange
from queries.filter_tree import And, Clause, Filter
from queries.filters import parse
from queries.rows import SpanRow
from queries.traces import find_spans

NS = 10**9
LAST_VALUES = 5
MAX_TEXT = 200  # characters of one value


@dataclass(frozen=True, slots=True)
class Evidence:
    """One call, its file and line, what it raised, and the last values of the process. Not masked yet."""

    trace_id: str
    span_id: str
    group: str
    process: str
    scope: str
    file: str
    line: int
    duration_ns: int
    exception: str
    message: str
    data: str
    values: tuple[str, ...]  # newest first


def evidence(
    reader: Reader, rule: Rule, key: str, at_ns: int, rules: Mapping[str, Rule] | None = None
) -> Evidence | None:
    """The newest failing call of the window for rules on errors, else the newest call.

    Of a combination, that of the first of its `rules` that has one; of a regression, of the newer version.
    """
    if rule.kind == "combination":
        members = [(rules or {}).get(id) for id in (*rule.all_of, *rule.any_of)]
        shared = [(one, key if one.group_by else "") for one in members if one is not None]
        found = (evidence(reader, one, mine, at_ns) for one, mine in shared if not one.members)
        return next((one for one in found if one is not None), None)
    if rule.kind == "threshold" and rule.metric == "queue depth":
        return None  # no single call waits
    range = TimeRange(max(0, at_ns - rule.window * NS), at_ns + 1)
    try:
        tree = tree_of(reader, rule, key, at_ns)
        failing = _newest(reader, And((tree, Clause("status", "equals", "error"))), range, 1)
        wants_error = rule.kind in ("new exception", "error spike") or (
            rule.kind == "threshold" and rule.metric in ("error rate", "errors")
        )
        newest = _newest(reader, tree, range, LAST_VALUES)
    except QueryError:
        return None
    shown = failing[0] if failing and (wants_error or not newest) else newest[0] if newest else None
    if shown is None:
        return None
    values = tuple(str(row.data_value)[:MAX_TEXT] for row in newest if row.data == shown.data)
    return Evidence(
        shown.trace_id, shown.span_id, shown.group, shown.process, shown.scope, shown.file, shown.line,
        shown.duration_ns, shown.exception, shown.exception_message[:MAX_TEXT], shown.data, values,
    )  # fmt: skip


def tree_of(reader: Reader, rule: Rule, key: str, at_ns: int) -> Filter:
    """The filter of the calls of one group key; of a regression those of the newer version."""
    found = regressed_at(rule, reader, key, at_ns) if rule.kind == "regression" else None
    if found is None:
        return _of_key(rule, key)
    switch = found.switch
    named = {"process": switch.name, "group": switch.group, "version": switch.new}
    return And(tuple(Clause(field, "equals", value) for field, value in named.items()))


def _of_key(rule: Rule, key: str) -> Filter:
    tree = parse(rule.filter)
    if rule.kind == "threshold" and rule.metric == "stale count":
        tree = And((tree, parse("is:stale")))
    return And((tree, Clause(rule.group_by, "equals", key))) if rule.group_by and key else tree


def _newest(reader: Reader, tree: Filter, range: TimeRange, limit: int) -> tuple[SpanRow, ...]:
    return find_spans(reader, tree, range, limit=limit).rows
