"""The lists of the Alerts tab, drawn from records."""

from __future__ import annotations

from dataclasses import replace

from alerting.edit import SavedRule
from alerting.rule import Rule
from alerting.standing import Standing, Told
from dashboard.alert_place import Place, place
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
    alert_words,
)
from dashboard.components.alert_cards import Seen
from dashboard.components.alert_channels import Shown
from dashboard.components.alert_silences import Quiet
from dashboard.url import PageState
from data.control_silences import Silence
from data.control_ties import Kin, Tie
from queries.alert_log import Episode
from queries.alerts import AlertCounts
from tests.support.alerts import EPISODE, MINUTE, SECOND, SLOW, STUCK, alert, event, sent
from tests.support.components import by_class, find, rows_of, texts
from tests.support.page import NOW, hrefs, text

STATE = PageState("alerts")
RULE = replace(SLOW, id="r1")


def standing(rule: Rule = RULE, told: Told | None = None, **changes: object) -> Standing:
    return Standing(rule, alert(rule, **changes), told or Told(), (1.0, None, 3.0), NOW - SECOND)  # type: ignore[arg-type]


def silence() -> Silence:
    return Silence("s", "r1", "", "jon", "import", NOW - MINUTE, NOW + MINUTE, NOW - MINUTE, "")


def test_a_row_says_what_since_when_how_much_and_who_was_told() -> None:
    shown = alert_active.listed([standing(told=Told(sent=2, failed=1))], STATE, Place(), NOW, 1)
    (row,) = rows_of(shown)
    said = " ".join(texts(row))
    for part in ("price_order slow", "price_order", "firing", "p95", "412 ms", "300 ms", "10 min", "mara",
                 "delivered 2", "failed 1"):  # fmt: skip
        assert part in said
    acts = [button.to_plotly_json()["props"]["data-act"] for button in find(row, "Button")]
    assert acts == ["acknowledge", "snooze"]
    assert by_class(row, "spark")[0].to_plotly_json()["props"]["data-y"] == "1,,3"


def test_flags_stand_beside_the_state_and_take_their_buttons_away() -> None:
    (row,) = rows_of(alert_active.listed([standing(off_hours=True)], STATE, Place(), NOW, 1))
    assert "off hours" in texts(row)
    flagged = standing(flapping=True, silence=silence(), acknowledged_by="jon")
    (row,) = rows_of(alert_active.listed([flagged], STATE, Place(rule="r1"), NOW, 1))
    assert row.className == "sel"
    said = texts(row)
    assert {"suppressed", "flapping", "jon"} <= set(said)
    assert "nobody told" in said
    assert find(row, "Button") == []


def test_a_rule_that_failed_is_loud_and_every_kind_of_value_is_readable() -> None:
    failed = standing(status="rule failed", value=None, text="too many rows")
    assert "cannot be judged" in texts(alert_active.listed([failed], STATE, Place(), NOW, 1))
    seen = {
        "412": alert_words.seen_text(STUCK, alert(STUCK)),
        "NoneType": alert_words.seen_text(Rule("t", kind="type change"), alert(text="NoneType")),
        "none": alert_words.seen_text(Rule("n", kind="no calls"), alert(value=1.0)),
        "some": alert_words.seen_text(Rule("n", kind="no calls"), alert(value=0.0)),
        "–": alert_words.seen_text(RULE, alert(value=None)),  # noqa: RUF001
    }
    assert list(seen) == list(seen.values())
    assert alert_words.limit_text(standing(Rule("n", kind="no calls"))) == "–"  # noqa: RUF001
    assert alert_words.measure_word(Rule("v", metric="value", data="total")) == "total"
    assert alert_words.measure_title(RULE) == "p95 latency"
    assert alert_words.measure_title(STUCK) == "repeats"


def test_a_card_narrows_the_list_and_clearing_hides_only_here() -> None:
    both = [standing(), standing(severity="warning", key="k", status="recovering", since_ns=NOW - MINUTE)]
    assert len(rows_of(alert_active.listed(both, STATE, Place(card="warning"), NOW, 1))) == 1
    assert len(rows_of(alert_active.listed(both, STATE, Place(card="no data"), NOW, 1))) == 0
    cleared = Place(cleared_ns=NOW - 5 * MINUTE)
    shown = alert_active.listed(both, STATE, cleared, NOW, 1)
    assert len(rows_of(shown)) == 1
    assert "1 alert is cleared from this view only; nothing was resolved." in text(shown)
    assert "still fires" in text(alert_active.listed(both[:1], STATE, cleared, NOW, 1))
    (clear, _) = alert_tabs.tools(STATE, Place(), NOW)
    assert "nothing is resolved or deleted" in clear.title
    assert f"cleared={NOW // 10**6}" in clear.href


def test_the_empty_list_reassures() -> None:
    assert "Everything is running smoothly. 3 rules watch." in text(
        alert_active.listed([], STATE, Place(), NOW, 3)
    )
    assert "No rule watches yet" in text(alert_active.listed([], STATE, Place(), NOW, 0))
    assert "/alerts?new=errors" in hrefs(alert_active.listed([], STATE, Place(), NOW, 0))


def test_cards_count_and_say_against_what() -> None:
    day = [Episode("e", "r1", "slow", "", "warning", NOW - 9 * MINUTE, 1.0, NOW - 3 * MINUTE)]
    seen = Seen(AlertCounts(critical=1, warning=2, resolved=1), [standing()], day, 4, NOW - 6 * SECOND)
    words = {card.key: (card.number, card.words) for card in alert_cards.counted(seen, NOW)}
    assert words == {
        "critical": (1, "longest 10 min"), "warning": (2, "none firing"), "info": (0, "none firing"),
        "resolved": (1, "in 24 h, median 6 min"), "no data": (0, "all 4 rules have data"),
        "rule failed": (0, "last pass 6 s ago"),
    }  # fmt: skip
    quiet = [standing(silence=silence()), standing(status="no data"), standing(status="rule failed")]
    lost = Seen(AlertCounts(1, no_data=1, rule_failed=1), quiet)
    said = {card.key: card.words for card in alert_cards.counted(lost, NOW)}
    assert (said["critical"], said["no data"], said["rule failed"]) == (
        "1 suppressed", "price_order slow", "price_order slow",
    )  # fmt: skip
    ending = Seen(AlertCounts(1), [standing(status="recovering")])
    assert alert_cards.counted(ending, NOW)[0].words == "1 recovering"
    assert alert_cards.counted(Seen(AlertCounts()), NOW)[3].words == "none in 24 h"
    on = alert_cards.cards(seen, PageState("alerts", extra={"card": "critical"}), Place(card="critical"), NOW)
    assert "on" in on[0].className.split()
    assert "card=" not in on[0].href
    assert on[3].href == "/alerts?view=history"


def test_an_event_says_what_where_in_the_code_and_whether_it_was_delivered() -> None:
    waits = sent(state="waiting", answer="503 busy")
    (entry,) = alert_events.feed([event(deliveries=(waits,))], STATE, Place())
    said = text(entry)
    assert "p95 412 ms against 300 ms" in said
    assert "waiting to be sent: ops: 503 busy" in said
    assert "/code?fn=pricing/shop.fx/fx_rate#L5" in hrefs(entry)
    words = [alert_events.delivery_words(one) for one in (
        event(announced=False), event(deliveries=(sent(),)), event(),
        event(deliveries=(sent(state="failed"),)), event(deliveries=(sent(state="sending", answer=""),)),
    )]  # fmt: skip
    assert words == ["recorded, not told", "delivered to 1", "", "not delivered: ops: 200 ok", "being sent"]


def test_events_of_every_kind_are_put_into_words() -> None:
    stale = {"kind": "stale"}
    said = [alert_events.said(one) for one in (
        event(detail=stale, text="1.0842"), event(detail=stale, text="1.1", value=0.0),
        event(text="str, was int"), event(kind="no data", value=None), event(value=None),
    )]  # fmt: skip
    assert said == ["1.0842, 412 repeats", "changed to 1.1", "str, was int", "no value to judge", "–"]  # noqa: RUF001
    assert alert_events.code_href(event(detail={}), STATE) == ""
    assert alert_events.trace_href(event(detail={}), STATE) == ""
    assert "trace=abab" in alert_events.trace_href(event(), STATE)
    assert "No events yet" in text(alert_events.feed([], STATE, Place()))
    assert "Cleared from this view" in text(alert_events.feed([event()], STATE, Place(cleared_ns=NOW)))


def test_history_shows_firings_and_who_fires_most() -> None:
    firings = [
        Episode("a", "r1", "slow", "k", "warning", NOW - 9 * MINUTE, 212.0, NOW - 3 * MINUTE),
        Episode("b", "r1", "slow", "", "critical", NOW - 2 * MINUTE, 400.0, None),
    ]
    shown = alert_history.listed(firings, {"r1": "ms"}, STATE, NOW)
    assert "2 firings, resolved after 6 min (median)" in text(shown)
    assert "2 times, 8 min in all" in text(shown)
    assert "firing" in texts(rows_of(shown)[1])
    assert "212 ms" in texts(rows_of(shown)[0])
    assert "Nothing fired in this range" in text(alert_history.listed([], {}, STATE, NOW))
    many = alert_history.listed(firings * 200, {}, STATE, NOW)
    assert "400 firings, the newest 200 below" in text(many)


def test_rules_are_sentences_with_a_switch_and_none_is_a_beginning() -> None:
    on = SavedRule(replace(RULE, channels=("c1", "gone")), NOW, NOW, "local")
    off = SavedRule(replace(STUCK, id="r2", enabled=False), NOW, NOW, "local")
    fresh = SavedRule(replace(STUCK, id="r3"), NOW, NOW, "local")
    shown = alert_rules.listed(
        [on, off, fresh], [standing(), standing(key="k", status="pending")], {"r1": NOW - SECOND},
        {"c1": "ops"}, STATE, Place(rule="r1"), NOW,
    )  # fmt: skip
    first, second, third = rows_of(shown)
    assert "firing 1 of 2" in texts(first)
    assert "ops, a channel that is gone" in texts(first)
    assert "paused" in texts(second)
    assert "not judged yet" in texts(third)
    switch = find(second, "Button")[0].to_plotly_json()["props"]
    assert (switch["aria-checked"], switch["data-on"], switch["role"]) == ("false", "1", "switch")
    assert any("new=stale" in href for href in hrefs(alert_rules.listed([], [], {}, {}, STATE, Place(), NOW)))


def test_silences_say_whom_until_when_and_why() -> None:
    quiet = Quiet(
        "s", "r1", "", "", "jon", "import", NOW, NOW + 60 * MINUTE, change_ns=NOW + 60 * MINUTE
    )  # fmt: skip
    (row,) = rows_of(alert_silences.listed([quiet], {"r1": "slow"}, NOW))
    assert {"slow", "every key", "1 h", "jon", "import", "End now"} <= set(texts(row))
    assert "Nothing is silenced" in text(alert_silences.listed([], {}, NOW))
    window = replace(quiet, hours="sat 22:00-04:00 Europe/Berlin", ends_ns=0, holds=False)
    (row,) = rows_of(alert_silences.listed([window], {"r1": "slow"}, NOW))
    assert {"sat 22:00-04:00 Europe/Berlin", "waits", "End for good"} <= set(texts(row))
    assert alert_silences.when(replace(window, ends_ns=NOW)).startswith(
        "sat 22:00-04:00 Europe/Berlin, until"
    )
    assert alert_silences.when(replace(quiet, holds=False)).startswith("from ")
    everything = replace(quiet, rule_id="", reason="", change_ns=None)
    assert "every rule" in text(alert_silences.listed([everything], {}, NOW))


def test_a_channel_shows_where_it_leads_and_never_its_secret() -> None:
    mail = Shown("c1", "email", "on-call", {"to": ("a@b.c",), "host": "smtp"}, "kept encrypted", 1, NOW)
    hook = Shown("c2", "webhook", "ops", {"url": "https://x"}, "env:HOOK", 2, NOW)
    odd = Shown("c3", "pager", "old", {}, "", 0, 0)
    shown = alert_channels.listed([mail, hook, odd], STATE, Place(channel="c1"), NOW)
    first, second, third = (texts(row) for row in rows_of(shown))
    assert {"a@b.c", "kept encrypted", "1 rule"} <= set(first)
    assert {"https://x", "env:HOOK", "2 rules"} <= set(second)
    assert {"pager", "in its secret", "none", "never"} <= set(third)
    assert "No channel yet" in text(alert_channels.listed([], STATE, Place(), NOW))


def test_deliveries_tell_every_try() -> None:
    rows = rows_of(
        alert_deliveries.listed(
            [sent(twice=1), sent(id=2, state="waiting", answer="503", next_try_ns=NOW + 40 * SECOND),
             sent(id=3, rule_id="", rule_name="", latency_ms=0.0)], STATE, NOW,
        )
    )  # fmt: skip
    assert {"delivered", "may have been sent twice", "200 ok"} <= set(texts(rows[0]))
    assert "503, next try in 40 s" in texts(rows[1])
    assert "an event that is gone" in texts(rows[2])
    assert "Nothing was sent yet" in text(alert_deliveries.listed([], STATE, NOW))


def test_the_foot_grows_when_something_is_late_or_lost() -> None:
    fine = Seen(AlertCounts(), judged=2, last_ns=NOW - 2 * SECOND)
    assert "2 rules, judged 2 s ago" in text(alert_foot.foot(fine, 2, [], NOW))
    late = Seen(AlertCounts(), judged=2, last_ns=NOW - 2 * MINUTE)
    said = text(
        alert_foot.foot(late, 2, [sent(state="waiting", answer="503", next_try_ns=NOW + 4 * SECOND)], NOW)
    )
    assert "judged 2 min ago, which is late" in said
    assert "1 waiting: ops answered 503, next try in 4 s" in said
    assert "1 of the last 1 failed" in text(alert_foot.foot(fine, 2, [sent(state="failed")], NOW))
    assert "no active rule" in text(alert_foot.foot(fine, 0, [], NOW))
    assert "not judged yet" in text(alert_foot.foot(Seen(AlertCounts()), 1, [], NOW))


def test_views_count_what_is_in_them_and_a_notice_stands_where_it_belongs() -> None:
    tabs = alert_tabs.views(STATE, place(STATE), 3, True, 2, 0)
    assert [text(tab) for tab in tabs] == [
        "Active3",
        "Rules2",
        "History",
        "Review",
        "Silences",
        "Channels",
        "Delivery log",
    ]
    assert tabs[0].className == "on"
    assert alert_tabs.notice({"said": "x", "place": "rule", "ok": True}, "list") is None
    shown = alert_tabs.notice({"said": "x", "place": "list", "conflict": True, "lines": ["a"]}, "list")
    assert {"Load theirs", "Overwrite with mine", "a"} <= set(texts(shown))
    assert [text(one) for one in alert_tabs.tools(STATE, Place(view="channels"), NOW)] == [
        "New channel",
        "New rule",
    ]
    assert EPISODE < NOW


def test_effects_stand_indented_below_their_cause() -> None:
    other = replace(SLOW, id="r0", name="other")
    cause, near, far = (replace(SLOW, id=id, name=f"{id} slow") for id in ("charge", "pay", "checkout"))

    def tied(rule: Rule, calls: int) -> Tie:
        return Tie(
            rule.id,
            "",
            EPISODE,
            rule.name,
            "critical",
            "charge",
            "",
            EPISODE,
            "charge slow",
            calls,
            NOW,
            0,
            0,
        )

    ties = (tied(near, 1), tied(far, 2))
    found = [
        standing(far, rule_id="checkout", cause=ties[1]), standing(other, rule_id="r0"),
        standing(near, rule_id="pay", cause=ties[0]), standing(cause, rule_id="charge", affected=ties),
    ]  # fmt: skip
    shown = alert_active.forest(found)
    assert [(one.rule.name, deep) for one, deep in shown] == [
        ("other", 0), ("charge slow", 0), ("pay slow", 1), ("checkout slow", 1),
    ]  # fmt: skip
    rows = rows_of(alert_active.listed(found, STATE, Place(), NOW, 4))
    assert "2 affected" in texts(rows[1])
    assert [row.className or "" for row in rows] == ["", "", "child", "child"]
    assert {"an effect: ", "with its cause"} <= set(texts(rows[2]))
    alone = alert_active.forest(found[:1])  # its cause is hidden by a card
    assert [deep for _, deep in alone] == [0]


def test_an_event_names_what_is_affected_or_what_it_was_told_with() -> None:
    tie = Tie("a", "", EPISODE, "checkout slow", "critical", "c", "", EPISODE, "charge slow", 1, NOW, 0, 0)
    many = Kin(affected=tuple(replace(tie, rule_name=f"r{at}") for at in range(5)))
    said = [
        text(alert_events.feed([event(kin=kin)], STATE, Place())) for kin in (Kin((tie,)), many, Kin((), tie))
    ]
    assert "affected: checkout slow" in said[0]
    assert "affected: r0, r1, r2 and 2 more" in said[1]
    assert "told with charge slow" in said[2]
