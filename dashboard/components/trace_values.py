"""Values that can be long: a cell that opens and copies, and the tables made of such cells."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component

from dashboard import format
from dashboard.components.marks import Children, attr, icon
from dashboard.components.tables import Column, cell, row, table
from dashboard.components.trace_usual import cell_text, words
from dashboard.light import html
from queries.rows import SpanObservation
from queries.usual import Judged, Usual
from queries.usual import judged as judge_all

MAX_SHOWN = 20_000  # characters of one value on the page; the raw span has every one
SOURCES = {"arg": "argument", "return": "returned", "observe": "observed", "local": "local"}
PLAIN = ("arg", "return")  # the sources that need no word beside the name
VALUES = (
    Column("Data", width="23%"), Column("Data Type", width="15%"), Column("Data Value"),
    Column("Usual", width="36%"),
)  # fmt: skip
PAIRS = (Column("Name", width="42%"), Column("Value"))


def any_text(value: Any, type_name: str = "") -> str:
    """An OTLP value as text: what format.value shows, lists and maps as JSON, bytes as hex."""
    if isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, str | int | float):
        return format.value(value, type_name)
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False, default=any_text, indent=1)


def long_text(text: str, *, look: str = "v") -> Component:
    """One line that opens on a click or Enter (assets/js/traces_detail.js), with a button that copies all."""
    shown = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    copy = html.Button(
        icon("copy"), type="button", className="ib copy", title="Copy",
        **attr(aria_label="Copy this value", data_copy=text),
    )  # fmt: skip
    opens = attr(data_opens="1", aria_expanded="false", role="button")
    return html.Div([html.Span(shown, className=f"{look} clip", tabIndex=0, **opens), copy], className="long")


def observations(
    seen: Sequence[SpanObservation], primary: int, start_ns: int, known: Mapping[str, Usual], raised: str = ""
) -> Component:
    """Arguments, returns, what was observed, locals: one row each, the row's own Data in bold.

    `known` is what is usual for each; `raised` names the exception in place of a value that never returned.
    """
    rows = [
        _observation(one, at == primary, judged, known.get(one.name))
        for at, (one, judged) in enumerate(zip(seen, judge_all(seen, start_ns, known), strict=True))
    ]
    if raised:
        rows.append(_not_returned(raised))
    return table(VALUES, rows, fixed=True, look="values", label="Values")


def _not_returned(raised: str) -> Component:
    return row(
        [
            cell("return", "mono"),
            cell("", "typ"),
            cell("not returned", "v mut"),
            cell(f"raised {raised}", "mut"),
        ]
    )


def _observation(one: SpanObservation, primary: bool, judged: Judged, known: Usual | None) -> Component:
    name: list[Children] = [html.B(one.name) if primary else one.name]
    if one.source not in PLAIN:
        name.append(html.Span(SOURCES.get(one.source, one.source), className="src-of"))
    title = f"{one.name}: {SOURCES.get(one.source, one.source)}"
    return row(
        [
            cell(name, "mono", title),
            cell(one.type, "typ", one.type),
            cell(long_text(any_text(one.value, one.type))),
            cell(cell_text(judged, known), "usual", words(judged, known)),
        ]
    )


def pairs(values: Mapping[str, Any], label: str, prefix: str) -> Component:
    """Attributes: names and values; `prefix` is what a filter calls them, such as "attr." or "resource."."""
    rows = [
        row([cell(_name(name, value, prefix), "mono", name), cell(long_text(any_text(value)))])
        for name, value in sorted(values.items())
    ]
    return table(PAIRS, rows, fixed=True, look="values", label=label)


def _name(name: str, value: Any, prefix: str) -> Component:
    """The name, which filters by its value when it is pressed."""
    if not prefix or not isinstance(value, str | int | float):
        return html.Span(name, className="clip")
    filter_by = attr(
        data_edit="add", data_field=f"{prefix}{name}", data_op="equals", data_value=_plain(value)
    )
    return html.Button(
        name, type="button", className="clip as-filter", title=f"Filter by {name}", **filter_by
    )


def _plain(value: str | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
