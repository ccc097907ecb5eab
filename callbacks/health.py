"""Health of Flowglass' own parts and of every process group, on every tab."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks import figures
from callbacks.binding import serve
from dashboard.components import health
from dashboard.ids import Shell
from queries import judge
from queries.errors import QueryError
from queries.jobs import JobState, jobs

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

PARTS = ((Shell.SERVER_STATUS, "view"), (Shell.HEALTH_LIST, "view"))


def judged(ctx: Context) -> tuple[tuple[judge.Judged, ...], tuple[judge.Judged, ...]]:
    """Own parts, and process groups, each worst first."""
    now = ctx.now_ns()
    own = health.parts(
        ctx.status(),
        figures.sizes_if_readable(ctx),
        ctx.settings.store.max_bytes,
        _jobs(ctx),
        ctx.push(),
        now,
    )
    return own, figures.group_health(ctx, now)


def _jobs(ctx: Context) -> tuple[JobState, ...]:
    try:
        return ctx.cache.get("jobs", lambda: jobs(ctx.reader), ctx.settings.refresh.vital_seconds)
    except QueryError:
        return ()


def show_health(ctx: Context, refresh: int | None) -> tuple[Any, Any]:
    """The row of lamps, and the list behind it."""
    return view(*judged(ctx))


def view(own: tuple[judge.Judged, ...], groups: tuple[judge.Judged, ...]) -> tuple[Any, Any]:
    everything = judge.worst_first([*own, *groups])
    return health.lamps(everything), health.listed(everything, frozenset(part.name for part in own))


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_health,
        *[Output(*end) for end in PARTS],
        Input(Shell.POLL, "data"),
        on_failure=lambda failure: (no_update, no_update),
    )  # fmt: skip
