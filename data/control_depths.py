"""How many spans waited where, over time: in the collector's queue and in those of the tracers.

It stands in control.db because a queue is long just when the store cannot be written.
"""

from __future__ import annotations

from collections.abc import Mapping

from data.control import Control

COLLECTOR = ""  # the name of the collector's own queue; the others are those of services
KEEP_NS = 31 * 86_400 * 10**9
SAVE = "INSERT OR REPLACE INTO queue_depth (at_ns, queue, spans) VALUES (?, ?, ?)"
FORGET = "DELETE FROM queue_depth WHERE at_ns < ?"


def note(control: Control, at_ns: int, depths: Mapping[str, int]) -> None:
    """Keeps the depths of these queues, and forgets what is older than a month."""
    with control.write() as connection:
        connection.executemany(SAVE, [(at_ns, queue, spans) for queue, spans in depths.items()])
        connection.execute(FORGET, (at_ns - KEEP_NS,))
