"""How large the store is and how far back it reaches."""

from __future__ import annotations

from dataclasses import dataclass

from queries.base import MAIN, Reader

ARRIVALS = "SELECT max(committed_ns), max(batch) FROM arrivals"
NS_PER_MICROSECOND = 1000


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


def store_sizes(reader: Reader) -> StoreSizes:
    """Sizes of the store's files, newest segment first."""
    with reader.session() as session:
        segments = session.segments
        committed, batch = next(iter(session.main(ARRIVALS) if session.there else []), (None, None))
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
    )


def _bytes(reader: Reader, name: str) -> int:
    return sum(_size(reader, name + suffix) for suffix in ("", "-wal", "-shm"))


def _size(reader: Reader, name: str) -> int:
    """Bytes of one file, 0 when it has vanished."""
    try:
        return (reader.directory / name).stat().st_size
    except OSError:
        return 0
