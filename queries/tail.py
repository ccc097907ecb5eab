"""New spans in the order they arrive: a span arrives when it ends, so its start may lie far back."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from queries.base import Reader, Segment, Session
from queries.fetch import Key, fetch
from queries.filter_tree import Filter
from queries.limits import ALL_TIME, MAX_PAGE, MAX_ROWS, page_limit
from queries.plan import Plan, make_plan
from queries.rows import SpanRow

BATCH = "SELECT value FROM meta WHERE key = 'batch'"
OLDEST = "SELECT min(batch) FROM arrivals"
BEFORE = "SELECT batch FROM arrivals WHERE committed_ns <= ? ORDER BY batch DESC LIMIT 1"
ARRIVED = """
SELECT batch, segment_id, rows, ids FROM arrivals WHERE batch > ? AND batch <= ?
ORDER BY batch DESC, segment_id DESC
"""
SIFT = "SELECT id FROM span WHERE id IN (SELECT value FROM json_each(:ids)) AND ({where})"
LOOKED_AT = 5 * MAX_ROWS  # newer arrivals than these are looked through; more than that is a gap


@dataclass(frozen=True, slots=True)
class Tail:
    """Matching spans that arrived after a batch, newest arrival last; `batch` is what to ask after next."""

    rows: tuple[SpanRow, ...]
    batch: int
    gap: bool  # some arrivals were not looked at: the asker has fallen behind
    matched: int  # how many matched, of which rows holds the newest


class Arrived(NamedTuple):
    """The spans of one commit in one segment, in order of arrival."""

    segment_id: int
    ids: Sequence[int]


def tail(reader: Reader, after_batch: int | None, filter: Filter, limit: int = MAX_PAGE) -> Tail:
    """What matched since a batch; after None nothing yet, only the batch to begin with."""
    page_limit(limit)
    with reader.session() as session:
        batch = newest_batch(session)
        if after_batch is None or after_batch >= batch:
            return Tail((), batch, after_batch is not None and after_batch > batch, 0)
        found, complete = arrived(session, after_batch, batch)
        plan = make_plan(session, filter, ALL_TIME)
        keys = [key for one in found for key in _matching(session, plan, one)]
        rows = fetch(session, keys[-limit:])
        return Tail(rows, batch, not complete, len(keys))


def newest_batch(session: Session) -> int:
    """The number of the last commit that readers have heard of, 0 before the first."""
    return next((int(row[0]) for row in session.main(BATCH)), 0) if session.there else 0


def batch_before(reader: Reader, time_ns: int) -> int:
    """The last commit until then: what to ask after for all that has been committed since."""
    with reader.session() as session:
        if not session.there:
            return 0
        found = session.main(BEFORE, (time_ns,))
        if found:
            return int(found[0][0])
        oldest = session.main(OLDEST)[0][0]
        return newest_batch(session) if oldest is None else int(oldest) - 1


def arrived(session: Session, after: int, batch: int, most: int = 0) -> tuple[list[Arrived], bool]:
    """The newest arrivals in order, at most so many rows (0: LOOKED_AT), and whether that is all."""
    oldest = session.main(OLDEST)[0][0]
    complete = oldest is not None and oldest <= after + 1
    found: list[Arrived] = []
    room = most or LOOKED_AT
    for _, segment_id, rows, blob in session.main(ARRIVED, (after, batch)):
        room -= rows
        if room < 0:
            complete = False
            break
        found.append(Arrived(segment_id, array("q", blob)))
    return found[::-1], complete


def _matching(session: Session, plan: Plan, arrived: Arrived) -> list[Key]:
    """Those of the arrivals that match, in order of arrival."""
    segment = next((s for s in session.segments if s.id == arrived.segment_id), None)
    if segment is None or plan.never or not arrived.ids:
        return []
    matching = _matches(session, plan, segment, arrived.ids)
    return [Key(segment, id_) for id_ in arrived.ids if id_ in matching]


def _matches(session: Session, plan: Plan, segment: Segment, ids: Sequence[int]) -> set[int]:
    params = {**plan.params, "low": min(ids), "high": max(ids) + 1, "ids": json.dumps(list(ids))}
    return {row[0] for row in session.segment(segment, SIFT.format(where=plan.whole), params)}
