"""Where on the Alerts tab a person is, in the URL and back."""

from __future__ import annotations

from urllib.parse import urlsplit

from dashboard import alert_place, url
from dashboard.alert_place import Place
from dashboard.url import PageState

STATE = PageState("alerts", range="6h", q="status:error", extra={"view": "rules", "cleared": "1700000000000"})


def opened(href: str) -> PageState:
    parts = urlsplit(href)
    return url.parse(parts.path, parts.query)


def test_it_is_read_from_the_url_and_nonsense_is_left_out() -> None:
    assert alert_place.place(PageState("alerts")) == Place()
    odd = PageState("alerts", extra={"view": "x", "card": "y", "cleared": "-1", "replay": "9y", "edit": "2"})
    assert alert_place.place(odd) == Place()
    found = alert_place.place(STATE)
    assert (found.view, found.cleared_ns, found.writing) == ("rules", 1_700_000_000_000_000_000, False)
    assert alert_place.place(PageState("alerts", extra={"edit": "1"})).writing is False
    assert alert_place.place(PageState("alerts", extra={"edit": "1", "rule": "r"})).writing


def test_another_view_keeps_range_and_what_was_cleared() -> None:
    state = opened(alert_place.view_href(STATE, "history"))
    assert (state.tab, state.range, state.q) == ("alerts", "6h", "")
    assert dict(state.extra) == {"view": "history", "cleared": "1700000000000"}


def test_a_rule_opens_beside_the_view() -> None:
    state = opened(alert_place.rule_href(STATE, "r1", "k"))
    assert dict(state.extra) == {"view": "rules", "cleared": "1700000000000", "rule": "r1", "key": "k"}


def test_alert_on_this_names_calls_value_and_metric() -> None:
    explorer = PageState("traces", range="24h", q="x")
    state = opened(alert_place.new_href(explorer, "slow", q='process:="a"', metric="p99", name="a", data=""))
    rule = alert_place.first_draft(state)
    assert (state.tab, state.range) == ("alerts", "24h")
    assert (rule.filter, rule.metric, rule.name) == ('process:="a"', "p99", "Slow calls: a")
    each = opened(alert_place.new_href(explorer, "errors", by="group", name="each group"))
    assert alert_place.first_draft(each).group_by == "group"
    assert alert_place.first_draft(PageState("alerts", extra={"new": "slow", "by": "x"})).group_by == ""
    stale = alert_place.first_draft(
        PageState("alerts", extra={"new": "stale", "data": "rate", "metric": "p99"})
    )
    assert (stale.kind, stale.data, stale.metric) == ("stale", "rate", "p95")
