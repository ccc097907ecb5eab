"""The review: rules that fire unattended, never fire, flap or overlap, each with what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from alerting.review import Finding
from dashboard import format
from dashboard.alert_place import rule_href
from dashboard.components.alert_rules import from_file
from dashboard.components.marks import Child, attr, badge
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState

NS = 10**9
HEADS = (Column("Found"), Column("Rule"), Column("What"), Column("Last", right=True),
         Column("Mend it", title="One press each; every one can be undone below"))  # fmt: skip
WORDS = {"flaps": "flaps", "unattended": "nobody acts", "overlaps": "overlaps", "never": "never fires"}
LOOKS = {"flaps": "bad", "unattended": "warn", "overlaps": "acc", "never": ""}


def listed(found: Sequence[Finding], rules: int, state: PageState) -> Component:
    """One row per finding."""
    if not rules:
        return empty("No rule yet", "Once rules have been judged for a while, this tells which to mend.")
    if not found:
        said = "No rule flapped, overlapped, fired unattended or was silent all the while in this range."
        return empty("Nothing to mend", said, sign="ok")
    return table(HEADS, [_row(one, state) for one in found], look="review-t", label="Rules to mend")


def over(start_ns: int, end_ns: int, *, widened: bool) -> Component:
    """What was looked at; less than a day of firings says too little."""
    span = f"{format.window(start_ns, end_ns)} {format.zone_word(end_ns)}"
    found: list[Child] = ["Looked at ", html.B(span), "."]
    if widened:
        found.append(" A range shorter than a day counts as 7 days.")
    return html.P(found, className="sub t2 looked-at")


def edits_head() -> Component:
    """Between what is found and what was edited."""
    note = html.Span("who changed which rule or channel, kept for a year", className="mut t1")
    return html.Div([html.H3("Edits"), note], className="row-x sub-head")


def no_edits() -> Component:
    """Nothing was edited yet."""
    return html.P("Nothing was edited yet.", className="mut t2 note-x")


def _row(one: Finding, state: PageState) -> Component:
    rule = one.rule.rule
    link = dcc.Link(html.B(rule.name), href=rule_href(state, rule.id), className="plain")
    tools = [from_file(one.rule.source)] if one.rule.source else mends(one)
    return row(
        [
            cell(badge(WORDS[one.kind], LOOKS[one.kind])),
            cell(link, "", rule.name),
            cell(what(one, state), "says"),
            cell(format.day_clock(one.at_ns) if one.at_ns else format.NONE, "r sub"),
            cell(html.Span(tools, className="row-x mends")),
        ],
        key=f"{one.kind} {rule.id} {one.other.rule.id if one.other else ''}",
    )


def what(one: Finding, state: PageState) -> list[Child]:
    """What is odd about it, in a few words."""
    times = "once" if one.count == 1 else "twice" if one.count == 2 else f"{format.count(one.count)} times"
    if one.kind == "flaps":
        return [f"began to flap {times}"]
    if one.kind == "unattended":
        lasted = format.span_of(one.fired_ns / NS)
        return [f"fired {times}, {lasted} in all; nobody acknowledged, snoozed or silenced one"]
    if one.other is not None:
        other = one.other.rule
        link = dcc.Link(other.name, href=rule_href(state, other.id))
        return [f"fires {100 * one.alike:.0f} % of the time together with ", link]
    return ["judged all the while, and never fired"]


def mends(one: Finding) -> list[Component]:
    """What one press does about it."""
    rule = one.rule.rule
    found = []
    if one.kind == "unattended" and rule.has_thresholds:
        title = "Moves its thresholds to where a replay of 7 days fires once at most"
        found.append(_button("Raise threshold" if rule.operator == "above" else "Lower threshold",
                             title, "mend-raise", rule.id, rule.name))  # fmt: skip
    if one.kind == "flaps" and not rule.members:
        title = "Keeps it firing for as long as it takes to be steady, judged around its last flapping"
        found.append(_button("Keep firing longer", title, "mend-calm", rule.id, rule.name, at=str(one.at_ns)))
    if one.kind == "never" and rule.kind == "threshold":
        title = "Sets the threshold that its own history suggests"
        found.append(_button("Learn threshold", title, "mend-learn", rule.id, rule.name))
    kept = f" and keeps {one.other.rule.name}" if one.other else ""
    title = f"It is not judged until it is active again{kept}"
    found.append(_button(f"Pause {rule.name}" if one.other else "Pause", title, "switch", rule.id, rule.name,
                         on="0"))  # fmt: skip
    return found


def _button(word: str, title: str, act: str, id: str, name: str, **more: str) -> Component:
    label = word if name in word else f"{word}: {name}"
    data = {f"data_{key}": value for key, value in more.items()}
    return html.Button(
        word, type="button", className="btn-x sm clip", title=title,
        **attr(aria_label=label, data_act=act, data_rule=id, **data),
    )  # fmt: skip
