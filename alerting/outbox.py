"""Delivering what is due: each attempt is committed before it is made, and made again after longer waits."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

from alerting.channels import Channel, Outcome
from alerting.message import Message, grouped
from alerting.secrets import SecretLost, Secrets
from alerting.state import NS
from data import control_alerts, control_channels, control_outbox, control_ties
from data.control import Control
from data.control_alerts import StoredEvent
from data.control_channels import StoredChannel
from data.control_outbox import Delivery
from data.control_ties import Kin
from flowglass.redact import Redactor

log = logging.getLogger("flowglass.outbox")

WAITS = (10, 30, 120, 600, 1800)  # seconds before the next attempt; after the last it has failed
AT_ONCE = 4  # channels
TOGETHER = ("fired", "escalated", "resolved", "still firing", "unacknowledged")
MOST_TOGETHER = 50  # events of one message
FORGET_EVERY_NS = 600 * NS
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
        self._stopped = Event()
        self._forgot_ns = 0

    def resume(self, now_ns: int) -> int:
        """After a start: attempts that a crash cut off are made again. Returns how many."""
        return control_outbox.resume(self._control, now_ns)

    def stop(self) -> None:
        """Makes no further attempt; one that is under way is made again after the next start."""
        self._stopped.set()

    def run_pass(self, now_ns: int) -> Delivered:
        """Every delivery that is due, once; channels beside each other, so that a slow one holds up none."""
        channels = {one.id: one for one in control_channels.channels(self._control)}
        due: dict[str, list[Delivery]] = {}
        for one in control_outbox.due(self._control, now_ns):
            due.setdefault(one.channel_id, []).append(one)
        with ThreadPoolExecutor(max(1, min(AT_ONCE, len(due))), "delivery") as pool:
            done = list(pool.map(lambda mine: self._channel(mine, channels, now_ns), due.values()))
        if now_ns - self._forgot_ns > FORGET_EVERY_NS:
            control_outbox.forget(self._control, now_ns - KEEP_NS)
            self._forgot_ns = now_ns
        sent, failed = (sum(numbers) for numbers in zip(*done, strict=True)) if done else (0, 0)
        return Delivered(sent, control_outbox.waiting(self._control), failed)

    def _channel(
        self, due: Sequence[Delivery], channels: Mapping[str, StoredChannel], now_ns: int
    ) -> tuple[int, int]:
        """What is due for one channel; how many were sent and how many failed for good."""
        sent = failed = 0
        for group in self._grouped(due):
            if self._stopped.is_set():
                break
            begun = [one for one in group if control_outbox.begin(self._control, one.id)]
            if not begun:
                continue
            outcome = self._attempt(begun, channels)
            sent += len(begun) if outcome.ok else 0
            failed += sum(self._note(one, outcome, now_ns) for one in begun)
        return sent, failed

    def _grouped(self, due: Sequence[Delivery]) -> list[list[Delivery]]:
        """Deliveries that go into one message: of one rule, which has fired or ended for several groups."""
        found: dict[tuple[str, ...], list[Delivery]] = {}
        for one in due:
            event = control_alerts.event(self._control, one.event_id)
            alone = event is None or not event.key or event.kind not in TOGETHER
            name = (one.event_id,) if alone or event is None else (event.rule_id, event.kind, event.severity)
            found.setdefault(name, []).append(one)
        return [
            group[at : at + MOST_TOGETHER]
            for group in found.values()
            for at in range(0, len(group), MOST_TOGETHER)
        ]

    def _attempt(self, group: Sequence[Delivery], channels: Mapping[str, StoredChannel]) -> Outcome:
        stored = channels.get(group[0].channel_id)
        found = [control_alerts.event(self._control, one.event_id) for one in group]
        events = [one for one in found if one is not None]
        if stored is None or not events:
            return Outcome(False, "the channel or the event is gone", 0.0)
        try:
            channel = channel_of(stored, self._secrets)
        except (SecretLost, ValueError) as error:
            return Outcome(False, str(error), 0.0)
        twice = any(one.twice or one.attempts for one in group)
        return self._send(channel, grouped(events, self._base_url, self._redactor, twice, self._kin))

    def _kin(self, event: StoredEvent) -> Kin:
        return control_ties.kin(self._control, event.place)

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
