"""Who changed which rule or channel, newest first, read from control.db."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from queries.base import Reader

MOST = 1_000
EDITS = """
SELECT id, rule_id, rule_name, at_ns, who, before, after, subject FROM alert_edit
WHERE (:rule = '' OR rule_id = :rule) AND at_ns >= :since AND id < :before ORDER BY id DESC LIMIT :limit
"""
EDIT = "SELECT id, rule_id, rule_name, at_ns, who, before, after, subject FROM alert_edit WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a rule or a channel: its fields before and after, None when it was not there."""

    id: int
    rule_id: str
    rule_name: str
    at_ns: int
    who: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    subject: str = "rule"  # or channel; rule_id and rule_name are then the channel's


def edits(
    reader: Reader, rule_id: str = "", since_ns: int = 0, limit: int = 50, before: int = 2**62
) -> tuple[Edit, ...]:
    """The newest edits, of one rule or of all; `before` is the id of the last one of the page before."""
    params = {"rule": rule_id, "since": since_ns, "before": before, "limit": min(limit, MOST)}
    with reader.session() as session:
        return tuple(_edit(row) for row in session.control("alert_edit", EDITS, params))


def edit(reader: Reader, id: int) -> Edit | None:
    """One edit, None when it is no longer kept."""
    with reader.session() as session:
        found = session.control("alert_edit", EDIT, (id,))
    return _edit(found[0]) if found else None


def _edit(row: tuple[Any, ...]) -> Edit:
    id, rule_id, name, at_ns, who, before, after, subject = row
    return Edit(id, rule_id, name, at_ns, who, _fields(before), _fields(after), subject)


def _fields(body: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body) if body else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) or found is None else {}
