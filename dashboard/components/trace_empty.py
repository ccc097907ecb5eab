"""What stands in place of the rows when there are none: the cause, and the one button that mends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import Child, attr, button, icon
from dashboard.components.states import empty
from dashboard.components.trace_chips import words
from dashboard.light import dcc, html
from dashboard.url import PRESETS, SECOND_NS
from queries import filters
from queries.limits import TimeRange


@dataclass(frozen=True)
class Emptied:
    """Why a search found nothing. `culprits` are the parts of the filter without which there are rows."""

    hidden: bool  # whether there are rows that are left out as noise
    filtered: bool  # whether there is a filter at all
    culprits: tuple[str, ...]
    rows_without_filter: bool
    range: TimeRange
    newest_ns: int | None  # start of the newest span of the store, None when it holds none


def explained(found: Emptied, now_ns: int) -> Component:
    """The empty state for what was found out."""
    if found.newest_ns is None:
        return empty("No span has come yet", "The Overview says how to send the first one.", [_overview()])
    if found.hidden:
        return empty(
            "Only hidden spans are here",
            "What fits is a health probe or other known noise, which the list leaves out.",
            [button("Show hidden spans", look="pri", **attr(data_noise="1"))],
        )
    if found.culprits:
        return _blamed(found.culprits)
    if found.filtered and found.rows_without_filter:
        return empty(
            "No span fits this filter",
            "More than one part of it stands in the way: taking any single one away does not help.",
            [button("Clear the filter", look="pri", **attr(data_edit="clear"))],
        )
    return _wrong_time(found, now_ns)


def unreadable(message: str, suggestion: str) -> Component:
    """The filter of the link cannot be read, so nothing was searched."""
    actions = [button("Clear the filter", **attr(data_edit="clear"))]
    if suggestion:
        actions.insert(0, button(f"Use {suggestion}", look="pri", **attr(data_suggest=suggestion)))
    return empty("The filter cannot be read", f"{message[:1].upper()}{message[1:]}.", actions)


def _blamed(culprits: Sequence[str]) -> Component:
    """One line per part of the filter that hides everything, with the button that drops it."""
    lines: list[Child] = []
    for part in culprits:
        key, value, _ = words(filters.parse(part))
        lines += [html.Span([f"{key} ", html.B(value, className="mono")]), html.Span(" or ")]
    drops = [_drop(part, "pri" if at == 0 else "") for at, part in enumerate(culprits)]
    return empty("No span fits this filter", ["There are spans without ", *lines[:-1], "."], drops)


def _drop(part: str, look: str) -> Component:
    shown = ["Drop ", html.Span(part, className="mono clip")]
    return button(shown, look=look, **attr(data_edit="remove", data_part=part))


def _wrong_time(found: Emptied, now_ns: int) -> Component:
    """Nothing in this range at all; the newest span says where to look."""
    newest = found.newest_ns or 0
    span = format.window(found.range.start_ns, found.range.end_ns)
    zone = format.zone_word(found.range.end_ns)
    age = format.age((now_ns - newest) / SECOND_NS)
    why = f"Nothing started in {span} {zone}. The newest span of the store started {age} ago."
    preset = reaching(now_ns - newest)
    fits = newest < found.range.start_ns and preset
    shown = preset if fits else "30d"
    action = button(f"Show the last {shown}", look="pri" if fits else "", **attr(data_range=shown))
    return empty("No spans in this range", why, [action])


def reaching(age_ns: int) -> str:
    """The shortest preset that reaches this far back, "" when none does."""
    return next((name for name, seconds in PRESETS.items() if seconds * SECOND_NS > age_ns), "")


def _overview() -> Component:
    return dcc.Link([icon("speedometer2"), "Open the Overview"], href="/", className="btn-x pri")
