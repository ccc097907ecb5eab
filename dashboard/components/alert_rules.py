"""Every rule as a sentence, with its switch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from alerting.edit import SavedRule
from alerting.escalation import timeline
from alerting.sentence import sentence
from alerting.standing import Standing
from alerting.templates import TEMPLATES
from dashboard import format
from dashboard.alert_place import Place, href, rule_href
from dashboard.components.alert_words import BADGES, ago
from dashboard.components.marks import attr, badge, icon
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState

HEADS = (
    Column("Rule"), Column("State"), Column("Active"), Column("What it does"), Column("Channels"),
    Column("Owner"), Column("Judged", right=True), Column("Changed", right=True),
)  # fmt: skip
MOST_LINES = 8
WORST = ("rule failed", "firing", "recovering", "pending", "no data", "ok")


def listed(
    saved: Sequence[SavedRule], found: Sequence[Standing], judged: Mapping[str, int],
    channels: Mapping[str, str], state: PageState, place: Place, now_ns: int,
) -> Component:  # fmt: skip
    """The table, or templates to begin with."""
    if not saved:
        return html.Div(
            [empty("No rule yet", "Each of these is a beginning that you can change."), templates(state)]
        )
    names = {one.rule.id: one.rule.name for one in saved}
    by_rule: dict[str, list[Standing]] = {}
    for one in found:
        by_rule.setdefault(one.rule.id, []).append(one)
    rows = [
        _row(
            one,
            by_rule.get(one.rule.id, []),
            judged.get(one.rule.id, 0),
            channels,
            names,
            state,
            place,
            now_ns,
        )
        for one in saved
    ]
    return table(HEADS, rows, look="pin rules-t", label="Rules")


def templates(state: PageState) -> Component:
    """One button per template."""
    buttons = [
        dcc.Link(
            [html.B(one.rule.name), html.Span(one.why, className="mut t1")],
            href=href(state, new=one.key, view="", rule="", edit=""), className="tpl",
        )
        for one in TEMPLATES
    ]  # fmt: skip
    return html.Div(buttons, className="tpls")


def _row(
    saved: SavedRule, stand: Sequence[Standing], judged: int, channels: Mapping[str, str],
    names: Mapping[str, str], state: PageState, place: Place, now_ns: int,
) -> Component:  # fmt: skip
    rule = saved.rule
    said = sentence(rule, names)
    told = timeline(rule, channels)
    return row(
        [
            cell(dcc.Link(html.B(rule.name), href=rule_href(state, rule.id), className="plain"), "",
                 rule.name),
            cell(_worst(stand, judged) if rule.enabled else badge("paused")),
            cell(_switch(rule.id, rule.name, rule.enabled) if not saved.source else from_file(saved.source)),
            cell(said, "sub says", said),
            cell(told, "sub tells", told),
            cell(rule.owner or format.NONE, "sub"),
            cell(ago(now_ns, judged), "r sub"),
            cell(ago(now_ns, saved.changed_ns), "r sub", f"by {saved.changed_by}, revision {rule.revision}"),
        ],
        look="sel" if place.rule == rule.id else "",
        key=rule.id,
    )  # fmt: skip


def _worst(stand: Sequence[Standing], judged: int) -> Component:
    statuses: list[str] = [one.alert.status for one in stand]
    worst = next((status for status in WORST if status in statuses), "ok" if judged else "not judged yet")
    many = f" {statuses.count(worst)} of {len(statuses)}" if len(statuses) > 1 else ""
    return badge(worst + many, BADGES.get(worst, ""))


def from_file(name: str) -> Component:
    """The mark of a rule that is read-only here."""
    words = f"It stands in {name} and is changed there"
    return html.Span([icon("file-earmark-text"), name], className="badge-x from-file", title=words)


def problems(lines: Sequence[str]) -> Component | None:
    """What is wrong in the folder of rules, one line each."""
    if not lines:
        return None
    shown = [html.Div(one, className="t2 mono") for one in lines[:MOST_LINES]]
    more = len(lines) - len(shown)
    rest = [html.Div(f"and {more} more", className="t2")] if more > 0 else []
    head = html.B("Rules that stand in files: mend these lines")
    return html.Div([head, *shown, *rest], className="callout bad note", role="status")


def _switch(id: str, name: str, enabled: bool) -> Component:
    """Active or paused; pressing turns it over."""
    word = "active" if enabled else "paused"
    return html.Button(
        [html.Span(className="knob"), word], type="button", role="switch",
        className="switch on" if enabled else "switch",
        title=f"{'Pause' if enabled else 'Activate'} {name}",
        **attr(aria_checked=str(enabled).lower(), aria_label=f"{name} is {word}", data_act="switch",
               data_rule=id, data_on="0" if enabled else "1"),
    )  # fmt: skip


def new_link(state: PageState) -> Component:
    """Into the builder."""
    target = href(state, new="errors", rule="", edit="", key="", view="")
    return dcc.Link([icon("plus-lg"), "New rule"], href=target, className="btn-x sm pri", title="New rule  n")
