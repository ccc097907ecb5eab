"""Walks through the segments in order of time, in either direction, a bounded number of rows at a step.

Segments of one day may overlap: a step reads all that hold ids of its window and merges them by id.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple

from data.ids import first_row_id, start_of
from queries.base import Segment, Session, TimeRange
from queries.cursor import Place
from queries.fetch import Key
from queries.limits import Bounds
from queries.plan import BY_TEXT, Plan, Stream

SPILL_US = 64  # a full microsecond's ids run on into the next: up to 131,072 spans of one start are in order
# Rows read at the first step, and at most: NTH and READ go over the same, which a reader's cache should hold.
FIRST_ROWS, MOST_ROWS = 2_500, 2_500
FIRST_IDS, MOST_IDS = 128, 8_192  # ids taken from an index at the first step, and at most
# Ids taken from the text index at once. It merges all words with that beginning before it gives the first:
# 16 of a common word take 6 ms, and these take 7.
TEXT_IDS = 2_048
LEAST_LOOKED = 10_000  # rows; this many are always looked at
STEP_COUNTS = 200  # a step counts as this many rows at least
LEAST = 64  # however long a step takes, the next one is not smaller
STEP_SECONDS = 0.02  # a step grows until it takes this long
START = "((id >> 11) * 1000 + start_off)"

NTH = (
    "SELECT id FROM span NOT INDEXED WHERE id >= :low AND id < :high ORDER BY id {order} LIMIT 1 OFFSET :rows"
)
READ = """SELECT id, start_off, span_id FROM span NOT INDEXED
WHERE id >= :low AND id < :high AND ({where}) AND {edge} ORDER BY id {order} LIMIT :limit"""
TAKE = (
    "SELECT {id} {source} AND {id} >= :low AND {id} < :high AND ({test}) ORDER BY {id} {order} LIMIT :limit"
)
SIFT = """SELECT id, start_off, span_id FROM span
WHERE id IN (SELECT value FROM json_each(:ids)) AND ({where}) AND {edge}"""


class Hit(NamedTuple):
    """A matching span, with what lists are ordered by."""

    start_ns: int
    span: int  # unsigned span id
    key: Key


Candidate = tuple[int, int, Segment]  # row id, place of its stream, segment


class Window(NamedTuple):
    """Ids from low up to high, those of the nearest segment, and all segments that hold some of them."""

    low: int
    high: int
    nearest: Segment | None
    segments: list[Segment]


class Edges(NamedTuple):
    """Exact bounds in nanoseconds, and the ids between which no row needs to be asked for them."""

    text: str
    params: dict[str, Any]
    low: int  # first id that may match
    high: int  # end of the ids that may match
    sure_low: int
    sure_high: int


def edges(range: TimeRange | Bounds, place: Place | None, newest_first: bool) -> Edges:
    """The bounds of a range, cut at the place where an earlier page ended."""
    start, end = range.start_ns, range.end_ns
    text = f"{START} >= :start_ns AND {START} < :end_ns"
    params: dict[str, Any] = {}
    if place:
        sign = "<" if newest_first else ">"
        or_equal = "=" if place.shown else ""
        signed = place.span - 2**64 if place.span >= 2**63 else place.span
        text += (
            f" AND ({START}, span_id < 0, span_id) {sign}{or_equal} (:place_ns, :place_negative, :place_span)"
        )
        params = {"place_ns": place.start_ns, "place_negative": signed < 0, "place_span": signed}
        if newest_first:
            end = min(end, place.start_ns + 1)
        else:
            start = max(start, place.start_ns)
    params |= {"start_ns": range.start_ns, "end_ns": range.end_ns}
    return Edges(
        text,
        params,
        low=first_row_id(start),
        high=first_row_id(end - 1 + (1 + SPILL_US) * 1000),
        sure_low=first_row_id(start + (1 + SPILL_US) * 1000),
        sure_high=first_row_id(end - 1),
    )


class Scan:
    """One walk; `position` is how far it has come: everything before it (after it) has been looked at."""

    def __init__(self, session: Session, plan: Plan, bounds: Edges, newest_first: bool) -> None:
        self._session = session
        self._plan = plan
        self._bounds = bounds
        self._newest = newest_first
        self._order = "DESC" if newest_first else "ASC"
        self._rows, self._ids = FIRST_ROWS, FIRST_IDS
        self._merged: _Merged | None = None
        self._ahead: list[int] = []  # ids of the nearest segment that are taken and not yet sifted
        self._ends = False  # whether there are no further ones behind them
        self._looked = 0  # rows, about
        self._far = 0  # the end of the window that the merge covers
        self._last: Window | None = None
        self.position = bounds.high if newest_first else bounds.low

    @property
    def done(self) -> bool:
        """Whether everything has been looked at."""
        return self.position <= self._bounds.low if self._newest else self.position >= self._bounds.high

    @property
    def may_stop(self) -> bool:
        """Whether enough has been looked at to stop for want of time, however busy the machine is."""
        return self._looked >= LEAST_LOOKED

    def step(self, wanted: int) -> list[Hit]:
        """Hits of the next stretch, at least one row further; `wanted` is how many are still needed."""
        began = self._session.elapsed_ms()
        low, high, nearest, segments = self._window()
        if nearest is None:
            self.position = self._bounds.low if self._newest else self._bounds.high
            return []
        if len(self._plan.streams) == len(segments) == 1 and self._merged is None:
            return self._sift_one(low, high, segments[0], began)
        if self._plan.streams:
            return self._sift(low, high, segments, began)
        if not self._plan.keeps_all:
            low, high = self._cut(low, high, nearest)
        return self._read(low, high, segments, wanted, began)

    def _window(self) -> Window:
        """The next ids in line."""
        last = self._last
        if last is not None and last.low < self.position < last.high:  # no other segment is nearer yet
            return last._replace(high=self.position) if self._newest else last._replace(low=self.position)
        low, high = self._bounds.low, self._bounds.high
        if self._newest:
            high = min(high, self.position)
        else:
            low = max(low, self.position)
        ahead = self._session.within(low, high)
        if not ahead:
            return Window(low, high, None, [])
        if self._newest:
            nearest = max(ahead, key=lambda s: s.max_id)
            low, high = max(low, nearest.min_id), min(high, nearest.max_id + 1)
        else:
            nearest = min(ahead, key=lambda s: s.min_id)
            low, high = max(low, nearest.min_id), min(high, nearest.max_id + 1)
        self._last = Window(low, high, nearest, [one for one in ahead if one.meets(low, high)])
        return self._last

    # reading everything ------------------------------------------------------------------------------

    def _read(self, low: int, high: int, segments: list[Segment], wanted: int, began: float) -> list[Hit]:
        limit = wanted + 8  # a few more, so that the last microsecond is usually complete
        sql = READ.format(where=self._plan.where, edge=self._edge(low, high), order=self._order)
        params = {**self._plan.params, **self._bounds.params, "low": low, "high": high, "limit": limit}
        reached = low if self._newest else high
        hits: list[Hit] = []
        for segment in segments:
            rows = self._session.segment(segment, sql, params)
            hits += [_hit(segment, row) for row in rows]
            if len(rows) == limit:
                last = rows[-1][0]
                reached = max(reached, last) if self._newest else min(reached, last + 1)
        self.position = reached
        self._looked += max(STEP_COUNTS, self._rows)
        self._rows = self._grown(self._rows, MOST_ROWS, began)
        return [hit for hit in hits if self._passed(hit.key.id)]

    def _cut(self, low: int, high: int, segment: Segment) -> tuple[int, int]:
        """The window cut to a bounded number of rows of this segment."""
        found = self._session.segment(
            segment, NTH.format(order=self._order), {"low": low, "high": high, "rows": self._rows}
        )
        if not found:
            return low, high
        return (found[0][0], high) if self._newest else (low, found[0][0] + 1)

    # going by an index -------------------------------------------------------------------------------

    def _sift(self, low: int, high: int, segments: list[Segment], began: float) -> list[Hit]:
        if self._merged is None:
            self._far = low if self._newest else high
            sources = [
                self._stream(place, segment, stream, low, high)
                for place, (segment, stream) in enumerate(product(segments, self._plan.streams))
            ]
            self._merged = _Merged(sources, self._newest)
        taken: dict[Key, None] = {}
        for id_, _, segment in self._merged:
            taken[Key(segment, id_)] = None
            if len(taken) == self._ids:
                break
        if len(taken) < self._ids:
            self._merged = None
            self._looked += sum(segment.rows for segment in segments)
            self.position = self._far
        else:
            last = next(reversed(taken)).id
            self.position = last if self._newest else last + 1
            self._finish_id(taken, last)
        by_segment: dict[Segment, list[int]] = {}
        for key in taken:
            by_segment.setdefault(key.segment, []).append(key.id)
        hits = [hit for segment, ids in by_segment.items() for hit in self._sifted(segment, ids)]
        self._looked += max(STEP_COUNTS, len(taken))
        self._ids = self._grown(self._ids, MOST_IDS, began)
        return hits

    def _sift_one(self, low: int, high: int, segment: Segment, began: float) -> list[Hit]:
        """The same where nothing has to be merged: four times faster by id."""
        if not self._ahead:
            (stream,) = self._plan.streams
            limit = _at_once(stream, self._ids)
            params = {**self._plan.params, "key": stream.key, "low": low, "high": high, "limit": limit}
            self._ahead = [row[0] for row in self._session.segment(segment, self._take(stream), params)]
            self._ends = len(self._ahead) < limit
        ids, self._ahead = self._ahead[: self._ids], self._ahead[self._ids :]
        if self._ends and not self._ahead:
            self._looked += segment.rows
            self.position = low if self._newest else high
        else:
            self.position = ids[-1] if self._newest else ids[-1] + 1
        self._looked += max(STEP_COUNTS, len(ids))
        hits = self._sifted(segment, ids) if ids else []
        self._ids = self._grown(self._ids, MOST_IDS, began)
        return hits

    def _take(self, stream: Stream) -> str:
        return TAKE.format(id=stream.id, source=stream.source, test=stream.test, order=self._order)

    def _finish_id(self, taken: dict[Key, None], last: int) -> None:
        """Takes the other segments' rows of the last id too: the next step begins behind it."""
        assert self._merged is not None
        for id_, place, segment in self._merged:
            if id_ != last:
                self._merged.put_back((id_, place, segment))
                return
            taken[Key(segment, id_)] = None
        self._merged = None
        self.position = self._far

    def _stream(
        self, place: int, segment: Segment, stream: Stream, low: int, high: int
    ) -> Iterator[Candidate]:
        """The ids of one stream in one segment, fetched a few at a time."""
        sql = self._take(stream)
        limit = _at_once(stream, max(16, self._ids // len(self._plan.streams)))
        while True:
            params = {**self._plan.params, "key": stream.key, "low": low, "high": high, "limit": limit}
            rows = self._session.segment(segment, sql, params)
            for (id_,) in rows:
                yield id_, place, segment
            if len(rows) < limit:
                return
            low, high = (low, rows[-1][0]) if self._newest else (rows[-1][0] + 1, high)
            limit = min(MOST_IDS, limit * 2)

    def _sifted(self, segment: Segment, ids: list[int]) -> list[Hit]:
        """Those of the rows that match."""
        low, high = min(ids), max(ids) + 1
        sql = SIFT.format(where=self._plan.where, edge=self._edge(low, high))
        params = {**self._plan.params, **self._bounds.params, "low": low, "high": high}
        rows = self._session.segment(segment, sql, params | {"ids": json.dumps(ids)})
        return [_hit(segment, row) for row in rows]

    # both --------------------------------------------------------------------------------------------

    def _edge(self, low: int, high: int) -> str:
        """The exact bounds, where the window comes near them."""
        inside = low >= self._bounds.sure_low and high <= self._bounds.sure_high
        return "1" if inside else self._bounds.text

    def _passed(self, id_: int) -> bool:
        return id_ >= self.position if self._newest else id_ < self.position

    def _grown(self, size: int, most: int, began: float) -> int:
        """The size of the next step, by how long this one took."""
        took = max(1e-4, (self._session.elapsed_ms() - began) / 1000)
        return max(min(size, LEAST), min(most, int(size * min(4.0, max(0.25, STEP_SECONDS / took)))))


def _at_once(stream: Stream, wanted: int) -> int:
    """How many ids a stream is asked for where so many are wanted."""
    return max(wanted, TEXT_IDS) if stream.source == BY_TEXT else wanted


class _Merged:
    """Candidates of several streams in one order; the last one taken may be put back."""

    def __init__(self, sources: Sequence[Iterator[Candidate]], newest_first: bool) -> None:
        self._candidates = heapq.merge(*sources, reverse=newest_first)
        self._back: list[Candidate] = []

    def __iter__(self) -> Iterator[Candidate]:
        return self

    def __next__(self) -> Candidate:
        return self._back.pop() if self._back else next(self._candidates)

    def put_back(self, candidate: Candidate) -> None:
        """It comes first again."""
        self._back.append(candidate)


def _hit(segment: Segment, row: tuple[Any, ...]) -> Hit:
    id_, offset, span = row
    return Hit(start_of(id_, offset), span % 2**64, Key(segment, id_))
