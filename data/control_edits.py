"""Who changed which rule or channel, in control.db: its body before and after, in the edit's transaction."""

from __future__ import annotations

import json

from data.sqlite import Connection

KEEP_NS = 365 * 86_400 * 10**9
ADD = """
INSERT INTO alert_edit (rule_id, rule_name, at_ns, who, before, after, subject) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
FORGET = "DELETE FROM alert_edit WHERE at_ns < ?"


def note(
    connection: Connection, id: str, at_ns: int, who: str, before: str, after: str, subject: str = "rule"
) -> None:
    """Keeps an edit, and forgets those of more than a year ago; "" is what was not there, or is no more."""
    connection.execute(ADD, (id, _name(after or before) or id, at_ns, who, before, after, subject))
    connection.execute(FORGET, (at_ns - KEEP_NS,))


def _name(body: str) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("name", "")) if isinstance(found, dict) else ""
