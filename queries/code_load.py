"""How many calls of a function ran at the same time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.base import Reader, TimeRange
from queries.calls import calls_of, process_id


@dataclass(frozen=True, slots=True)
class Load:
    """`mean` is over the time in which at least one call ran; `peak_ns` is when the peak began."""

    mean: float
    peak: int
    peak_ns: int


def load(reader: Reader, group: str, name: str, scope: str, range: TimeRange) -> Load | None:
    """Concurrency in the range, None when nothing was called."""
    with reader.session() as session:
        calls = calls_of(session, process_id(session.names, group, name, scope), range)
    if not len(calls.start_us):
        return None
    start = calls.start_us * 1000
    end = start + np.maximum(calls.duration_ns, 1)
    at = np.concatenate([end, start])  # an end comes before a start of the same moment
    step = np.concatenate([np.full(len(end), -1), np.ones(len(start), dtype=np.int64)])
    order = np.argsort(at, kind="stable")
    at, running = at[order], np.cumsum(step[order])
    active = int((np.diff(at) * (running[:-1] > 0)).sum())
    peak = int(np.argmax(running))
    mean = float((end - start).sum()) / active if active else 1.0
    return Load(mean, int(running[peak]), int(at[peak]))
