"""How many spans waited where, and what tracing cost, over time: as the collector keeps it in control.db."""

from __future__ import annotations

from typing import NamedTuple

from queries.base import Reader, TimeRange
from queries.filter_processes import processes_of
from queries.filter_tree import Filter

DEPTHS = """
SELECT at_ns, queue, spans FROM queue_depth WHERE at_ns > ? AND at_ns <= ? ORDER BY at_ns LIMIT ?
"""
COST = "SELECT avg(ns_per_call) FROM queue_depth WHERE at_ns >= ? AND at_ns < ? AND queue = ?"
FRESH_NS = 75 * 10**9  # a depth that stays the same is written once a minute
MOST = 500_000


class Depth(NamedTuple):
    """Spans that waited in one queue, "" being the collector's, up to this moment."""

    at_ns: int
    queue: str
    spans: int


def queue_depths(reader: Reader, first_ns: int, last_ns: int) -> tuple[Depth, ...]:
    """What says how many waited at the moments from the first to the last, in order of time."""
    with reader.session() as session:
        rows = session.control("queue_depth", DEPTHS, (first_ns - FRESH_NS, last_ns, MOST))
    return tuple(Depth(*row) for row in rows)


def tracing_ns(reader: Reader, group: str, range: TimeRange) -> float | None:
    """What tracing cost a call in the programs of a group, on average over a range; None when nobody said."""
    with reader.session() as session:
        rows = session.control("queue_depth", COST, (range.start_ns, range.end_ns, group))
    return None if not rows or rows[0][0] is None else float(rows[0][0])


def groups_of(reader: Reader, tree: Filter) -> frozenset[str] | None:
    """The process groups that a filter names; None for all queues, the collector's among them."""
    with reader.session() as session:
        only = processes_of(session, tree)
        names = session.names.processes
        return None if only is None else frozenset(names[process].group for process in only)
