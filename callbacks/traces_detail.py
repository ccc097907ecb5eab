"""The open span: its head and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks.binding import serve
from dashboard import fn, links, url
from dashboard.components import trace_bad, trace_detail, traceback
from dashboard.components.states import Failure, failed
from dashboard.components.trace_detail import EXCEPTION
from dashboard.components.traceback import Frame
from dashboard.ids import Shell, Traces
from dashboard.url import PageState
from queries import code, traces
from queries.first_bad import first_bad
from queries.rows import SpanDetail
from queries.usual import usual

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]
MAX_FILES = 20  # files of a traceback whose functions are looked up


def show_span(ctx: Context, pick: Data | None, data: Data | None) -> tuple[Any, Any, Any]:
    """Head and parts of the open span; a trace without a span opens at its first one."""
    trace_id, span_id = picked(ctx, pick)
    if not trace_id:
        return None, None, None
    state = url.from_data(data)
    detail = traces.span_detail(ctx.reader, trace_id, span_id) if span_id else None
    shown = {"trace": trace_id, "span": span_id}
    if detail is None:
        return trace_detail.gone(trace_id), None, shown
    row = detail.row
    known = usual(ctx.reader, row.group, row.process, row.scope, row.timestamp_ns, row.trace_id)
    found = trace_detail.parts(detail, frame_links(ctx, detail, state), state, known)
    external = links.external(ctx.settings.links.external_trace, row.trace_id, row.span_id)
    return trace_detail.head(detail, state, external), trace_detail.lower(found, row.span_id), shown


def picked(ctx: Context, pick: Data | None) -> tuple[str, str]:
    """The open trace and span, "" for none; of a trace without a span its first one."""
    trace_id, span_id = str((pick or {}).get("trace") or ""), str((pick or {}).get("span") or "")
    return trace_id, span_id or (first_span(ctx, trace_id) if trace_id else "")


def first_span(ctx: Context, trace_id: str) -> str:
    """The span that started first, "" when there is no such trace."""
    rows = traces.trace_spans(ctx.reader, trace_id, limit=1).rows
    return rows[0].span_id if rows else ""


def frame_links(ctx: Context, detail: SpanDetail, state: PageState) -> dict[Frame, str]:
    """Where each frame of the exceptions leads in Code Inspector: to the traced function it runs in."""
    stacks = [
        str(event.attributes.get("exception.stacktrace", ""))
        for event in detail.events
        if event.name == EXCEPTION
    ]
    frames = [frame for stack in stacks for frame in traceback.read(stack).frames]
    files = list(dict.fromkeys(frame.file for frame in frames))[:MAX_FILES]
    known = {
        (row.file, fn.short(row.name)): links.code(state, row.group, row.scope, row.name)
        for file in files
        for row in code.functions(ctx.reader, contains=file)
    }
    return {
        frame: known[frame.file, fn.short(frame.name)]
        for frame in frames
        if (frame.file, fn.short(frame.name)) in known
    }


def show_first_bad(ctx: Context, pick: Data | None, data: Data | None) -> Any:
    """Where the trouble of the open span began, when it has any."""
    trace_id, span_id = picked(ctx, pick)
    found = first_bad(ctx.reader, trace_id, span_id) if span_id else None
    return None if found is None else trace_bad.callout(found, span_id, url.from_data(data))


def nothing(failure: Failure) -> Any:
    """The span is shown without it."""
    return None


def span_failed(failure: Failure) -> tuple[Any, Any, Any]:
    return failed(failure), None, no_update


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_span,
        Output(Traces.HEAD, "view"), Output(Traces.SPAN, "view"), Output(Traces.SHOWN, "data"),
        Input(Traces.PICK, "data"), State(Shell.FILTER, "data"), on_failure=span_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_first_bad,
        Output(Traces.FIRST_BAD, "view"), Input(Traces.PICK, "data"), State(Shell.FILTER, "data"),
        on_failure=nothing,
    )  # fmt: skip
