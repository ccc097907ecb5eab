"""Search across everything: processes, exceptions, values and trace ids, each kind up to a limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from queries import filters
from queries.base import Reader, TimeRange
from queries.filter_tree import And, Clause, Filter, Not
from queries.measures import SELF_GROUP
from queries.rows import SpanRow
from queries.traces import find_spans

Kind = Literal["process", "exception", "value", "trace"]
KINDS: tuple[Kind, ...] = ("process", "exception", "value", "trace")
TITLE_CHARACTERS = 100
TRACE_ID = re.compile("[0-9a-f]{32}")
OTHERS: Filter = Not(Clause("group", "equals", SELF_GROUP))


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that matches. `q` is the filter text that lists its spans."""

    kind: Kind
    title: str  # at most 100 characters
    detail: str
    q: str
    trace_id: str = ""


def search(
    reader: Reader, text: str, range: TimeRange, *, kinds: tuple[Kind, ...] = KINDS, limit: int = 10
) -> tuple[Found, ...]:
    """What contains this text, taken literally: names anywhere, values and traces within the range."""
    by_kind: dict[Kind, Callable[[], list[Found]]] = {
        "process": lambda: _processes(reader, text, limit),
        "exception": lambda: _exceptions(reader, text, limit),
        "value": lambda: _values(reader, text, range, limit),
        "trace": lambda: _traces(reader, text, range),
    }
    return tuple(found for kind in KINDS if kind in kinds for found in by_kind[kind]())


def _processes(reader: Reader, text: str, limit: int) -> list[Found]:
    with reader.session() as session:
        known = session.names.processes.values()
    wanted = text.lower()
    pairs = {(one.name, one.group) for one in known if wanted in one.name.lower() and one.group != SELF_GROUP}
    matching = sorted(pairs, key=lambda pair: (not pair[0].lower().startswith(wanted), pair))[:limit]
    return [
        Found("process", _cut(name), group, _text(_is("process", name), _is("group", group)))
        for name, group in matching
    ]


def _exceptions(reader: Reader, text: str, limit: int) -> list[Found]:
    with reader.session() as session:
        names = sorted(name for name in session.names.exceptions.values() if text.lower() in name.lower())
    return [Found("exception", _cut(name), "", _text(_is("exception", name))) for name in names[:limit]]


def _values(reader: Reader, text: str, range: TimeRange, limit: int) -> list[Found]:
    """Values that contain the text, each value of a process once, the newest first."""
    contains = Clause("value", "contains", text)
    found: dict[tuple[str, str, str], SpanRow] = {}
    for row in find_spans(reader, And((contains, OTHERS)), range, limit=100).rows:
        found.setdefault((row.process, row.data, str(row.data_value)), row)
    return [
        Found(
            "value",
            _cut(str(row.data_value)),
            f"{row.process} · {row.data}",
            _text(_is("process", row.process), contains),
        )
        for row in list(found.values())[:limit]
    ]


def _traces(reader: Reader, text: str, range: TimeRange) -> list[Found]:
    """The trace with this id."""
    trace_id = text.lower()
    if not TRACE_ID.fullmatch(trace_id):
        return []
    rows = find_spans(reader, filters.parse(f"trace:{trace_id}"), range, limit=1).rows
    return [Found("trace", trace_id, row.process, f"trace:{trace_id}", trace_id) for row in rows]


def _is(field: str, value: str) -> Clause:
    return Clause(field, "equals", value)


def _text(*clauses: Clause) -> str:
    return filters.to_text(And(clauses))


def _cut(text: str) -> str:
    return text if len(text) <= TITLE_CHARACTERS else f"{text[: TITLE_CHARACTERS - 1]}…"
