"""What the page shows of alerts, read from a control.db as the watch leaves it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from alerting import edit
from alerting.rule import Rule, as_dict
from alerting.state import State
from data import control_alerts, control_outbox, control_silences
from data.control import Control
from data.control_alerts import PassNotes, StoredEvaluation, StoredEvent, StoredState
from queries import alert_log, alerts
from queries.base import Reader

NS = 10**9
NOW = 1_795_269_760 * NS
DETAIL = json.dumps({"unit": "ms", "evidence": {"trace_id": "ab", "file": "shop.py", "line": 3}})


class Book:
    """A control.db with a few rules, and a reader of it."""

    def __init__(self, folder: Path) -> None:
        self.control = Control.open(folder)
        self.reader = Reader.open(folder)

    def rule(self, id: str, **more: Any) -> None:
        body = json.dumps(as_dict(Rule(f"rule {id}", warning=1.0, **more)))
        control_alerts.add_rule(self.control, id, body, NOW, "local")

    def save(
        self, *states: tuple[str, str, State], events: tuple[StoredEvent, ...] = (), tell: str = ""
    ) -> None:
        rows = [StoredState(id, key, json.dumps(asdict(state)), NOW) for id, key, state in states]
        told = [(one.id, tell, f"{tell} hook", one.at_ns, one.at_ns) for one in events if tell]
        seen = [
            StoredEvaluation("a", "x", NOW - at * NS, float(at), 9, "firing", 0.2) for at in range(0, 400, 4)
        ]
        control_alerts.save_pass(self.control, PassNotes(rows, list(events), seen, told))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    yield made
    made.control.close()
    made.reader.close()


def happened(
    id: str, kind: str, seconds_ago: float, rule: str = "a", key: str = "x", began: float = 0
) -> Any:
    at, episode = NOW - round(seconds_ago * NS), NOW - round((began or seconds_ago) * NS)
    return StoredEvent(id, rule, "rule a", key, kind, at, "critical", 5.0, "", episode, 1, DETAIL)


def firing(severity: Any = "warning", seconds: int = 60, **more: Any) -> State:
    since = NOW - seconds * NS
    return State("firing", since, since, since, severity, **more)


def test_before_there_is_a_control_db_nothing_is_wrong(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert (alerts.active(reader, NOW), alerts.counts(reader, NOW)) == ((), alerts.AlertCounts())
    assert (alert_log.events(reader), alert_log.history(reader, 0), alerts.version(reader)) == ((), (), ())
    reader.close()


def test_what_is_not_ok_is_active_worst_and_longest_first(book: Book) -> None:
    for id in ("a", "b", "c", "d"):
        book.rule(id, enabled=id != "d")
    book.save(
        ("a", "x", firing(seconds=50)), ("a", "y", firing(seconds=90)), ("a", "z", State()),
        ("b", "", firing("critical", 10)), ("c", "", State("pending", NOW)), ("d", "", firing()),
        events=(happened("e1", "fired", 50),),
    )  # fmt: skip
    found = alerts.active(book.reader, NOW)
    assert [(one.rule_id, one.key) for one in found] == [("b", ""), ("a", "y"), ("a", "x"), ("c", "")]
    assert (found[2].event_id, (found[2].evidence or {})["line"]) == ("e1", 3)
    assert found[0].evidence is None
    trail = found[2].trail
    assert (len(trail), trail[-1]) == (alerts.TRAIL, (NOW, 0.0))
    assert trail == tuple(sorted(trail))


def test_the_cards_count_what_fires_by_severity_and_the_rest_by_state(book: Book) -> None:
    book.rule("a")
    book.save(
        ("a", "1", firing("critical")), ("a", "2", firing()), ("a", "3", firing("info", flapping=True)),
        ("a", "4", State("no data", NOW)), ("a", "5", State("rule failed", NOW)),
        ("a", "6", State("recovering", NOW, severity="critical")),
        events=(happened("e1", "resolved", 90_000), happened("e2", "resolved", 80_000)),
    )  # fmt: skip
    edit.add_silence(book.control, NOW, "mia", ends_ns=NOW + NS, reason="import", rule_id="a", key="1")
    counted = alerts.counts(book.reader, NOW)
    assert (counted.critical, counted.warning, counted.info) == (2, 1, 1)
    assert (counted.no_data, counted.rule_failed, counted.resolved) == (1, 1, 1)
    assert (counted.suppressed, counted.flapping) == (1, 1)
    assert alerts.counts(book.reader, NOW + NS).suppressed == 0


def test_an_alert_says_who_looks_after_it_and_which_silence_holds_it(book: Book) -> None:
    book.rule("a")
    state = firing()
    book.save(("a", "x", state))
    control_silences.acknowledge(book.control, "a", "x", state.episode_ns, "mia", NOW)
    edit.add_silence(book.control, NOW, "tom", ends_ns=NOW + NS, reason="import", severity="warning")
    (found,) = alerts.active(book.reader, NOW)
    assert (found.acknowledged_by, found.suppressed) == ("mia", True)
    assert found.silence is not None
    assert (found.silence.author, found.silence.reason) == ("tom", "import")
    control_silences.take_back(book.control, "a", "x", state.episode_ns)
    assert alerts.active(book.reader, NOW)[0].acknowledged_by == ""


def test_events_come_newest_first_in_pages_with_what_became_of_their_deliveries(book: Book) -> None:
    book.rule("a")
    made = tuple(happened(f"e{at}", "fired" if at % 2 else "resolved", at) for at in range(1, 8))
    book.save(events=made, tell="ops")
    first = alert_log.events(book.reader, limit=4)
    assert [one.id for one in first] == ["e1", "e2", "e3", "e4"]
    rest = alert_log.events(book.reader, before=(first[-1].at_ns, first[-1].id))
    assert [one.id for one in rest] == ["e5", "e6", "e7"]
    assert [one.id for one in alert_log.events(book.reader, kind="resolved")] == ["e2", "e4", "e6"]
    assert alert_log.events(book.reader, "b") == alert_log.events(book.reader, severity="info") == ()
    (sent,) = first[0].deliveries
    assert (sent.state, sent.channel_name, sent.rule_id, sent.kind) == ("waiting", "ops hook", "a", "fired")
    control_outbox.begin(book.control, sent.id)
    control_outbox.sent(book.control, sent.id, "200 OK", 12.0, NOW)
    found = alert_log.event(book.reader, "e1")
    assert found is not None
    assert (found.deliveries[0].state, found.deliveries[0].latency_ms) == ("sent", 12.0)
    assert alert_log.event(book.reader, "nobody") is None
    assert len(alert_log.deliveries(book.reader)) == 7


def test_history_pairs_each_firing_with_its_end(book: Book) -> None:
    book.rule("a")
    book.save(
        events=(
            happened("e1", "fired", 100),
            happened("e2", "resolved", 40, began=100),
            happened("e3", "fired", 20),
            happened("e4", "escalated", 10, began=20),
            happened("e5", "fired", 90, key="y"),
            happened("e6", "fired", 5000),
        )
    )
    found = alert_log.history(book.reader, NOW - 1000 * NS)
    assert [(one.event_id, one.lasted_ns) for one in found] == [("e3", None), ("e5", None), ("e1", 60 * NS)]
    assert alert_log.history(book.reader, NOW - 1000 * NS, "b") == ()


def test_evaluations_and_keys_of_a_rule(book: Book) -> None:
    book.rule("a")
    book.save(("a", "x", firing()), ("a", "y", State()))
    assert [one.value for one in alert_log.evaluations(book.reader, "a", "x", limit=3)] == [0.0, 4.0, 8.0]
    assert len(alert_log.evaluations(book.reader, "a", since_ns=NOW - 8 * NS)) == 3
    assert alerts.keys(book.reader, "a") == (("x", "firing"), ("y", "ok"))


def test_the_version_changes_with_everything_that_is_shown(book: Book) -> None:
    book.rule("a")
    seen = [alerts.version(book.reader)]
    book.save(events=(happened("e1", "fired", 5),), tell="ops")
    seen.append(alerts.version(book.reader))
    control_outbox.begin(book.control, 1)
    seen.append(alerts.version(book.reader))
    control_silences.acknowledge(book.control, "a", "x", 5, "mia", NOW)
    seen.append(alerts.version(book.reader))
    made = edit.add_silence(book.control, NOW, "mia", ends_ns=NOW + 9 * NS, reason="x")
    seen.append(alerts.version(book.reader))
    control_silences.end_silence(book.control, made.id, NOW)
    seen.append(alerts.version(book.reader))
    edit.pause_rule(book.control, "a", True, NOW, "mia")
    seen.append(alerts.version(book.reader))
    assert len(set(seen)) == len(seen)
    assert alerts.version(book.reader) == seen[-1]
