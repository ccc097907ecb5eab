"""Edits of rules and channels: when, by whom, every field before and after, and a button to take one back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from alerting.edits import Change, changes, done, text
from dashboard import format
from dashboard.alert_place import rule_href, view_href
from dashboard.components.alert_builder import FIELD_WORDS
from dashboard.components.marks import attr, badge
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alert_edits import Edit

LOOKS = {"made": "ok", "deleted": "bad", "paused": "warn", "made active": "ok"}
MOST_FIELDS = 4  # in one row; the others stand in its title
HEADS = (Column("When"), Column("Who"), Column("Rule"), Column("Done"), Column("Before and after"),
         Column("", title="Take back"))  # fmt: skip
OTHER_WORDS = {
    "enabled": "Active", "kind": "Kind", "metric": "Metric", "statistic": "Of the window",
    "no_data": "Without data", "severity": "Severity", "group_wait": "Group wait", "for": "For",
    "escalation": "Escalation", "url": "Address", "host": "Server", "port": "Port", "user": "User",
    "security": "Security", "sender": "From", "to": "To", "secret": "Secret",
}  # fmt: skip


def listed(
    found: Sequence[Edit], names: Mapping[str, str], read_only: Mapping[str, str], state: PageState, *,
    of_rule: bool = False,
) -> Component | None:  # fmt: skip
    """The table, or nothing when nothing was edited. `names` of channels and rules, files by rule id."""
    if not found:
        return None
    heads = [one for one in HEADS if not (of_rule and one.head == "Rule")]
    rows = [_row(one, names, one.rule_id in read_only, state, of_rule) for one in found]
    return table(heads, rows, look="pin edits-t", label="Edits, newest first")


def _row(one: Edit, names: Mapping[str, str], fixed: bool, state: PageState, of_rule: bool) -> Component:
    what, fields = done(one), changes(one)
    of_channel = one.subject == "channel"
    href = view_href(state, "channels") if of_channel else rule_href(state, one.rule_id)
    link = dcc.Link(html.B(one.rule_name), href=href, className="plain")
    named = [link, html.Span(" channel", className="mut")] if of_channel else link
    back = html.Button(
        "Undo", type="button", className="btn-x sm", title="Puts back what it was before this edit",
        **attr(data_act="restore", data_id=str(one.id), aria_label=f"Undo: {one.rule_name} {what}"),
    )  # fmt: skip
    undone = one.before is not None and not fixed and not of_channel  # a secret is not kept twice
    return row(
        [
            cell(format.day_clock(one.at_ns), "sub", format.full_time(one.at_ns)),
            cell(one.who, "sub"),
            *([] if of_rule else [cell(named, "", one.rule_name)]),
            cell(badge(what, LOOKS.get(what, "acc"))),
            cell(_fields(fields, names), "says", "\n".join(words(each, names) for each in fields)),
            cell(back if undone else None, "r"),
        ],
        key=str(one.id),
    )


def _fields(fields: Sequence[Change], names: Mapping[str, str]) -> list[Component]:
    shown: list[Component] = [html.Div(words(one, names), className="clip") for one in fields[:MOST_FIELDS]]
    more = len(fields) - len(shown)
    return [*shown, html.Div(f"and {more} more", className="mut")] if more > 0 else shown


def words(one: Change, names: Mapping[str, str]) -> str:
    """Warning: 100 → 320."""
    word = FIELD_WORDS.get(one.field) or OTHER_WORDS.get(one.field, one.field)
    return f"{word}: {text(one.before, names)} → {text(one.after, names)}"
