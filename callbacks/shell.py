"""The frame: the URL becomes the state and the mounted tab; navigation records become a URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks import figures
from callbacks.binding import in_browser, serve
from callbacks.window import NS_PER_SECOND, moving
from dashboard import shell, tabs, url, zone
from dashboard.components import vitals
from dashboard.components.states import Failure, failed
from dashboard.ids import Live, Shell
from dashboard.rates import traces_per_second
from queries.overview import VitalSigns

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

VITALS = (
    (Shell.VITALS, "view"),
    (Shell.FRESH, "data-taken"),
    (Shell.BANNER, "view"),
    (Shell.BANNER, "hidden"),
)
HOUR_NS = 3600 * NS_PER_SECOND
RECENT_NS = 300 * NS_PER_SECOND  # what the numbers of the strip are taken over
RECENT_STEPS = 5


def show_page(ctx: Context, pathname: str | None, search: str | None, mounted: str | None) -> tuple[Any, ...]:
    """The URL as data, and the tab it names when it is not the one already mounted."""
    state = url.parse(pathname, search)
    shown = tabs.enabled(ctx.settings)
    found = next((tab for tab in shown if tab.key == state.tab), None)
    if found is None and state.tab == "overview":  # "/" leads to the first tab that is on
        found = shown[0]
    if found is None:
        return url.as_data(state), shell.no_such_page(pathname or "/"), ""
    data = url.as_data(url.changed(state, {}, 0)) | {"tab": found.key}
    if found.key == mounted:
        return data, no_update, no_update
    return data, shell.content(found, ctx.settings), found.key


def navigate(
    ctx: Context, changes: Mapping[str, Any] | None, data: Mapping[str, Any] | None
) -> tuple[Any, Any]:
    """The one place that turns what a tab wants into a URL."""
    if not changes:
        return no_update, no_update
    wanted = {key: value for key, value in changes.items() if key != "_"}
    return url.format(url.changed(url.from_data(data), wanted, ctx.now_ns()))


def show_vitals(ctx: Context, refresh: int | None) -> tuple[Any, ...]:
    """The strip of vital signs, when it was taken, and the banner of what is wrong with the collector."""
    status, now = ctx.status(), ctx.now_ns()
    recent, hour = vital_figures(ctx, now)
    rates = traces_per_second(hour.series, moving(HOUR_NS, now, ctx.settings.refresh.vital_seconds), now)
    readings = vitals.readings(recent, hour.series, rates, status, ctx.settings.thresholds)
    words = shell.banner(status)
    return vitals.strip(readings), str(now), words, words is None


def vital_figures(ctx: Context, now: int) -> tuple[VitalSigns, VitalSigns]:
    """The last minutes and the last hour, the same for all viewers, whatever range each of them looks at."""
    every = ctx.settings.refresh.vital_seconds
    recent = figures.vitals(ctx, moving(RECENT_NS, now, every), RECENT_STEPS)
    return recent, figures.vitals(ctx, moving(HOUR_NS, now, every))


def show_custom(ctx: Context, clicks: int | None, start: str | None, end: str | None) -> tuple[Any, str]:
    """The two times typed by hand become a range, or a line that says what is wrong with them."""
    if not clicks:
        return no_update, ""
    here = zone.current()
    start_ns, end_ns = url.parse_time(start or "", here), url.parse_time(end or "", here)
    if start_ns is None or end_ns is None:
        return no_update, f"Write both times as 2026-11-21T13:00, in {zone.name()}."
    if start_ns >= end_ns:
        return no_update, "The range ends before it starts."
    if end_ns - start_ns > url.MAX_RANGE_NS:
        return no_update, "At most 30 days can be shown at once."
    return {"start_ns": str(start_ns), "end_ns": str(end_ns)}, ""


def register(app: Dash, ctx: Context) -> None:
    serve(
        app,
        ctx,
        show_page,
        Output(Shell.FILTER, "data"),
        Output(Shell.CONTENT, "children"),
        Output(Shell.TAB, "data"),
        Input(Shell.URL, "pathname"),
        Input(Shell.URL, "search"),
        State(Shell.TAB, "data"),
        on_failure=page_failed,
    )
    serve(
        app,
        ctx,
        navigate,
        Output(Shell.URL, "pathname"),
        Output(Shell.URL, "search"),
        Input(Shell.NAVIGATE, "data"),
        State(Shell.FILTER, "data"),
        on_failure=nothing_moves,
        at_first=False,
    )
    serve(
        app,
        ctx,
        show_custom,
        Output(Shell.NAVIGATE, "data"),
        Output(Shell.CUSTOM_ERROR, "children"),
        Input(Shell.CUSTOM_APPLY, "n_clicks"),
        State(Shell.CUSTOM_FROM, "value"),
        State(Shell.CUSTOM_TO, "value"),
        on_failure=custom_failed,
        at_first=False,
    )
    serve(
        app,
        ctx,
        show_vitals,
        *[Output(*end) for end in VITALS],
        Input(Shell.POLL, "data"),
        on_failure=vitals_failed,
    )
    register_clientside(app, ctx)


def register_clientside(app: Dash, ctx: Context) -> None:
    """What needs no data of the server: assets/js/shell.js."""
    keys = [tab.key for tab in tabs.enabled(ctx.settings)]
    links = [make(key) for key in keys for make in (Shell.tab_link, Shell.dock_link)]
    in_browser(
        app,
        "shell.links",
        *[Output(link, prop) for link in links for prop in ("href", "className")],
        Input(Shell.FILTER, "data"),
        *[State(link, "id") for link in links],
    )
    in_browser(
        app,
        "shell.range",
        Output(Shell.RANGE_NAME, "children"),
        Output(Shell.RANGE_SPAN, "children"),
        Input(Shell.FILTER, "data"),
        Input(Shell.REFRESH, "data"),
    )
    in_browser(
        app,
        "shell.tick",
        Output(Shell.REFRESH, "data"),
        Output(Shell.REFRESH_SLOW, "data"),
        Output(Shell.POLL, "data"),
        Input(Shell.TIMER, "n_intervals"),
        Input(Shell.REFRESH_NOW, "n_clicks"),
        at_first=False,
    )
    in_browser(
        app,
        "shell.cadence",
        Output(Shell.TIMER, "interval"),
        Output(Shell.TIMER, "disabled"),
        Output(Shell.LIVE_WORD, "children"),
        Output(Shell.LIVE, "className"),
        Output(Shell.LIVE, "aria-pressed"),
        Input(Shell.REFRESH_INTERVAL, "data"),
        Input(Live.STATE, "data"),
    )
    in_browser(
        app,
        "live.vitals",
        *[Output(*end, allow_duplicate=True) for end in VITALS],
        Input(Live.VITAL_SIGNS, "data"),
        at_first=False,
    )
    in_browser(app, "shell.theme", Output(Shell.THEME, "data"), Input(Shell.MAIN, "id"))


def page_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, failed(failure), None


def vitals_failed(failure: Failure) -> tuple[Any, ...]:
    """The last numbers stay, grow old and turn yellow; the banner says why."""
    return no_update, no_update, shell.warning(failure.what, failure.mend), False


def nothing_moves(failure: Failure) -> tuple[Any, Any]:
    return no_update, no_update


def custom_failed(failure: Failure) -> tuple[Any, str]:
    return no_update, failure.what
