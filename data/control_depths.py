"""How many spans waited where, over time: in the collector's queue and in those of the tracers; and what
tracing cost the programs of each service.

It stands in control.db because a queue is long just when the store cannot be written.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from data.control import Control

COLLECTOR = ""  # the name of the collector's own queue; the others are those of services
KEEP_NS = 31 * 86_400 * 10**9
SAVE = "INSERT OR REPLACE INTO queue_depth (at_ns, queue, spans, ns_per_call) VALUES (?, ?, ?, ?)"
FORGET = "DELETE FROM queue_depth WHERE at_ns < ?"


class Depth(NamedTuple):
    """Spans that wait, and what tracing costs a call in the dearest program; None for the collector."""

    spans: int
    ns_per_call: float | None = None


def note(control: Control, at_ns: int, depths: Mapping[str, Depth]) -> None:
    """Keeps the depths of these queues, and forgets what is older than a month."""
    with control.write() as connection:
        connection.executemany(SAVE, [(at_ns, queue, *depth) for queue, depth in depths.items()])
        connection.execute(FORGET, (at_ns - KEEP_NS,))
