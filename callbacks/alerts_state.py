"""What several handlers of the Alerts tab read: the page's place, rules, channels, and what is not ok."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dash.exceptions import PreventUpdate

from alerting import edit
from alerting.edit import SavedChannel, SavedRule
from alerting.standing import RECENT_NS, Standing, standings
from callbacks.control import control_of
from dashboard import url
from dashboard.components.alert_cards import Seen
from dashboard.url import PageState
from data import control_alerts, control_rule_files
from queries import alert_log, alerts
from queries.alert_log import AlertEvent

if TYPE_CHECKING:
    from callbacks.context import Context

KEPT_SECONDS = 2.0  # a viewer's read serves the others
EVENTS = 500  # newest, of which the page lists 100 and counts the deliveries of all
SPARKS = 50  # rows that get a sparkline
HOUR_ROWS = 900  # evaluations of an hour, one every 4 s
DAY_NS = 86_400 * 10**9
Data = Mapping[str, Any] | None


@dataclass(frozen=True)
class Board:
    """Everything that the top of the page is drawn from."""

    rules: tuple[SavedRule, ...]
    channels: tuple[SavedChannel, ...]
    active: tuple[Standing, ...]
    events: tuple[AlertEvent, ...]
    seen: Seen
    judged: Mapping[str, int]  # rule → when last
    file_problems: tuple[str, ...] = ()  # of rules that stand in files

    @property
    def rule_names(self) -> dict[str, str]:
        """Id → name."""
        return {one.rule.id: one.rule.name for one in self.rules}

    @property
    def channel_names(self) -> dict[str, str]:
        """Id → name."""
        return {one.channel.id: one.channel.name for one in self.channels}


def open_state(data: Data) -> PageState:
    """The page's state; nothing is answered while another tab is open."""
    state = url.from_data(data)
    if state.tab != "alerts":
        raise PreventUpdate
    return state


def board(ctx: Context) -> Board:
    """Shared by all viewers, read anew when anything has happened."""
    key = ("alerts.board", alerts.version(ctx.reader))
    return ctx.cache.get(key, lambda: _read(ctx), KEPT_SECONDS)


def _read(ctx: Context) -> Board:
    control, reader, now = control_of(ctx), ctx.reader, ctx.now_ns()
    found = alerts.active(reader, now)
    events = alert_log.events(reader, limit=EVENTS)
    recent = {
        (one.rule_id, one.key): alert_log.evaluations(
            reader, one.rule_id, one.key, now - RECENT_NS, HOUR_ROWS
        )
        for one in found[:SPARKS]
    }
    judged: dict[str, int] = {}
    moments = [(one.rule_id, one.at_ns) for one in control_alerts.states(control)]
    moments += [(one.rule_id, one.at_ns) for one in control_alerts.progress(control)]
    for rule_id, at_ns in moments:
        judged[rule_id] = max(judged.get(rule_id, 0), at_ns)
    active = standings(found, events, recent, now)
    day = alert_log.history(reader, now - DAY_NS)
    seen = Seen(
        alerts.counts(reader, now), active, day, len(judged), max(judged.values(), default=0)
    )  # fmt: skip
    problems = control_rule_files.problems(control)
    return Board(edit.rules(control), edit.channels(control), active, events, seen, judged, problems)
