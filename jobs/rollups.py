"""Writes rollups that wait, and forgets cells older than their tier."""

from __future__ import annotations

from data.on_writer import OnWriter


def run(on_writer: OnWriter, now_ns: int) -> str:
    """Rollups are written with ingest, at most a second behind; this is for when ingest stops."""
    written = on_writer(lambda store: store.flush())
    pruned = 0
    while step := on_writer(lambda store: store.upkeep.prune_step(now_ns)):
        pruned += step
    return f"{'wrote what waited' if written else 'nothing waited'}, forgot {pruned:,} old cells"
