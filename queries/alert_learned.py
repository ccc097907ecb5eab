"""What processes and values did hour by hour, from the rollups: what a threshold can be learned from."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from data.histogram import unpack_all
from queries.alert_usual import HOUR_NS
from queries.base import Reader, Session, TimeRange
from queries.filter_processes import processes_of
from queries.filter_tree import Filter
from queries.tally import quantiles_by_part

COUNTED = """
SELECT t, sum(calls), sum(errors) FROM rollup_process
WHERE tier = 1 AND t >= :first AND t < :end AND process_id IN (SELECT value FROM json_each(:only))
GROUP BY t ORDER BY t
"""
HISTOGRAMS = """
SELECT t, {column} FROM rollup_process
WHERE tier = 1 AND t >= :first AND t < :end AND process_id IN (SELECT value FROM json_each(:only))
"""
VALUES = """
SELECT t, sum(calls), min(least), max(most), sum(total), sum(changes) FROM rollup_series
WHERE tier = 1 AND t >= :first AND t < :end AND process_id IN (SELECT value FROM json_each(:only))
    AND data_name_id = :data AND (:any OR length(numbers) > 0)
GROUP BY t ORDER BY t
"""


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour in which something was called: when it began, how often, and the figure that was asked for."""

    start_ns: int
    calls: int
    figure: float


def rates(reader: Reader, tree: Filter, range: TimeRange, figure: str) -> tuple[Hour, ...]:
    """Of each hour the "error rate" in percent, or the "traffic" in calls a second."""
    with reader.session() as session:
        rows = session.main(COUNTED, params) if (params := _params(session, tree, range)) else []
    if figure == "traffic":
        return tuple(Hour(t * HOUR_NS, calls, calls / 3_600) for t, calls, _ in rows)
    return tuple(Hour(t * HOUR_NS, calls, 100 * errors / calls) for t, calls, errors in rows)


def quantiles(
    reader: Reader, tree: Filter, range: TimeRange, share: float, column: str = "durations"
) -> tuple[Hour, ...]:
    """Of each hour the duration (ns), or memory delta (bytes, "memories"), at this share of its calls."""
    with reader.session() as session:
        params = _params(session, tree, range)
        rows = session.main(HISTOGRAMS.format(column=column), params) if params else []
    rows = [row for row in rows if row[1]]
    if not rows:
        return ()
    hours, place = np.unique(np.array([row[0] for row in rows]), return_inverse=True)
    histograms = unpack_all([row[1] for row in rows])
    nothing = np.zeros(0, np.int64)
    whole = np.ones(len(rows))
    found = quantiles_by_part(histograms, whole, place, nothing, nothing, len(hours), (share,))[0]
    counted = np.bincount(np.repeat(place, histograms[2]), histograms[1], len(hours)).astype(np.int64)
    return tuple(
        Hour(hour * HOUR_NS, calls, float(value))
        for hour, calls, value in zip(hours.tolist(), counted.tolist(), found, strict=True)
        if value is not None
    )


def values(reader: Reader, tree: Filter, range: TimeRange, data: str, figure: str) -> tuple[Hour, ...]:
    """Of each hour the "least", "greatest" or "mean" number, or how often a value of any type repeats."""
    with reader.session() as session:
        params = _params(session, tree, range)
        names = session.refresh_names().data_names if session.there else {}
        wanted = next((id for id, name in names.items() if name == data), None)
        if params is None or wanted is None:
            return ()
        rows = session.main(VALUES, params | {"data": wanted, "any": figure == "repeats"})
    return tuple(Hour(row[0] * HOUR_NS, row[1], _figure(row, figure)) for row in rows)


def _figure(row: Sequence[Any], figure: str) -> float:
    _, calls, least, most, total, changes = row
    found = {
        "least": least, "greatest": most, "mean": total / calls, "repeats": calls / max(1, changes),
    }  # fmt: skip
    return float(found[figure])


def _params(session: Session, tree: Filter, range: TimeRange) -> dict[str, Any] | None:
    """What the statements bind; None when there is nothing to read."""
    if not session.there:
        return None
    only = processes_of(session, tree)
    ids = session.names.processes if only is None else only
    first, end = -(-range.start_ns // HOUR_NS), range.end_ns // HOUR_NS
    return {"only": json.dumps(sorted(ids)), "first": first, "end": end}
