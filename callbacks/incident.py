"""The incident view of the Overview: what happened together, and the moment that every tab then follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks import figures
from callbacks.binding import serve
from callbacks.window import window
from dashboard import url
from dashboard.components import errors, verdict
from dashboard.components.panel import freshness
from dashboard.components.states import Failure, failed_mark
from dashboard.figures.incident import Mark, incident
from dashboard.ids import Overview, Shell
from dashboard.theme import theme as theme_of
from queries.code_rank import Ranking
from queries.kinds import ErrorKinds
from queries.limits import NS_PER_SECOND, TimeRange

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

STEPS = 120
MARKS = 6  # of each kind; more would lie over each other
AROUND = 12  # a pressed moment opens this part of the range around it
LEAST_NS = 60 * NS_PER_SECOND
Data = Mapping[str, Any] | None


def show_incident(ctx: Context, refresh: int | None, data: Data, theme: str | None) -> tuple[Any, ...]:
    """The chart in place of the grid, when the URL asks for it; and the switch."""
    state, now = url.from_data(data), ctx.now_ns()
    switch = verdict.incident_switch(state)
    if not verdict.incident_shown(state):
        return no_update, True, False, no_update, switch
    every = ctx.settings.refresh.trends_seconds
    range = window(state, now, every)
    marked = marks(figures.kinds(ctx, range), figures.processes(ctx, range), range)
    runs = figures.stale_in(ctx, range)
    figure = incident(figures.vitals(ctx, range, STEPS), range, runs, marked, theme_of(theme), now)
    age = freshness(now, every, young=ctx.status().is_young(now))
    words = ["press a moment to look at it on every tab · ", age, *verdict.alert_on_incident(state)]
    return figure, False, True, words, switch


def marks(kinds: ErrorKinds, ranking: Ranking, range: TimeRange) -> Sequence[Mark]:
    """The kinds of errors and the versions of functions that appeared in the range, oldest first."""
    new = [
        Mark(kind.first_ns, errors.short_type(kind.exception), "error") for kind in kinds.kinds if kind.is_new
    ]
    versions = [Mark(one.version_seen_ns, one.name, "version") for one in ranking.changed]
    inside = [
        mark for mark in [*new[:MARKS], *versions[:MARKS]] if range.start_ns <= mark.at_ns < range.end_ns
    ]
    return sorted(inside, key=lambda mark: mark.at_ns)


def open_moment(ctx: Context, pressed: dict[str, Any] | None, data: Data) -> Any:
    """The range around a pressed moment; every tab follows, because the range is in the URL."""
    start = moment(pressed)
    if start is None:
        return no_update
    whole = window(url.from_data(data), ctx.now_ns(), ctx.settings.refresh.trends_seconds)
    step = whole.length_ns // STEPS
    half = max(LEAST_NS, whole.length_ns // AROUND) // 2
    middle = start + step // 2
    return {"start_ns": str(max(0, middle - half)), "end_ns": str(middle + half)}


def moment(pressed: dict[str, Any] | None) -> int | None:
    """Start of the pressed step, nanoseconds."""
    points = (pressed or {}).get("points") or [{}]
    text = points[0].get("customdata")
    return int(text) if isinstance(text, str) and text.isdigit() else None


def register(app: Dash, ctx: Context) -> None:
    serve(
        app,
        ctx,
        show_incident,
        Output(Overview.INCIDENT_CHART, "figure"),
        Output(Overview.INCIDENT, "hidden"),
        Output(Overview.GRID, "hidden"),
        Output(Overview.INCIDENT_META, "view"),
        Output(Overview.INCIDENT_SWITCH, "view"),
        Input(Shell.REFRESH_SLOW, "data"),
        Input(Shell.FILTER, "data"),
        Input(Shell.THEME, "data"),
        on_failure=incident_failed,
    )
    serve(
        app,
        ctx,
        open_moment,
        Output(Overview.WISH, "data", allow_duplicate=True),
        Input(Overview.INCIDENT_CHART, "clickData"),
        State(Shell.FILTER, "data"),
        on_failure=lambda failure: no_update,
        at_first=False,
    )


def incident_failed(failure: Failure) -> tuple[Any, ...]:
    """The chart on the screen stays; its head says why it is not renewed."""
    return no_update, no_update, no_update, failed_mark(failure), no_update
