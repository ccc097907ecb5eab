"""The folder of rules: looked at every few seconds, and brought in when something in it has changed."""

from __future__ import annotations

from alerting.rule_folder import RuleFolder
from data.on_writer import OnWriter


def run(folder: RuleFolder, store: OnWriter, now_ns: int) -> str:
    """One look; what it changed."""
    done = folder.sync(now_ns)
    words = {"new": done.added, "changed": done.changed, "deleted": done.deleted, "problems": done.problems}
    return ", ".join(f"{number} {word}" for word, number in words.items() if number)
