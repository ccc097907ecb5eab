"""What is wrong in the folder of rules, in control.db: found by the collector, shown by the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from data.control import Control

FORGET = "DELETE FROM alert_file"
ADD = "INSERT INTO alert_file VALUES (?, ?, ?)"
SAID = "SELECT said FROM alert_file ORDER BY name, place"


def save_problems(control: Control, said: Mapping[str, Sequence[str]]) -> None:
    """The lines of each file; what was wrong before is forgotten."""
    rows = [(name, place, line) for name, lines in said.items() for place, line in enumerate(lines)]
    with control.write() as connection:
        connection.execute(FORGET)
        connection.executemany(ADD, rows)


def problems(control: Control) -> tuple[str, ...]:
    """Every line, by file."""
    return tuple(row[0] for row in control.rows(SAID))
