"""One page of spans in exact order: by start, then span id, whatever order the rows lie in."""

from __future__ import annotations

from typing import NamedTuple

from data.ids import first_row_id
from queries.base import Session, TimeRange
from queries.cursor import FIRST_SPAN, LAST_SPAN, Place
from queries.fetch import Key
from queries.filter_tree import Filter
from queries.limits import Bounds
from queries.plan import make_plan
from queries.scan import SPILL_US, Hit, Scan, edges

IDS_PER_US = first_row_id(1000)


class Found(NamedTuple):
    """Keys of one page, where the next begins (None at the end), and how far the search has come."""

    keys: tuple[Key, ...]
    place: Place | None
    searched_to_ns: int


def find(
    session: Session,
    tree: Filter,
    range: TimeRange | Bounds,
    place: Place | None,
    limit: int,
    newest_first: bool,
    seconds: float | None = None,
) -> Found:
    """Matching spans of the range; stops when the page is full, or when the search has taken its time."""
    plan = make_plan(session, tree, range)
    end = range.start_ns if newest_first else range.end_ns
    if plan.never:
        return Found((), None, end)
    scan = Scan(session, plan, edges(range, place, newest_first), newest_first)
    hits, settled = _collect(session, scan, limit, place, newest_first, seconds or plan.seconds)
    page = hits[:limit]
    if len(hits) > limit:
        last = page[-1]
        return Found(_keys(page), _after(last, page, place), last.start_ns)
    if scan.done:
        return Found(_keys(page), None, end)
    searched_to = max(range.start_ns, min(settled, range.end_ns))
    return Found(_keys(page), _reached(settled, newest_first), searched_to)


def _reached(settled_ns: int, newest_first: bool) -> Place:
    """Where a search that ran out of time goes on."""
    return Place(settled_ns, FIRST_SPAN if newest_first else LAST_SPAN, 0)


def _moved(settled_ns: int, place: Place | None, newest_first: bool) -> bool:
    """Whether the search has come further than where it began, so that the next one will too."""
    reached = _reached(settled_ns, newest_first)
    if place is None:
        return settled_ns > 0
    return reached < place if newest_first else reached > place


def _collect(
    session: Session, scan: Scan, limit: int, place: Place | None, newest_first: bool, seconds: float
) -> tuple[list[Hit], int]:
    """Hits in order, of which everything up to the settled time is complete; one more than asked for."""
    hits: list[Hit] = []
    while True:
        hits += scan.step(limit + 1 + (place.shown if place else 0))
        settled = _settled_ns(scan, newest_first)
        ready = [hit for hit in hits if scan.done or _is_settled(hit, settled, newest_first)]
        ready = _unshown(sorted(ready, key=_order, reverse=newest_first), place)
        if len(ready) > limit or scan.done:
            return ready, settled
        if session.over(seconds) and scan.may_stop and _moved(settled, place, newest_first):
            return ready, settled


def _settled_ns(scan: Scan, newest_first: bool) -> int:
    """The time up to which no further span can turn up: row ids may lie a little behind their start."""
    if newest_first:
        return -(-scan.position // IDS_PER_US) * 1000
    return (scan.position // IDS_PER_US - SPILL_US) * 1000 - 1


def _is_settled(hit: Hit, settled_ns: int, newest_first: bool) -> bool:
    return hit.start_ns >= settled_ns if newest_first else hit.start_ns <= settled_ns


def _order(hit: Hit) -> tuple[int, int, int, int]:
    return hit.start_ns, hit.span, hit.key.segment.id, hit.key.id


def _unshown(hits: list[Hit], place: Place | None) -> list[Hit]:
    """The hits without those that an earlier page showed under the very same start and span id."""
    if not place or not place.shown:
        return hits
    equal = sum(1 for hit in hits if (hit.start_ns, hit.span) == place[:2])
    return hits[min(place.shown, equal) :]


def _after(last: Hit, page: list[Hit], place: Place | None) -> Place:
    """The place behind the last hit of a page, and how many equal ones have been shown by then."""
    same = sum(1 for hit in page if hit[:2] == last[:2])
    before = place.shown if place and place[:2] == last[:2] else 0
    return Place(last.start_ns, last.span, same + before)


def _keys(hits: list[Hit]) -> tuple[Key, ...]:
    return tuple(hit.key for hit in hits)
