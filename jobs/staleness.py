"""Takes in how single series are to be judged, and tells same values from ended calls and gone sources."""

from __future__ import annotations

from data.control import Control
from data.on_writer import OnWriter
from data.series_rules import rules


def run(control: Control, on_writer: OnWriter, now_ns: int) -> str:
    """Values themselves are judged as they arrive."""
    found = rules(control)
    on_writer(lambda store: store.judge_by(found))
    changed = on_writer(lambda store: store.note_quiet(now_ns))
    return f"{len(found)} exceptions in force, {changed} stale values became quiet or came back"
