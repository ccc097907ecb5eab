"""What is pushed: each feed's payload holds plain figures, and what shows them: `parts`, components with
their new properties, or `view`, rows to be put into a list.

The page's own scripts put them in their places (`told.parts` of assets/js/live.js, `told.error` of
overview.js): a callback of the browser took 20 ms of scripting each time, and two of one moment up to 55.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from callbacks import health, overview, shell
from callbacks.alerts_news import news
from dashboard import url
from dashboard.components import errors
from dashboard.ids import Overview
from dashboard.url import PageState
from live.hub import Feed
from queries import alerts, filters
from queries.judge import Judged
from queries.overview import ErrorRow
from queries.rows import SpanRow
from queries.tail import batch_before, tail

if TYPE_CHECKING:
    from callbacks.context import Context

ARRIVALS_SECONDS = 0.1  # how often the store is asked for what has arrived
ALERTS_SECONDS = 1.0  # of the 5 s in which a condition is to be seen, 4 are the evaluation's
LOADING_SECONDS = 10.0  # what happens while a page is loading is told to it; it knows what it shows
ERRORS_AT_ONCE = 25  # more of one moment than the panel can show are only counted


def feeds(ctx: Context) -> tuple[Feed, ...]:
    """Every feed of the channel."""
    every = ctx.settings.refresh.vital_seconds
    return (
        Feed("vital_signs", every, lambda argument: vital_signs(ctx)),
        Feed("overview", every, lambda argument: now_of(ctx, argument), frozenset(url.PRESETS)),
        Feed("error_event", ARRIVALS_SECONDS, NewErrors(ctx), keeps=LOADING_SECONDS),
        Feed("new_rows", ARRIVALS_SECONDS, NewRows(ctx)),
        Feed("health_update", every, HealthChanges(ctx), keeps=LOADING_SECONDS),
        Feed("alerts", ALERTS_SECONDS, AlertChanges(ctx), keeps=LOADING_SECONDS),
    )


def vital_signs(ctx: Context) -> dict[str, Any]:
    """The strip, its four figures, and the banner."""
    recent, _ = shell.vital_figures(ctx, ctx.now_ns())
    status = ctx.status()
    return {
        "latency_p95": None if recent.p95_ns is None else recent.p95_ns / 1e6,
        "traffic_rate": recent.traces_per_second,
        "error_rate": recent.error_rate,
        "saturation_pct": status.saturation * 100,
        "parts": parts(shell.VITALS, shell.show_vitals(ctx, None)),
    }


def now_of(ctx: Context, range: str) -> dict[str, Any]:
    """The verdict and the readings of one preset range."""
    view = overview.view_now(ctx, PageState(range=range))
    return {"range": range, "parts": parts([(id, "view") for id in Overview.NOW], view)}


def parts(ends: Iterable[tuple[str, str]], values: Iterable[Any]) -> list[tuple[str, dict[str, Any]]]:
    """What a handler gives, as each component with its new properties."""
    found: dict[str, dict[str, Any]] = {}
    for (id, prop), value in zip(ends, values, strict=True):
        found.setdefault(id, {})[prop] = value
    return list(found.items())


class NewErrors:
    """The errors that have arrived since the last look, at most LOADING_SECONDS ago, newest first."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._filter = filters.parse("status:error -group:=flowglass")
        self._batch = 0
        self._looked_ns = 0

    def __call__(self, argument: str) -> dict[str, Any] | None:
        now = self._ctx.now_ns()
        earliest = now - int(LOADING_SECONDS * 1e9)
        if self._looked_ns < earliest:  # the first look, or nobody has followed for some time
            self._batch = batch_before(self._ctx.reader, earliest)
        self._looked_ns = now
        found = tail(self._ctx.reader, self._batch, self._filter, ERRORS_AT_ONCE)
        self._batch = found.batch
        if not found.rows:
            return None
        newest = [_error(row) for row in reversed(found.rows)]
        return {
            "errors": [_event(error) for error in newest],
            "matched": found.matched,
            "gap": found.gap,
            "view": errors.rows(newest, PageState()),
        }


def _error(row: SpanRow) -> ErrorRow:
    return ErrorRow(
        row.timestamp_ns,
        row.process,
        row.group,
        row.exception,
        row.exception_message,
        row.trace_id,
        row.span_id,
    )


def _event(error: ErrorRow) -> dict[str, str]:
    return {
        "ts": str(error.timestamp_ns),
        "service": error.group,
        "event": error.process,
        "exception": error.exception,
        "message": error.message,
        "trace_id": error.trace_id,
        "span_id": error.span_id,
    }


class NewRows:
    """The number of the last commit, whenever there is a newer one."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._batch: int | None = None

    def __call__(self, argument: str) -> dict[str, Any] | None:
        batch = tail(self._ctx.reader, None, filters.EMPTY).batch
        if batch == self._batch:
            return None
        self._batch = batch
        return {"batch": batch}


class HealthChanges:
    """The health of everything, whenever some of it has changed, and what has changed."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._before: Mapping[str, Judged] = {}

    def __call__(self, argument: str) -> dict[str, Any] | None:
        own, groups = health.judged(self._ctx)
        now = {one.name: one for one in (*own, *groups)}
        if now == self._before:
            return None
        changes = [
            {"service": name, "old_status": before.health, "new_status": now[name].health}
            for name, before in self._before.items()
            if name in now and now[name].health != before.health
        ]
        self._before = now
        return {"changes": changes, "parts": parts(health.PARTS, health.view(own, groups))}


class AlertChanges:
    """Counts and new events, whenever anything of alerts has changed.

    What the first look finds stands on the page already, but for events of the seconds of its loading.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._version: tuple[Any, ...] | None = None
        self._since_ns = ctx.now_ns()

    def __call__(self, argument: str) -> dict[str, Any] | None:
        version = alerts.version(self._ctx.reader)
        if version == self._version:
            return None
        first, self._version = self._version is None, version
        since, self._since_ns = self._since_ns, self._ctx.now_ns()
        found = news(self._ctx, since)
        return None if first and not found["events"] else found
