"""Delivering what is due: each attempt is committed before it is made, and made again after longer waits."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from alerting.channels import Channel, Outcome
from alerting.message import Message, message
from alerting.secrets import SecretLost, Secrets
from alerting.state import NS
from data import control_alerts, control_channels, control_outbox
from data.control import Control
from data.control_alerts import StoredEvent
from data.control_channels import StoredChannel
from data.control_outbox import Delivery
from flowglass.redact import Redactor

log = logging.getLogger("flowglass.outbox")

WAITS = (10, 30, 120, 600, 1800)  # seconds before the next attempt; after the last it has failed
LONGEST_WAIT = 3600  # whatever a receiver asks for
KEEP_NS = 30 * 86_400 * NS
Send = Callable[[Channel, Message], Outcome]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What one pass over the outbox did."""

    sent: int
    waiting: int
    failed: int


class Outbox:
    """Sends what is due. `send` makes the attempt; time is an argument."""

    def __init__(
        self, control: Control, secrets: Secrets, redactor: Redactor, base_url: str, send: Send
    ) -> None:
        self._control = control
        self._secrets = secrets
        self._redactor = redactor
        self._base_url = base_url
        self._send = send

    def resume(self, now_ns: int) -> int:
        """After a start: attempts that a crash cut off are made again. Returns how many."""
        return control_outbox.resume(self._control, now_ns)

    def run_pass(self, now_ns: int) -> Delivered:
        """Every delivery that is due, once."""
        channels = {one.id: one for one in control_channels.channels(self._control)}
        sent = failed = 0
        for delivery in control_outbox.due(self._control, now_ns):
            if not control_outbox.begin(self._control, delivery.id):
                continue
            outcome = self._attempt(delivery, channels)
            sent += outcome.ok
            failed += self._note(delivery, outcome, now_ns)
        control_outbox.forget(self._control, now_ns - KEEP_NS)
        return Delivered(sent, control_outbox.waiting(self._control), failed)

    def _attempt(self, delivery: Delivery, channels: Mapping[str, StoredChannel]) -> Outcome:
        stored = channels.get(delivery.channel_id)
        event = control_alerts.event(self._control, delivery.event_id)
        if stored is None or event is None:
            return Outcome(False, "the channel or the event is gone", 0.0)
        try:
            channel = channel_of(stored, self._secrets)
        except (SecretLost, ValueError) as error:
            return Outcome(False, str(error), 0.0)
        twice = bool(delivery.twice) or delivery.attempts > 0
        return self._send(channel, message(event, self._base_url, self._redactor, twice))

    def _note(self, delivery: Delivery, outcome: Outcome, now_ns: int) -> bool:
        """Writes down what became of it; True when it has failed for good."""
        answer = outcome.answer[:500]
        if outcome.ok:
            control_outbox.sent(self._control, delivery.id, answer, outcome.milliseconds, now_ns)
            return False
        log.warning("delivery %s to %s: %s", delivery.id, delivery.channel_name, answer)
        if not outcome.again or delivery.attempts >= len(WAITS):
            control_outbox.failed(self._control, delivery.id, answer, outcome.milliseconds, now_ns)
            return True
        wait = max(WAITS[delivery.attempts], min(outcome.retry_after or 0, LONGEST_WAIT))
        next_ns = now_ns + round(wait * NS)
        control_outbox.again(self._control, delivery.id, answer, outcome.milliseconds, next_ns)
        return False


def channel_of(stored: StoredChannel, secrets: Secrets) -> Channel:
    """The channel with its secret; raises SecretLost, or ValueError for a body that is none."""
    body: dict[str, Any] = json.loads(stored.body)
    body |= {"to": tuple(body.get("to", ())), "secret": secrets.opened(stored.secret)}
    try:
        return Channel(**body | {"id": stored.id, "kind": stored.kind, "name": stored.name})
    except TypeError as error:
        raise ValueError(f"the channel cannot be read: {error}") from None


def trial_event(rule_name: str, now_ns: int) -> StoredEvent:
    """A message marked TEST, which goes the same way as a real one."""
    detail = json.dumps(
        {"unit": "ms", "warning": 200.0, "operator": "above", "metric": "p95", "evidence": None}
    )
    return StoredEvent(
        f"test-{now_ns}", "test", rule_name or "Test message", "", "test", now_ns, "info", 210.0,
        "Sent by hand to try this channel.", 0, 1, detail,
    )  # fmt: skip
