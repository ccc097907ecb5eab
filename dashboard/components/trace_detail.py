"""The open span: what it is, and everything that was stored of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dash.development.base_component import Component

from dashboard import format, links, url
from dashboard.components import traceback
from dashboard.components.marks import Child, Children, attr, badge, count_badge, icon, icon_button, lamp
from dashboard.components.trace_rows import memory_text
from dashboard.components.trace_values import long_text, observations, pairs
from dashboard.components.traceback import Frame
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.rows import SpanDetail, SpanEvent, SpanLink
from queries.usual import Usual

EXCEPTION = "exception"


@dataclass(frozen=True)
class Part:
    """One tab of the lower half: its key in the URL, its name, how many things are in it, and those."""

    key: str
    name: str
    count: int
    body: Component


def head(detail: SpanDetail, state: PageState, external: str = "") -> list[Component]:
    """Name, status and what can be done with the span, then its facts; `external` is it in another tool."""
    row = detail.row
    failed = row.status == "ERROR"
    code = links.code(state, row.group, row.scope, row.process)
    tools: list[Child] = [
        dcc.Link(
            icon("code-slash"), href=code, className="ib", title="Open in Code Inspector  c", target="_self",
        ),
        outside(external) if external else None,
        icon_button("pin-angle", "Pin to compare  p", **attr(data_pin="1")),
        icon_button("link-45deg", "Copy link to this span  y", **attr(data_copy_link="1")),
        icon_button("x-lg", "Close  Esc", **attr(data_shut="1")),
    ]  # fmt: skip
    name: list[Child] = [
        lamp("bad" if failed else "ok"),
        html.H2(row.process, className="mono clip", title=row.process),
        badge("ERROR", "bad") if failed else None,
        badge("stale", "stale") if row.stale else None,
        html.Span(tools, className="meta"),
    ]
    return [html.Div(name, className="ph tall"), facts(detail), *notes(detail)]


def outside(address: str) -> Component:
    """The same trace in another tool, in a tab of its own that learns nothing of this page."""
    words = f"Open this trace on {urlsplit(address).hostname}"
    return html.A(
        icon("box-arrow-up-right"), href=address, target="_blank", rel="noopener noreferrer", className="ib",
        title=words, **attr(aria_label=words),
    )  # fmt: skip


def facts(detail: SpanDetail) -> Component:
    """Ids, times and sizes."""
    row = detail.row
    short = f"{row.trace_id[:6]}…{row.trace_id[-4:]}"
    copy = attr(data_copy=row.trace_id, aria_label=f"{short}: copy trace id {row.trace_id}")
    trace = html.Button(short, type="button", className="mono as-text", title=f"{row.trace_id}: copy", **copy)
    shown: list[tuple[str, Children]] = [
        ("Trace", trace),
        ("Group", row.group),
        ("Started", started_at(row.timestamp_ns)),
        ("Duration", html.B(format.duration(row.duration_ns))),
    ]  # fmt: skip
    if row.memory_delta is not None:
        shown.append(("Memory", memory_text(row.memory_delta)))
    if row.kind not in ("internal", "unspecified"):
        shown.append(("Kind", row.kind))
    return html.Dl(
        [html.Div([html.Dt(name), html.Dd(value)]) for name, value in shown], className="kv"
    )  # fmt: skip


def started_at(time_ns: int) -> Component:
    """The time of day, in full when it is pointed at."""
    return html.Span(format.clock_ms(time_ns), className="mono", title=format.full_time(time_ns))


def notes(detail: SpanDetail) -> list[Component]:
    """What went wrong, in one line above everything else."""
    row = detail.row
    if row.status != "ERROR":
        return []
    said = row.exception_message or detail.status_message or "no message"
    title = html.B([row.exception or "Error", ": "], className="mono")
    return [
        html.Div([title, html.Span(format.shortened(said, 300))], className="callout bad", title=said[:2000])
    ]


def parts(
    detail: SpanDetail, frames: Mapping[Frame, str], state: PageState, usual: Mapping[str, Usual]
) -> list[Part]:
    """The tabs of the lower half; one that would be empty is left out, Values excepted."""
    raised = [event for event in detail.events if event.name == EXCEPTION]
    others = [event for event in detail.events if event.name != EXCEPTION]
    known, start_ns = detail.attributes, detail.row.timestamp_ns
    found = [
        Part("values", "Values", len(detail.observations), values(detail, usual)),
        Part(EXCEPTION, "Exception", len(raised), html.Div([exception(event, frames) for event in raised])),
        Part("attributes", "Attributes", len(known), pairs(known, "Attributes", "attr.")),
        Part("events", "Events", len(others), html.Div([_event(event, start_ns) for event in others])),
        Part("links", "Links", len(detail.links), html.Div([_link(link, state) for link in detail.links])),
        Part("resource", "Resource", len(detail.resource.attributes), resource(detail)),
    ]  # fmt: skip
    return [part for part in found if part.count or part.key == "values"]


def lower(found: list[Part], span: str = "") -> list[Component]:
    """Tab heads and bodies; assets/js/traces_detail.js shows one at a time. Another span is drawn afresh."""
    heads = [
        html.Button(
            [part.name, count_badge(str(part.count)) if part.count > 1 or part.key == "values" else None],
            type="button", role="tab", **attr(data_part=part.key),
        )
        for part in found
    ]  # fmt: skip
    bodies = [
        html.Div(
            part.body, role="tabpanel", hidden=True, className="part", key=f"{span} {part.key}",
            **attr(data_body=part.key, aria_label=part.name),
        )
        for part in found
    ]  # fmt: skip
    tabs = html.Div(heads, className="subtabs", role="tablist", **attr(aria_label="Parts of the span"))
    return [html.Div(tabs, className="ph low", key=span), *bodies]


def values(detail: SpanDetail, usual: Mapping[str, Usual]) -> Component:
    """What went in and what came out, beside what is usual."""
    if detail.observations:
        row = detail.row
        returned = any(one.source == "return" for one in detail.observations)
        raised = row.exception if row.exception and row.version and not returned else ""
        return observations(detail.observations, detail.primary, row.timestamp_ns, usual, raised)
    why = "Its tracer captured no arguments or return value. Attributes have what else it sent."
    return html.Div([html.B("This span carries no values"), html.Br(), why], className="empty")


def exception(event: SpanEvent, frames: Mapping[Frame, str]) -> Component:
    """Type, message, and the traceback frame by frame."""
    known = event.attributes
    message = str(known.get("exception.message", ""))
    stack = str(known.get("exception.stacktrace", ""))
    return html.Div(
        [
            html.Div(html.B(str(known.get("exception.type", "exception")), className="mono bad")),
            html.Div(long_text(message)) if message else None,
            traceback.shown(stack, frames) if stack else html.Span("No traceback was sent.", className="mut"),
        ],
        className="raised-by",
    )


def _event(event: SpanEvent, start_ns: int) -> Component:
    """One event: how long after the start, its name, its attributes."""
    after = format.duration(max(0, event.time_ns - start_ns))
    line = html.Div(
        [html.Span(f"+{after}", className="mono mut"), html.B(event.name, className="mono")],
        className="row-x",
    )
    body = pairs(event.attributes, f"Attributes of {event.name}", "") if event.attributes else None
    return html.Div([line, body], className="event", title=format.full_time(event.time_ns))


def _link(link: SpanLink, state: PageState) -> Component:
    """A span of this or another trace that this one points at."""
    href = url.href(state, trace=link.trace_id, span=link.span_id)
    words = [html.Span(link.trace_id, className="clip"), html.Span(link.span_id)]
    body = pairs(link.attributes, "Attributes of the link", "") if link.attributes else None
    return html.Div([dcc.Link(words, href=href, className="mono row-x"), body], className="event")


def resource(detail: SpanDetail) -> Component:
    """What sent the span: resource attributes, then the instrumentation scope."""
    scope = {"name": detail.scope.name, "version": detail.scope.version, **detail.scope.attributes}
    known = {name: value for name, value in scope.items() if value != ""}
    found = [pairs(detail.resource.attributes, "Resource", "resource.")]
    if known:
        found += [html.H3("Scope", className="part-head"), pairs(known, "Scope", "")]
    return html.Div(found)


def gone(trace_id: str) -> list[Component]:
    """The link names a span that is not stored (any more)."""
    tools = html.Span([icon_button("x-lg", "Close  Esc", **attr(data_shut="1"))], className="meta")
    why: list[Child] = [
        html.B("This span is not here"), html.Br(),
        "It may be older than the retention, or its trace id may be mistyped: ",
        html.Span(trace_id, className="mono"),
    ]  # fmt: skip
    return [
        html.Div([lamp("off"), html.H2("No such span"), tools], className="ph tall"),
        html.Div(why, className="empty"),
    ]
