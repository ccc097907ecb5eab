"""What the page asks of the list, read from plain data into a filter, a range and an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard import trace_columns, url
from dashboard.trace_columns import Order
from queries import filters
from queries.base import TimeRange
from queries.filter_tree import And, Clause, Filter, Not
from queries.measures import SELF_GROUP

OWN: Filter = Clause("group", "equals", SELF_GROUP)  # Flowglass' own spans, shown when asked for


@dataclass(frozen=True)
class ListQuery:
    """One list: which spans, of when, in what order. `serial` tells answers to old questions apart."""

    serial: int
    q: str
    filter: Filter
    range: TimeRange
    order: Order
    columns: tuple[str, ...] = ()


def of_url(data: Mapping[str, Any], now_ns: int) -> ListQuery:
    """The list that the URL asks for; a range that is a preset ends now."""
    start, end = url.window_ns(url.from_data(data), now_ns)
    return _query(data, start, end)


def of_page(data: Mapping[str, Any]) -> ListQuery:
    """The list that a page on the screen belongs to, with the very range it was found in."""
    return _query(data, int(data["start_ns"]), int(data["end_ns"]))


def _query(data: Mapping[str, Any], start_ns: int, end_ns: int) -> ListQuery:
    text = str(data.get("q") or "")
    return ListQuery(
        serial=int(data.get("serial") or 0),
        q=text,
        filter=visible(filters.parse(text)),
        range=TimeRange(start_ns, end_ns),
        order=trace_columns.order(data.get("order")),
        columns=trace_columns.columns(data.get("cols")),
    )


def visible(wanted: Filter) -> Filter:
    """The filter, without Flowglass' own spans unless it names their group."""
    return wanted if names_own(wanted) else And((wanted, Not(OWN)))


def names_own(wanted: Filter) -> bool:
    """Whether a filter says something about Flowglass' own group."""
    return any(
        clause.field == "group" and clause.value == SELF_GROUP
        for clause in filters.clauses(filters.active(wanted))
    )
