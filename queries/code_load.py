"""How many calls of a function ran at the same time, over the newest of its calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.code_sample import Newest


@dataclass(frozen=True, slots=True)
class Load:
    """`mean` is over the time in which at least one call ran; `peak_ns` is when the peak began."""

    mean: float
    peak: int
    peak_ns: int
    calls: int  # looked at
    partial: bool  # there were more, the newest were looked at


def load(newest: Newest) -> Load | None:
    """Concurrency of these calls, None when there are none."""
    calls = newest.calls
    if not calls:
        return None
    start = np.array([call.start_ns for call in calls], np.int64)
    end = start + np.maximum(np.array([call.duration_ns for call in calls], np.int64), 1)
    at = np.concatenate([end, start])  # an end comes before a start of the same moment
    step = np.concatenate([np.full(len(end), -1), np.ones(len(start), dtype=np.int64)])
    order = np.argsort(at, kind="stable")
    at, running = at[order], np.cumsum(step[order])
    active = int((np.diff(at) * (running[:-1] > 0)).sum())
    peak = int(np.argmax(running))
    mean = float((end - start).sum()) / active if active else 1.0
    return Load(mean, int(running[peak]), int(at[peak]), len(calls), newest.partial)
