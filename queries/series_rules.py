"""How single value series are judged for staleness, where that differs from the settings."""

from __future__ import annotations

from data.series_rules import COLUMNS, RULES, SeriesRule
from queries.base import Reader

RULE = f"""
SELECT {COLUMNS} FROM series_rule WHERE group_name = ? AND scope = ? AND process = ? AND data = ?
"""  # noqa: S608
TABLE = "series_rule"


def series_rule(reader: Reader, group: str, scope: str, process: str, data: str) -> SeriesRule:
    """The rule of one series; one without a change while nobody has said anything."""
    with reader.session() as session:
        found = session.control(TABLE, RULE, (group, scope, process, data))
    return SeriesRule(*found[0]) if found else SeriesRule(group, scope, process, data)


def series_rules(reader: Reader) -> tuple[SeriesRule, ...]:
    """Every rule in force."""
    with reader.session() as session:
        return tuple(SeriesRule(*row) for row in session.control(TABLE, RULES))
