"""What a message shows beside its number: one call to look at, its place in the code, and the last values."""

from __future__ import annotations

from dataclasses import dataclass

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


def evidence(reader: Reader, rule: Rule, key: str, at_ns: int) -> Evidence | None:
    """The newest failing call of the window for rules on errors, else the newest call."""
    range = TimeRange(max(0, at_ns - rule.window * NS), at_ns + 1)
    tree = _of_key(rule, key)
    try:
        failing = _newest(reader, And((tree, Clause("status", "equals", "error"))), range, 1)
        wants_error = rule.kind == "new exception" or rule.metric in ("error rate", "errors")
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


def _of_key(rule: Rule, key: str) -> Filter:
    tree = parse(rule.filter)
    return And((tree, Clause(rule.group_by, "equals", key))) if rule.group_by and key else tree


def _newest(reader: Reader, tree: Filter, range: TimeRange, limit: int) -> tuple[SpanRow, ...]:
    return find_spans(reader, tree, range, limit=limit).rows
