"""Spans: lists by filter, children of a call, one trace, all of one span, and names to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from queries import match
from queries.base import Page, Reader, TimeRange
from queries.cursor import decode, encode
from queries.fetch import fetch
from queries.filter_tree import Filter
from queries.find import find
from queries.limits import MAX_PAGE, page_limit
from queries.rows import (
    SpanDetail,
    SpanEvent,
    SpanLink,
    SpanObservation,
    SpanRow,
    SpanSource,
)
from queries.span import otlp_json, span_detail
from queries.tail import Tail, tail
from queries.tree import children, trace_spans

__all__ = [
    "ProcessName",
    "SpanDetail",
    "SpanEvent",
    "SpanLink",
    "SpanObservation",
    "SpanRow",
    "SpanSource",
    "Tail",
    "children",
    "find_spans",
    "groups",
    "otlp_json",
    "processes",
    "span_detail",
    "tail",
    "trace_spans",
]


@dataclass(frozen=True, slots=True)
class ProcessName:
    """What identifies a process."""

    group: str
    name: str
    scope: str


def find_spans(
    reader: Reader,
    filter: Filter,
    range: TimeRange,
    *,
    cursor: str | None = None,
    limit: int = MAX_PAGE,
    newest_first: bool = True,
) -> Page[SpanRow]:
    """One page of the spans that match, by (start, span id). It stops early when the search takes long."""
    place = decode(cursor)
    page_limit(limit)
    with reader.session() as session:
        found = find(session, filter, range, place, limit, newest_first)
        return Page(
            rows=fetch(session, found.keys),
            next_cursor=encode(found.place) if found.place else None,
            searched_back_to_ns=found.searched_to_ns,
            elapsed_ms=session.elapsed_ms(),
        )


def groups(reader: Reader) -> tuple[str, ...]:
    """Names of all process groups, in order of the alphabet."""
    with reader.session() as session:
        return tuple(sorted(session.names.groups.values()))


def processes(reader: Reader, contains: str = "", limit: int = 50) -> tuple[ProcessName, ...]:
    """Processes whose name contains the text, in order of the alphabet."""
    page_limit(limit)
    fits = match.contains(contains)
    with reader.session() as session:
        found = [p for p in session.names.processes.values() if fits(p.name)]
    found.sort(key=lambda p: (p.name, p.group, p.scope))
    return tuple(ProcessName(p.group, p.name, p.scope) for p in found[:limit])
