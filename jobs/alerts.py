"""Judges the rules on what has arrived."""

from __future__ import annotations

from alerting.watch import Watch
from data.on_writer import OnWriter


def run(watch: Watch, on_writer: OnWriter, now_ns: int) -> str:
    """Reads the store like any reader; the writer is not asked."""
    done = watch.run_pass(now_ns)
    waits = f", {done.unread} still to read their past" if done.unread else ""
    return f"{done.rules} rules on {done.spans:,} new spans, {done.events} events{waits}"
