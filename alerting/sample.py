"""A message as it would look, and a rule judged once: for whoever writes a rule and wants to see it first."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from alerting.combination import Others
from alerting.evaluate import evaluate
from alerting.evidence import Evidence, evidence
from alerting.message import Message, message
from alerting.notes import detail
from alerting.replay import live
from alerting.rule import Rule, Severity
from alerting.state import State, Status
from config import RedactionSettings, Settings
from data.control_alerts import StoredEvent
from flowglass.redact import Redactor
from queries.alert_log import AlertEvent
from queries.base import Reader

NEW = "new"  # stands for the id of a rule that is not saved yet


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rule judged once, for one group key: what it saw, and what that means without any waiting."""

    key: str
    value: float | None
    samples: int
    text: str
    status: Status


@dataclass(frozen=True, slots=True)
class Sample:
    """A firing that a message is drawn with."""

    at_ns: int
    key: str
    value: float | None
    text: str
    severity: Severity


def judged_now(
    rule: Rule, reader: Reader, moment_ns: int, others: Others | None = None
) -> tuple[Verdict, ...]:
    """Every key at this moment, by the scheduler's own code; raises QueryError."""
    at_once = replace(rule, for_=0)
    verdicts = []
    for key, seen in sorted(evaluate(rule, reader, [moment_ns], others=others).by_key.items()):
        if seen:
            last, state = seen[-1], live(at_once, seen, moment_ns, State()).state
            verdicts.append(Verdict(key, last.value, last.samples, last.text, state.status))
    return tuple(verdicts)


def sample_message(rule: Rule, sample: Sample, reader: Reader, settings: Settings) -> Message:
    """The message that this firing would send, with its evidence, masked."""
    found = evidence(reader, rule, sample.key, sample.at_ns)
    return message(_event(rule, sample, found), base_url(settings), redactor(settings.redaction))


def _event(rule: Rule, sample: Sample, found: Evidence | None) -> StoredEvent:
    return StoredEvent(
        "preview", rule.id or NEW, rule.name or "Rule", sample.key, "fired", sample.at_ns, sample.severity,
        sample.value, sample.text, sample.at_ns, 1, detail(rule, found),
    )  # fmt: skip


def told(one: AlertEvent, settings: Settings) -> Message:
    """The message of an event that happened."""
    stored = StoredEvent(
        one.id, one.rule_id, one.rule_name, one.key, one.kind, one.at_ns, one.severity, one.value, one.text,
        one.episode_ns, int(one.announced), json.dumps(one.detail),
    )  # fmt: skip
    return message(stored, base_url(settings), redactor(settings.redaction), kin=one.kin)


def redactor(rules: RedactionSettings) -> Redactor:
    """Masks as the collector does."""
    return Redactor(keys=rules.keys, patterns=rules.patterns, enabled=rules.enabled)


def base_url(settings: Settings) -> str:
    """Where links of messages lead."""
    host = settings.dashboard.host
    shown = f"[{host}]" if ":" in host else host
    return settings.alerts.page_url or f"http://{shown}:{settings.dashboard.port}"
