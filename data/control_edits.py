"""Who changed which rule, in control.db: the body before and after, written in the edit's own transaction."""

from __future__ import annotations

import json

from data.sqlite import Connection

KEEP_NS = 365 * 86_400 * 10**9
ADD = """
INSERT INTO alert_edit (rule_id, rule_name, at_ns, who, before, after) VALUES (?, ?, ?, ?, ?, ?)
"""
FORGET = "DELETE FROM alert_edit WHERE at_ns < ?"


def note(connection: Connection, rule_id: str, at_ns: int, who: str, before: str, after: str) -> None:
    """Keeps an edit, and forgets those of more than a year ago; "" is a rule that was not, or is no more."""
    connection.execute(ADD, (rule_id, _name(after or before) or rule_id, at_ns, who, before, after))
    connection.execute(FORGET, (at_ns - KEEP_NS,))


def _name(body: str) -> str:
    try:
        found = json.loads(body)
    except ValueError:
        return ""
    return str(found.get("name", "")) if isinstance(found, dict) else ""
