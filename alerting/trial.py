"""Trying a channel: one message marked TEST, sent the way real ones are, and truly what became of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from alerting.channels import Channel, Outcome
from alerting.message import Message, message
from alerting.outbox import channel_of, trial_event
from alerting.secrets import SecretLost, Secrets
from data import control_channels
from data.control import Control
from flowglass.redact import Redactor

MOST_SECONDS = 9.0  # a person waits for it; the answer is promised within 10


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test message. `message` is the receiver's answer, `error` why it did not arrive."""

    success: bool
    channel: str  # its id
    message: str
    error: str
    milliseconds: float


def try_channel(
    control: Control, secrets: Secrets, redactor: Redactor, base_url: str, channel_id: str, now_ns: int,
    send: Callable[[Channel, Message], Outcome], rule_name: str = "",
) -> Trial:  # fmt: skip
    """Sends one test message to a saved channel, within 10 s; raises NotThere."""
    stored = control_channels.channel(control, channel_id)
    try:
        channel = channel_of(stored, secrets)
    except (SecretLost, ValueError) as error:
        return Trial(False, channel_id, "", str(error), 0.0)
    outcome = _within(lambda: send(channel, message(trial_event(rule_name, now_ns), base_url, redactor)))
    said, wrong = (outcome.answer, "") if outcome.ok else ("", outcome.answer)
    return Trial(outcome.ok, channel_id, said, wrong, outcome.milliseconds)


def _within(attempt: Callable[[], Outcome]) -> Outcome:
    """The outcome, or that there was none in time: each step of an attempt may take its own while."""
    found: list[Outcome] = []
    thread = threading.Thread(target=lambda: found.append(attempt()), name="trial", daemon=True)
    thread.start()
    thread.join(MOST_SECONDS)
    late = Outcome(False, f"no answer within {MOST_SECONDS:.0f} s; it may still arrive", MOST_SECONDS * 1e3)
    return found[0] if found else late
