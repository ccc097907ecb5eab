"""Alerts: the chart of the open rule: a replay while it is written, else what the scheduler measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State
from dash.exceptions import PreventUpdate

from alerting import edit
from alerting.replay import Replay
from alerting.rule import Rule
from alerting.standing import told_of
from callbacks.alerts_preview import preview_of
from callbacks.alerts_state import Data, open_state
from callbacks.alerts_writing import writing
from callbacks.binding import serve
from callbacks.control import control_of
from dashboard import alert_place, url
from dashboard.alert_place import Place
from dashboard.components import alert_detail, alert_replay
from dashboard.components.states import Failure, failed
from dashboard.figures import alert_replay as figures
from dashboard.figures.alert_replay import Band, Seen
from dashboard.ids import Alerts, Live, Shell
from dashboard.theme import theme as theme_of
from dashboard.url import PageState
from data.control import NotThere
from queries import alert_log
from queries.alert_log import Episode, Evaluation

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

NS = 10**9
DAY_NS = 86_400 * NS
POINTS = 720  # drawn; more would lie on the same pixels
MOST = 21_600  # evaluations of a day
OUTPUTS = (Alerts.CHART_HEAD, Alerts.SLIDER, Alerts.JUDGED)


def show_chart(
    ctx: Context, data: Data, draft: Data, _slow: Any, _pushed: Any, theme: str | None
) -> tuple[Any, ...]:
    """Figure, the words above it, the slider and the table below it."""
    state = open_state(data)
    place = alert_place.place(state)
    found = writing(ctx, state, draft)
    if found is not None:
        return _replayed(ctx, found.rule, place, state, theme)
    try:
        rule = edit.rule(control_of(ctx), place.rule).rule if place.rule else None
    except NotThere:
        rule = None
    if rule is None:
        raise PreventUpdate
    return _measured(ctx, rule, place, state, theme)


def _replayed(ctx: Context, rule: Rule, place: Place, state: PageState, theme: str | None) -> tuple[Any, ...]:
    """The scheduler's own code over what is stored."""
    preview = preview_of(ctx, rule, place.replay)
    found = preview.replay(rule)
    begin, end = preview.moments_ns[0], preview.moments_ns[-1]
    raw = preview.judged.by_key.get(found.key, ())
    heights = {one.at_ns: one.value for one in raw}
    seen = [Seen(one.at_ns, heights.get(one.at_ns, one.value), one.status) for one in found.points]
    figure = figures.figure(rule, _thinned(seen), bands(found, end), (begin, end), theme_of(theme))
    values = [one.value for one in seen if one.value is not None]
    head = alert_replay.head(found, begin, end, state, place)
    slider = alert_replay.slider(alert_replay.slider_of(rule, values))
    return figure, head, slider, alert_replay.evaluations(rule, found.points)


def bands(found: Replay, end_ns: int) -> list[Band]:
    """The firings of the key that is drawn."""
    mine = [one for one in found.episodes if one.key == found.key]
    return [Band(one.start_ns, one.end_ns or end_ns, one.severity) for one in mine]


def _measured(ctx: Context, rule: Rule, place: Place, state: PageState, theme: str | None) -> tuple[Any, ...]:
    """What the scheduler saw in the range on the screen, as far back as evaluations are kept."""
    now = ctx.now_ns()
    start, end = url.window_ns(state, now)
    start = max(start, now - DAY_NS)
    key = place.key
    rows = alert_log.evaluations(ctx.reader, rule.id, key, start, MOST)
    if not rows and not key:  # a grouped rule without a chosen group: the one judged last
        newest = alert_log.evaluations(ctx.reader, rule.id, None, start, 1)
        key = newest[0].key if newest else ""
        rows = alert_log.evaluations(ctx.reader, rule.id, key, start, MOST) if key else rows
    rows = tuple(one for one in rows if one.at_ns <= end and one.status != "skipped")
    firings = [one for one in alert_log.history(ctx.reader, start - DAY_NS, rule.id) if one.key == key]
    seen = [Seen(one.at_ns, one.value, one.status) for one in reversed(rows)]
    drawn = [_band(one, start, end) for one in firings if (one.resolved_ns or end) > start]
    if seen:
        figure = figures.figure(rule, _thinned(seen), drawn, (start, end), theme_of(theme))
    else:
        figure = figures.nothing(theme_of(theme), "Not judged in this range; evaluations are kept for a day")
    head = alert_detail.chart_head(rule, len(rows), len(drawn), start, end)
    return figure, head, None, alert_detail.judged(rule, rows, _told(ctx, rule, key, rows))


def _band(one: Episode, start: int, end: int) -> Band:
    return Band(max(one.fired_ns, start), min(one.resolved_ns or end, end), one.severity)


def _told(ctx: Context, rule: Rule, key: str, rows: Sequence[Evaluation]) -> dict[int, str]:
    """What was delivered because of an evaluation, by its time."""
    oldest = rows[-1].at_ns if rows else 0
    found = {}
    for one in alert_log.events(ctx.reader, rule.id, oldest, 500):
        if one.key == key:
            found[one.at_ns] = alert_detail.delivered(one.kind, told_of(one.deliveries))
    return found


def _thinned(seen: list[Seen]) -> list[Seen]:
    """At most POINTS moments: of each part the highest, so that no peak is lost."""
    size = -(-len(seen) // POINTS)
    if size <= 1:
        return seen
    parts = [seen[at : at + size] for at in range(0, len(seen), size)]
    return [
        max(part, key=lambda one: one.value if one.value is not None else float("-inf")) for part in parts
    ]


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, show_chart,
        Output(Alerts.CHART, "figure"), *[Output(id, "view") for id in OUTPUTS],
        Input(Shell.FILTER, "data"), Input(Alerts.DRAFT, "data"), Input(Shell.REFRESH_SLOW, "data"),
        State(Live.ALERTS, "data"), Input(Shell.THEME, "data"),
        on_failure=_failed,
    )  # fmt: skip


def _failed(failure: Failure) -> tuple[Any, ...]:
    """The cause stands where the words stand."""
    return figures.nothing("dark"), failed(failure), None, None
