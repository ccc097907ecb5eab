"""The filter: its text as it is typed, its chips and controls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks import traces_query
from callbacks.binding import serve
from dashboard import trace_filter
from dashboard.components import trace_chips
from dashboard.components.states import Failure
from dashboard.ids import Traces
from queries import filters, traces
from queries.completion import complete
from queries.errors import FilterError
from queries.measures import SELF_GROUP
from queries.vocabulary import vocabulary

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]
NAMES_SECONDS = 5.0  # how long the list of groups is kept
VOCABULARY_SECONDS = 30.0  # how long the names and values that spans carry are


def show_controls(ctx: Context, data: Data | None) -> tuple[Any, Any]:
    """Chips, and what the controls show and offer, for the filter of the URL."""
    if not data:
        return no_update, no_update
    try:
        text = traces_query.text_of(data)
    except FilterError:  # the list says that the edit is refused
        return no_update, no_update
    names = ctx.cache.get("trace-groups", lambda: traces.groups(ctx.reader), NAMES_SECONDS)
    groups = sorted(names, key=lambda name: (name == SELF_GROUP, name))  # Flowglass' own comes last
    try:
        shown = trace_filter.controls(text)
    except FilterError as error:
        return [], {"q": text, "groups": groups, "problem": problem(error)}
    return trace_chips.chips(text), {"q": text, "groups": groups, **asdict(shown)}


def check(ctx: Context, data: Data | None) -> Any:
    """Whether this text can be read, and where it cannot."""
    if not data:
        return no_update
    text = str(data.get("text") or "")
    try:
        filters.parse(text)
    except FilterError as error:
        return {"text": text, "problem": problem(error)}
    return {"text": text}


def propose(ctx: Context, data: Data | None) -> Any:
    """What may stand where the caret is."""
    if not data:
        return no_update
    text = str(data.get("text") or "")
    at = min(max(0, int(data.get("at") or 0)), len(text))
    seen = ctx.cache.get("vocabulary", lambda: vocabulary(ctx.reader), VOCABULARY_SECONDS)
    with ctx.reader.session() as session:
        found = complete(session.names, seen, text, at)
    items = [asdict(item) for item in found.items]
    return {"text": text, "at": at, "start": found.start, "end": found.end, "items": items}


def problem(error: FilterError) -> dict[str, Any]:
    return {
        "message": error.message, "start": error.start, "end": error.end, "suggestion": error.suggestion,
    }  # fmt: skip


def failed_check(failure: Failure) -> Any:
    return {"problem": {"message": failure.what, "start": 0, "end": 0, "suggestion": ""}}


def nothing_proposed(failure: Failure) -> Any:
    """A filter can be written without."""
    return no_update


def failed_controls(failure: Failure) -> tuple[Any, Any]:
    return no_update, no_update


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_controls,
        Output(Traces.CHIPS, "view"), Output(Traces.CONTROLS, "data"),
        Input(Traces.QUERY, "data"), on_failure=failed_controls,
    )  # fmt: skip
    serve(
        app, ctx, check,
        Output(Traces.CHECKED, "data"), Input(Traces.CHECK, "data"), on_failure=failed_check, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, propose,
        Output(Traces.COMPLETED, "data"), Input(Traces.COMPLETE, "data"),
        on_failure=nothing_proposed, at_first=False,
    )  # fmt: skip
