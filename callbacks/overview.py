"""Overview: what the tab answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks import figures
from callbacks.binding import serve
from callbacks.window import NS_PER_SECOND, elapsed_ns, window
from dashboard import links, url
from dashboard.components import errors, foot, groups, processes, readouts, stale, verdict
from dashboard.components.marks import Children
from dashboard.components.nothing import nothing_traced
from dashboard.components.panel import freshness, subtabs
from dashboard.components.states import Failure, failed, failed_mark
from dashboard.figures.groups import OTHERS, pie
from dashboard.ids import Overview, Shell
from dashboard.tabs import overview as tab
from dashboard.theme import theme as theme_of
from dashboard.url import PageState
from queries.jobs import jobs
from queries.present import first_group
from queries.stale import stale_count

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

GROUPS_SHOWN = 50
Data = Mapping[str, Any] | None


def show_first(ctx: Context, ticks: int | None, refresh: int | None) -> tuple[Any, ...]:
    """Whether there is anything to show yet, until then how to send it; and who sent the first span."""
    group = ctx.cache.get("first group", lambda: first_group(ctx.reader), 1.0)
    if group:
        return None, True, False, True, group
    return tab.first(ctx.settings, tab.waiting(ctx.settings, ctx.status())), False, True, False, ""


def show_now(ctx: Context, refresh: int | None, data: Data) -> tuple[Any, ...]:
    """The verdict, the four readings, how many errors there are, and no notice."""
    return view_now(ctx, url.from_data(data))


def view_now(ctx: Context, state: PageState) -> tuple[Any, ...]:
    """What `show_now` shows; also pushed, once for all who look at the same range."""
    now, every, status = ctx.now_ns(), ctx.settings.refresh, ctx.status()
    range, slow = window(state, now, every.vital_seconds), window(state, now, every.trends_seconds)
    seen, limits = figures.vitals(ctx, range), ctx.settings.thresholds
    judged = figures.judged(ctx, slow)
    alerts = [one for one in figures.firing(ctx) if one.cause is None]
    found = verdict.causes(status, judged, figures.stale(ctx), alerts, state)
    young = status.is_young(now)
    return (
        verdict.verdict(found, seen.spans, young),
        readouts.error_rate(seen, limits),
        readouts.throughput(seen, range, now),
        readouts.queue_depth(status),
        readouts.writer(status, now),
        [errors.in_range(seen.errors, state), " · ", freshness(now, every.vital_seconds, young=young)],
        None,
    )


def show_errors(ctx: Context, refresh: int | None, slow: int | None, data: Data) -> tuple[Any, ...]:
    """The errors panel: its views, the rows of the last errors, or what stands in their place."""
    state, now = url.from_data(data), ctx.now_ns()
    range = window(state, now, ctx.settings.refresh.vital_seconds)
    by_kind, limit = errors.by_kind(state), errors.limit(state)
    views = subtabs(errors.views(state))
    if not figures.vitals(ctx, range).spans:
        return views, [], nothing_traced(state, ctx.status().is_young(now)), True, False
    if by_kind:
        return views, [], errors.kinds(figures.kinds(ctx, range), limit, now, state), True, False
    rows = errors.rows(figures.last_errors(ctx, range)[:limit], state)
    return views, rows, errors.none_found() if not rows else None, not rows, bool(rows)


def show_pie(ctx: Context, refresh: int | None, data: Data, theme: str | None) -> tuple[Any, Any]:
    """Process groups as a pie, the total in its middle. Apart from their table: each takes 30 ms to draw."""
    now = ctx.now_ns()
    range = window(url.from_data(data), now, ctx.settings.refresh.trends_seconds)
    shown, lamps = figures.groups(ctx, range), {one.name: one.lamp for one in figures.judged(ctx, range)}
    per_second = sum(total.spans for total in shown) / (elapsed_ns(range, now) / NS_PER_SECOND)
    return pie(shown, lamps, theme_of(theme)), groups.total(per_second)


def show_groups(ctx: Context, refresh: int | None, data: Data) -> tuple[Any, ...]:
    """Process groups as a table."""
    state, now = url.from_data(data), ctx.now_ns()
    limits, every = ctx.settings.thresholds, ctx.settings.refresh.trends_seconds
    range = window(state, now, every)
    passed = elapsed_ns(range, now)
    shown = figures.groups(ctx, range)
    before = {total.group: total for total in figures.groups(ctx, range.before())}
    judged = {one.name: one for one in figures.judged(ctx, range)}
    young = ctx.status().is_young(now)
    return (
        groups.group_table(shown[:GROUPS_SHOWN], before, judged, limits, passed, state)
        if judged
        else nothing_traced(state, young),
        [
            f"{len(shown)} group{'s' * (len(shown) != 1)} · ",
            freshness(now, every, young=young),
            groups.alert_on_all(state),
        ],
    )


def show_kept(ctx: Context, refresh: int | None, data: Data) -> tuple[Children, Children, Children]:
    """Stale values and the foot: what is now, whatever the range."""
    state, now, status = url.from_data(data), ctx.now_ns(), ctx.status()
    sizes, store = figures.sizes(ctx), ctx.settings.store
    return (
        stale.stale_table(figures.stale(ctx), state, ctx.settings.staleness.repeats),
        [
            stale.count(stale_count(ctx.reader)),
            freshness(now, ctx.settings.refresh.trends_seconds, young=status.is_young(now)),
        ],
        foot.foot(sizes, store, jobs(ctx.reader), status, now, figures.firing(ctx)),
    )


def show_processes(ctx: Context, refresh: int | None, data: Data) -> tuple[Any, Children, Children]:
    """One of the rankings of processes, the names of all, and how many were called."""
    state, now = url.from_data(data), ctx.now_ns()
    every, young = ctx.settings.refresh.trends_seconds, ctx.status().is_young(now)
    range = window(state, now, every)
    view, ranked = processes.view_of(state), figures.processes(ctx, range)
    views = subtabs(processes.views(state, ranked))
    meta: Children = [f"{ranked.functions:,} called · ", freshness(now, every, young=young)]
    if not ranked.functions:
        return views, nothing_traced(state, young), meta
    if view == "types":
        return views, processes.error_types(figures.kinds(ctx, range), state), meta
    limits = ctx.settings.thresholds
    return views, processes.processes(view, ranked, limits, elapsed_ns(range, now), state), meta


def open_group(ctx: Context, pressed: dict[str, Any] | None, data: Data) -> Any:
    """A press on a slice opens Trace Explorer on its group."""
    label = pressed["points"][0].get("label") if pressed and pressed.get("points") else None
    if label is None or label == OTHERS:
        return no_update
    return {"tab": "traces", "q": links.clause("group", str(label))}


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_first,
        Output(Overview.FIRST, "view"), Output(Overview.FIRST, "hidden"), Output(Overview.BODY, "hidden"),
        Output(Overview.WAIT, "disabled"), Output(Overview.GOT_IT, "data"),
        Input(Overview.WAIT, "n_intervals"), Input(Shell.REFRESH_SLOW, "data"),
        on_failure=lambda failure: (no_update,) * 5,
    )  # fmt: skip
    serve(
        app, ctx, show_now,
        *[Output(id, "view") for id in Overview.NOW],
        Input(Shell.POLL, "data"), Input(Shell.FILTER, "data"),
        on_failure=now_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_errors,
        *[Output(id, "view") for id in Overview.ERRORS],
        Output(Overview.ERRORS_LAST, "hidden"), Output(Overview.ERRORS_OTHER, "hidden"),
        Input(Shell.POLL, "data"), Input(Shell.REFRESH_SLOW, "data"), Input(Shell.FILTER, "data"),
        on_failure=errors_failed,
    )  # fmt: skip
    serve(
        app, ctx, show_pie,
        Output(Overview.PIE, "figure"), Output(Overview.PIE_TOTAL, "view"),
        Input(Shell.REFRESH_SLOW, "data"), Input(Shell.FILTER, "data"), Input(Shell.THEME, "data"),
        on_failure=lambda failure: (no_update, no_update),
    )  # fmt: skip
    serve(
        app, ctx, show_groups,
        Output(Overview.GROUPS, "view"), Output(Overview.GROUPS_META, "view"),
        Input(Shell.REFRESH_SLOW, "data"), Input(Shell.FILTER, "data"),
        on_failure=lambda failure: (no_update, failed_mark(failure)),
    )  # fmt: skip
    serve(
        app, ctx, show_kept,
        Output(Overview.STALE, "view"), Output(Overview.STALE_META, "view"), Output(Overview.FOOT, "view"),
        Input(Shell.REFRESH_SLOW, "data"), Input(Shell.FILTER, "data"),
        on_failure=head_failed(1),
    )  # fmt: skip
    serve(
        app, ctx, show_processes,
        Output(Overview.PROCESSES_TABS, "view"), Output(Overview.PROCESSES, "view"),
        Output(Overview.PROCESSES_META, "view"),
        Input(Shell.REFRESH_SLOW, "data"), Input(Shell.FILTER, "data"),
        on_failure=head_failed(2),
    )  # fmt: skip
    serve(
        app, ctx, open_group,
        Output(Overview.WISH, "data"),
        Input(Overview.PIE, "clickData"), State(Shell.FILTER, "data"),
        on_failure=lambda failure: no_update, at_first=False,
    )  # fmt: skip


def now_failed(failure: Failure) -> tuple[Any, ...]:
    """The numbers on the screen stay; their age turns yellow; the cause stands above them."""
    return *(no_update,) * 6, failed(failure)


def head_failed(head: int) -> Callable[[Failure], tuple[Any, ...]]:
    """The panel stays, and its head, one of three outputs, says why it is not renewed."""
    return lambda failure: tuple(failed_mark(failure) if at == head else no_update for at in range(3))


def errors_failed(failure: Failure) -> tuple[Any, ...]:
    """The rows on the screen stay; the cause is told by the notice."""
    return (no_update,) * 5
