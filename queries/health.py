"""How large the store is and how far back it reaches."""

from __future__ import annotations

from dataclasses import dataclass

from queries.base import MAIN, Reader

# Not max(committed_ns): it reads every row, 3 ms of 4,000 commits.
ARRIVALS = "SELECT committed_ns, batch FROM arrivals ORDER BY batch DESC LIMIT 1"
HOURLY = """
SELECT t, sum(calls) FROM rollup_group
WHERE tier = 1 AND t > (SELECT max(t) FROM rollup_group WHERE tier = 1) - :hours GROUP BY t
"""
CHECKPOINT = "SELECT succeeded_ns FROM job WHERE name = 'checkpoint'"
NS_PER_MICROSECOND = 1000
NS_PER_HOUR = 3_600 * 10**9
HOURS = 24


@dataclass(frozen=True, slots=True)
class SegmentSize:
    """One segment file: its day (days since 1970 UTC), rows, and bytes with -wal and -shm."""

    name: str
    day: int
    state: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class StoreSizes:
    """Sizes in bytes, times in nanoseconds UTC; None where there is no span or commit yet."""

    spans: int
    bytes: int
    wal_bytes: int
    bytes_per_span: float | None
    oldest_ns: int | None
    newest_ns: int | None
    last_commit_ns: int | None
    batch: int
    segments: tuple[SegmentSize, ...]
    last_checkpoint_ns: int | None = None  # when the job last moved the logs into the files
    hourly: tuple[tuple[int, int], ...] = ()  # of the last day with spans: (hours since 1970 UTC, spans)

    def rows_by_day(self) -> dict[int, int]:
        """Spans of each day (days since 1970 UTC), newest day first."""
        days: dict[int, int] = {}
        for segment in self.segments:
            days[segment.day] = days.get(segment.day, 0) + segment.rows
        return dict(sorted(days.items(), reverse=True))

    def spans_per_day(self, now_ns: int) -> float | None:
        """Today's rate: spans of the last 24 hours; of a younger store what a day would bring.

        None while the oldest span is less than an hour old.
        """
        if self.oldest_ns is None or now_ns - self.oldest_ns < NS_PER_HOUR:
            return None
        last = now_ns // NS_PER_HOUR
        spans = sum(count for hour, count in self.hourly if last - HOURS < hour <= last)
        since = max(self.oldest_ns, (last - HOURS + 1) * NS_PER_HOUR)
        return spans * HOURS * NS_PER_HOUR / (now_ns - since)

    def projected_bytes(self, days: int, now_ns: int) -> float | None:
        """What so many days take at today's rate and the present size of a span, whatever the cap is."""
        per_day = self.spans_per_day(now_ns)
        return (
            None if per_day is None or self.bytes_per_span is None else per_day * days * self.bytes_per_span
        )


def store_sizes(reader: Reader) -> StoreSizes:
    """Sizes of the store's files, newest segment first."""
    with reader.session() as session:
        segments = session.segments
        committed, batch = next(iter(session.main(ARRIVALS) if session.there else []), (None, None))
        hourly = session.main(HOURLY, {"hours": HOURS + 1}) if session.there else []
        checkpoint = session.control("job", CHECKPOINT)
    sizes = tuple(SegmentSize(s.name, s.day, s.state, s.rows, _bytes(reader, s.name)) for s in segments)
    total = sum(size.bytes for size in sizes) + _bytes(reader, MAIN)
    spans = sum(size.rows for size in sizes)
    return StoreSizes(
        spans=spans,
        bytes=total,
        wal_bytes=sum(_size(reader, name + "-wal") for name in [MAIN, *(s.name for s in segments)]),
        bytes_per_span=total / spans if spans else None,
        oldest_ns=min((s.min_id >> 11) * NS_PER_MICROSECOND for s in segments) if segments else None,
        newest_ns=max((s.max_id >> 11) * NS_PER_MICROSECOND for s in segments) if segments else None,
        last_commit_ns=committed,
        batch=batch or 0,
        segments=sizes,
        last_checkpoint_ns=checkpoint[0][0] if checkpoint else None,
        hourly=tuple((hour, spans) for hour, spans in hourly),
    )


def _bytes(reader: Reader, name: str) -> int:
    return sum(_size(reader, name + suffix) for suffix in ("", "-wal", "-shm"))


def _size(reader: Reader, name: str) -> int:
    """Bytes of one file, 0 when it has vanished."""
    try:
        return (reader.directory / name).stat().st_size
    except OSError:
        return 0
