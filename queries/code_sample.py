"""The newest calls of one function, for what needs more than counts: relations, values, raised lines."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from queries.base import Reader, Segment, Session, TimeRange
from queries.calls import process_id
from queries.measures import id_bounds

SAMPLED = 1_000  # calls read, the newest of a range: each lies on a page of its own
SAMPLE = """
SELECT id, trace_hi, trace_lo, span_id, parent_id, duration_ns, status = 2, data, type, value, body
FROM span INDEXED BY span_process
WHERE process = :process AND id >= :low AND id < :high AND (:version IS NULL OR version = :version)
ORDER BY id DESC LIMIT :limit
"""


class SampledCall(NamedTuple):
    """One call; ids are the signed integers of the store, and the last four are what data/body.py reads."""

    id: int
    trace_hi: int
    trace_lo: int
    span_id: int
    parent_id: int | None
    duration_ns: int
    error: int
    data: int | None
    type: int | None
    value: Any
    body: str | None

    @property
    def start_ns(self) -> int:
        """Start to the microsecond, which is what intervals here need."""
        return (self.id >> 11) * 1000

    @property
    def identity(self) -> tuple[int, int, int]:
        """What a child names as its parent."""
        return self.trace_hi, self.trace_lo, self.span_id


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest calls of a range, newest first."""

    calls: tuple[SampledCall, ...]
    partial: bool  # there were more


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


def newest(reader: Reader, group: str, name: str, scope: str, range: TimeRange, version: str = "") -> Newest:
    """The newest calls of the range, of one version or of all; none of a function that nobody has seen."""
    with reader.session() as session:
        process = process_id(session.names, group, name, scope)
        if process is None:
            return Newest((), False)
        wanted = version_id(session, process, version) if version else None
        rows = newest_rows(session, Scope(process, range, wanted), SAMPLE, SAMPLED + 1)
    return Newest(tuple(map(SampledCall._make, rows[:SAMPLED])), len(rows) > SAMPLED)


def version_id(session: Session, process: int, hash: str) -> int | None:
    """The dictionary id of one version of this process, None when there is no such version."""
    known = session.names.versions.items()
    return next((key for key, one in known if (one.process_id, one.hash) == (process, hash)), None)
