from __future__ import annotations

import email
import hashlib
import hmac
import json
from dataclasses import replace
from email.policy import default

import pytest

from alerting.alertmanager import alerts
from alerting.channels import Channel, send, signature, slack_payload
from alerting.message import grouped, message, span_text, value_text
from alerting.template import unknown
from data.control_alerts import StoredEvent
from flowglass.redact import Redactor
from tests.support.ports import free_port
from tests.support.sinks import http_sink, smtp_sink

NOW = 1_795_269_755_000_000_000
NS = 10**9
EVIDENCE = {
    "trace_id": "ab" * 16,
    "span_id": "cd" * 8,
    "group": "pricing",
    "process": "price_order",
    "scope": "shop.core",
    "file": "shop/core.py",
    "line": 139,
    "duration_ns": 1_920_000_000,
    "exception": "PriceMissing",
    "message": "no price for mia@example.com",
    "data": "total",
    "values": ["129.90", "58.20"],
}
DETAIL = {
    "unit": "ms",
    "warning": 210.0,
    "critical": 400.0,
    "operator": "above",
    "metric": "p95",
    "kind": "threshold",
    "window": 300,
    "owner": "pricing",
    "runbook": "https://wiki.example/slow",
    "evidence": EVIDENCE,
}
EVENT = StoredEvent(
    "e1",
    "r1",
    "price_order slow",
    "",
    "fired",
    NOW,
    "warning",
    296.0,
    "",
    NOW - 180 * NS,
    1,
    json.dumps(DETAIL),
)
BASE = "http://127.0.0.1:8050"
REDACTOR = Redactor()
MESSAGE = message(EVENT, BASE, REDACTOR)


def webhook(**changes: object) -> Channel:
    return Channel("c1", "webhook", "ops", **changes)  # type: ignore[arg-type]


def test_the_message_says_what_how_much_since_when_and_where_to_look() -> None:
    assert MESSAGE.title == "price_order slow: firing, 296 ms"
    assert MESSAGE.facts == (
        "p95 296 ms, limit above 210 ms", "since 2026-11-21T13:59:35Z, for 3 min", "owner pricing",
    )  # fmt: skip
    assert MESSAGE.evidence[0] == "price_order  1920.0 ms  shop/core.py:139"
    assert MESSAGE.evidence[2] == "total  129.90  58.20"
    assert dict(MESSAGE.links)["Trace"] == f"{BASE}/traces?trace={'ab' * 16}&span={'cd' * 8}"
    assert dict(MESSAGE.links)["Code"] == f"{BASE}/code?fn=pricing/shop.core/price_order"
    assert [name for name, _ in MESSAGE.links] == ["Trace", "Code", "Rule", "Runbook", "Silence"]


def silence_of(**changes: object) -> str:
    """Where the link to the silence form leads."""
    return dict(message(replace(EVENT, **changes), BASE, REDACTOR).links).get("Silence", "")  # type: ignore[arg-type]


def test_a_message_leads_to_a_silence_of_its_rule_and_key() -> None:
    form = f"{BASE}/alerts?view=silences&rule=r1"
    assert silence_of() == form
    assert silence_of(key="eu/1 a&b") == f"{form}&key=eu%2F1+a%26b"
    assert silence_of(key="mia@example.com") == form  # what is masked is not told by a link either
    assert [silence_of(kind=kind) for kind in ("resolved", "test")] == ["", ""]
    two = grouped([replace(EVENT, key="a"), replace(EVENT, key="b")], BASE, REDACTOR)
    assert dict(two.links)["Silence"] == two.payload["links"]["silence"] == form


def test_what_comes_from_outside_is_masked() -> None:
    assert "mia@example.com" not in MESSAGE.text
    assert "mia@example.com" not in json.dumps(MESSAGE.payload)
    secret = DETAIL | {"evidence": EVIDENCE | {"data": "password", "values": ["hunter2"]}}
    shown = message(replace(EVENT, detail=json.dumps(secret), text="for bo@example.com"), BASE, REDACTOR)
    assert "hunter2" not in shown.text + json.dumps(shown.payload)
    assert "bo@example.com" not in shown.text


def test_firing_and_resolved_share_the_key_that_closes_an_incident() -> None:
    over = message(replace(EVENT, id="e2", kind="resolved", at_ns=NOW + 60 * NS), BASE, REDACTOR)
    assert over.dedup_key == MESSAGE.dedup_key
    assert over.event_id != MESSAGE.event_id
    assert (MESSAGE.payload["status"], over.payload["status"]) == ("firing", "resolved")


def test_an_event_without_evidence_or_value_still_makes_a_message() -> None:
    bare = message(
        replace(EVENT, kind="rule failed", value=None, text="the store is gone", detail="{}"), BASE, REDACTOR
    )
    assert bare.title == "price_order slow: the rule itself failed"
    assert "the store is gone" in bare.text
    assert bare.payload["evidence"] is None


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (296.0, "ms", "296 ms"),
        (6.9, "%", "6.9 %"),
        (None, "ms", ""),
        (12_345.6, "calls", "12,346 calls"),
        (0.25, "", "0.25"),
    ],
)
def test_numbers_have_their_unit(value: float | None, unit: str, text: str) -> None:
    assert value_text(value, unit) == text


def test_stretches_of_time_are_short() -> None:
    assert [span_text(seconds) for seconds in (4, 185, 11_100)] == ["4 s", "3 min", "3 h 5 min"]


def test_a_webhook_gets_the_payload_signed() -> None:
    with http_sink() as sink:
        outcome = send(webhook(url=sink.url, secret="s3cret"), MESSAGE, allow_private=True)
    assert (outcome.ok, outcome.answer) == (True, "200 ok")
    ((_, headers, body),) = sink.requests
    assert json.loads(body)["event_id"] == headers["X-Flowglass-Event"] == "e1"
    stamp = headers["X-Flowglass-Timestamp"]
    signed = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Flowglass-Signature"] == f"sha256={signed}"
    assert signature("s3cret", body, int(stamp))["X-Flowglass-Signature"] == f"sha256={signed}"


@pytest.mark.parametrize(
    ("status", "ok", "again"),
    [(204, True, False), (302, False, False), (400, False, False), (401, False, False), (404, False, False),
     (408, False, True), (429, False, True), (500, False, True), (503, False, True)],
)  # fmt: skip
def test_the_answer_decides_whether_it_is_tried_again(status: int, ok: bool, again: bool) -> None:
    with http_sink() as sink:
        sink.answers = [(status, {}, b"")]
        outcome = send(webhook(url=sink.url), MESSAGE, allow_private=True)
    assert (outcome.ok, outcome.again) == (ok, again)


def test_a_private_address_is_refused_for_good() -> None:
    outcome = send(webhook(url="http://127.0.0.1:9/"), MESSAGE)
    assert not outcome.ok and not outcome.again
    assert "refused" in outcome.answer


def test_nobody_listening_is_tried_again() -> None:
    outcome = send(webhook(url=f"http://127.0.0.1:{free_port()}/"), MESSAGE, allow_private=True)
    assert outcome.again


def test_slack_gets_blocks_whose_marks_cannot_be_broken_out_of() -> None:
    hostile = replace(MESSAGE, title="<!channel> & <b>", evidence=("```\n*bold*",))
    payload = slack_payload(hostile)
    assert payload["text"] == "&lt;!channel&gt; &amp; &lt;b&gt;"
    code = payload["blocks"][2]["text"]["text"]
    assert code.count("```") == 2
    with http_sink() as sink:
        assert send(Channel("c", "slack", "s", secret=sink.url), MESSAGE, allow_private=True).ok
    assert b"price_order slow" in sink.requests[0][2]


def mail_to(port: int, **changes: object) -> Channel:
    made = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "flow@example.com",
        "to": ("ops@example.com",),
    }
    return Channel("m", "email", "mail", **(made | changes))  # type: ignore[arg-type]


def test_a_mail_arrives_with_the_whole_message() -> None:
    with smtp_sink() as box:
        outcome = send(mail_to(box.port), MESSAGE, allow_private=True)
    assert outcome.ok, outcome.answer
    (text,) = box.mails
    mail = email.message_from_string(text, policy=default)
    assert mail["Subject"] == "[warning] price_order slow: firing, 296 ms"
    assert mail["To"] == "ops@example.com"
    assert "shop/core.py:139" in mail.get_content()


def test_a_title_with_line_breaks_makes_no_header_of_its_own() -> None:
    with smtp_sink() as box:
        send(mail_to(box.port), replace(MESSAGE, title="x\r\nBcc: all@example.com"), allow_private=True)
    mail = email.message_from_string(box.mails[0], policy=default)
    assert mail["Bcc"] is None
    assert box.recipients == ["rcpt TO:<ops@example.com>"]


@pytest.mark.parametrize(("answer", "again"), [("550 no such user", False), ("451 try later", False)])
def test_a_refused_recipient_is_said_and_not_tried_again(answer: str, again: bool) -> None:
    with smtp_sink() as box:
        box.refuse = answer
        outcome = send(mail_to(box.port), MESSAGE, allow_private=True)
    assert (outcome.ok, outcome.again) == (False, again)
    assert "ops@example.com" in outcome.answer


def test_a_mail_server_that_is_away_is_tried_again_and_a_wrong_address_is_not() -> None:
    assert send(mail_to(free_port()), MESSAGE, allow_private=True).again
    wrong = send(mail_to(25, sender="not an address"), MESSAGE, allow_private=True)
    assert not wrong.ok and not wrong.again
    refused = send(mail_to(25), MESSAGE)
    assert "refused" in refused.answer and not refused.again


def service(url: str) -> Channel:
    return Channel("s", "service", "somebody", secret=url)


def test_a_service_is_told_and_says_so_truly() -> None:
    with http_sink() as sink:
        sink.answers = [(200, {}, b""), (500, {}, b"")]
        to = service(f"json://127.0.0.1:{sink.port}/in")
        first = send(to, message(EVENT, BASE, Redactor()), allow_private=True)
        second = send(to, message(EVENT, BASE, Redactor()), allow_private=True)
    assert (first.ok, first.answer) == (True, "accepted by JSON")
    assert (second.ok, second.again) == (False, True)
    assert "500" in second.answer
    (sent, _) = (json.loads(body) for _, _, body in sink.requests)
    assert sent["title"] == "price_order slow: firing, 296 ms"
    assert "mia@example.com" not in sent["message"]


def test_a_service_is_kept_from_addresses_that_are_not_public() -> None:
    with http_sink() as sink:
        for host in ("127.0.0.1", "localhost"):
            refused = send(service(f"json://{host}:{sink.port}/in"), message(EVENT, BASE, Redactor()))
            assert not refused.ok
            assert "not a public address" in refused.answer
        assert sink.requests == []
        allowed = send(
            service(f"json://127.0.0.1:{sink.port}/"), message(EVENT, BASE, Redactor()), allow_private=True
        )
    assert allowed.ok


@pytest.mark.parametrize("url", ["syslog://", "dbus://", "file:///etc/passwd", "nonsense", ""])
def test_what_is_no_service_of_the_outside_is_refused(url: str) -> None:
    outcome = send(service(url), message(EVENT, BASE, Redactor()), allow_private=True)
    assert (outcome.ok, outcome.again) == (False, False)
    assert "no address of a service" in outcome.answer


def test_alertmanager_gets_one_alert_per_group_and_the_end_of_the_lesser_one() -> None:
    events = [replace(EVENT, key=key, kind="escalated", severity="critical") for key in ("a", "b")]
    found = alerts(grouped(events, BASE, Redactor()))
    assert [(one["labels"]["group"], one["labels"]["severity"]) for one in found] == [
        ("a", "critical"), ("a", "warning"), ("b", "critical"), ("b", "warning"),
    ]  # fmt: skip
    assert found[0]["endsAt"] > found[0]["startsAt"]
    assert found[1]["endsAt"] == "2026-11-21T14:02:35Z"
    assert found[0]["annotations"]["place"] == "shop/core.py:139"
    with http_sink() as sink:
        url = sink.url.removesuffix("/hook")
        manager = Channel("a", "alertmanager", "am", url=url, secret="word")
        assert send(manager, message(EVENT, BASE, Redactor()), allow_private=True).ok
    ((path, headers, _),) = sink.requests
    assert (path, headers["Authorization"]) == ("/api/v2/alerts", "Bearer word")


def test_words_of_ones_own_are_filled_in_masked_and_not_looked_at_again() -> None:
    detail = json.loads(EVENT.detail) | {
        "title": "{rule} is {value} {nothing}", "text": "{file}:{line} {text} {duration}",
    }  # fmt: skip
    said = message(
        replace(EVENT, detail=json.dumps(detail), text="{rule} of mia@example.com"), BASE, Redactor()
    )
    assert said.title == "price_order slow is 296 ms {nothing}"
    (fact,) = said.facts
    assert fact.startswith("shop/core.py:139 {rule} of ")
    assert fact.endswith(" 3 min")
    assert "mia@example.com" not in fact
    assert unknown("{rule} {nothing} {nothing}") == ("nothing",)
