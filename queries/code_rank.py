"""Functions worth opening first: the hot, the slow, the failing, the changed and the new of a range."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from queries.base import Reader, Session, TimeRange
from queries.measures import SELF_GROUP, rate
from queries.names import ProcessId
from queries.tally import traffic_by_process

FIRST_SEEN = """
SELECT process.id, process.first_seen_ns, coalesce(max(code_version.first_seen_ns), 0), count(code_version.id)
FROM process LEFT JOIN code_version ON code_version.process_id = process.id
GROUP BY process.id
"""
FEW_CALLS = 20  # a p95 of fewer calls ranks nobody as slow


@dataclass(frozen=True, slots=True)
class RankedFunction:
    """One function with its figures of the range, and when it and its newest version were first seen."""

    group: str
    name: str
    scope: str
    calls: int
    errors: int
    error_rate: float
    p95_ns: int
    total_ns: int  # time of all calls together
    first_seen_ns: int
    version_seen_ns: int  # of the newest version, 0 when none is known
    versions: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Each list best first. `functions` counts all that were called, `total_ns` is the time of all calls."""

    functions: int
    total_ns: int
    hot: tuple[RankedFunction, ...]  # most time in all
    slow: tuple[RankedFunction, ...]  # highest p95
    failing: tuple[RankedFunction, ...]  # most errors
    changed: tuple[RankedFunction, ...]  # a version first seen in the range, not the first one
    new: tuple[RankedFunction, ...]  # first seen in the range


def ranking(reader: Reader, range: TimeRange, limit: int = 8) -> Ranking:
    """The five lists, at most `limit` functions each. Flowglass' own functions are left out."""
    with reader.session() as session:
        found = _called(session, range)
    new = [row for row in found if row.first_seen_ns >= range.start_ns]
    changed = [row for row in found if row.versions > 1 and row.version_seen_ns >= range.start_ns]
    return Ranking(
        functions=len(found),
        total_ns=sum(row.total_ns for row in found),
        hot=_best(found, lambda row: row.total_ns, limit),
        slow=_best([row for row in found if row.calls >= FEW_CALLS], lambda row: row.p95_ns, limit),
        failing=_best([row for row in found if row.errors], lambda row: row.errors, limit),
        changed=_best(changed, lambda row: row.version_seen_ns, limit),
        new=_best(new, lambda row: row.first_seen_ns, limit),
    )


def _called(session: Session, range: TimeRange) -> list[RankedFunction]:
    if not session.there:
        return []
    seen = traffic_by_process(session, range)
    since = {row[0]: row[1:] for row in session.main(FIRST_SEEN)}
    names = session.refresh_names().processes
    who = seen.who()
    counted, failed = seen.calls_of(who)
    rows = zip(
        who.tolist(),
        counted.tolist(),
        failed.tolist(),
        seen.quantile_by_who(who, 0.95),
        seen.duration_of(who).tolist(),
        strict=True,
    )
    return [
        _ranked(names[key], calls, errors, p95, total_ns, since.get(key, (0, 0, 0)))
        for key, calls, errors, p95, total_ns in rows
        if calls and names[key].group != SELF_GROUP
    ]


def _ranked(
    process: ProcessId, calls: int, errors: int, p95: int | None, total_ns: int, since: tuple[int, int, int]
) -> RankedFunction:
    return RankedFunction(
        group=process.group,
        name=process.name,
        scope=process.scope,
        calls=calls,
        errors=errors,
        error_rate=rate(errors, calls),
        p95_ns=p95 or 0,
        total_ns=total_ns,
        first_seen_ns=since[0],
        version_seen_ns=since[1],
        versions=since[2],
    )


def _best(
    rows: list[RankedFunction], worth: Callable[[RankedFunction], int], limit: int
) -> tuple[RankedFunction, ...]:
    return tuple(sorted(rows, key=lambda row: (-worth(row), row.group, row.name, row.scope))[:limit])
