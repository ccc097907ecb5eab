"""First bad value: where the trouble of the open span began, and the way it took."""

from __future__ import annotations

from dash.development.base_component import Component

from dashboard import url
from dashboard.components.marks import Child, lamp
from dashboard.components.trace_usual import words
from dashboard.components.trace_values import any_text
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.first_bad import FirstBad, PathCall

MAX_VALUE = 40  # characters of the value in the sentence


def callout(found: FirstBad, open_span: str, state: PageState) -> Component:
    """One sentence, and the path to unfold."""
    stale = found.judged.oddity == "stale"
    value = any_text(found.value, found.type)
    shown = value if len(value) <= MAX_VALUE else value[: MAX_VALUE - 1] + "…"
    sentence: list[Child] = [
        lamp("stale" if stale else "warn"), " ", html.B("First bad value"), " ",
        html.Span(f"{found.process} {found.name} {shown}", className="mono", title=value),
        f", {words(found.judged, found.usual)}", *_reached(found, open_span), ".",
    ]  # fmt: skip
    path = html.Ol([_step(call, state, found) for call in found.path], className="bad-path")
    parts: list[Child] = [html.Div(sentence)]
    if len(found.path) > 1:
        parts.append(html.Details([html.Summary("Show path"), path]))
    return html.Div(parts, className="callout first-bad" + ("" if stale else " warn"))


def _reached(found: FirstBad, open_span: str) -> list[Child]:
    """Under which name it came to the open span, and through which call."""
    last = found.path[-1]
    if last.span_id != open_span or last.span_id == found.span_id:
        return []
    through = [call for call in found.path[1:-1] if call.carries] or list(found.path[1:-1])[-1:]
    if not last.carries:
        return []
    said: list[Child] = [", reached ", html.Span(last.carries, className="mono")]
    return [*said, " through ", html.Span(through[-1].process, className="mono")] if through else said


def _step(call: PathCall, state: PageState, found: FirstBad) -> Component:
    link = dcc.Link(call.process, href=url.href(state, span=call.span_id), className="mono")
    carries = html.Span(f" {call.carries}", className="mono sub") if call.carries else None
    return html.Li([link, carries])
