"""Overview: what the tab answers. Every figure is computed once for all who look at the same range."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks.binding import serve
from callbacks.window import NS_PER_SECOND, elapsed_ns, window
from dashboard import links, url
from dashboard.components import errors, foot, groups, readouts, stale, verdict
from dashboard.components.panel import freshness
from dashboard.components.states import Failure, failed
from dashboard.figures.groups import OTHERS, pie
from dashboard.ids import Overview, Shell
from dashboard.tabs import overview as tab
from dashboard.theme import theme as theme_of
from queries import judge
from queries.health import StoreSizes, store_sizes
from queries.overview import ErrorRow, GroupTotals, VitalSigns, group_totals, recent_errors, vital_signs
from queries.present import first_group
from queries.stale import StaleValue, stale_count, stale_now

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context
    from queries.limits import TimeRange

STALE_SHOWN = 100
GROUPS_SHOWN = 50


def show_first(ctx: Context, ticks: int | None, refresh: int | None) -> tuple[Any, bool, bool, bool]:
    """Whether there is anything to show yet, and until then how to send it."""
    if ctx.cache.get("first group", lambda: first_group(ctx.reader), 1.0):
        return None, True, False, True
    return tab.first(ctx.settings, tab.waiting(ctx.settings, ctx.status())), False, True, False


def show_now(ctx: Context, refresh: int | None, data: dict[str, Any] | None) -> tuple[Any, ...]:
    """The verdict, the four readings and the last errors."""
    state, now = url.from_data(data), ctx.now_ns()
    every, status, limits = ctx.settings.refresh, ctx.status(), ctx.settings.thresholds
    range, slow = window(state, now, every.vital_seconds), window(state, now, every.trends_seconds)
    seen = _vitals(ctx, range)
    judged = judge.groups(_groups(ctx, slow), _groups(ctx, slow.before()), limits)
    found = verdict.causes(status, judged, _stale(ctx), state)
    last = _errors(ctx, range)
    return (
        verdict.verdict(found, seen.spans),
        readouts.error_rate(seen, limits),
        readouts.throughput(seen, range.length_ns),
        readouts.queue_depth(status),
        readouts.writer(status, now),
        errors.recent(last, state),
        [f"last {len(last)} of {seen.errors:,} · ", freshness(now, every.vital_seconds)],
        None,
    )


def show_rest(
    ctx: Context, refresh: int | None, data: dict[str, Any] | None, theme: str | None
) -> tuple[Any, ...]:
    """Process groups, stale values and the foot."""
    state, now = url.from_data(data), ctx.now_ns()
    limits, every = ctx.settings.thresholds, ctx.settings.refresh.trends_seconds
    range = window(state, now, every)
    passed = elapsed_ns(range, now)
    shown, before = _groups(ctx, range), {total.group: total for total in _groups(ctx, range.before())}
    judged = {one.name: one for one in judge.groups(shown, before.values(), limits)}
    lamps = {name: one.lamp for name, one in judged.items()}
    per_second = sum(total.spans for total in shown) / (passed / NS_PER_SECOND)
    values = _stale(ctx)
    return (
        pie(shown, lamps, per_second, theme_of(theme)),
        groups.group_table(shown[:GROUPS_SHOWN], before, judged, limits, passed, state),
        [f"{len(shown)} group{'s' * (len(shown) != 1)} · ", freshness(now, every)],
        stale.stale_table(values, state, ctx.settings.staleness.repeats),
        [stale.count(stale_count(ctx.reader)), freshness(now, every)],
        foot.foot(_sizes(ctx), ctx.settings.store.max_bytes, ctx.status(), now),
    )


def open_group(ctx: Context, pressed: dict[str, Any] | None, data: dict[str, Any] | None) -> Any:
    """A press on a slice opens Trace Explorer on its group."""
    label = pressed["points"][0].get("label") if pressed and pressed.get("points") else None
    if label is None or label == OTHERS:
        return no_update
    return {"tab": "traces", "q": links.clause("group", str(label))}


def _vitals(ctx: Context, range: TimeRange) -> VitalSigns:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("vitals", range), lambda: vital_signs(ctx.reader, range), every)


def _errors(ctx: Context, range: TimeRange) -> tuple[ErrorRow, ...]:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("errors", range), lambda: recent_errors(ctx.reader, range), every)


def _groups(ctx: Context, range: TimeRange) -> tuple[GroupTotals, ...]:
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("group totals", range), lambda: group_totals(ctx.reader, range), every)


def _stale(ctx: Context) -> tuple[StaleValue, ...]:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get("stale", lambda: stale_now(ctx.reader, STALE_SHOWN), every)


def _sizes(ctx: Context) -> StoreSizes:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get("sizes", lambda: store_sizes(ctx.reader), every)


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_first,
        Output(Overview.FIRST, "children"), Output(Overview.FIRST, "hidden"), Output(Overview.BODY, "hidden"),
        Output(Overview.WAIT, "disabled"),
        Input(Overview.WAIT, "n_intervals"), Input(Shell.REFRESH, "data"),
        on_failure=lambda failure: (no_update,) * 4,
    )  # fmt: skip
    serve(
        app, ctx, show_now,
        Output(Overview.VERDICT, "children"),
        *[Output(tile, "children") for tile in Overview.TILES],
        Output(Overview.ERRORS, "children"), Output(Overview.ERRORS_META, "children"),
        Output(Overview.NOTICE, "children"),
        Input(Shell.REFRESH, "data"), Input(Shell.FILTER, "data"),
        on_failure=now_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_rest,
        Output(Overview.PIE, "figure"),
        *[Output(id, "children") for id in Overview.SLOW],
        Input(Shell.REFRESH_SLOW, "data"), Input(Shell.FILTER, "data"), Input(Shell.THEME, "data"),
        on_failure=lambda failure: (no_update,) * 6,
    )  # fmt: skip
    serve(
        app, ctx, open_group,
        Output(Shell.NAVIGATE, "data", allow_duplicate=True),
        Input(Overview.PIE, "clickData"), State(Shell.FILTER, "data"),
        on_failure=lambda failure: no_update, at_first=False,
    )  # fmt: skip


def now_failed(failure: Failure) -> tuple[Any, ...]:
    """The numbers on the screen stay; their age turns yellow; the cause stands above them."""
    return *(no_update,) * 7, failed(failure)
