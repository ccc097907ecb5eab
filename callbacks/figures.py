"""The figures that several parts of the page show, each computed once for all who look at the same range."""

from __future__ import annotations

from typing import TYPE_CHECKING

from callbacks.window import moving
from queries import alerts as active_alerts
from queries import judge
from queries.code_rank import Ranking, ranking
from queries.errors import QueryError
from queries.health import StoreSizes, store_sizes
from queries.kinds import ErrorKinds, error_kinds
from queries.limits import NS_PER_SECOND
from queries.overview import ErrorRow, GroupTotals, VitalSigns, group_totals, recent_errors, vital_signs
from queries.stale import StaleValue, stale_now, stale_runs

if TYPE_CHECKING:
    from callbacks.context import Context
    from queries.limits import TimeRange

STALE_SHOWN = 100
ERRORS_SHOWN = 25
PROCESSES_SHOWN = 10
HEALTH_NS = 3600 * NS_PER_SECOND  # what the health of a group is judged over


def vitals(ctx: Context, range: TimeRange, steps: int = 60) -> VitalSigns:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("vitals", range, steps), lambda: vital_signs(ctx.reader, range, steps), every)


def last_errors(ctx: Context, range: TimeRange) -> tuple[ErrorRow, ...]:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("errors", range), lambda: recent_errors(ctx.reader, range, ERRORS_SHOWN), every)


def kinds(ctx: Context, range: TimeRange) -> ErrorKinds:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("kinds", range), lambda: error_kinds(ctx.reader, range, ERRORS_SHOWN), every)


def groups(ctx: Context, range: TimeRange) -> tuple[GroupTotals, ...]:
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("groups", range), lambda: group_totals(ctx.reader, range), every)


def judged(ctx: Context, range: TimeRange) -> tuple[judge.Judged, ...]:
    """The health of each group, against the equal range before."""
    return judge.groups(groups(ctx, range), groups(ctx, range.before()), ctx.settings.thresholds)


def processes(ctx: Context, range: TimeRange) -> Ranking:
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("processes", range), lambda: ranking(ctx.reader, range, PROCESSES_SHOWN), every)


def stale(ctx: Context) -> tuple[StaleValue, ...]:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get("stale", lambda: stale_now(ctx.reader, STALE_SHOWN), every)


def stale_in(ctx: Context, range: TimeRange) -> tuple[StaleValue, ...]:
    """The longest stale runs that reach into the range, also those that have ended."""
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("stale in", range), lambda: stale_runs(ctx.reader, range), every)


def firing(ctx: Context) -> tuple[active_alerts.Alert, ...]:
    """The alerts that fire or have just stopped to, worst first."""
    every = ctx.settings.refresh.vital_seconds
    active = ctx.cache.get("alerts", lambda: active_alerts.active(ctx.reader, ctx.now_ns()), every)
    return tuple(one for one in active if one.status in ("firing", "recovering"))


def sizes(ctx: Context) -> StoreSizes:
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get("sizes", lambda: store_sizes(ctx.reader), every)


def sizes_if_readable(ctx: Context) -> StoreSizes | None:
    """None when the store cannot be read, which is itself an answer about its health."""
    try:
        return sizes(ctx)
    except QueryError:
        return None


def group_health(ctx: Context, now_ns: int) -> tuple[judge.Judged, ...]:
    """Health of every group over the last hour, whatever range is on the screen; none while unreadable."""
    range = moving(HEALTH_NS, now_ns, ctx.settings.refresh.trends_seconds)
    try:
        return judged(ctx, range)
    except QueryError:
        return ()
