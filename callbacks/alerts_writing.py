"""Alerts: the rule that is being written: where it began, what is typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerting import edit
from alerting.draft import drafted
from alerting.rule import FieldError, Rule, as_dict
from callbacks.alerts_state import Data
from callbacks.control import control_of
from dashboard import alert_place
from dashboard.url import PageState
from data.control import NotThere

if TYPE_CHECKING:
    from callbacks.context import Context

NOT_PLAIN = ("id", "revision")


@dataclass(frozen=True)
class Writing:
    """`key` names the form; `revision` is the one that the writer saw, `theirs` the one that is kept."""

    key: str
    rule: Rule
    typed: Mapping[str, Any]
    errors: tuple[FieldError, ...]
    revision: int = 0
    theirs: int = 0

    @property
    def touched(self) -> bool:
        """Whether anything was typed yet; before that nothing is marked as wrong."""
        return bool(self.typed)


def writing(ctx: Context, state: PageState, draft: Data) -> Writing | None:
    """What stands in the builder, None while it is closed or its rule is gone."""
    place = alert_place.place(state)
    if not place.writing:
        return None
    if place.new:
        base = alert_place.first_draft(state)
        key = "\n".join(["new", place.new, state.q, *(state.extra.get(name, "") for name in GIVEN)])
        typed = _typed(draft, key)
        rule, errors = drafted(typed, base)
        return Writing(key, rule, typed, errors)
    try:
        saved = edit.rule(control_of(ctx), place.rule)
    except NotThere:
        return None
    if saved.source:  # it is changed in its file
        return None
    there = saved.rule
    key = f"edit\n{there.id}\n{there.revision}"
    begun = str((draft or {}).get("for") or "")
    if begun.startswith(f"edit\n{there.id}\n"):  # goes on at the revision that was opened
        key = begun
    typed = _typed(draft, key)
    rule, errors = drafted(typed, there)
    seen = key.rsplit("\n", 1)[1]
    return Writing(key, rule, typed, errors, int(seen) if seen.isdigit() else 0, there.revision)


GIVEN = ("data", "metric", "name", "by")


def _typed(draft: Data, key: str) -> Mapping[str, Any]:
    """What was typed into this form, nothing when the draft is of another one."""
    return dict(draft.get("values") or {}) if draft and draft.get("for") == key else {}


def plain_of(rule: Rule) -> dict[str, Any]:
    """The rule's fields as the editor takes them."""
    return {key: value for key, value in as_dict(rule).items() if key not in NOT_PLAIN}
