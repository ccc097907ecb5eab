"""Alerts: the rule that is open: its form while it is written, else how it stands, and its message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from dash import Input, Output, no_update

from alerting import edit
from alerting.edit import SavedRule
from alerting.message import Message
from alerting.rule import Rule, Severity
from alerting.sample import Sample, sample_message, told
from alerting.standing import Standing, resting
from alerting.state import State
from callbacks import alerts_review
from callbacks.alerts_preview import preview_of
from callbacks.alerts_state import Board, Data, board, open_state
from callbacks.alerts_writing import Writing, writing
from callbacks.binding import in_browser, serve
from callbacks.control import control_of
from dashboard import alert_place, format, links
from dashboard.alert_place import Place
from dashboard.components import alert_builder, alert_detail, alert_tabs
from dashboard.components.alert_builder import Choices
from dashboard.components.marks import Children
from dashboard.components.states import Failure, failed
from dashboard.ids import Alerts, Live, Shell
from dashboard.url import PageState
from data import control_alerts
from data.control import NotThere
from queries import alert_log, alerts, code
from queries.alert_log import AlertEvent
from queries.errors import QueryError
from queries.limits import TimeRange

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

CALLS = 60  # processes that the filter slot suggests
DAY_NS = 86_400 * 10**9
TOLD_KINDS = ("fired", "escalated", "resolved")
OUTPUTS = (Alerts.RULE_HEAD, Alerts.RULE, Alerts.MESSAGE, Alerts.MESSAGE_META)


def show_rule(ctx: Context, data: Data, draft: Data, _tick: Any, _pushed: Any, done: Data) -> tuple[Any, ...]:
    """The lower half: the builder, the detail, or neither; then stale values have its place."""
    state = open_state(data)
    place = alert_place.place(state)
    found = writing(ctx, state, draft)
    if found is not None:
        head, body = _builder(ctx, found, state, done)
        return (head, body, *_sample(ctx, found.rule, place, state), False, True)
    opened = _opened(ctx, place)
    if opened is None:
        return (None, _gone(place), None, None, not place.rule, bool(place.rule))
    saved, stand = opened
    seen = board(ctx)
    head = alert_detail.head(saved, stand, state)
    keys = alerts.keys(ctx.reader, saved.rule.id)
    body = [
        alert_tabs.notice(done or {}, "rule"),
        *alert_detail.body(saved, stand, keys, seen.channel_names, state, ctx.now_ns(), seen.rule_names),
        alerts_review.edits(ctx, seen, state, saved.rule.id),
    ]
    return (head, body, *_last_message(ctx, seen, saved.rule, stand, state), False, True)


def _gone(place: Place) -> Children:
    if not place.rule:
        return None
    return alert_detail.gone()


def _opened(ctx: Context, place: Place) -> tuple[SavedRule, Standing] | None:
    """The rule that the URL names, and how it stands for its key."""
    if not place.rule:
        return None
    try:
        saved = edit.rule(control_of(ctx), place.rule)
    except NotThere:
        return None
    states = {one.key: one for one in control_alerts.states(control_of(ctx)) if one.rule_id == saved.rule.id}
    active = {one.alert.key: one for one in board(ctx).active if one.rule.id == saved.rule.id}
    key = place.key if place.key in states or not states else next(iter([*active, *states]))
    judged = states[key].at_ns if key in states else 0
    if key in active:
        one = active[key]
        return saved, Standing(saved.rule, one.alert, one.told, one.recent, judged)
    state = State(**json.loads(states[key].body)) if key in states else State()
    return saved, Standing(saved.rule, resting(saved.rule, key, state), judged_ns=judged)


def _builder(ctx: Context, found: Writing, state: PageState, done: Data) -> tuple[Children, Children]:
    tried = (done or {}).get("form") == "rule"
    errors = {one.field: one.message for one in found.errors} if found.touched or tried else {}
    channels = [(one.channel.id, one.channel.name) for one in board(ctx).channels]
    others = [(id, name) for id, name in board(ctx).rule_names.items() if id != found.rule.id]
    choices = Choices(channels, _calls(ctx), rules=others)
    head = alert_builder.head(found.rule, state)
    form = alert_builder.form(found.rule, found.typed, errors, choices, state, found.key)
    return head, [form, alert_tabs.notice(done or {}, "rule")]


def _calls(ctx: Context) -> list[str]:
    """Filters of the processes that were called in the last day, as suggestions."""
    now = ctx.now_ns()
    range = TimeRange(now - DAY_NS, now)
    try:
        found = ctx.cache.get("alerts.calls", lambda: code.functions(ctx.reader, "", range, CALLS), 60.0)
    except QueryError:
        return []
    return [links.calls_text(one.group, one.name) for one in found]


def _sample(ctx: Context, rule: Rule, place: Place, state: PageState) -> tuple[Children, Children]:
    """The message of the last firing of the replay, or of the newest moment."""
    try:
        preview = preview_of(ctx, rule, place.replay)
        found = preview.replay(rule)
        last = max(found.episodes, key=lambda one: one.start_ns, default=None)
        at = last.start_ns if last else preview.moments_ns[-1]
        point = next((one for one in reversed(found.points) if one.at_ns <= at), None)
        severity: Severity = last.severity if last else rule.severity
        sample = Sample(at, last.key if last else found.key, last.worst if last else
                        (point.value if point else None), point.text if point else "", severity)  # fmt: skip
        said = sample_message(rule, sample, ctx.reader, ctx.settings)
    except QueryError as error:
        return alert_detail.no_message(str(error)), None
    when = f"with the firing of {format.day_clock(at)}" if last else "with what was seen last"
    return alert_detail.message(said, None, state), when


def _last_message(
    ctx: Context, seen: Board, rule: Rule, stand: Standing, state: PageState
) -> tuple[Children, Children]:
    """What the newest event said."""
    event = _last_event(ctx, rule.id, stand.alert.key)
    if event is None:
        return alert_detail.no_message("It has not fired yet, so nothing was said."), None
    said: Message = told(event, ctx.settings)
    return alert_detail.message(said, event, state), f"as told at {format.day_clock(event.at_ns)}"


def _last_event(ctx: Context, rule_id: str, key: str) -> AlertEvent | None:
    found = alert_log.events(ctx.reader, rule_id, limit=50)
    mine = [one for one in found if one.key == key]
    return next((one for one in mine if one.kind in TOLD_KINDS), mine[0] if mine else None)


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_rule,
        *[Output(id, "view") for id in OUTPUTS],
        Output(Alerts.BUILD, "hidden"), Output(Alerts.STALE_PANEL, "hidden"),
        Input(Shell.FILTER, "data"), Input(Alerts.DRAFT, "data"), Input(Shell.REFRESH, "data"),
        Input(Live.ALERTS, "data"), Input(Alerts.DONE, "data"),
        on_failure=_failed,
    )  # fmt: skip
    in_browser(app, "alerts.done", Input(Alerts.DONE, "data"))


def _failed(failure: Failure) -> tuple[Any, ...]:
    return (no_update, failed(failure), no_update, no_update, False, no_update)
