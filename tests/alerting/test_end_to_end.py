"""From a definition over HTTP to real receivers and back to quiet, through the running program."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.support.alertmanager import alertmanager
from tests.support.otlp import send, span
from tests.support.ports import free_port
from tests.support.running import ROOT, Flowglass, clean_environment
from tests.support.sinks import http_sink
from tests.support.wait import wait_until

SETTINGS = "[alerts]\nallow_private_addresses = true\n"
EVENTS = "/api/v1/alerts/events"


def call(app: Flowglass, path: str, body: dict[str, Any] | None = None) -> Any:
    """A request to the API, GET without a body; the parsed answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(app.page + path, data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


class Mails(Message):
    """Keeps what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.found.append(message_from_bytes(message.as_bytes()))


@contextmanager
def mail_server() -> Iterator[tuple[int, list[Any]]]:
    mails = Mails()
    server = Controller(mails, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        yield server.port, mails.found
    finally:
        server.stop()


def happened(app: Flowglass, kind: str) -> list[Any]:
    """Events of a kind with every delivery done."""
    found = call(app, f"{EVENTS}?kind={kind}")["events"]
    states = [sent["state"] for one in found for sent in one["deliveries"]]
    return found if states and set(states) == {"sent"} else []


def test_created_fired_delivered_acknowledged_restarted_resolved(tmp_path: Path) -> None:
    app = Flowglass(tmp_path / "app", SETTINGS)
    with (
        alertmanager(tmp_path / "am") as prometheus,
        mail_server() as (port, mails),
        http_sink() as hook,
        app,
    ):
        channels = [
            {"kind": "webhook", "name": "hook", "url": hook.url, "secret": "signed"},
            {"kind": "alertmanager", "name": "prometheus", "url": prometheus.url},
            {
                "kind": "email", "name": "mail", "host": "127.0.0.1", "port": port, "security": "none",
                "sender": "flowglass@example.org", "to": ["ops@example.org"],
            },
            {"kind": "service", "name": "apprise", "secret": f"json://127.0.0.1:{hook.port}/apprise"},
        ]  # fmt: skip
        ids = [call(app, "/api/v1/alerts/channels", body)["id"] for body in channels]
        rule = call(
            app,
            "/api/v1/alerts/rules",
            {
                "name": "orders fail", "filter": "process:=order", "metric": "errors", "threshold": 2,
                "window": 20, "severity": "critical", "channels": ids, "owner": "shop",
            },
        )  # fmt: skip
        send(app.otlp, [span("order", error="no stock for mia@example.com") for _ in range(3)], group="shop")

        (fired,) = wait_until(lambda: happened(app, "fired"), "the message at every receiver")
        assert (fired["value"], fired["severity"], fired["message"]) == (
            3.0,
            "critical",
            "orders fail: fired, 3 errors",
        )
        assert {sent["channel_name"] for sent in fired["deliveries"]} == {
            "hook", "prometheus", "mail", "apprise",
        }  # fmt: skip
        (alert,) = prometheus.alerts()
        assert (alert["labels"]["alertname"], alert["labels"]["severity"]) == ("orders fail", "critical")
        assert alert["status"]["state"] == "active"
        assert mails[0]["Subject"] == "[critical] orders fail: firing, 3 errors"
        paths = {path for path, _, _ in hook.requests}
        assert paths == {"/hook", "/apprise"}
        assert not [body for _, _, body in hook.requests if b"mia@example.com" in body]

        who = {"rule_id": rule["id"]}
        call(app, "/api/v1/alerts/acknowledgements", who)
        (active,) = call(app, "/api/v1/alerts")["alerts"]
        assert (active["status"], active["acknowledged_by"]) == ("firing", "local")

        app.end()
        app.printed.clear()
        app.start()
        (over,) = wait_until(lambda: happened(app, "resolved"), "the end at every receiver")
        assert over["began"] == fired["began"]
        assert len(call(app, EVENTS)["events"]) == 2
        wait_until(lambda: prometheus.alerts() == [], "that Alertmanager has heard of the end")
        assert [json.loads(body)["status"] for path, _, body in hook.requests if path == "/hook"] == [
            "firing",
            "resolved",
        ]
        assert [mail["Subject"].split(": ")[1] for mail in mails] == ["firing, 3 errors", "resolved"]
        assert mails[0]["References"] == mails[1]["References"]
        assert call(app, "/api/v1/alerts")["counts"]["resolved"] == 1
        assert "signed" not in "".join(app.lines)


def test_the_watch_runs_alone_and_only_once(tmp_path: Path) -> None:
    """A collector that does not watch, and beside it the watch; a second one waits for the first to end."""
    app = Flowglass(tmp_path / "app", "[alerts]\nin_collector = false\n")
    with app:
        call(
            app,
            "/api/v1/alerts/rules",
            {"name": "orders fail", "filter": "process:=order", "metric": "errors", "threshold": 0},
        )
        send(app.otlp, [span("order", error="no stock")], group="shop")
        first = Flowglass(tmp_path / "first", arguments=["watch"])
        second = Flowglass(tmp_path / "second", arguments=["watch"])
        for one in (first, second):
            one.environment = {**app.environment}
            one.environment["FLOWGLASS_CONFIG"] = app.environment["FLOWGLASS_CONFIG"]
        try:
            assert call(app, "/api/v1/alerts")["alerts"] == []
            first.launch()
            wait_until(lambda: call(app, "/api/v1/alerts")["counts"]["warning"] == 1, "the alert")
            second.launch()
            wait_until(lambda: any("another process watches" in line for line in second.lines), "a warning")
            assert first.stop() == 0
            assert second.running()
            assert len(call(app, EVENTS)["events"]) == 1
        finally:
            first.end()
            second.end()


def fired(app: Flowglass) -> dict[str, Any]:
    """The newest firing of each rule, by its name."""
    return {one["rule"]: one for one in call(app, f"{EVENTS}?kind=fired")["events"]}


def test_a_failure_deep_down_is_one_message_that_lists_its_callers(tmp_path: Path) -> None:
    """The demo's third order fails three programs deep; three rules fire, one message arrives."""
    app = Flowglass(tmp_path / "app", SETTINGS)
    with http_sink() as hook, app:
        channel = {"kind": "webhook", "name": "hook", "url": hook.url}
        id = call(app, "/api/v1/alerts/channels", channel)["id"]
        for process in ("POST /orders", "create_order", "price_order"):
            rule = {
                "name": f"{process} fails", "filter": f'process:="{process}"', "metric": "errors",
                "threshold": 0, "window": 60, "channels": [id],
            }  # fmt: skip
            call(app, "/api/v1/alerts/rules", rule)
        environment = clean_environment(
            OTEL_EXPORTER_OTLP_ENDPOINT=app.otlp, DEMO_SECONDS="6", DEMO_PORT=str(free_port())
        )
        subprocess.run([sys.executable, "-m", "demo"], cwd=ROOT, env=environment, check=True, timeout=120)

        wait_until(lambda: happened(app, "fired"), "a message that was delivered")
        # The front end is a stock SDK, which sends five seconds later: the message need not wait for it.
        wait_until(lambda: len(fired(app)) == 3, "the front end's rule to fire")
        found = fired(app)
        assert set(found) == {"POST /orders fails", "create_order fails", "price_order fails"}
        cause = found.pop("price_order fails")
        callers = ["create_order fails", "POST /orders fails"]
        assert [one["rule"] for one in cause["affected"]] == callers
        assert [sent["state"] for sent in cause["deliveries"]] == ["sent"]
        for effect in found.values():
            assert (effect["cause"]["rule"], effect["deliveries"]) == ("price_order fails", [])
        (body,) = (json.loads(body) for _, _, body in hook.requests)
        assert body["title"].startswith("price_order fails: firing, ")
        assert [one["rule"]["name"] for one in body["affected"]] in (callers[:1], callers)
        active = {one["rule"]: one for one in call(app, "/api/v1/alerts")["alerts"]}
        assert active["POST /orders fails"]["cause"]["rule"] == "price_order fails"
        assert len(active["price_order fails"]["affected"]) == 2
