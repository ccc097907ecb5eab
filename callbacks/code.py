"""Code Inspector: which function is open, its source, or the functions worth opening."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks import code_control, code_figures, code_values
from callbacks.binding import in_browser, serve
from callbacks.code_state import Data, disk_source, open_function, open_state
from callbacks.window import window
from dashboard import fn, url
from dashboard.components import code_source, code_start, code_tools, source
from dashboard.components.code_versions import Opened
from dashboard.components.states import Failure, failed
from dashboard.ids import Code, Shell
from dashboard.tabs import code as view
from dashboard.url import PageState
from queries import calls, code, code_rank

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

CHOICES = 30
MAX_TYPED = 200  # characters


def show_function(ctx: Context, data: Data, _slow: Any) -> tuple[Any, ...]:
    """Which half of the tab is on, what stands in the head, and in the empty search field."""
    state = open_state(data)
    opened = open_function(ctx, state)
    if opened is None:
        return True, "Find a function", None, None, True
    place, out = view.place(opened, state), code_tools.links_out(opened, state)
    return False, view.placeholder(opened.fn.name), place, out, False


def show_start(ctx: Context, data: Data, _slow: Any) -> tuple[Any, bool]:
    """The lists while no function is chosen."""
    state = open_state(data)
    chosen = fn.read(state.fn)
    if chosen is not None:
        if calls.is_known(ctx.reader, chosen.group, chosen.name, chosen.scope):
            return no_update, True  # the lists stand there, hidden, for the way back
        return code_start.unknown(chosen.name, url.href(state, fn="")), False
    every = ctx.settings.refresh.trends_seconds
    range = window(state, ctx.now_ns(), every)
    ranking = ctx.cache.get(("code ranking", range), lambda: code_rank.ranking(ctx.reader, range), every)
    return code_start.lists(ranking, state), False


def show_source(ctx: Context, data: Data, _slow: Any, drawn: Any) -> tuple[Any, ...]:
    """The open version's text or a difference; drawn anew only when it is another one."""
    state = open_state(data)
    opened = open_function(ctx, state)
    if opened is None:
        return [], None, None, None
    if not opened.versions:
        return _from_disk(ctx, opened, state)
    text = _text(opened)
    key = _source_key(opened)
    head = code_source.head(opened, state)
    if text is None:
        return head, code_source.missing(opened), None, None
    return head, code_source.cut_note(text), no_update if key == drawn else source.as_data(text), key


def show_choices(ctx: Context, typed: str | None, data: Data) -> Any:
    """Functions that fit the typed text."""
    state = open_state(data)
    text = (typed or "").strip()[:MAX_TYPED]
    range = window(state, ctx.now_ns(), ctx.settings.refresh.trends_seconds)
    return view.choices(code.functions(ctx.reader, text, range, CHOICES), text, state)


def _text(opened: Opened) -> source.Source | None:
    if opened.shown is not None and opened.compared is not None:
        return code_source.difference(opened.compared.version, opened.shown.version)
    return code_source.whole(opened)


def _from_disk(ctx: Context, opened: Opened, state: PageState) -> tuple[Any, ...]:
    """The file that the newest call names, when it lies below a configured root; else why there is none."""
    found = disk_source(ctx, opened, state)
    if found is None:
        return [], code_source.missing(opened), None, None
    head, note, text = code_source.from_disk(found)
    return head, note, source.as_data(text), None


def _source_key(opened: Opened) -> str:
    """Says which text is drawn, so that a refresh leaves it in place."""
    shown, compared = opened.shown, opened.compared
    parts = [opened.fn.group, opened.fn.scope, opened.fn.name]
    parts += [part.version.hash if part else "" for part in (shown, compared)]
    return "\n".join([*parts, str(len(opened.versions))])


def register(app: Dash, ctx: Context) -> None:
    """Bind this tab's handlers."""
    filter_, slow = Input(Shell.FILTER, "data"), Input(Shell.REFRESH_SLOW, "data")
    serve(
        app, ctx, show_function,
        Output(Code.CHOSEN, "hidden"), Output(Code.PICK, "placeholder"), Output(Code.PLACE, "view"),
        Output(Code.OPEN, "view"), Output(Code.TOOLS, "hidden"),
        filter_, slow, on_failure=_head_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_start,
        Output(Code.START, "view"), Output(Code.START, "hidden"),
        filter_, slow, on_failure=lambda failure: (failed(failure), False),
    )  # fmt: skip
    serve(
        app, ctx, show_source,
        Output(Code.SOURCE_META, "view"), Output(Code.SOURCE_NOTE, "view"),
        Output(Code.SOURCE_DATA, "data"), Output(Code.SOURCE_KEY, "data"),
        filter_, slow, State(Code.SOURCE_KEY, "data"), on_failure=_source_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_choices,
        Output(Code.CHOICES, "children"), Input(Code.PICK, "value"), State(Shell.FILTER, "data"),
    )  # fmt: skip
    in_browser(app, "code.listed", Input(Code.CHOICES, "children"))
    code_figures.register(app, ctx)
    code_values.register(app, ctx)
    code_control.register(app, ctx)


def _head_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, no_update, failed(failure), no_update, no_update


def _source_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, failed(failure), no_update, no_update
