"""What is said of an event: a title, facts, evidence and links, masked, in words and as data."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from alerting import kin as words
from alerting.kin import time_text
from alerting.state import NS, TOLD
from alerting.template import filled
from data.control_alerts import StoredEvent
from data.control_ties import NO_KIN, Kin
from flowglass.redact import Redactor

TITLES: Mapping[str, str] = {
    "fired": "firing", "escalated": "now critical", "resolved": "resolved", "no data": "no data",
    "data is back": "data is back", "rule failed": "the rule itself failed",
    "rule works": "the rule works again", "flapping": "flapping", "steady": "steady again",
    "still firing": "still firing", "unacknowledged": "not acknowledged, still firing", "test": "TEST",
}  # fmt: skip
MOST_LISTED = 15  # group keys in the words of one message
MAX_BODY = 3_000  # characters of the plain text


@dataclass(frozen=True, slots=True)
class Message:
    """One message as every channel takes it. `payload` is the JSON of a webhook."""

    event_id: str
    dedup_key: str  # the same from firing to resolved, so that a receiver closes the right incident
    title: str
    facts: tuple[str, ...]
    evidence: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    severity: str
    payload: Mapping[str, Any]

    @property
    def body(self) -> str:
        """What stands below the title."""
        lines = [*self.facts, *self.evidence, *(f"{name}: {href}" for name, href in self.links)]
        return "\n".join(lines)[:MAX_BODY]

    @property
    def text(self) -> str:
        """All of it as plain text."""
        lines = [self.title, *self.facts, *self.evidence, *(f"{name}: {href}" for name, href in self.links)]
        return "\n".join(lines)[:MAX_BODY]


def message(
    event: StoredEvent, base_url: str, redactor: Redactor, twice: bool = False, kin: Kin = NO_KIN
) -> Message:
    """The message of an event. Everything that came from outside is masked."""
    detail = json.loads(event.detail)
    evidence = masked(detail.get("evidence"), redactor)
    counts = detail.get("kind") not in ("no calls", "regression", "combination")  # their text says it all
    said = value_text(event.value, detail.get("unit", "")) if counts else ""
    text, key = redactor.text(event.text), redactor.text(event.key)
    title = f"{event.rule_name}{f' ({key})' if key else ''}: {TITLES.get(event.kind, event.kind)}"
    if event.kind in TOLD and said:
        title = f"{title}, {said}"
    if _status(event.kind) == "firing" and kin.affected:
        title = f"{title}, {len(kin.affected)} affected"
    related = words.facts(kin, redactor)
    own = _own_words(event, detail, evidence, said, text, key)
    facts = ([own["text"]] if "text" in own else _facts(event, detail, said, text)) + related
    title = own.get("title", title)
    links = _links(event, detail, evidence, base_url, key)
    dedup = f"flowglass-{event.rule_id}-{event.key}-{event.episode_ns}"
    payload: dict[str, Any] = {
        "version": "1",
        "event_id": event.id,
        "dedup_key": dedup,
        "status": _status(event.kind),
        "kind": event.kind,
        "title": title,
        "rule": {"id": event.rule_id, "name": event.rule_name}
        | {name: detail.get(name, "") for name in ("owner", "runbook", "metric", "kind")},
        "group": key,
        "severity": event.severity,
        "value": event.value,
        "unit": detail.get("unit", ""),
        "text": text,
        "warning": detail.get("warning"),
        "critical": detail.get("critical"),
        "window_seconds": detail.get("window"),
        "at": time_text(event.at_ns),
        "since": time_text(event.episode_ns) if event.episode_ns else None,
        **words.plain(kin, redactor),
        "evidence": evidence,
        "links": {name.lower(): href for name, href in links},
        "maybe_sent_twice": twice,
    }
    return Message(event.id, dedup, title, tuple(facts), _shown(evidence), links, event.severity, payload)


def grouped(
    events: Sequence[StoredEvent], base_url: str, redactor: Redactor, twice: bool = False,
    kin_of: Callable[[StoredEvent], Kin] = lambda _: NO_KIN,
) -> Message:  # fmt: skip
    """One message of several group keys of one rule; of a single event simply its message."""
    first = message(events[0], base_url, redactor, twice, kin_of(events[0]))
    if len(events) == 1:
        return first
    each = [message(one, base_url, redactor, twice, kin_of(one)) for one in events]
    name, kind = events[0].rule_name, TITLES.get(events[0].kind, events[0].kind)
    title = f"{name}: {kind} for {len(events)} groups"
    lines = tuple(one.title.removeprefix(f"{name} ") for one in each[:MOST_LISTED])
    more = len(each) - len(lines)
    facts = (*lines, f"and {more} more") if more else lines
    links = tuple(link for link in first.links if link[0] != "Silence") + _quiet(events[0], base_url, "")
    named = {name.lower(): href for name, href in links}
    payload = {**first.payload, "title": title, "group": "", "links": named}
    payload["events"] = [one.payload for one in each]
    return replace(first, title=title, facts=facts, links=links, payload=payload)


def masked(evidence: Mapping[str, Any] | None, redactor: Redactor) -> dict[str, Any] | None:
    """Evidence leaves this machine: values, texts and names are masked as the collector masks them."""
    if evidence is None:
        return None
    secret = redactor.name_is_secret(str(evidence["data"]))
    found = dict(evidence)
    found["values"] = [redactor.value(str(evidence["data"]), one) for one in evidence["values"]]
    found["message"] = "" if secret else redactor.text(str(evidence["message"]))
    return found


def _own_words(
    event: StoredEvent, detail: Mapping[str, Any], evidence: Mapping[str, Any] | None, said: str, text: str,
    key: str,
) -> dict[str, str]:  # fmt: skip
    """Title and text as the rule's templates have them, where it has any. A test message has none."""
    shown = evidence or {}
    limit = detail.get("critical") if event.severity == "critical" else detail.get("warning")
    lasted = span_text((event.at_ns - event.episode_ns) / NS) if event.episode_ns else ""
    values = {
        "rule": event.rule_name, "group": key, "state": TITLES.get(event.kind, event.kind), "text": text,
        "severity": event.severity, "value": said, "threshold": value_text(limit, detail.get("unit", "")),
        "metric": detail.get("metric", ""), "owner": detail.get("owner", ""), "duration": lasted,
        "since": time_text(event.episode_ns) if event.episode_ns else "",
        "runbook": detail.get("runbook", ""), "function": shown.get("process", ""),
        "file": shown.get("file", ""), "line": shown.get("line", ""), "trace": shown.get("trace_id", ""),
        "exception": shown.get("exception", ""), "last_values": "  ".join(map(str, shown.get("values", ()))),
    }  # fmt: skip
    given = {name: detail.get(name) for name in ("title", "text")}
    return {
        name: filled(template, {key: str(value) for key, value in values.items()})
        for name, template in given.items()
        if template
    }


def _facts(event: StoredEvent, detail: Mapping[str, Any], said: str, text: str) -> list[str]:
    found = []
    limit = detail.get("critical") if event.severity == "critical" else detail.get("warning")
    if said and limit is not None:
        metric, unit = detail.get("metric", ""), detail.get("unit", "")
        found.append(f"{metric} {said}, limit {detail.get('operator', 'above')} {value_text(limit, unit)}")
    if text:
        found.append(text)
    if event.episode_ns:
        lasted = span_text((event.at_ns - event.episode_ns) / NS)
        found.append(
            f"since {time_text(event.episode_ns)}"
            + (f", for {lasted}" if event.at_ns > event.episode_ns else "")
        )
    if detail.get("owner"):
        found.append(f"owner {detail['owner']}")
    return found


def _shown(evidence: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The lines of evidence as plain text."""
    if evidence is None:
        return ()
    place = f"{evidence['file']}:{evidence['line']}" if evidence["file"] else str(evidence["scope"])
    lines = [f"{evidence['process']}  {evidence['duration_ns'] / 1e6:.1f} ms  {place}".rstrip()]
    if evidence["exception"]:
        lines.append(f"{evidence['exception']}: {evidence['message']}".rstrip(": "))
    if evidence["values"]:
        lines.append(f"{evidence['data']}  " + "  ".join(str(value) for value in evidence["values"]))
    return tuple(lines)


def _links(
    event: StoredEvent,
    detail: Mapping[str, Any],
    evidence: Mapping[str, Any] | None,
    base_url: str,
    masked_key: str,
) -> tuple[tuple[str, str], ...]:
    base = base_url.rstrip("/")
    found = [("Rule", f"{base}/alerts?{urlencode({'rule': event.rule_id})}")]
    if evidence is not None:
        trace = urlencode({"trace": evidence["trace_id"], "span": evidence["span_id"]})
        parts = [str(evidence[name]).replace("%", "%25").replace("/", "%2F") for name in ("group", "scope")]
        fn = "/".join([*parts, str(evidence["process"])])
        found = [("Trace", f"{base}/traces?{trace}"), ("Code", f"{base}/code?fn={quote(fn)}"), *found]
    if detail.get("runbook"):
        found.append(("Runbook", str(detail["runbook"])))
    return (*found, *_quiet(event, base_url, event.key if event.key == masked_key else ""))


def _quiet(event: StoredEvent, base_url: str, key: str) -> tuple[tuple[str, str], ...]:
    """The silence form, filled in for this rule and key; for all keys where the key is masked or many."""
    if _status(event.kind) != "firing":
        return ()
    asked = {"view": "silences", "rule": event.rule_id} | ({"key": key} if key else {})
    return (("Silence", f"{base_url.rstrip('/')}/alerts?{urlencode(asked)}"),)


def _status(kind: str) -> str:
    return (
        "resolved"
        if kind in ("resolved", "data is back", "rule works")
        else "test"
        if kind == "test"
        else "firing"
    )


def value_text(value: float | None, unit: str) -> str:
    """A number with its unit: 296 ms, 6.9 %, 0.25."""
    if value is None:
        return ""
    number = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return f"{number} {unit}".strip()


def span_text(seconds: float) -> str:
    """4 s, 12 min, 3 h 5 min."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
