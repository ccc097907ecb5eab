"""What is different about a selection: its properties, the most telling first, each value a filter."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import Child, attr, button, icon_button
from dashboard.light import html
from queries.difference import Difference, Property, Region, ValueShare


def shown(found: Difference, region: Region) -> Component:
    """The head with what was compared, then one line per property."""
    if not found.compared_inside:
        return _framed(found, _instead("No span lies in the selection", "Select another part of the chart."))
    if not found.compared_outside:
        return _framed(found, _instead("There are no other spans", "The selection holds all that match."))
    if not found.properties:
        why = "Its attributes, processes and values are spread like those of all other spans."
        return _framed(found, _instead("Nothing stands out", why))
    return _framed(found, html.Div([_property(one) for one in found.properties], className="differs"))


def _framed(found: Difference, body: Component) -> Component:
    count = format.count
    compared = f"{count(found.compared_inside)} of its spans against {count(found.compared_outside)} others"
    about: list[Child] = ["in the selection of ", html.B(number(found)), f" spans: {compared}"]
    close = icon_button("x-lg", "Close the comparison", **attr(data_region="clear"))
    head = [html.H2("What is different"), html.Span(about, className="sub clip")]
    return html.Div([html.Div([*head, html.Span(close, className="meta")], className="ph"), body])


def _instead(title: str, why: str) -> Component:
    return html.Div([html.B(title), html.Br(), why], className="empty")


def number(found: Difference) -> str:
    """How many spans the selection holds."""
    return format.count(found.inside) if found.exact else f"≈ {format.short_count(found.inside)}"


def _property(one: Property) -> Component:
    bar = html.Span(style={"width": f"{one.score * 100:.0f}%"})
    score = html.Span(bar, className="score", title=f"{one.score:.2f} of 1")
    name = html.Div([html.Span(one.field, className="mono clip", title=one.field), score], className="what")
    shares = html.Div([_value(one.field, share) for share in one.values[:4]], className="shares")
    return html.Div([name, shares], className="differ")


def _value(field: str, share: ValueShare) -> Component:
    """One value with its share inside and outside; pressing it filters by it."""
    words = value_words(share)
    inside, outside = format.percent(share.inside, 0), format.percent(share.outside, 0)
    bars = html.Span(
        [
            html.Span(className="in", style={"width": f"{share.inside * 100:.1f}%"}),
            html.Span(className="out", style={"width": f"{share.outside * 100:.1f}%"}),
        ],
        className="pair",
    )
    both = f"{inside} % / {outside} %"
    label = f"{field} {words}: {inside} % of the selection, {outside} % of the rest. Filter by it"
    return button(
        [html.Span(words, className="mono clip"), bars, html.Span(both, className="mut")],
        look="quiet share", title=label, **attr(aria_label=label, **_edit(field, share)),
    )  # fmt: skip


def value_words(share: ValueShare) -> str:
    """none, a value, or the bounds of the numbers."""
    if share.absent:
        return "none"
    if share.low is None and share.high is None:
        return share.value or "''"
    if share.low is None:
        return f"below {share.high:g}"
    return f"{share.low:g} or more" if share.high is None else f"{share.low:g} to {share.high:g}"


def _edit(field: str, share: ValueShare) -> dict[str, str]:
    """What the button tells the filter."""
    field_, op, value = field, "equals", share.value
    if share.absent:
        field_, op, value = "has", "has", field
    elif share.low is not None:
        op, value = ">=", f"{share.low!r}"
    elif share.high is not None:
        op, value = "<", f"{share.high!r}"
    no = {"data_exclude": "1"} if share.absent else {}
    return {"data_edit": "add", "data_field": field_, "data_op": op, "data_value": value, **no}
