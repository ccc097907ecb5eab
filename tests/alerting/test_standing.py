"""Where rules stand: what was told of each firing, the last hour in short, what fires most."""

from __future__ import annotations

from dataclasses import replace

from alerting.rule import as_dict
from alerting.standing import RECENT_POINTS, in_short, offenders, resting, standings, told_of, typical_ns
from alerting.state import State
from queries.alert_log import Episode, Evaluation
from tests.support.alerts import MINUTE, SECOND, SLOW, alert, event, sent
from tests.support.page import NOW


def firing(rule: str, began: int, lasted: int | None) -> Episode:
    ended = None if lasted is None else began + lasted
    return Episode("e", rule, rule.upper(), "", "warning", began, 1.0, ended)


def test_deliveries_of_a_firing_are_counted_with_it() -> None:
    lost = sent(id=2, state="failed", answer="503 busy")
    (one,) = standings(
        [alert()], [event(deliveries=(sent(), lost, sent(state="sending", answer="")))], {}, NOW
    )
    assert (one.told.sent, one.told.failed, one.told.waiting) == (1, 1, 1)
    assert one.told.trouble == "ops: 503 busy"
    assert one.alive
    assert one.rule.metric == "p95"


def test_a_rule_that_cannot_be_read_is_left_out() -> None:
    assert standings([replace(alert(), rule=as_dict(SLOW) | {"metric": "nonsense"})], [], {}, NOW) == ()


def test_the_last_hour_is_short_and_keeps_its_peaks() -> None:
    seen = [
        Evaluation("", NOW - at * 4 * SECOND, 900.0 if at == 40 else 1.0, 1, "ok", 1.0, "")
        for at in range(300)
    ]
    short = in_short([*seen, Evaluation("", NOW - 70 * MINUTE, 5000.0, 1, "ok", 1.0, "")], NOW)
    assert len(short) == 20
    assert max(one for one in short if one is not None) == 900.0
    assert in_short([], NOW) == ()
    assert len(in_short([Evaluation("", NOW - 59 * MINUTE, 1.0, 1, "ok", 1.0, "")], NOW)) == RECENT_POINTS


def test_time_to_resolve_is_the_median_and_offenders_come_first() -> None:
    firings = [
        firing("a", NOW - 60 * MINUTE, 2 * MINUTE), firing("b", NOW - 50 * MINUTE, 6 * MINUTE),
        firing("b", NOW - 20 * MINUTE, 10 * MINUTE), firing("c", NOW - 5 * MINUTE, None),
    ]  # fmt: skip
    assert typical_ns(firings) == 6 * MINUTE
    assert typical_ns([]) is None
    assert [(one.rule_id, one.count, one.lasted_ns // MINUTE) for one in offenders(firings, NOW)] == [
        ("b", 2, 16), ("c", 1, 5), ("a", 1, 2),
    ]  # fmt: skip


def test_a_rule_that_rests_is_shown_as_its_state_says() -> None:
    shown = resting(SLOW, "k", State(status="ok", value=3.0))
    assert (shown.status, shown.key, shown.value, shown.suppressed) == ("ok", "k", 3.0, False)
    assert told_of([]).sent == 0
