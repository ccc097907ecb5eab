"""One rule in full, its message, and the chart of both the detail and the replay."""

from __future__ import annotations

from dataclasses import replace

import plotly.graph_objects as go
import pytest

from alerting.edit import SavedRule
from alerting.message import Message
from alerting.rule import Rule
from alerting.standing import Standing, Told
from dashboard.components import alert_detail
from dashboard.figures import alert_replay
from dashboard.figures.alert_replay import Band, Seen
from dashboard.theme import Theme
from dashboard.url import PageState
from data.control_ties import Tie
from queries.alert_log import Evaluation
from tests.support.alerts import EPISODE, MINUTE, SLOW, STUCK, alert, event
from tests.support.page import NOW, hrefs, text

STATE = PageState("alerts", extra={"rule": "r1"})
RULE = replace(SLOW, id="r1", revision=2, channels=("c1",), runbook="https://wiki.example.org")
SAVED = SavedRule(RULE, NOW, NOW - MINUTE, "jon")


def test_the_detail_says_what_it_does_how_it_stands_and_whom_it_tells() -> None:
    stand = Standing(RULE, alert(RULE, key="web"), judged_ns=NOW)
    shown = alert_detail.body(
        SAVED, stand, [("web", "firing"), ("db", "ok")], {"c1": "ops"}, STATE, NOW, {}
    )  # fmt: skip
    said = text(shown)
    for part in ("Fires when p95 latency of price_order", "p95 412 ms, against 300 ms", "ops", "mara",
                 "1 min ago by jon, revision 2", "web", "db"):  # fmt: skip
        assert part in said
    assert "https://wiki.example.org" in hrefs(shown)
    head = alert_detail.head(SAVED, stand, STATE)
    assert "/alerts?edit=1&rule=r1" in hrefs(head)
    assert "/alerts?key=web&rule=r1&view=silences" in hrefs(head)


def test_a_paused_rule_and_one_that_failed_say_so() -> None:
    off = SavedRule(replace(RULE, enabled=False), NOW, NOW, "jon")
    stand = Standing(off.rule, alert(RULE, status="rule failed", text="too many rows", value=None))
    said = text(alert_detail.body(off, stand, [], {}, STATE, NOW, {}))
    assert "Paused" in said
    assert "cannot be judged: too many rows" in said
    assert "not judged yet" in said
    many = [(f"k{at}", "ok") for at in range(30)]
    assert "and 10 more" in text(alert_detail.body(SAVED, stand, many, {}, STATE, NOW, {}))
    assert "deleted" in text(alert_detail.gone())


def test_a_message_is_shown_as_people_get_it_with_links_into_the_page() -> None:
    said = Message("e", "d", "slow: firing", ("p95 412 ms",), ("fx.py:5",), (("Trace", "t"), ("Rule", "r")),
                   "critical", {"title": "slow", "rate": 1.5})  # fmt: skip
    shown = alert_detail.message(said, event(), STATE)
    words = text(shown)
    assert all(part in words for part in ("slow: firing", "p95 412 ms", "fx.py:5", "and links to rule"))
    assert '"rate": 1.5' in words
    assert any("#L5" in href for href in hrefs(shown))
    assert hrefs(alert_detail.message(said, None, STATE)) == []
    assert "why" in text(alert_detail.no_message("why"))


def test_evaluations_say_window_value_state_query_time_and_delivery() -> None:
    rows = [
        Evaluation("", NOW, 412.0, 12, "firing", 1.5, ""),
        Evaluation("", NOW - MINUTE, None, 0, "ok", 1.0, ""),
    ]
    told = {NOW: alert_detail.delivered("fired", Told(sent=1, waiting=1))}
    said = text(alert_detail.judged(RULE, rows, told))
    assert all(part in said for part in ("412 ms", "12", "firing", "1.5", "fired: delivered 1, waiting 1"))
    assert alert_detail.judged(RULE, [], {}) is None
    assert alert_detail.delivered("fired", Told()) == "fired: nobody told"
    assert "fired once" in text(alert_detail.chart_head(RULE, 2, 1, EPISODE, NOW))
    assert "fired 3 times" in text(alert_detail.chart_head(RULE, 2, 3, EPISODE, NOW))
    assert "never fired" in text(alert_detail.chart_head(RULE, 2, 0, EPISODE, NOW))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize(
    "rule", [SLOW, STUCK, Rule("n", kind="no calls"), Rule("c", critical=5.0, metric="errors")]
)
def test_the_chart_draws_line_thresholds_and_bands(rule: Rule, theme: Theme) -> None:
    seen = [Seen(NOW - at * MINUTE, None if at == 9 else 100.0 + at, "pending" if 4 < at < 8 else "ok")
            for at in range(20, -1, -1)]  # fmt: skip
    bands = [Band(NOW - 15 * MINUTE, NOW - 11 * MINUTE, "warning"), Band(NOW - 4 * MINUTE, NOW, "critical")]
    figure = alert_replay.figure(rule, seen, bands, (NOW - 20 * MINUTE, NOW), theme)
    go.Figure(figure)
    shapes = figure["layout"]["shapes"]
    lines = [one for one in shapes if one["type"] == "line"]
    assert [one["y0"] for one in lines] == [value for value, _ in alert_replay.thresholds(rule)]
    assert len([one for one in shapes if one["type"] == "rect"]) == 3
    notes = [one["text"] for one in figure["layout"]["annotations"]]
    assert "4 min" in notes
    go.Figure(alert_replay.nothing(theme, "why"))


def test_one_threshold_fires_and_two_are_named() -> None:
    assert alert_replay.thresholds(SLOW) == [(100.0, "warning"), (300.0, "critical"), (80.0, "over")]
    assert alert_replay.thresholds(Rule("c", critical=5.0, recovery=4.0)) == [(5.0, "fires"), (4.0, "over")]
    assert alert_replay.thresholds(STUCK) == [(100.0, "fires")]


def test_a_rule_leads_to_its_cause_and_to_what_is_affected() -> None:
    tie = Tie("pay", "k", EPISODE, "pay slow", "warning", "c", "", EPISODE, "charge slow", 1, NOW, 0, 0)
    (cause,) = alert_detail._kin(alert(cause=tie), STATE)
    assert (cause[0], text(cause[1])) == ("Because of", "charge slow")
    (affected,) = alert_detail._kin(alert(affected=(tie,)), STATE)
    assert (affected[0], text(affected[1])) == ("Affected", "pay slow · k")
    assert hrefs(affected[1]) == ["/alerts?key=k&rule=pay"]
