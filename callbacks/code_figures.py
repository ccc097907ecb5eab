"""Code Inspector: the verdict, the readouts, the history and the versions of the open function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks.binding import serve
from callbacks.code_state import Data, chosen_function, counted_calls, identity, newest_of, relations_of
from callbacks.window import window
from dashboard import format, links, url, zone
from dashboard.components import code_numbers, code_relations, code_verdict, code_versions
from dashboard.components.code_numbers import Figures
from dashboard.components.code_versions import Opened
from dashboard.components.states import Failure, failed
from dashboard.figures import history as figures
from dashboard.figures.history import Selection, VersionMark
from dashboard.ids import Code, Shell
from dashboard.tabs import code as view
from dashboard.theme import theme as theme_of
from queries import code, code_compare, code_history, code_load
from queries.limits import TimeRange
from queries.queue_depths import tracing_ns
from queries.verdict import Verdict

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

DAY_NS = 86_400 * 10**9
BUCKETS = 144  # ten minutes each over a day


def show_verdict(ctx: Context, data: Data, _slow: Any) -> Any:
    """Whether the open version is slower, faster or more failing than the one before it."""
    _, opened = chosen_function(ctx, data)
    return code_verdict.line(opened, verdict_of(ctx, opened))


def show_numbers(ctx: Context, data: Data, _tick: Any) -> Any:
    """The readouts of the range against the equal range before."""
    state, opened = chosen_function(ctx, data)
    refresh = ctx.settings.refresh
    range = window(state, ctx.now_ns(), refresh.vital_seconds)
    slow = window(state, ctx.now_ns(), refresh.trends_seconds)
    return code_numbers.readouts(
        Figures(
            now=stats_of(ctx, opened, range),
            before=stats_of(ctx, opened, range.before()),
            load=_load(ctx, opened, slow),
            load_before=_load(ctx, opened, slow.before()),
            self_share=relations_of(ctx, opened, slow).self_share,
            self_before=relations_of(ctx, opened, slow.before()).self_share,
            tracing_ns=_cost(ctx, opened, slow) or _tracing_ns(ctx, opened),
            tracing_before=_cost(ctx, opened, slow.before()),
            counted=counted_calls(ctx, opened),
        )
    )


def show_history(ctx: Context, data: Data, _slow: Any, theme: str | None) -> tuple[Any, ...]:
    """Title, sub-tabs and figure: what the function did over a day, or over the range when it is longer."""
    state, opened = chosen_function(ctx, data)
    every, shown = ctx.settings.refresh.trends_seconds, state.extra.get("h", "")
    range = window(state, ctx.now_ns(), every)
    tabs, look = view.history_tabs(shown, state), theme_of(theme)
    if shown == "calls":
        graph = code_relations.shown(relations_of(ctx, opened, range), opened.fn, state)
        return "Calls", tabs, no_update, True, graph, False
    wide = _at_least_a_day(range)
    if shown == "histogram":
        bins = _histogram(ctx, opened, range)
        whole = _histogram(ctx, opened, wide) if wide != range else ()
        figure = figures.durations(bins, whole, view.in_words(wide, state), look)
        title = f"Durations, {format.window(range.start_ns, range.end_ns)}"
        return title, tabs, figure, False, None, True
    found = history_of(ctx, opened, wide)
    marks = [
        VersionMark(one.label, one.version.first_seen_ns, one is opened.shown) for one in opened.versions
    ]
    draw = figures.memory if shown == "memory" else figures.latency
    chosen = Selection(range.start_ns, range.end_ns)
    return view.history_title(wide, state), tabs, draw(found, marks, chosen, look), False, None, True


def show_versions(ctx: Context, data: Data, _slow: Any) -> tuple[Any, str]:
    """Every version with its figures of the history."""
    state, opened = chosen_function(ctx, data)
    range = _at_least_a_day(window(state, ctx.now_ns(), ctx.settings.refresh.trends_seconds))
    history = history_of(ctx, opened, range)
    shown = code_versions.listed(opened, history.versions, state, view.in_words(range, state))
    return shown, f"{len(opened.versions)} seen"


def open_point(ctx: Context, pressed: Any, data: Data) -> Any:
    """A press on a point opens the calls below it: of that bucket, or of that duration."""
    points = (pressed or {}).get("points") or []
    if not points:
        return no_update
    state, opened = chosen_function(ctx, data)
    range = window(state, ctx.now_ns(), ctx.settings.refresh.trends_seconds)
    if state.extra.get("h") == "histogram":
        bounds = points[0].get("customdata") or [0, 0]
        return {
            "tab": "traces",
            "q": links.calls_text(opened.fn.group, opened.fn.name, *duration_clauses(*bounds)),
        }
    start = url.parse_time(str(points[0].get("x", "")), zone.current())
    if start is None:
        return no_update
    step = -(-_at_least_a_day(range).length_ns // BUCKETS)
    failed_only = (
        [links.clause("status", "error", ":")] if points[0].get("curveNumber") == figures.ERRORS else []
    )
    return {
        "tab": "traces", "start_ns": str(start), "end_ns": str(start + step),
        "q": links.calls_text(opened.fn.group, opened.fn.name, *failed_only),
    }  # fmt: skip


def duration_clauses(low_ns: float, high_ns: float) -> tuple[str, str]:
    """The bounds of one bar of the histogram as filter text."""
    return f"duration:>={int(low_ns)}ns", f"duration:<{int(high_ns)}ns"


def _at_least_a_day(range: TimeRange) -> TimeRange:
    return range if range.length_ns >= DAY_NS else TimeRange(max(0, range.end_ns - DAY_NS), range.end_ns)


def stats_of(ctx: Context, opened: Opened, range: TimeRange) -> code.FunctionStats:
    ask = (ctx.reader, *identity(opened), range)
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("code stats", *ask[1:]), lambda: code.function_stats(*ask), every)


def history_of(ctx: Context, opened: Opened, range: TimeRange) -> code_history.History:
    ask = (ctx.reader, *identity(opened), range, BUCKETS)
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("code history", *ask[1:]), lambda: code_history.history(*ask), every)


def _histogram(ctx: Context, opened: Opened, range: TimeRange) -> tuple[code_history.Bin, ...]:
    ask = (ctx.reader, *identity(opened), range)
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("code histogram", *ask[1:]), lambda: code_history.histogram(*ask), every)


def _load(ctx: Context, opened: Opened, range: TimeRange) -> code_load.Load | None:
    every = ctx.settings.refresh.trends_seconds
    key = ("code load", *identity(opened), range)
    return ctx.cache.get(key, lambda: code_load.load(newest_of(ctx, opened, range)), every)


def _cost(ctx: Context, opened: Opened, range: TimeRange) -> float | None:
    """What the tracers of the function's group said in this range that a call costs."""
    every, group = ctx.settings.refresh.trends_seconds, opened.fn.group
    return ctx.cache.get(("tracing cost", group, range), lambda: tracing_ns(ctx.reader, group, range), every)


def _tracing_ns(ctx: Context, opened: Opened) -> float | None:
    """What they say now, the dearest of them: before anything was kept."""
    costs = [one.ns_per_call for one in ctx.status().tracers if one.service == opened.fn.group]
    return max(costs, default=None)


def verdict_of(ctx: Context, opened: Opened) -> Verdict | None:
    shown, before = opened.shown, opened.before
    if shown is None or before is None:
        return None
    old, new, switch = before.version.hash, shown.version.hash, shown.version.first_seen_ns
    ask = (ctx.reader, *identity(opened), old, new, switch)
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("code verdict", *ask[1:]), lambda: code_compare.verdict(*ask), every)


def register(app: Dash, ctx: Context) -> None:
    """Bind the handlers of the right-hand column."""
    filter_, slow = Input(Shell.FILTER, "data"), Input(Shell.REFRESH_SLOW, "data")
    serve(app, ctx, show_verdict, Output(Code.VERDICT, "view"), filter_, slow)
    serve(
        app, ctx, show_numbers,
        Output(Code.NUMBERS, "view"), filter_, Input(Shell.REFRESH, "data"),
    )  # fmt: skip
    serve(
        app, ctx, show_history,
        Output(Code.HISTORY_TITLE, "children"), Output(Code.HISTORY_TABS, "view"),
        Output(Code.HISTORY, "figure"), Output(Code.HISTORY_BOX, "hidden"),
        Output(Code.RELATIONS, "view"), Output(Code.RELATIONS, "hidden"),
        filter_, slow, Input(Shell.THEME, "data"), on_failure=_history_failed,
    )  # fmt: skip
    serve(
        app, ctx, open_point,
        Output(Code.WISH, "data"),
        Input(Code.HISTORY, "clickData"), State(Shell.FILTER, "data"),
        on_failure=lambda failure: no_update, at_first=False,
    )  # fmt: skip
    serve(
        app, ctx, show_versions,
        Output(Code.VERSIONS, "view"), Output(Code.VERSIONS_META, "view"),
        filter_, slow, on_failure=lambda failure: (failed(failure), ""),
    )  # fmt: skip


def _history_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, no_update, no_update, True, failed(failure), False
