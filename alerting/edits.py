"""An edit of a rule or channel in words: what was done, and every field it changed, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from alerting.rule import Rule, as_dict
from queries.alert_edits import Edit

UNSHOWN = ("id", "revision")
USUAL = as_dict(Rule(""))


@dataclass(frozen=True, slots=True)
class Change:
    """One field; a field that an older version did not write counts as its default."""

    field: str
    before: Any
    after: Any


def changes(one: Edit) -> tuple[Change, ...]:
    """The fields that differ; of a rule that was made or deleted those that are not as usual."""
    before, after = one.before or {}, one.after or {}
    usual = USUAL if one.subject == "rule" else dict.fromkeys([*before, *after])
    fields = [key for key in usual if key not in UNSHOWN]
    pairs = [(key, before.get(key, usual[key]), after.get(key, usual[key])) for key in fields]
    return tuple(Change(*pair) for pair in pairs if pair[1] != pair[2])


def done(one: Edit) -> str:
    """made, deleted, paused, made active, or changed."""
    if one.before is None:
        return "made"
    if one.after is None:
        return "deleted"
    found = changes(one)
    if [change.field for change in found] == ["enabled"]:
        return "made active" if found[0].after else "paused"
    return "changed"


def text(value: Any, names: Mapping[str, str]) -> str:
    """A value as people read it; `names` are those of channels and rules by id."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text(one, names) for one in value) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {text(one, names)}" for key, one in value.items())
    if value is None or value == "":
        return "none"
    return f"{value:,.12g}" if isinstance(value, int | float) else names.get(value, str(value))
