"""Code Inspector: the source as it ran, beside what it did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from dashboard import fn, format, links, url
from dashboard.components import code_numbers, code_start, code_tools
from dashboard.components.chart import Chart
from dashboard.components.code_versions import Opened, since_text
from dashboard.components.marks import Child, attr, badge, icon
from dashboard.components.panel import panel_head
from dashboard.components.states import loading
from dashboard.components.store import Store
from dashboard.components.told import Told
from dashboard.components.view import View
from dashboard.figures.base import CONFIG
from dashboard.ids import Code
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code import FunctionRow
from queries.limits import TimeRange

if TYPE_CHECKING:
    from config import Settings

HISTORY_VIEWS = {"": "Latency", "memory": "Memory", "histogram": "Histogram", "calls": "Callers, callees"}
VALUE_VIEWS = {"": "Seen", "slow": "With slow calls"}


def layout(settings: Settings, state: PageState) -> Component:
    """The tab with nothing in it yet; callbacks/code.py shows either START or CHOSEN."""
    return html.Div(
        [
            Told(Code.SOURCE_DATA, "code.source"),
            Told(Code.SOURCE_NOTES, "code.notes"),
            Store(id=Code.SOURCE_KEY),
            Store(id=Code.LEVEL_SET),
            Told(Code.WISH, "go"),
            dcc.Download(id=Code.DOWNLOAD),
            html.Div(
                [
                    picker(),
                    View(id=Code.PLACE, className="place"),
                    code_tools.levels(),
                    code_tools.menu(),
                ],
                className="panel objhead",
            ),
            View(code_start.waiting(), id=Code.START, hidden=True),
            html.Div([source_panel(), figures_column()], id=Code.CHOSEN, className="ci", hidden=True),
        ],
        id=Code.ROOT,
    )


def picker() -> Component:
    """Type to find a function; assets/js/code.js makes it a combobox for keyboard and screen reader."""
    return html.Div(
        [
            html.Label(
                [
                    icon("search"),
                    dcc.Input(
                        id=Code.PICK, type="text", value="", debounce=0.15, placeholder="Find a function",
                        autoComplete="off", spellCheck=False, className="pick-input",
                    ),
                    icon("chevron-expand"),
                ],
                className="pick", title="Find a function  f",
            ),
            html.Div(id=Code.CHOICES, className="menu pick-menu"),
        ],
        className="pop pick-pop",
    )  # fmt: skip


def source_panel() -> Component:
    title = html.Div(
        [html.H2("Source as it ran"), View(id=Code.SOURCE_META, className="head-x")], className="ph"
    )
    return html.Section(
        [
            title,
            View(loading(("",), 12), id=Code.SOURCE_NOTE),
            html.Div(id=Code.SOURCE, className="src", tabIndex=0, role="region", **attr(aria_label="Source")),
        ],
        className="panel source-panel",
    )  # fmt: skip


def figures_column() -> Component:
    column: Component = dbc.Col(
        [
            html.Section(
                [View(id=Code.VERDICT), View(code_numbers.waiting(), id=Code.NUMBERS)],
                className="panel", **attr(aria_label="Figures"),
            ),
            history_panel(),
            dbc.Row(
                [
                    html.Section(
                        [
                            panel_head("Versions", meta=View(tag="span", id=Code.VERSIONS_META)),
                            View(loading(("Version", "Calls"), 3), id=Code.VERSIONS, className="pb"),
                        ],
                        className="panel",
                    ),
                    html.Section(
                        [
                            panel_head(
                                "Values",
                                extra=View(id=Code.VALUES_TABS, className="subtabs"),
                                meta=View(tag="span", id=Code.VALUES_META),
                            ),
                            View(loading(("Data", "Last"), 3), id=Code.VALUES, className="pb"),
                        ],
                        className="panel",
                    ),
                ],
                className="two vv g-0",
            ),
        ],
    )  # fmt: skip
    return column


def history_panel() -> Component:
    """The figure and what it can show; a click on a point opens the calls below it."""
    chart = Chart(id=Code.HISTORY, config=CONFIG, responsive=True)
    head = html.Div(
        [
            html.H2(id=Code.HISTORY_TITLE),
            View(id=Code.HISTORY_TABS, className="subtabs"),
            html.Span("click a point to open its calls", className="meta only-l"),
        ],
        className="ph",
    )
    figure = html.Div(
        chart, id=Code.HISTORY_BOX, className="pb history", role="img", **attr(aria_label="History")
    )
    return html.Section([head, figure, View(id=Code.RELATIONS, hidden=True)], className="panel grow-x")


def history_title(range: TimeRange, state: PageState) -> str:
    """Last 24 h, or how long the range is and, when it does not end now, until when."""
    hours = range.length_ns / 3600e9
    length = f"{hours:.0f} h" if hours <= 48 else f"{hours / 24:.0f} days"
    return f"Last {length}" if state.start_ns is None else f"{length} to {format.day_clock(range.end_ns)}"


def in_words(range: TimeRange, state: PageState) -> str:
    """The same within a sentence."""
    title = history_title(range, state)
    return title[0].lower() + title[1:]


def history_tabs(shown: str, state: PageState) -> list[Component]:
    """Latency, memory, histogram, or callers and callees; the choice is in the address."""
    return _sub_tabs("h", HISTORY_VIEWS, shown, state)


def value_tabs(shown: str, state: PageState) -> list[Component]:
    """What was seen, or what goes with slow and failing calls."""
    return _sub_tabs("values", VALUE_VIEWS, shown, state)


def _sub_tabs(key: str, views: Mapping[str, str], shown: str, state: PageState) -> list[Component]:
    return [
        dcc.Link(
            words,
            href=url.href(state, extra={**_without(state.extra, key), **({key: view} if view else {})}),
            className="on" if view == shown else "",
        )
        for view, words in views.items()
    ]


def _without(extra: Mapping[str, str], key: str) -> dict[str, str]:
    return {name: value for name, value in extra.items() if name != key}


def choices(rows: tuple[FunctionRow, ...], typed: str, state: PageState) -> Component | list[Component]:
    """What fits the typed text, the busiest first: name, where it lives, traffic and p95."""
    if not rows:
        words = (
            [html.B("No function fits "), html.Span(typed, className="mono")] if typed else "No function yet"
        )
        return html.Div(words, className="pick-none", role="status")
    return [_choice(row, state) for row in rows]


def _choice(row: FunctionRow, state: PageState) -> Component:
    where = f"{row.scope or row.file or row.group} · {row.group}"
    calls = f"{format.short_count(row.spans)} calls" if row.spans else "no calls in range"
    p95 = f"p95 {format.duration(row.p95_ns)}" if row.p95_ns is not None else ""
    return dcc.Link(
        [
            html.Span(row.name, className="mono clip nm"),
            html.Span(calls, className="ct"),
            html.Span(where, className="clip wh"),
            html.Span(p95, className="ct"),
        ],
        href=links.code(state, row.group, row.scope, row.name),
        className="mi pick-item",
    )


def place(opened: Opened, state: PageState) -> list[Child]:
    """File and line, group, and the version that is shown."""
    shown = opened.shown
    where = f"group {opened.fn.group}"
    title = where
    if shown is not None and shown.version.file:
        title = f"{shown.version.file}:{shown.version.line} · {where}"
        where = f"{_end_of(shown.version.file)}:{shown.version.line} · {where}"
    elif opened.fn.scope:
        where = title = f"{opened.fn.scope} · {where}"
    parts: list[Child] = [html.Span(where, className="clip mono t2 sub where", title=title)]
    if shown is not None:
        words = f"{shown.label} since {since_text(opened, shown)}"
        parts.append(badge(words, "acc" if opened.latest else ""))
    return parts


def _end_of(file: str) -> str:
    """The folder and the name: the end of a long path tells more than its beginning."""
    return "/".join(file.rsplit("/", 2)[-2:])


def placeholder(name: str) -> str:
    """The open function's name stands in the empty search field."""
    return fn.short(name) if len(name) > 48 else name
