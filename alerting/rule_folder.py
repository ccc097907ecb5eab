"""Rules that stand in a folder: brought into control.db as they change there, and read-only everywhere else.

What is wrong with a file is told in a line, and its rules stay as they were; the other files go on.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from alerting import edit, rule_file
from alerting.rule import as_dict
from alerting.rule_file import FileRule, Found, Problem, joined, resolved
from data import control_alerts, control_channels, control_rule_files
from data.control import Control
from data.control_alerts import StoredRule

WHO = "file"  # who changed a rule that stands in one
log = logging.getLogger("flowglass.rules")


@dataclass(frozen=True, slots=True)
class Synced:
    """What a look at the folder changed; `problems` are the lines that it says."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    problems: int = 0


class RuleFolder:
    """Looks at the folder; reads it only when something in it, a channel or a rule has changed."""

    def __init__(self, control: Control, folder: Path | None) -> None:
        self._control = control
        self._folder = folder
        self._seen: object = None

    def sync(self, now_ns: int) -> Synced:
        """Brings control.db up to what the folder says."""
        before = self._signature()
        if before == self._seen:
            return Synced()
        known = {one.rule.id: one.rule for one in edit.rules(self._control) if not one.source}
        channels = control_channels.names(self._control)
        found = joined(self._read(), known)
        made = resolved(found, channels)
        bad = {one.file for one in found.problems}
        result = self._write(made.rules, bad, now_ns)
        self._say(made.problems)
        self._seen = self._signature()
        return Synced(*result, len(made.problems))

    def _signature(self) -> object:
        """Differs when anything has changed that the answer depends on."""
        channels = control_channels.names(self._control)
        rules = [(one.id, one.revision) for one in control_alerts.rules(self._control)]
        if self._folder is None or not self._folder.is_dir():
            return channels, rules, None
        files = [(one, one.stat()) for one in sorted(self._folder.glob("*.toml")) if one.is_file()]
        return channels, rules, [(one.name, stat.st_mtime_ns, stat.st_size) for one, stat in files]

    def _read(self) -> Found:
        if self._folder is None:
            return Found()
        if not self._folder.is_dir():
            words = "is no folder; make it, or mend [alerts] rules_folder in flowglass.toml"
            return Found(problems=(Problem(str(self._folder), 0, "", "", words),))
        return rule_file.read_paths([self._folder])

    def _write(self, rules: Sequence[FileRule], bad: set[str], now_ns: int) -> tuple[int, int, int]:
        """How many were added, changed and deleted; what a bad file held before stays."""
        stored = {one.id: one for one in control_alerts.rules(self._control)}
        added = changed = deleted = 0
        for one in rules:
            there = stored.get(one.rule.id)
            if there is None:
                control_alerts.add_rule(self._control, one.rule.id, _body(one), now_ns, WHO, one.file)
                added += 1
            elif (_plain(there), there.source) != (json.loads(_body(one)), one.file):
                control_alerts.change_rule(
                    self._control, one.rule.id, there.revision, _body(one), now_ns, WHO, one.file
                )
                changed += 1
        kept = {one.rule.id for one in rules}
        missing = self._folder is not None and not self._folder.is_dir()
        for id, there in stored.items():
            if there.source and id not in kept and there.source not in bad and not missing:
                control_alerts.delete_rule(self._control, id, now_ns, WHO)
                deleted += 1
        return added, changed, deleted

    def _say(self, problems: Sequence[Problem]) -> None:
        """Kept for the page, and logged once."""
        lines: dict[str, list[str]] = {}
        for one in problems:
            lines.setdefault(one.file, []).append(one.said)
        before = control_rule_files.problems(self._control)
        if before != tuple(line for _, said in sorted(lines.items()) for line in said):
            control_rule_files.save_problems(self._control, lines)
            for one in problems:
                log.warning("%s", one.said)


def _body(one: FileRule) -> str:
    return json.dumps(as_dict(one.rule))


def _plain(stored: StoredRule) -> object:
    try:
        return json.loads(stored.body)
    except ValueError:
        return None
