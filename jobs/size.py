"""Keeps the store below its size cap, and removes the files of segments that retired."""

from __future__ import annotations

from data.on_writer import OnWriter
from data.upkeep import removed


def run(on_writer: OnWriter, now_ns: int) -> str:
    """Ingest does the same whenever it begins a segment; this is for what grows otherwise."""
    retired = on_writer(lambda store: store.upkeep.retire_oversize(now_ns))
    gone = [removed(segment) for segment in on_writer(lambda store: store.upkeep.due(now_ns))]
    reaped = on_writer(lambda store: store.upkeep.forget(gone, now_ns))
    size = on_writer(lambda store: store.upkeep.bytes_on_disk())
    return (
        f"{size:,} bytes; retired {retired.segments} segments with {retired.rows:,} spans; "
        f"removed {reaped.segments} segments with {reaped.rows:,} spans, {reaped.bytes:,} bytes, "
        f"the disk has {reaped.freed:,} more"
    )
