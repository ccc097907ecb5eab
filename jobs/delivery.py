"""Sends what the outbox holds."""

from __future__ import annotations

from alerting.outbox import Outbox
from data.on_writer import OnWriter


def run(outbox: Outbox, on_writer: OnWriter, now_ns: int) -> str:
    """Every delivery that is due, once."""
    done = outbox.run_pass(now_ns)
    return f"sent {done.sent}, failed {done.failed}, {done.waiting} under way"
