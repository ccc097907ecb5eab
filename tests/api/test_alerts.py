"""Rules, channels, silences and events over HTTP, asked of the real application over a real control.db."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from alerting.rule_folder import RuleFolder
from alerting.state import State
from config import Settings
from dashboard.app import build
from data import control_alerts
from data.control import Control, opened
from data.control_alerts import PassNotes, StoredEvent, StoredState
from live.collector_status import CollectorStatus
from queries.base import Reader
from tests.support.sinks import http_sink

RULE: dict[str, Any] = {
    "name": "slow",
    "metric": "p95",
    "operator": "above",
    "threshold": 250,
    "duration": 60,
}
BASE = "/api/v1/alerts"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "db"


@pytest.fixture
def client(folder: Path) -> Iterator[FlaskClient]:
    folder.mkdir()
    settings = Settings()
    store = settings.store.model_copy(update={"data_dir": folder})
    alerts = settings.alerts.model_copy(update={"allow_private_addresses": True})
    settings = settings.model_copy(update={"store": store, "alerts": alerts})
    reader = Reader.open(folder)
    yield build(settings, reader, lambda: CollectorStatus(why="none")).server.test_client()
    reader.close()


def made(client: FlaskClient, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(f"{BASE}/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"] == f"{BASE}/{kind}/{found['id']}"
    return found


def wrong_fields(answer: TestResponse) -> list[str]:
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    return [one["field"] for one in answer.get_json()["errors"]]


def test_a_rule_is_made_read_changed_listed_and_taken_away(client: FlaskClient) -> None:
    rule = made(client, "rules", RULE)
    assert rule["id"]
    assert {key: rule[key] for key in ("name", "metric", "operator", "threshold", "duration")} == RULE
    assert (rule["channels"], rule["enabled"], rule["warning"], rule["unit"]) == ([], True, 250.0, "ms")
    one = client.get(f"{BASE}/rules/{rule['id']}")
    assert (one.get_json(), one.headers["ETag"]) == (rule, '"1"')
    changed = client.put(f"{BASE}/rules/{rule['id']}", json={**rule, "enabled": False})
    assert (changed.status_code, changed.get_json()["revision"]) == (200, 2)
    assert changed.get_json()["enabled"] is False
    listed = client.get(f"{BASE}/rules?state=paused").get_json()["rules"]
    assert [one["id"] for one in listed] == [rule["id"]]
    assert client.get(f"{BASE}/rules?state=active").get_json()["rules"] == []
    assert client.delete(f"{BASE}/rules/{rule['id']}").status_code == 204
    gone = [client.get(f"{BASE}/rules/{rule['id']}"), client.delete(f"{BASE}/rules/{rule['id']}")]
    assert [answer.status_code for answer in gone] == [404, 404]


def test_an_edit_of_what_somebody_else_has_changed_is_a_conflict(client: FlaskClient) -> None:
    rule = made(client, "rules", RULE)
    place = f"{BASE}/rules/{rule['id']}"
    assert client.put(place, json={**RULE, "name": "a"}, headers={"If-Match": '"1"'}).status_code == 200
    late = client.put(place, json={**RULE, "name": "b", "revision": 1})
    assert (late.status_code, late.mimetype) == (409, "application/problem+json")
    assert "read it again" in late.get_json()["detail"]
    assert client.get(place).get_json()["name"] == "a"
    assert wrong_fields(client.put(place, json=RULE)) == ["revision"]
    channel = made(client, "channels", {"kind": "webhook", "name": "ops", "url": "http://127.0.0.1:9/"})
    place = f"{BASE}/channels/{channel['id']}"
    assert client.put(place, json={**channel, "name": "c"}).status_code == 200
    assert client.put(place, json={**channel, "name": "d"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"metric": "p42"}, ["metric"]),
        ({"threshold": None}, ["warning"]),
        ({"threshold": "high"}, ["warning"]),
        ({"threshold": 1, "warning": 2}, ["threshold"]),
        ({"duration": 1, "for": 2}, ["duration"]),
        ({"duration": "long"}, ["for"]),
        ({"window": 1, "filter": "proces:x"}, ["filter", "window"]),
        ({"channels": ["nobody"]}, ["channels"]),
        ({"operater": "above"}, ["operater"]),
        ({"message_title": "{secret}"}, ["message_title"]),
    ],
)
def test_what_is_wrong_with_a_rule_is_named_at_its_field(
    client: FlaskClient, change: dict[str, Any], fields: list[str]
) -> None:
    assert wrong_fields(client.post(f"{BASE}/rules", json={**RULE, **change})) == fields


def test_a_body_that_is_no_json_object_is_refused(client: FlaskClient) -> None:
    answers = [
        client.post(f"{BASE}/rules", data="{}", content_type="text/plain"),
        client.post(f"{BASE}/rules", data="{", content_type="application/json"),
        client.post(f"{BASE}/rules", json=[1]),
    ]
    assert [answer.status_code for answer in answers] == [415, 400, 400]
    assert {answer.mimetype for answer in answers} == {"application/problem+json"}


def test_a_page_of_another_site_changes_nothing(client: FlaskClient) -> None:
    answer = client.post(f"{BASE}/rules", json=RULE, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert client.get(f"{BASE}/rules").get_json()["rules"] == []


def test_a_secret_is_never_answered_and_stays_until_it_is_replaced(client: FlaskClient, folder: Path) -> None:
    body = {"kind": "webhook", "name": "ops", "url": "http://127.0.0.1:9/", "secret": "s3cret-word"}
    channel = made(client, "channels", body)
    assert channel["secret_from"] == "stored"
    kept = client.put(f"{BASE}/channels/{channel['id']}", json={**channel, "name": "renamed"})
    answers = [kept.text, client.get(f"{BASE}/channels").text, json.dumps(channel)]
    assert kept.get_json()["secret_from"] == "stored"
    assert not [text for text in answers if "s3cret-word" in text]
    assert b"s3cret-word" not in b"".join(path.read_bytes() for path in folder.glob("control.db*"))
    assert (folder / "secret.key").stat().st_mode & 0o777 == 0o600
    named = client.put(f"{BASE}/channels/{channel['id']}", json={**kept.get_json(), "secret": "env:HOOK"})
    assert named.get_json()["secret_from"] == "env:HOOK"
    bare = client.put(f"{BASE}/channels/{channel['id']}", json={**named.get_json(), "secret": ""})
    assert bare.get_json()["secret_from"] == ""
    assert client.delete(f"{BASE}/channels/{channel['id']}").status_code == 204
    assert client.get(f"{BASE}/channels/{channel['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"kind": "pigeon"}, ["kind"]),
        ({"kind": "webhook", "name": "", "url": "ftp://x"}, ["name", "url"]),
        ({"kind": "webhook", "name": "a", "url": "http://me:pw@x/"}, ["url"]),
        ({"kind": "alertmanager", "name": "a", "url": "http://x:99999/"}, ["url"]),
        ({"kind": "slack", "name": "a"}, ["secret"]),
        ({"kind": "slack", "name": "a", "secret": "not an address"}, ["secret"]),
        ({"kind": "sms", "name": "a"}, ["secret"]),
        ({"kind": "email", "name": "a", "to": ["x"], "sender": ""}, ["host", "to", "sender"]),
        ({"kind": "email", "name": "a", "port": "25", "to": "x"}, ["to", "port"]),
        ({"kind": "webhook", "name": "a", "url": "http://x/", "colour": "red"}, ["colour"]),
    ],
)
def test_what_is_wrong_with_a_channel_is_named_at_its_field(
    client: FlaskClient, body: dict[str, Any], fields: list[str]
) -> None:
    assert wrong_fields(client.post(f"{BASE}/channels", json=body)) == fields


def test_a_trial_tells_the_truth_about_what_arrived(client: FlaskClient) -> None:
    with http_sink() as sink:
        sink.answers = [(200, {}, b"got it"), (404, {}, b"no such hook")]
        channel = made(client, "channels", {"kind": "webhook", "name": "ops", "url": sink.url})
        rule = made(client, "rules", {**RULE, "channels": [channel["id"]]})
        first = client.post(f"{BASE}/rules/{rule['id']}/test").get_json()
        second = client.post(f"{BASE}/channels/{channel['id']}/test").get_json()
    assert first == {"success": True, "channel": channel["id"], "message": "200 got it"}
    assert second == {"success": False, "channel": channel["id"], "error": "404 no such hook"}
    assert [json.loads(body)["status"] for _, _, body in sink.requests] == ["test", "test"]
    assert "TEST" in json.loads(sink.requests[0][2])["title"]
    assert wrong_fields(client.post(f"{BASE}/rules/{rule['id']}/test", json={"channel": "x"})) == ["channel"]
    lonely = made(client, "rules", RULE)
    assert wrong_fields(client.post(f"{BASE}/rules/{lonely['id']}/test")) == ["channels"]
    assert client.post(f"{BASE}/channels/nobody/test").status_code == 404


def test_silences_begin_are_listed_and_end(client: FlaskClient) -> None:
    rule = made(client, "rules", RULE)
    body = {"rule_id": rule["id"], "key": "price_*", "reason": "import", "seconds": 600}
    made_one = made(client, "silences", body)
    assert (made_one["author"], made_one["rule_id"], made_one["key"]) == ("local", rule["id"], "price_*")
    assert client.get(f"{BASE}/silences").get_json()["silences"] == [made_one]
    assert client.delete(f"{BASE}/silences/{made_one['id']}").status_code == 204
    assert client.get(f"{BASE}/silences").get_json()["silences"] == []
    assert client.delete(f"{BASE}/silences/nobody").status_code == 404
    window = {"reason": "backup", "hours": "sat 22:00-04:00 Europe/Berlin"}
    again = made(client, "silences", window)
    assert (again["hours"], again["ends"]) == (window["hours"], None)
    assert client.get(f"{BASE}/silences").get_json()["silences"] == [again]
    assert wrong_fields(client.post(f"{BASE}/silences", json=window | {"hours": "sat"})) == ["hours"]
    rule = {**RULE, "hours": "mon-fri 08:00-18:00 Europe/Berlin"}
    assert made(client, "rules", rule)["hours"] == rule["hours"]
    assert wrong_fields(client.post(f"{BASE}/rules", json={**RULE, "hours": "mon-fri 8-18"})) == ["hours"]
    steps = [{"after": 600, "channels": ["nobody"]}]
    assert wrong_fields(client.post(f"{BASE}/rules", json={**RULE, "escalation": steps})) == ["escalation"]
    for change, fields in (
        ({"reason": " "}, ["reason"]), ({"seconds": None}, ["ends"]), ({"seconds": -1}, ["seconds"]),
        ({"seconds": None, "ends": "soon"}, ["ends"]), ({"rule_id": "nobody"}, ["rule_id"]),
        ({"severity": "loud"}, ["severity"]), ({"key": 5}, ["key"]), ({"until": 1}, ["until"]),
    ):  # fmt: skip
        assert wrong_fields(client.post(f"{BASE}/silences", json={**body, **change})) == fields


def test_what_fires_is_listed_with_its_events_and_can_be_acknowledged(
    client: FlaskClient, folder: Path
) -> None:
    rule = made(client, "rules", RULE)
    now = time.time_ns()
    control = Control.open(folder)
    state = State("firing", now, now, now, "critical", value=300.0)
    event = StoredEvent(
        "e1", rule["id"], "slow", "x", "fired", now, "critical", 300.0, "", now, 1,
        json.dumps({"unit": "ms", "evidence": {"file": "a.py", "line": 3}}),
    )  # fmt: skip
    events = [event, *(replace(event, id=f"e{at}", kind="resolved", at_ns=now - at) for at in range(2, 5))]
    saved = PassNotes([StoredState(rule["id"], "x", json.dumps(asdict(state)), now)], events)
    saved.deliveries.append(("e1", "ops", "ops hook", now, now))
    control_alerts.save_pass(control, saved)
    control.close()
    active = client.get(BASE).get_json()
    assert (active["counts"]["critical"], active["alerts"][0]["evidence"]["line"]) == (1, 3)
    page = client.get(f"{BASE}/events?limit=3").get_json()
    assert page["events"][0]["message"] == "slow (x): fired, 300 ms"
    assert page["events"][0]["deliveries"][0]["state"] == "waiting"
    rest = client.get(f"{BASE}/events?cursor={page['next_cursor']}").get_json()
    assert [one["id"] for one in page["events"] + rest["events"]] == ["e1", "e2", "e3", "e4"]
    assert client.get(f"{BASE}/events?cursor=x").status_code == 400
    assert client.get(f"{BASE}/events?colour=red").status_code == 400
    who = {"rule_id": rule["id"], "key": "x"}
    assert client.post(f"{BASE}/acknowledgements", json=who).get_json()["acknowledged_by"] == "local"
    assert client.get(BASE).get_json()["alerts"][0]["acknowledged_by"] == "local"
    assert wrong_fields(client.post(f"{BASE}/acknowledgements", json={**who, "key": "y"})) == ["rule_id"]
    assert client.get(f"{BASE}/rules/{rule['id']}/evaluations").get_json() == {
        "evaluations": [],
        "known_from": None,
    }
    assert client.get(f"{BASE}/rules/nobody/evaluations").status_code == 404


def test_a_rule_is_replayed_before_it_is_saved(client: FlaskClient) -> None:
    found = client.post(f"{BASE}/rules/replay?range=7d", json=RULE).get_json()
    assert (found["fired"], found["groups"], found["episodes"]) == (0, 1, [])
    assert wrong_fields(client.post(f"{BASE}/rules/replay", json={**RULE, "name": ""})) == ["name"]
    assert client.get(f"{BASE}/rules").get_json()["rules"] == []


def test_data_that_is_only_looked_into_is_not_written(tmp_path: Path) -> None:
    looked = Reader.open(tmp_path)
    client = build(Settings(), looked, lambda: CollectorStatus(why="none")).server.test_client()
    assert client.post(f"{BASE}/rules", json=RULE).status_code == 403
    assert client.get(BASE).status_code == 200
    assert not list(tmp_path.iterdir())
    looked.close()


def test_rules_go_out_and_come_in_as_toml(client: FlaskClient) -> None:
    slow = made(client, "rules", {"name": "Slow", "threshold": 5})
    out = client.get(f"{BASE}/rules.toml")
    assert (out.mimetype, 'filename="rules.toml"' in out.headers["Content-Disposition"]) == (
        "application/toml", True,
    )  # fmt: skip
    text = out.text + '\n[[rule]]\nname = "Fresh"\nwarning = 1.0\n'
    done = client.post(f"{BASE}/rules/import", data=text, content_type="application/toml").get_json()
    assert (len(done["added"]), done["changed"], done["same"]) == (1, [], [slow["id"]])
    wrong = client.post(
        f"{BASE}/rules/import", data='[[rule]]\nname = "a"\n', content_type="application/toml"
    )
    assert wrong.status_code == 422
    (error,) = wrong.get_json()["errors"]
    assert (error["line"], error["rule"], error["field"]) == (1, "a", "warning")
    assert client.post(f"{BASE}/rules/import", json={}).status_code == 415
    odd = client.post(f"{BASE}/rules/import", data=b"\xff", content_type="application/toml")
    assert odd.status_code == 400
    big = client.post(f"{BASE}/rules/import", data="#" * 1_000_001, content_type="application/toml")
    assert big.status_code == 400


def test_what_others_need_or_stands_in_a_file_is_not_changed(client: FlaskClient, folder: Path) -> None:
    slow = made(client, "rules", {"name": "Slow", "threshold": 5})
    both = {"name": "Both", "kind": "combination", "all_of": [slow["id"]]}
    outer = made(client, "rules", both)
    refused = client.delete(f"{BASE}/rules/{slow['id']}")
    assert (refused.status_code, refused.get_json()["detail"]) == (
        409, "Both is made of it; change that rule first",
    )  # fmt: skip
    replayed = client.post(f"{BASE}/rules/replay", json=both).get_json()
    assert replayed["fired"] == 0
    rules = folder.parent / "rules"
    rules.mkdir()
    (rules / "a.toml").write_text('[[rule]]\nid = "filed"\nname = "Filed"\nwarning = 1.0\n')
    RuleFolder(opened(folder.resolve()), rules).sync(1)
    rule = client.get(f"{BASE}/rules/filed").get_json()
    assert rule["source"] == "rules/a.toml"
    answers = [client.put(f"{BASE}/rules/filed", json=rule), client.delete(f"{BASE}/rules/filed")]
    assert [one.status_code for one in answers] == [403, 403]
    assert answers[0].get_json()["detail"] == "the rule stands in the file rules/a.toml; change it there"
    assert client.delete(f"{BASE}/rules/{outer['id']}").status_code == 204


def test_every_edit_is_answered_with_before_and_after(client: FlaskClient) -> None:
    slow = made(client, "rules", {"name": "Slow", "threshold": 5})
    client.put(f"{BASE}/rules/{slow['id']}", json=slow | {"threshold": 7, "warning": 7})
    client.delete(f"{BASE}/rules/{slow['id']}")
    found = client.get(f"{BASE}/edits?rule={slow['id']}&limit=2").get_json()
    deleted, changed = found["edits"]
    assert (deleted["done"], changed["done"], changed["who"]) == ("deleted", "changed", "local")
    assert changed["changes"] == [{"field": "warning", "before": 5.0, "after": 7.0}]
    rest = client.get(f"{BASE}/edits?limit=2&cursor={found['next_cursor']}").get_json()
    assert [one["done"] for one in rest["edits"]] == ["made"]
    assert rest["next_cursor"] is None
    assert client.get(f"{BASE}/edits?cursor=x").status_code == 400


def test_a_review_tells_what_to_mend(client: FlaskClient, folder: Path) -> None:
    slow = made(client, "rules", {"name": "Slow", "threshold": 5})
    assert client.get(f"{BASE}/review").get_json() == {"findings": []}
    now = time.time_ns()
    fired = [now - 7_200 * 10**9, now - 3_600 * 10**9]
    notes = PassNotes(
        events=[
            StoredEvent(
                f"{kind}{at}", slow["id"], "Slow", "", kind, at + later, "warning", 9.0, "", at, 1, "{}"
            )
            for at in fired
            for kind, later in (("fired", 0), ("resolved", 60 * 10**9), ("flapping", 70 * 10**9))
        ]
    )
    control_alerts.save_pass(opened(folder.resolve()), notes)
    flaps, unattended = client.get(f"{BASE}/review?range=24h").get_json()["findings"]
    assert (flaps["kind"], flaps["count"], flaps["rule_id"]) == ("flaps", 2, slow["id"])
    assert (unattended["kind"], unattended["count"], unattended["fired_seconds"]) == ("unattended", 2, 120.0)
    assert client.get(f"{BASE}/review?range=1y").status_code == 400
