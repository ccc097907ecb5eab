"""Prometheus Alertmanager: what fires is kept alive there until it is resolved here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from alerting.message import Message

PATH = "/api/v2/alerts"
ALIVE = timedelta(days=7)  # without an end, Alertmanager takes it for resolved after five minutes
TRIAL = timedelta(minutes=1)


def address(url: str) -> str:
    """Where alerts are posted to, whether the path was typed in or not."""
    base = url.rstrip("/")
    return base if base.endswith(PATH) else base + PATH


def alerts(message: Message) -> list[dict[str, Any]]:
    """The alerts of a message: one for each group key, and where it got worse, the end of the lesser one."""
    found = []
    for payload in message.payload.get("events", [message.payload]):
        found.append(_alert(message, payload))
        if payload["kind"] == "escalated":
            found.append(_alert(message, {**payload, "severity": "warning", "status": "resolved"}))
    return found


def _alert(message: Message, payload: Mapping[str, Any]) -> dict[str, Any]:
    rule, evidence = payload["rule"], payload["evidence"] or {}
    labels = {
        "alertname": rule["name"], "rule_id": rule["id"], "severity": payload["severity"],
        "group": payload["group"], "owner": rule["owner"], "source": "flowglass",
    }  # fmt: skip
    notes = {
        "summary": payload["title"], "description": message.body, "runbook_url": rule["runbook"],
        "affected": ", ".join(one["rule"]["name"] for one in payload.get("affected", ())),
        "trace_id": evidence.get("trace_id", ""),
        "place": f"{evidence['file']}:{evidence['line']}" if evidence.get("file") else "",
    }  # fmt: skip
    return {
        "labels": {key: str(value) for key, value in labels.items() if value},
        "annotations": {key: str(value) for key, value in notes.items() if value},
        "startsAt": payload["since"] or payload["at"],
        "endsAt": _end(payload),
        "generatorURL": payload["links"]["rule"],
    }


def _end(payload: Mapping[str, Any]) -> str:
    if payload["status"] == "resolved":
        return str(payload["at"])
    at = datetime.fromisoformat(payload["at"]) if payload["at"] else datetime.fromtimestamp(0, UTC)
    return (at + (TRIAL if payload["status"] == "test" else ALIVE)).strftime("%Y-%m-%dT%H:%M:%SZ")
