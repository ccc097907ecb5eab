"""How many calls of a function ran at the same time, over the newest of its calls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from queries.base import Reader, TimeRange
from queries.calls import process_id
from queries.code_sample import Scope, newest_rows
from queries.measures import NS_PER_US

LOOKED_AT = 2_000  # calls
CALLS = """
SELECT id, duration_ns FROM span INDEXED BY span_process
WHERE process = :process AND id >= :low AND id < :high AND (:version IS NULL OR version = :version)
ORDER BY id DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Load:
    """`mean` is over the time in which at least one call ran; `peak_ns` is when the peak began."""

    mean: float
    peak: int
    peak_ns: int
    calls: int  # looked at
    partial: bool  # there were more, the newest were looked at


def load(reader: Reader, group: str, name: str, scope: str, range: TimeRange) -> Load | None:
    """Concurrency in the range, None when nothing was called."""
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        rows = [] if process is None else newest_rows(session, Scope(process, range), CALLS, LOOKED_AT + 1)
    if not rows:
        return None
    table = np.array(rows[:LOOKED_AT], np.int64)
    start = (table[:, 0] >> 11) * NS_PER_US
    end = start + np.maximum(table[:, 1], 1)
    at = np.concatenate([end, start])  # an end comes before a start of the same moment
    step = np.concatenate([np.full(len(end), -1), np.ones(len(start), dtype=np.int64)])
    order = np.argsort(at, kind="stable")
    at, running = at[order], np.cumsum(step[order])
    active = int((np.diff(at) * (running[:-1] > 0)).sum())
    peak = int(np.argmax(running))
    mean = float((end - start).sum()) / active if active else 1.0
    return Load(mean, int(running[peak]), int(at[peak]), len(table), len(rows) > len(table))
