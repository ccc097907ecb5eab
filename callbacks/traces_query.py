"""What the page asks of the list, read from plain data into a filter, a range and an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dashboard import trace_columns, trace_filter, url
from dashboard.trace_columns import Order
from queries import filters, match
from queries.base import TimeRange
from queries.filter_tree import EMPTY, And, Clause, Filter, Not, Or
from queries.measures import SELF_GROUP

if TYPE_CHECKING:
    from callbacks.context import Context

OWN: Filter = Clause("group", "equals", SELF_GROUP)  # Flowglass' own spans, shown when asked for


@dataclass(frozen=True)
class ListQuery:
    """One list: which spans, of when, in what order. `serial` tells the questions of one page apart."""

    serial: int
    q: str
    filter: Filter
    range: TimeRange
    order: Order
    columns: tuple[str, ...] = ()
    noise: Filter = EMPTY  # what is left out beside Flowglass' own spans
    page: str = ""  # what asks
    at_ns: int | None = None  # the time that was jumped to, when it lies in the range

    @property
    def listed(self) -> TimeRange:
        """What is listed of the range: all of it, or from the time that was jumped to in the list's order."""
        if self.at_ns is None or self.order.measure:
            return self.range
        if self.order.largest_first:
            return TimeRange(self.range.start_ns, self.at_ns + 1)
        return TimeRange(self.at_ns, self.range.end_ns)


def of_url(ctx: Context, data: Mapping[str, Any]) -> ListQuery:
    """The list that the URL asks for; a range that is a preset ends now."""
    start, end = url.window_ns(url.from_data(data), ctx.now_ns())
    return _query(ctx, data, start, end)


def of_page(ctx: Context, data: Mapping[str, Any]) -> ListQuery:
    """The list that a page on the screen belongs to, with the very range it was found in."""
    return _query(ctx, data, int(data["start_ns"]), int(data["end_ns"]))


def _query(ctx: Context, data: Mapping[str, Any], start_ns: int, end_ns: int) -> ListQuery:
    text = text_of(data)
    noise = hidden_noise(ctx, data)
    at = str(data.get("at") or "")
    return ListQuery(
        serial=int(data.get("serial") or 0),
        q=text,
        filter=visible(filters.parse(text), noise),
        range=TimeRange(start_ns, end_ns),
        order=trace_columns.order(data.get("order")),
        columns=trace_columns.columns(data.get("cols")),
        noise=noise,
        page=str(data.get("page") or ""),
        at_ns=int(at) if at.isascii() and at.isdigit() and start_ns <= int(at) < end_ns else None,
    )


def text_of(data: Mapping[str, Any]) -> str:
    """The filter's text: that of the URL after the edits that have not become the URL yet.

    Raises FilterError when one of them cannot be done. A page asks for rows with its edits, so that the text
    after them and its rows come in one answer.
    """
    text = str(data.get("q") or "")
    for edit in data.get("edits") or ():
        text = trace_filter.edited(text, edit)
    return text


def hidden_noise(ctx: Context, data: Mapping[str, Any]) -> Filter:
    """The noise that this page leaves out: none once a person has asked for it."""
    return EMPTY if data.get("noise") else noise(ctx.settings.traces.noise)


def noise(patterns: Sequence[str]) -> Filter:
    """The calls of processes with such names, EMPTY when there is no pattern."""
    return Or(tuple(Clause("process", "glob", pattern) for pattern in patterns)) if patterns else EMPTY


def visible(wanted: Filter, noise: Filter) -> Filter:
    """The filter, without Flowglass' own spans and without noise, unless it names them."""
    parts = [wanted]
    if not names_own(wanted):
        parts.append(Not(OWN))
    if noise != EMPTY and not names_noise(wanted, noise):
        parts.append(Not(noise))
    return And(tuple(parts))


def names_noise(wanted: Filter, noise: Filter) -> bool:
    """Whether a filter asks for a noisy process by its name."""
    patterns = [match.glob(clause.value) for clause in filters.clauses(noise)]
    return any(fits(name) for name in _named(filters.active(wanted)) for fits in patterns)


def _named(wanted: Filter) -> tuple[str, ...]:
    """The processes that a filter asks for by their whole name."""
    if isinstance(wanted, Clause):
        return (wanted.value,) if wanted.field == "process" and wanted.op == "equals" else ()
    if isinstance(wanted, And | Or):
        return tuple(name for child in wanted.children for name in _named(child))
    return ()


def names_own(wanted: Filter) -> bool:
    """Whether a filter says something about Flowglass' own group."""
    return any(
        clause.field == "group" and clause.value == SELF_GROUP
        for clause in filters.clauses(filters.active(wanted))
    )
