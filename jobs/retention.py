"""Drops what is older than the age limit: whole segments first, then the oldest spans of the next one."""

from __future__ import annotations

from data.on_writer import OnWriter
from data.upkeep import KEEP_HISTORY_NS


def run(on_writer: OnWriter, now_ns: int) -> str:
    """The files of retired segments are removed by the size check, when readers have let go of them."""
    retired = on_writer(lambda store: store.upkeep.retire_aged(now_ns))
    deleted = 0
    while step := on_writer(lambda store: store.upkeep.expire_step(now_ns)):
        deleted += step
    series = on_writer(lambda store: store.forget_series(now_ns - KEEP_HISTORY_NS))
    return (
        f"retired {retired.segments} segments with {retired.rows:,} spans, {retired.bytes:,} bytes; "
        f"deleted {deleted:,} spans; forgot {series} series"
    )
