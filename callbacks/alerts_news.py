"""Alerts on every tab: how many are critical, and what has just happened; pushed, and polled as fall-back."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from callbacks.binding import serve
from dashboard import alert_place
from dashboard.components import alert_events
from dashboard.ids import Live, Shell
from dashboard.url import PageState
from queries import alert_log, alerts
from queries.alert_log import AlertEvent

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

AT_ONCE = 20
LATEST_NS = 60 * 10**9  # an event's time is that of what was judged, some seconds before it is written


def news(ctx: Context, since_ns: int) -> dict[str, Any]:
    """Counts, and events since then; a receiver knows an event by its id and takes it once."""
    found = alert_log.events(ctx.reader, "", since_ns - LATEST_NS, AT_ONCE)
    now = ctx.now_ns()
    counts = alerts.counts(ctx.reader, now)
    return {"now_ns": str(now), "counts": asdict(counts), "events": [_event(one) for one in found]}


def _event(one: AlertEvent) -> dict[str, Any]:
    state = PageState("alerts")
    return {
        "id": one.id, "rule_id": one.rule_id, "rule": one.rule_name, "key": one.key, "kind": one.kind,
        "at_ns": str(one.at_ns), "severity": one.severity, "value": one.value, "text": one.text,
        "unit": one.detail.get("unit", ""), "announced": one.announced and not with_cause(one),
        "title": f"{one.rule_name} · {one.key}" if one.key else one.rule_name,
        "said": alert_events.said(one) + affected_text(one), "code": alert_events.code_href(one, state),
        "href": alert_place.rule_href(state, one.rule_id, one.key),
    }  # fmt: skip


def with_cause(one: AlertEvent) -> bool:
    """Whether its message is that of its cause, which is shown as well."""
    tie = one.kin.cause
    return tie is not None and not tie.ended_ns and not tie.told_ns


def affected_text(one: AlertEvent) -> str:
    """How many fire because of it, "" for none."""
    return f", {len(one.kin.affected)} affected" if one.kin.affected else ""


def show_news(ctx: Context, _poll: Any) -> Any:
    """At the first look and while push does not feed the page."""
    return news(ctx, ctx.now_ns())


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_news, Output(Live.ALERTS, "data"), Input(Shell.POLL, "data"),
        on_failure=lambda failure: no_update,
    )  # fmt: skip
