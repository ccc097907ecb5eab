"""Code Inspector: the chosen function's source and figures, or the functions worth choosing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from dash import ClientsideFunction, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks.guard import guard
from dashboard import fn, url
from dashboard.components import code_source, code_start, code_versions, source
from dashboard.components.code_versions import Opened
from dashboard.components.states import Failure, failed
from dashboard.ids import Code, Shell
from dashboard.tabs import code as view
from dashboard.url import PageState
from queries import calls, code, code_history, code_rank
from queries.limits import TimeRange

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

T = TypeVar("T")
DAY_NS = 86_400 * 10**9
CHOICES = 30
Data = Mapping[str, Any] | None


def show_function(ctx: Context, data: Data, _slow: Any) -> tuple[Any, ...]:
    """Which half of the tab is on, what stands in the head, and the empty search field."""
    state = _state(data)
    opened = _opened(ctx, state)
    if opened is None:
        return True, "Find a function", ""
    return False, view.placeholder(opened.fn.name), view.place(opened, state)


def show_start(ctx: Context, data: Data, _slow: Any) -> tuple[Any, bool]:
    """The lists while no function is chosen."""
    state = _state(data)
    chosen = fn.read(state.fn)
    if chosen is not None:
        if _known(ctx, chosen):
            return None, True
        return code_start.unknown(chosen.name, url.href(state, fn="")), False
    range = _range(ctx, state)
    ranking = _shared(ctx, ("code.start", *_when(state)), lambda: code_rank.ranking(ctx.reader, range))
    return code_start.lists(ranking, state), False


def show_source(ctx: Context, data: Data, _slow: Any, drawn: Any) -> tuple[Any, ...]:
    """The open version's text or a difference; drawn anew only when it is another one."""
    state = _state(data)
    opened = _opened(ctx, state)
    if opened is None:
        return [], None, None, None
    text = _text(opened)
    key = _source_key(opened)
    head = code_source.head(opened, state)
    if text is None:
        return head, code_source.missing(opened), None, None
    return head, code_source.cut_note(text), no_update if key == drawn else source.as_data(text), key


def show_numbers(ctx: Context, data: Data, _tick: Any) -> Any:
    """The readouts of the range against the equal range before."""
    state, chosen = _chosen(data)
    range = _range(ctx, state)

    def compute() -> tuple[code.FunctionStats, code.FunctionStats]:
        ask = (ctx.reader, chosen.group, chosen.name, chosen.scope)
        return code.function_stats(*ask, range), code.function_stats(*ask, range.before())

    return view.readouts(*_shared(ctx, ("code.numbers", state.fn, *_when(state)), compute))


def show_versions(ctx: Context, data: Data, _slow: Any) -> tuple[Any, str]:
    """Every version with its figures of the last 24 hours."""
    state, chosen = _chosen(data)
    opened = _opened(ctx, state)
    if opened is None:
        raise PreventUpdate
    history = _history(ctx, chosen)
    return code_versions.listed(opened, history.versions, state), f"{len(opened.versions)} seen"


def show_choices(ctx: Context, typed: str | None, data: Data) -> Any:
    """Functions that fit the typed text."""
    state = _state(data)
    text = (typed or "").strip()[:200]
    rows = code.functions(ctx.reader, text, _range(ctx, state), CHOICES)
    return view.choices(rows, text, state)


def _state(data: Data) -> PageState:
    """The state of the page; nothing is answered while another tab is open."""
    state = url.from_data(data)
    if state.tab != "code":
        raise PreventUpdate
    return state


def _chosen(data: Data) -> tuple[PageState, fn.Fn]:
    state = _state(data)
    chosen = fn.read(state.fn)
    if chosen is None:
        raise PreventUpdate
    return state, chosen


def _known(ctx: Context, chosen: fn.Fn) -> bool:
    return calls.is_known(ctx.reader, chosen.group, chosen.name, chosen.scope)


def _opened(ctx: Context, state: PageState) -> Opened | None:
    chosen = fn.read(state.fn)
    if chosen is None or not _known(ctx, chosen):
        return None
    versions = code.versions(ctx.reader, chosen.group, chosen.name, chosen.scope)
    return code_versions.opened(chosen, versions, state.extra.get("v", ""), state.extra.get("with", ""))


def _text(opened: Opened) -> source.Source | None:
    if opened.shown is not None and opened.compared is not None:
        return code_source.difference(opened.compared.version, opened.shown.version)
    return code_source.whole(opened)


def _source_key(opened: Opened) -> str:
    """Says which text is drawn, so that a refresh leaves it in place."""
    shown, compared = opened.shown, opened.compared
    parts = [opened.fn.group, opened.fn.scope, opened.fn.name]
    parts += [part.version.hash if part else "" for part in (shown, compared)]
    return "\n".join([*parts, str(len(opened.versions))])


def _history(ctx: Context, chosen: fn.Fn) -> code_history.History:
    """The last 24 hours, one computation for all panels and viewers."""
    end = ctx.now_ns()
    ask = (ctx.reader, chosen.group, chosen.name, chosen.scope)
    key = ("code.history", chosen)
    return _shared(ctx, key, lambda: code_history.history(*ask, TimeRange(end - DAY_NS, end)), slow=True)


def _range(ctx: Context, state: PageState) -> TimeRange:
    return TimeRange(*url.window_ns(state, ctx.now_ns()))


def _when(state: PageState) -> tuple[Any, ...]:
    return state.range, state.start_ns, state.end_ns


def _shared(ctx: Context, key: tuple[Any, ...], compute: Callable[[], T], *, slow: bool = False) -> T:
    """One computation per key and cadence, whoever asks."""
    refresh = ctx.settings.refresh
    seconds = refresh.trends_seconds if slow else refresh.vital_seconds
    return ctx.cache.get(key, compute, seconds * 0.8)


def register(app: Dash, ctx: Context) -> None:
    """Bind this tab's handlers."""
    filter_, slow = Input(Shell.FILTER, "data"), Input(Shell.REFRESH_SLOW, "data")
    app.callback(
        Output(Code.CHOSEN, "hidden"), Output(Code.PICK, "placeholder"), Output(Code.PLACE, "children"),
        filter_, slow,
    )(guard(show_function, ctx, on_failure=_head_failed))  # fmt: skip
    app.callback(Output(Code.START, "children"), Output(Code.START, "hidden"), filter_, slow)(
        guard(show_start, ctx, on_failure=_start_failed)
    )
    app.callback(
        Output(Code.SOURCE_META, "children"), Output(Code.SOURCE_NOTE, "children"),
        Output(Code.SOURCE_DATA, "data"), Output(Code.SOURCE_KEY, "data"),
        filter_, slow, State(Code.SOURCE_KEY, "data"),
    )(guard(show_source, ctx, on_failure=_source_failed))  # fmt: skip
    app.callback(Output(Code.NUMBERS, "children"), filter_, Input(Shell.REFRESH, "data"))(
        guard(show_numbers, ctx)
    )
    app.callback(Output(Code.VERSIONS, "children"), Output(Code.VERSIONS_META, "children"), filter_, slow)(
        guard(show_versions, ctx, on_failure=_versions_failed)
    )
    app.callback(Output(Code.CHOICES, "children"), Input(Code.PICK, "value"), State(Shell.FILTER, "data"))(
        guard(show_choices, ctx)
    )
    app.clientside_callback(ClientsideFunction("code", "draw"), Input(Code.SOURCE_DATA, "data"))
    app.clientside_callback(ClientsideFunction("code", "listed"), Input(Code.CHOICES, "children"))
    app.clientside_callback(ClientsideFunction("code", "cleared"), Output(Code.PICK, "value"), filter_)


def _head_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, no_update, failed(failure)


def _start_failed(failure: Failure) -> tuple[Any, bool]:
    return failed(failure), False


def _source_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, failed(failure), no_update, no_update


def _versions_failed(failure: Failure) -> tuple[Any, str]:
    return failed(failure), ""
