"""The document of /v1/flowglass/status: how queue, writer and senders are doing."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from collector.cardinality import Guard
from collector.pipeline import Pipeline
from collector.tracers import TracerReport


class Accounts:
    """Counts what the receiver turned away; the pipeline counts the rest."""

    def __init__(self, started_ns: int, pid: int, version: str, guard: Guard) -> None:
        self.started_ns = started_ns
        self.pid = pid
        self.version = version
        self.guard = guard
        self.rejected: Counter[str] = Counter()  # spans, by reason
        self.refused: Counter[int] = Counter()  # requests, by HTTP status

    def document(self, pipeline: Pipeline, tracers: tuple[TracerReport, ...]) -> dict[str, Any]:
        """64-bit times travel as texts: JavaScript's numbers end at 2**53."""
        now = pipeline.status()
        totals = now.totals
        return {
            "writer": {
                "status": now.writer.status,
                "since_ns": str(now.writer.since_ns),
                "reason": now.writer.reason,
            },
            "queue": {
                "spans": now.spans,
                "bytes": now.nbytes,
                "max_spans": now.max_spans,
                "max_bytes": now.max_bytes,
                "oldest_ms": now.oldest_ms,
                "peak_spans": now.peak_spans,
            },
            "last_commit_ns": None if totals.last_commit_ns is None else str(totals.last_commit_ns),
            "last_commit_ms": round(totals.last_commit_ms, 3),
            "commits": totals.commits,
            "accepted": totals.accepted,
            "stored": totals.stored,
            "repeats": totals.repeats,
            "conflicts": totals.conflicts,
            "rejected": dict(self.rejected),
            "refused": {str(status): count for status, count in self.refused.items()},
            "cardinality": self.guard.document(),
            "tracers": [asdict(report) | {"seen_ns": str(report.seen_ns)} for report in tracers],
            "started_ns": str(self.started_ns),
            "pid": self.pid,
            "version": self.version,
        }
