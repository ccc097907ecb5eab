"""Alerts: the cards, the open list, the last events and the foot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from alerting.edit import SavedChannel
from callbacks import alerts_review
from callbacks.alerts_state import Board, Data, board, open_state
from callbacks.binding import serve
from callbacks.control import control_of
from dashboard import alert_place, url
from dashboard.alert_place import Place
from dashboard.components import (
    alert_active,
    alert_cards,
    alert_channels,
    alert_deliveries,
    alert_events,
    alert_foot,
    alert_history,
    alert_rules,
    alert_silences,
    alert_tabs,
)
from dashboard.components.alert_channels import Shown
from dashboard.components.alert_silences import Quiet
from dashboard.components.marks import Children
from dashboard.components.states import Failure, failed
from dashboard.ids import Alerts, Live, Shell
from dashboard.url import PageState
from data import control_silences
from data.control_silences import FOREVER_NS
from queries import alert_log

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

FIRINGS = 1_000
TOP = (Alerts.CARDS, Alerts.TABS, Alerts.TOOLS, Alerts.NOTICE, Alerts.LIST, Alerts.FEED, Alerts.FOOT)


def show_board(ctx: Context, data: Data, _tick: Any, _pushed: Any, done: Data) -> tuple[Any, ...]:
    """Everything above the rule that is open."""
    state, now = open_state(data), ctx.now_ns()
    place, seen = alert_place.place(state), board(ctx)
    silences = quiets(ctx)
    made = alert_log.deliveries(ctx.reader, alert_deliveries.KEPT)
    return (
        alert_cards.cards(seen.seen, state, place, now),
        alert_tabs.views(
            state,
            place,
            len(seen.active),
            any(one.alive for one in seen.active),
            len(seen.rules),
            len(silences),
        ),
        alert_tabs.tools(state, place, now),
        alert_tabs.notice(done or {}, "list"),
        listed(ctx, seen, silences, state, place, done or {}),
        alert_events.feed(seen.events, state, place),
        alert_foot.foot(seen.seen, len([one for one in seen.rules if one.rule.enabled]), made, now),
    )


def listed(
    ctx: Context, seen: Board, silences: list[Quiet], state: PageState, place: Place, done: Mapping[str, Any]
) -> Children:
    """The view that the URL names."""
    now, names = ctx.now_ns(), seen.rule_names
    if place.view == "rules":
        shown = alert_rules.listed(
            seen.rules, seen.active, seen.judged, seen.channel_names, state, place, now
        )
        return [alert_rules.problems(seen.file_problems), shown]
    if place.view == "history":
        start, end = url.window_ns(state, now)
        firings = [one for one in alert_log.history(ctx.reader, start, limit=FIRINGS) if one.fired_ns < end]
        return alert_history.listed(firings, {one.rule.id: one.rule.unit for one in seen.rules}, state, now)
    if place.view == "review":
        return alerts_review.listed(ctx, seen, state)
    if place.view == "silences":
        form = alert_silences.form(list(names.items()), place, failed_fields(done, "silence"))
        return [form, alert_silences.listed(silences, names, now)]
    if place.view == "channels":
        return channels(seen, state, place, done, now)
    if place.view == "deliveries":
        made = alert_log.deliveries(ctx.reader, alert_deliveries.KEPT)
        return alert_deliveries.listed(made, state, now)
    return alert_active.listed(seen.active, state, place, now, len(seen.rules))


def channels(seen: Board, state: PageState, place: Place, done: Mapping[str, Any], now_ns: int) -> Children:
    """The channels, and the form of the one that is open or of a new one."""
    used = [id for saved in seen.rules for id in saved.rule.every_channel]
    shown = [shown_channel(one, used.count(one.channel.id)) for one in seen.channels]
    chosen = next((one for one in shown if one.id == place.channel), None)
    values = dict(done.get("values") or {}) if done.get("form") == "channel" else {}
    form = alert_channels.form(
        chosen, place.channel, failed_fields(done, "channel"), values, state
    )  # fmt: skip
    return [alert_channels.listed(shown, state, place, now_ns), form]


def failed_fields(done: Mapping[str, Any], form: str) -> dict[str, str]:
    """What was wrong with the form that was sent last, by field."""
    return dict(done.get("errors") or {}) if done.get("form") == form else {}


def shown_channel(one: SavedChannel, used_by: int) -> Shown:
    """What the page may know of a channel."""
    channel = one.channel
    values = {
        name: getattr(channel, name)
        for name in ("url", "host", "port", "security", "user", "sender", "to")
        if getattr(channel, name)
    }
    secret = "kept encrypted" if one.secret_from == "stored" else one.secret_from
    return Shown(
        channel.id, channel.kind, channel.name, values, secret, used_by, one.changed_ns, one.revision
    )


def quiets(ctx: Context) -> list[Quiet]:
    """Silences that have not ended."""
    now = ctx.now_ns()
    return [
        Quiet(
            one.id, one.rule_id, one.key, one.severity, one.author, one.reason, one.starts_ns,
            one.ends_ns if one.ends_ns < FOREVER_NS else 0, one.hours, one.holds(now), one.next_change(now),
        )
        for one in control_silences.silences(control_of(ctx), now)
    ]  # fmt: skip


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_board,
        *[Output(id, "view") for id in TOP],
        Input(Shell.FILTER, "data"), Input(Shell.REFRESH, "data"), Input(Live.ALERTS, "data"),
        Input(Alerts.DONE, "data"),
        on_failure=_failed,
    )  # fmt: skip


def _failed(failure: Failure) -> tuple[Any, ...]:
    """The last numbers stay; the list says what is wrong."""
    return tuple(failed(failure) if id == Alerts.LIST else no_update for id in TOP)
