"""The states a panel can be in beside fresh: loading, empty, first visit, out of date, failed."""

from __future__ import annotations

from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard.components.marks import Child, Children, attr, button, icon, lamp
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import html


@dataclass(frozen=True)
class Failure:
    """What went wrong, in words for the person in front of the page."""

    what: str  # "The store did not answer in 5 s."
    mend: str  # what to do, or what happens next
    detail: str = ""  # for "Show the error"
    last_good_ns: int | None = None


@dataclass(frozen=True)
class Way:
    """One way to send the first span, with the text to copy."""

    title: str
    text: str


def loading(heads: tuple[str, ...] = ("",), rows: int = 5) -> Component:
    """A skeleton in the table's own grid. It shows after 200 ms, so a quick answer never flickers."""
    widths = ((70, 55, 60), (45, 68, 60), (82, 49, 60), (58, 61, 60), (64, 58, 60))
    body = [
        row(
            [
                cell(html.Div(className="skel", style={"width": f"{widths[at % 5][column % 3]}%"}))
                for column in range(len(heads))
            ]
        )
        for at in range(rows)
    ]
    shown = table([Column(head) for head in heads], body, fixed=True, label="Loading")
    return html.Div(shown, className="loading", **attr(aria_busy="true"))


def empty(
    title: str, why: Children = None, actions: list[Component] | None = None, sign: str = ""
) -> Component:
    """What is missing, why, and the one button that mends it. `sign` is a lamp ("ok") above the words."""
    parts: list[Child] = [lamp("ok" if sign == "ok" else "off", big=True), html.Br()] if sign else []
    parts += [html.B(title), html.Br(), html.Span(why)]
    if actions:
        parts.append(html.Div(actions, className="row-x actions"))
    return html.Div(parts, className="empty")


def first_visit(ways: tuple[Way, ...], listening: Children) -> Component:
    """No data yet: ways to send some, each with a copy button, and what is being waited for."""
    return html.Div(
        [html.Div("Send one in any of three ways.")]
        + [html.Div([html.H3(way.title), copyable(way.text)], className="way") for way in ways]
        + [html.Div(listening, className="row-x mut waiting", role="status")],
        className="msg",
    )


def copyable(text: str) -> Component:
    """Text in a well with a copy button; assets/js/shell.js does the copying."""
    return html.Div(
        [
            html.Code(text),
            html.Button(
                icon("copy"),
                type="button",
                className="ib copy",
                title="Copy",
                **attr(aria_label=f"Copy {text}", data_copy=text),
            ),
        ],
        className="ev mono",
    )


def failed_mark(failure: Failure) -> Component:
    """For the head of a panel that keeps its last good numbers: that they could not be renewed, and why."""
    return html.Span([lamp("bad"), failure.what], className="row-x bad", title=failure.detail or None)


def failed(failure: Failure, last: Children = None) -> Component:
    """The cause and what to do, above the last good numbers when there are any."""
    note: list[Child] = [lamp("bad"), " ", html.B(failure.what), " ", failure.mend]
    parts: list[Child] = [html.Div(note, className="callout bad", role="alert")]
    if last is not None:
        parts.append(html.Div(last, className="last-good"))
    tools: list[Child] = [button("Try again", look="sm", **attr(data_retry="1"))]
    if failure.detail:
        tools.append(
            html.Details([html.Summary("Show the error"), html.Code(failure.detail)], className="why")
        )
    parts.append(html.Div(tools, className="row-x failed-tools"))
    return html.Div(parts, className="failed")
