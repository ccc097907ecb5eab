"""Gives each span of a batch its row id, and finds those that are stored already.

An id is the start's microsecond and a sequence; a full microsecond spills into the next. So a span that is
stored already lies in its own microsecond, or just behind when that is full: one look there answers both
which ids are taken and what is a repeat.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.body import mark_conflict, without_mark
from data.facts import Flags, Ints
from data.ids import SEQUENCE_BITS
from data.rows import BODY, Encoded
from data.segment import Segment

MOMENT_ROWS = 1 << SEQUENCE_BITS
Key = tuple[int, int, int, int]  # start_ns, trace_hi, trace_lo, span_id


@dataclass(slots=True)
class Placed:
    """What is new of a batch, under its row ids."""

    ids: Ints
    encoded: Encoded
    order: Ints  # places among the spans given, of those kept
    repeats: int
    conflicts: int


def place(encoded: Encoded, target: Segment, others: Sequence[Segment]) -> Placed:
    """Places spans (in order of start) in `target`; `others` are further segments of the same day."""
    starts = encoded.facts.start_ns
    wanted = (starts // 1_000) << SEQUENCE_BITS
    count = np.arange(len(starts))
    suspects = _suspects(starts, wanted, target, others)
    if not suspects.any():
        ids = np.maximum.accumulate(wanted - count) + count
        return Placed(ids, encoded, count, 0, 0)
    lookup = _Lookup(target, others)
    lookup.load(np.unique(starts[suspects] // 1_000).tolist())
    keep, conflicts = _judge(encoded, suspects, lookup)
    repeats = keep.count(False)
    if repeats:
        encoded = encoded.keep(keep)
        count = np.flatnonzero(keep)
        wanted = wanted[count]
    return Placed(lookup.free_ids(wanted), encoded, count, repeats, conflicts)


def _suspects(starts: Ints, wanted: Ints, target: Segment, others: Sequence[Segment]) -> Flags:
    """Spans that may meet a stored one, or one of the same batch with the same start."""
    suspects = np.zeros(len(starts), np.bool_)
    same = starts[1:] == starts[:-1]
    suspects[1:] |= same
    suspects[:-1] |= same
    for segment in (target, *others):
        if segment.min_id is not None and segment.max_id is not None:
            first = segment.min_id >> SEQUENCE_BITS << SEQUENCE_BITS
            suspects |= (wanted >= first) & (wanted <= segment.max_id)
    return suspects


class _Lookup:
    """What is stored in some microseconds."""

    def __init__(self, target: Segment, others: Sequence[Segment]) -> None:
        self._target = target
        self._segments = (target, *others)
        self._loaded: set[int] = set()
        self.taken: set[int] = set()  # ids of the target
        self.stored: dict[Key, list[tuple[Segment, int]]] = {}

    def load(self, microseconds: Sequence[int]) -> None:
        """Reads these microseconds, and on behind those that are full."""
        wanted = [us for us in microseconds if us not in self._loaded]
        while wanted:
            self._loaded.update(wanted)
            behind = set()
            for segment in self._segments:
                rows_of: dict[int, int] = {}
                for id_, start_ns, high, low, span in segment.moments(wanted):
                    self.stored.setdefault((start_ns, high, low, span), []).append((segment, id_))
                    if segment is self._target:
                        self.taken.add(id_)
                    us = id_ >> SEQUENCE_BITS
                    rows_of[us] = rows_of.get(us, 0) + 1
                behind |= {us + 1 for us, rows in rows_of.items() if rows == MOMENT_ROWS}
            wanted = [us for us in behind if us not in self._loaded]

    def free_ids(self, wanted: Ints) -> Ints:
        """Ascending ids, none of them taken."""
        count = np.arange(len(wanted))
        ids = np.maximum.accumulate(wanted - count) + count
        if not self.taken:
            return ids
        free, last = [], -1
        for first in wanted.tolist():
            id_ = max(first, last + 1)
            while self._is_taken(id_):
                id_ += 1
            free.append(id_)
            last = id_
        return np.array(free, np.int64)

    def _is_taken(self, id_: int) -> bool:
        us = id_ >> SEQUENCE_BITS
        if us not in self._loaded and self._target.max_id is not None and id_ <= self._target.max_id:
            self.load([us])
        return id_ in self.taken


def _judge(encoded: Encoded, suspects: Flags, lookup: _Lookup) -> tuple[list[bool], int]:
    """Which spans to keep, and how many of those contradict a stored one (they get their mark)."""
    keep = [True] * len(suspects)
    conflicts = 0
    starts = encoded.facts.start_ns
    highs, lows, spans = encoded.columns[:3]
    bodies = list(encoded.columns[BODY])
    seen: dict[Key, list[int]] = {}
    for at in np.flatnonzero(suspects).tolist():
        key = (int(starts[at]), highs[at], lows[at], spans[at])
        before = [encoded.row(place) for place in seen.get(key, ())]
        for segment, id_ in lookup.stored.get(key, ()):
            before += [tuple(row[2:]) for row in segment.rows_of([id_])]
        if not before:
            seen[key] = [at]
            continue
        contents = {_content(row) for row in before}
        if _content(encoded.row(at)) in contents:
            keep[at] = False
        else:
            bodies[at] = mark_conflict(bodies[at])
            conflicts += 1
            seen.setdefault(key, []).append(at)
    encoded.columns[BODY] = bodies
    return keep, conflicts


def _content(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as its sender sent it."""
    return (*row[:BODY], without_mark(row[BODY]))
