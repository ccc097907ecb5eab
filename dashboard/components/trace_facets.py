"""Facets beside the list: the values of a few fields with their counts, to include, exclude or take alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import attr, classes, icon, icon_button, spoken
from dashboard.components.view import View
from dashboard.ids import Traces
from dashboard.light import dcc, html
from queries.survey import Facet

TITLES = {
    "group": "Group", "process": "Process", "status": "Status", "type": "Data type", "exception": "Exception",
    "version": "Version",
}  # fmt: skip
FIRST = 8  # values shown before "more"
SEARCHED = 12  # a list longer than this can be searched
HASH = 8  # characters of a version that are shown


@dataclass(frozen=True)
class Choice:
    """A facet, whether it was counted or estimated, and its values that the filter chooses and leaves out."""

    facet: Facet
    exact: bool
    included: tuple[str, ...]
    excluded: tuple[str, ...]


def facets(choices: Sequence[Choice]) -> list[Component]:
    """All facets that have a value; a count that is an estimate is marked."""
    return [_facet(choice) for choice in choices if lines(choice)]


def lines(choice: Choice) -> list[tuple[str, int]]:
    """Values with their counts: chosen and left-out ones first, then the commonest."""
    known = {value.value: value.spans for value in choice.facet.values}
    picked = dict.fromkeys((*choice.included, *choice.excluded))
    rest = [(value, spans) for value, spans in known.items() if value not in picked]
    return [(value, known.get(value, 0)) for value in picked] + rest


def _facet(choice: Choice) -> Component:
    field, title = choice.facet.field, TITLES[choice.facet.field]
    found = lines(choice)
    most = max(spans for _, spans in found) or 1
    rows = [_value(choice, value, spans, most) for value, spans in found]
    head = html.H3([title, html.Span(format.count(choice.facet.distinct))])
    parts: list[Component] = [head, *rows[:FIRST]]
    if len(rows) > FIRST:
        parts.append(_more(title, rows[FIRST:], len(found) > SEARCHED))
    return html.Div(
        parts, className="facet", role="group", key=field, **attr(aria_label=title, data_facet=field)
    )


def _more(title: str, rows: list[Component], searched: bool) -> Component:
    """The rest of a long list, closed and not drawn until it is asked for."""
    find = dcc.Input(type="search", placeholder="Find", autoComplete="off", className="facet-find")
    label = html.Label([spoken(f"Find in {title}"), find], className="facet-search") if searched else None
    return html.Details([html.Summary(f"{len(rows)} more"), label, *rows], **attr(data_later="1"))


def _value(choice: Choice, value: str, spans: int, most: int) -> Component:
    field = choice.facet.field
    on, out = value in choice.included, value in choice.excluded
    name = value.upper() if field == "status" else value[:HASH] if field == "version" else value
    sign = icon("check-lg") if on else icon("dash-lg") if out else None
    same = {"data_field": field, "data_value": value}
    checked = "mixed" if out else str(on).lower()
    include = html.Button(
        [html.Span(sign, className="box"), html.Span(name, className="nm clip")],
        type="button", role="checkbox", className="pick", title=value,
        **attr(aria_checked=checked, data_edit="exclude" if out else "include", **same),
    )  # fmt: skip
    only = icon_button("bullseye", f"Only {name}", **attr(data_edit="only", data_op="equals", **same))
    drop = icon_button("slash-circle", f"Exclude {name}", **attr(data_edit="exclude", **same))
    count = html.Span(count_text(spans, choice.exact), className="ct")
    return html.Div(
        [include, html.Span([only, drop], className="acts"), count],
        className=classes("fv", "on" if on else "", "ex" if out else ""),
        style={"--w": f"{spans / most:.3f}"},
        key=value,
    )


def count_text(spans: int, exact: bool) -> str:
    """1,204, or ≈ 1.2 k when it is an estimate."""
    return format.count(spans) if exact else f"≈ {format.short_count(spans)}"


def facet_panel() -> Component:
    """The frame; on a phone it is a sheet that a button opens."""
    close = icon_button("x-lg", "Close", look="only-s", **attr(data_facets="close"))
    return html.Section(
        [close, View(id=Traces.FACETS)],
        id=Traces.FACET_PANEL,
        className="panel facets",
        **attr(aria_label="Facets"),
    )
