"""Alerts as JSON: what a request may hold, and how rules, channels, silences and events are written.

A rule carries both shapes: all of its own fields, and `threshold` and `duration` as the short way to say
the first threshold and `for`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from alerting.edit import Invalid, SavedChannel, SavedRule
from alerting.edits import changes, done
from alerting.review import Finding
from alerting.rule import FieldError, as_dict
from alerting.rule_file import MAX_BYTES
from api.parameters import read_time
from api.serial import rfc3339
from data.control_silences import FOREVER_NS, Silence
from data.control_ties import Tie
from queries.alert_edits import Edit
from queries.alert_log import AlertEvent, Sent
from queries.alerts import Alert

TOML = "application/toml"
MAX_BODY = 64 * 1024  # bytes
ANSWERED = (
    "created",
    "changed",
    "changed_by",
    "kind_of_secret",
    "secret_from",
    "source",
)  # taken back and ignored


def body(known: tuple[str, ...] | None = None) -> dict[str, Any]:
    """The JSON object of the request; raises what becomes 400, 415 or 422."""
    if not request.is_json:
        raise UnsupportedMediaType("send JSON, with Content-Type: application/json")
    if (request.content_length or 0) > MAX_BODY:
        raise BadRequest(f"a body has at most {MAX_BODY} bytes")
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise BadRequest("the body must be a JSON object")
    if known is not None:
        unknown = [FieldError(str(key)[:100], "no such field") for key in found if key not in known]
        if unknown:
            raise Invalid(*unknown)
    return found


def toml_text() -> str:
    """The text of a request that brings rules as TOML; raises what becomes 400 or 415."""
    if request.mimetype not in (TOML, "text/plain"):
        raise UnsupportedMediaType(f"send TOML, with Content-Type: {TOML}")
    if (request.content_length or 0) > MAX_BYTES:
        raise BadRequest(f"a file of rules has at most {MAX_BYTES:,} bytes")
    try:
        return request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        raise BadRequest("the text is not UTF-8") from None


def revision(fields: dict[str, Any]) -> int:
    """Which revision the editor saw: `If-Match`, or the body's own `revision`; raises Invalid."""
    given = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    seen = fields.pop("revision", None)
    if given:
        seen = int(given) if given.isdigit() else None
    if not isinstance(seen, int) or isinstance(seen, bool):
        raise Invalid(FieldError("revision", "the revision that you read, here or as If-Match"))
    return seen


def rule_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The rule's own fields; raises Invalid where the short way contradicts the long one."""
    found = {key: value for key, value in fields.items() if key not in (*ANSWERED, "id", "unit")}
    if "duration" in found:
        duration = found.pop("duration")
        if "for" in found and found["for"] != duration:
            raise Invalid(FieldError("duration", "differs from for; send one of them"))
        found["for"] = duration
    if "threshold" in found:
        threshold = found.pop("threshold")
        given = [found[name] for name in ("warning", "critical") if found.get(name) is not None]
        if given and threshold is not None and threshold not in given:
            raise Invalid(FieldError("threshold", "differs from warning and critical; send those or this"))
        if not given and threshold is not None:
            found["critical" if found.get("severity") == "critical" else "warning"] = threshold
    return found


def channel_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The channel's own fields."""
    return {key: value for key, value in fields.items() if key not in (*ANSWERED, "id")}


def rule_json(saved: SavedRule) -> dict[str, Any]:
    """A rule, with when it was made and changed."""
    rule = saved.rule
    threshold = rule.warning if rule.warning is not None else rule.critical
    return {
        **as_dict(rule), "unit": rule.unit, "threshold": threshold, "duration": rule.for_,
        "created": rfc3339(saved.created_ns), "changed": rfc3339(saved.changed_ns),
        "changed_by": saved.changed_by, "source": saved.source,
    }  # fmt: skip


def channel_json(saved: SavedChannel) -> dict[str, Any]:
    """A channel; of its secret only where it comes from."""
    one = saved.channel
    mail = {
        "host": one.host, "port": one.port, "security": one.security, "user": one.user,
        "sender": one.sender, "to": list(one.to),
    }  # fmt: skip
    return {
        "id": one.id, "kind": one.kind, "name": one.name, "url": one.url,
        **(mail if one.kind == "email" else {}), "secret_from": saved.secret_from,
        "revision": saved.revision, "created": rfc3339(saved.created_ns),
        "changed": rfc3339(saved.changed_ns), "changed_by": saved.changed_by,
    }  # fmt: skip


def silence_json(one: Silence) -> dict[str, Any]:
    """A silence; "" matches everything."""
    return {
        "id": one.id, "rule_id": one.rule_id, "key": one.key, "severity": one.severity, "author": one.author,
        "reason": one.reason, "hours": one.hours, "starts": rfc3339(one.starts_ns),
        "ends": None if one.ends_ns == FOREVER_NS else rfc3339(one.ends_ns),
    }  # fmt: skip


def alert_json(one: Alert) -> dict[str, Any]:
    """What is not ok, with its evidence."""
    return {
        "rule_id": one.rule_id, "rule": one.rule_name, "key": one.key, "status": one.status,
        "severity": one.severity, "since": rfc3339(one.since_ns),
        "began": rfc3339(one.episode_ns) if one.episode_ns else None, "value": one.value, "text": one.text,
        "flapping": one.flapping, "suppressed": one.suppressed, "off_hours": one.off_hours,
        "silence": silence_json(one.silence) if one.silence else None,
        "cause": _cause_json(one.cause), "affected": [tie_json(tie) for tie in one.affected],
        "acknowledged_by": one.acknowledged_by, "evidence": one.evidence, "event_id": one.event_id,
    }  # fmt: skip


def tie_json(one: Tie) -> dict[str, Any]:
    """What is affected."""
    return {
        "rule_id": one.rule_id, "rule": one.rule_name, "key": one.key, "severity": one.severity,
        "began": rfc3339(one.episode_ns), "told": rfc3339(one.told_ns) if one.told_ns else None,
    }  # fmt: skip


def _cause_json(one: Tie | None) -> dict[str, Any] | None:
    """What it is an effect of; `over` when that has ended."""
    return None if one is None else {
        "rule_id": one.cause_id, "rule": one.cause_name, "key": one.cause_key,
        "began": rfc3339(one.cause_episode_ns), "over": rfc3339(one.ended_ns) if one.ended_ns else None,
    }  # fmt: skip


def event_json(one: AlertEvent) -> dict[str, Any]:
    """An event; "fired" and "delivered" are two things: see its deliveries."""
    return {
        "id": one.id, "rule_id": one.rule_id, "rule": one.rule_name, "key": one.key, "kind": one.kind,
        "at": rfc3339(one.at_ns), "severity": one.severity,
        "status": "resolved" if one.kind in ("resolved", "data is back", "rule works") else "firing",
        "message": _words(one), "value": one.value, "unit": one.detail.get("unit", ""), "text": one.text,
        "began": rfc3339(one.episode_ns) if one.episode_ns else None, "announced": one.announced,
        "evidence": one.detail.get("evidence"),
        "cause": _cause_json(one.kin.cause), "affected": [tie_json(tie) for tie in one.kin.affected],
        "deliveries": [delivery_json(sent) for sent in one.deliveries],
    }  # fmt: skip


def _words(one: AlertEvent) -> str:
    value = "" if one.value is None else f", {one.value:g} {one.detail.get('unit', '')}".rstrip()
    return f"{one.rule_name}{f' ({one.key})' if one.key else ''}: {one.kind}{value}"


def delivery_json(one: Sent) -> dict[str, Any]:
    """One event on its way to one channel."""
    return {
        "channel": one.channel_id, "channel_name": one.channel_name, "state": one.state,
        "attempts": one.attempts, "answer": one.answer, "latency_ms": round(one.latency_ms, 3),
        "finished": rfc3339(one.finished_ns) if one.finished_ns else None,
        "maybe_sent_twice": bool(one.twice),
    }  # fmt: skip


def edit_json(one: Edit) -> dict[str, Any]:
    """An edit of a rule or channel; `changes` are the fields that differ."""
    return {
        "id": str(one.id), "rule_id": one.rule_id, "rule": one.rule_name, "at": rfc3339(one.at_ns),
        "who": one.who, "done": done(one), "subject": one.subject,
        "changes": [
            {"field": each.field, "before": each.before, "after": each.after} for each in changes(one)
        ],
    }  # fmt: skip


def finding_json(one: Finding) -> dict[str, Any]:
    """Something that a review found."""
    return {
        "kind": one.kind, "rule_id": one.rule.rule.id, "rule": one.rule.rule.name, "count": one.count,
        "fired_seconds": one.fired_ns / 1e9, "last": rfc3339(one.at_ns) if one.at_ns else None,
        "overlaps_with": one.other.rule.id if one.other else None, "alike": one.alike or None,
    }  # fmt: skip


def moment_of(fields: Mapping[str, Any], name: str) -> int:
    """A time in the body, 0 when it is not there; raises Invalid."""
    given = fields.get(name)
    if given is None:
        return 0
    found = read_time(given) if isinstance(given, str) else None
    if found is None:
        raise Invalid(FieldError(name, "a time such as 2026-11-20T10:00:00Z"))
    return found
