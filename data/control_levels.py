"""What tracers are told to record of single functions: a log in control.db, its newest rows in force."""

from __future__ import annotations

from dataclasses import dataclass

from data.control import Control

LEVELS = ("off", "counts", "timing", "values", "locals")
KEEP_CHANGES = 50  # of each function
CHANGE = """
INSERT INTO function_level (group_name, scope, name, level, changed_ns, changed_by) VALUES (?, ?, ?, ?, ?, ?)
"""
FORGET = """
DELETE FROM function_level WHERE group_name = :group AND scope = :scope AND name = :name AND id <= (
    SELECT id FROM function_level WHERE group_name = :group AND scope = :scope AND name = :name
    ORDER BY id DESC LIMIT 1 OFFSET :keep
)
"""
CHANGES = """
SELECT group_name, scope, name, level, changed_ns, changed_by FROM function_level
WHERE group_name = ? AND scope = ? AND name = ? ORDER BY id DESC LIMIT ?
"""
IN_FORCE = """
SELECT group_name, scope, name, level, changed_ns, changed_by FROM function_level
WHERE id IN (SELECT max(id) FROM function_level WHERE group_name = ? GROUP BY scope, name) AND level <> ''
ORDER BY scope, name
"""


@dataclass(frozen=True, slots=True)
class LevelChange:
    """Who set which level when. `level` is "" when the program's own setting counts again."""

    group: str
    scope: str
    name: str
    level: str
    changed_ns: int
    changed_by: str


def set_level(control: Control, group: str, scope: str, name: str, level: str, now_ns: int, by: str) -> None:
    """Tells tracers of this group what to record of one function; ValueError when there is no such level."""
    if level and level not in LEVELS:
        raise ValueError(f"there is no level {level!r}")
    with control.write() as connection:
        connection.execute(CHANGE, (group, scope, name, level, now_ns, by))
        keys = {"group": group, "scope": scope, "name": name, "keep": KEEP_CHANGES}
        connection.execute(FORGET, keys)


def changes(control: Control, group: str, scope: str, name: str, limit: int = 10) -> tuple[LevelChange, ...]:
    """The last changes of one function, newest first."""
    return tuple(LevelChange(*row) for row in control.rows(CHANGES, (group, scope, name, limit)))


def in_force(control: Control, group: str) -> tuple[LevelChange, ...]:
    """Every function of the group whose level is set here."""
    return tuple(LevelChange(*row) for row in control.rows(IN_FORCE, (group,)))
