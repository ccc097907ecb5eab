"""The newest calls of one function, for what needs more than counts: relations, values, raised lines."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from queries.base import Segment, Session, TimeRange
from queries.measures import id_bounds

SAMPLE = """
SELECT id, trace_hi, trace_lo, span_id, parent_id, duration_ns, status = 2
FROM span INDEXED BY span_process
WHERE process = :process AND id >= :low AND id < :high AND (:version IS NULL OR version = :version)
ORDER BY id DESC LIMIT :limit
"""


class SampledCall(NamedTuple):
    """One call; ids are the signed integers of the store."""

    id: int
    trace_hi: int
    trace_lo: int
    span_id: int
    parent_id: int | None
    duration_ns: int
    error: int

    @property
    def start_ns(self) -> int:
        """Start to the microsecond, which is what intervals here need."""
        return (self.id >> 11) * 1000

    @property
    def identity(self) -> tuple[int, int, int]:
        """What a child names as its parent."""
        return self.trace_hi, self.trace_lo, self.span_id


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls are meant: one process, one range, and one version of it or all (None)."""

    process: int
    range: TimeRange
    version: int | None = None

    def params(self, limit: int) -> dict[str, Any]:
        """What the statements of this scope take."""
        low, high = id_bounds(self.range)
        return {
            "process": self.process, "low": low, "high": high, "version": self.version, "limit": limit,
        }  # fmt: skip

    def segments(self, session: Session) -> list[Segment]:
        """The files that may hold such calls."""
        return session.within(*id_bounds(self.range))


def newest_rows(session: Session, scope: Scope, sql: str, limit: int) -> list[tuple[Any, ...]]:
    """Rows of a statement whose first column is the row id, the newest of all segments first.

    Segments are read from the newest back, until an older one can hold nothing that would still be taken.
    """
    found: list[tuple[Any, ...]] = []
    for segment in sorted(scope.segments(session), key=lambda one: -one.max_id):
        missing = limit - sum(row[0] > segment.max_id for row in found)
        if not missing:
            break
        found += session.segment(segment, sql, scope.params(missing))
        found.sort(key=itemgetter(0), reverse=True)
        del found[limit:]
    return found


def newest_calls(session: Session, scope: Scope, limit: int) -> list[SampledCall]:
    """The newest calls of the scope."""
    return [SampledCall(*row) for row in newest_rows(session, scope, SAMPLE, limit)]


def version_id(session: Session, process: int, hash: str) -> int | None:
    """The dictionary id of one version of this process, None when there is no such version."""
    known = session.names.versions.items()
    return next((key for key, one in known if (one.process_id, one.hash) == (process, hash)), None)
