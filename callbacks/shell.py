"""The frame: wishes become the URL as data and the mounted tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dash import Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from callbacks import figures
from callbacks.binding import in_browser, serve
from callbacks.first import by_id
from callbacks.window import NS_PER_SECOND, moving
from dashboard import shell, tabs, url, zone
from dashboard.components import vitals
from dashboard.components.fixed import fix
from dashboard.components.states import Failure, failed
from dashboard.ids import Shell
from dashboard.rates import traces_per_second
from dashboard.url import PageState
from queries.overview import VitalSigns

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from callbacks.context import Context

PAGE = ((Shell.FILTER, "data"), (Shell.CONTENT, "children"), (Shell.TAB, "data"), (Shell.ASKED, "data"))
VITALS = (
    (Shell.VITALS, "view"),
    (Shell.FRESH, "data-taken"),
    (Shell.BANNER, "view"),
    (Shell.BANNER, "hidden"),
)
HOUR_NS = 3600 * NS_PER_SECOND
RECENT_NS = 300 * NS_PER_SECOND  # what the numbers of the strip are taken over
RECENT_STEPS = 5
Data = Mapping[str, Any] | None


def navigate(
    ctx: Context, wish: Data, shown: Data, mounted: str | None, theme: str | None
) -> tuple[Any, ...]:
    """A page's wish becomes the URL as data, and the tab it names when that is not the one already mounted.

    A tab that stays is asked anew, and so is one that came before all of its answers.
    """
    if not wish:
        raise PreventUpdate
    state, tab = place(ctx, url.after(shown, wish, ctx.now_ns()))
    data = url.as_data(state, wish)
    if tab is None:
        return data, shell.no_such_page(urlsplit(data["address"]).path), "", no_update
    if tab.key == mounted:
        return data, no_update, no_update, no_update if state == url.from_data(shown) else data
    content = shell.content(tab, ctx.settings, state)
    complete = ctx.first.fill(content, frame_values(data, theme))
    fix(content, ctx.first.named)
    return data, content, tab.key, no_update if complete else data


def place(ctx: Context, state: PageState) -> tuple[PageState, tabs.Tab | None]:
    """What a URL says, and the tab that it leads to."""
    shown = tabs.enabled(ctx.settings)
    found = next((tab for tab in shown if tab.key == state.tab), None)
    if found is None and state.tab == "overview":  # "/" leads to the first tab that is on
        found = shown[0]
    return (replace(state, tab=found.key) if found else state), found


def frame_values(data: dict[str, Any], theme: str | None) -> dict[tuple[str, str], Any]:
    """What the handlers of a tab take from the frame, which is there already when the tab comes."""
    ticks = dict.fromkeys([(id, "data") for id in (Shell.REFRESH, Shell.REFRESH_SLOW, Shell.POLL)], 0)
    return {(Shell.FILTER, "data"): data, (Shell.THEME, "data"): theme, **ticks}


def first_page(ctx: Context, pathname: str | None, search: str | None, theme: str | None) -> Component:
    """The whole page as it comes, with its answers; the frame alone when the browser does not tell the URL.

    Then the page does, once it is mounted (`told.url` of assets/js/shell.js).
    """
    frame = shell.layout(ctx.settings)
    parts = by_id(frame)
    if theme:
        parts[Shell.THEME].data = theme
    if pathname is not None:
        state, tab = place(ctx, url.parse(pathname, search))
        parts[Shell.FILTER].data = url.as_data(state, {"to": f"{pathname}{search or ''}"})
        parts[Shell.TAB].data = tab.key if tab else ""
        parts[Shell.CONTENT].children = (
            shell.content(tab, ctx.settings, state) if tab else shell.no_such_page(pathname)
        )
    parts[Shell.LATE].data = not ctx.first.fill(frame, {})
    fix(frame, ctx.first.named)
    return frame


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
    there = [State(id, "data") for id in (Shell.FILTER, Shell.TAB, Shell.THEME)]
    serve(
        app,
        ctx,
        navigate,
        *[Output(*end) for end in PAGE],
        Input(Shell.NAVIGATE, "data"),
        *there,
        on_failure=page_failed,
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
    register_clientside(app)


def register_clientside(app: Dash) -> None:
    """What needs no data of the server: assets/js/shell.js."""
    in_browser(
        app,
        "shell.tick",
        Output(Shell.REFRESH, "data"),
        Output(Shell.POLL, "data"),
        Input(Shell.TIMER, "n_intervals"),
        Input(Shell.REFRESH_NOW, "n_clicks"),
    )


def page_failed(failure: Failure) -> tuple[Any, ...]:
    return no_update, failed(failure), None, no_update


def vitals_failed(failure: Failure) -> tuple[Any, ...]:
    """The last numbers stay, grow old and turn yellow; the banner says why."""
    return no_update, no_update, shell.warning(failure.what, failure.mend), False


def custom_failed(failure: Failure) -> tuple[Any, str]:
    return no_update, failure.what
