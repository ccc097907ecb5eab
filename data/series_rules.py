"""Exceptions to how stale values are judged, one per series: the newest row of each is in force."""

from __future__ import annotations

from dataclasses import dataclass

from data.control import Control

JUDGED = ("", "in", "out")  # as its type and name say; always; never
SET = """
INSERT INTO series_rule (
    group_name, scope, process, data, judged, repeats, min_seconds, float_tolerance, changed_ns, changed_by
) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (group_name, scope, process, data) DO UPDATE SET
    judged = excluded.judged, repeats = excluded.repeats, min_seconds = excluded.min_seconds,
    float_tolerance = excluded.float_tolerance, changed_ns = excluded.changed_ns,
    changed_by = excluded.changed_by
"""
COLUMNS = """
group_name, scope, process, data, judged, repeats, min_seconds, float_tolerance, changed_ns, changed_by
"""
RULES = f"SELECT {COLUMNS} FROM series_rule ORDER BY group_name, scope, process, data"  # noqa: S608


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """How one series is judged; None: as the settings say."""

    group: str
    scope: str
    process: str
    data: str
    judged: str = ""
    repeats: int | None = None
    min_seconds: float | None = None
    float_tolerance: float | None = None
    changed_ns: int = 0
    changed_by: str = ""


def set_rule(control: Control, rule: SeriesRule) -> None:
    """Puts a rule in force; ValueError when it makes no sense."""
    if rule.judged not in JUDGED:
        raise ValueError(f"judged is one of {JUDGED}, not {rule.judged!r}")
    if rule.repeats is not None and rule.repeats < 1:
        raise ValueError("a value must repeat at least once to be stale")
    if min(rule.min_seconds or 0.0, rule.float_tolerance or 0.0) < 0:
        raise ValueError("seconds and tolerance must not be negative")
    with control.write() as connection:
        connection.execute(
            SET,
            (
                rule.group, rule.scope, rule.process, rule.data, rule.judged, rule.repeats, rule.min_seconds,
                rule.float_tolerance, rule.changed_ns, rule.changed_by,
            ),
        )  # fmt: skip


def rules(control: Control) -> tuple[SeriesRule, ...]:
    """Every rule in force."""
    return tuple(SeriesRule(*row) for row in control.rows(RULES, ()))
