"""What fires, waits or cannot be judged now, worst first, with what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from alerting.sentence import subject
from alerting.standing import Standing
from dashboard import format
from dashboard.alert_place import Place, href, rule_href
from dashboard.components import alert_words as words
from dashboard.components.marks import Children, classes, icon, spoken
from dashboard.components.sparkline import Scale, sparkline
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alerts import SEVERITIES

NS = 10**9
HEADS = (
    Column("Rule"), Column("On"), Column("State"), Column("Value", right=True),
    Column("Threshold", right=True), Column("1 h"), Column("For", right=True), Column("Owner"),
    Column("Delivery"), Column("", title="Actions"),
)  # fmt: skip
LATENCY = ("p50", "p95", "p99")


def chosen(found: Sequence[Standing], place: Place) -> tuple[list[Standing], int]:
    """Those that the card and "Clear view" leave, and how many the latter hides."""
    of_card = [one for one in found if _fits(one, place.card)]
    shown = [one for one in of_card if one.alert.since_ns > place.cleared_ns]
    return shown, len(of_card) - len(shown)


def _fits(one: Standing, card: str) -> bool:
    if not card:
        return True
    if card in SEVERITIES:
        return one.alive and one.alert.severity == card
    return one.alert.status == card


def listed(found: Sequence[Standing], state: PageState, place: Place, now_ns: int, rules: int) -> Component:
    """The table, or the words that there is nothing to do."""
    shown, hidden = chosen(found, place)
    note = _hidden_note(hidden, state)
    if not shown:
        return html.Div([note, _nothing(state, place, rules, hidden)])
    rows = [_row(one, state, place, now_ns, deep) for one, deep in forest(shown)]
    return html.Div([note, table(HEADS, rows, look="pin al-t", label="Active alerts")], className="fill")


def forest(shown: Sequence[Standing]) -> list[tuple[Standing, int]]:
    """The same, effects below their cause where that is listed; and how deep each stands."""
    firing = {one.alert.place for one in shown}
    below: dict[tuple[str, str, int], list[Standing]] = {}
    tops = []
    for one in shown:
        cause = one.alert.cause.cause if one.alert.cause else None
        if cause in firing:
            below.setdefault(cause, []).append(one)
        else:
            tops.append(one)
    found: list[tuple[Standing, int]] = []
    for one in tops:
        effects = sorted(
            below.get(one.alert.place, ()), key=lambda each: each.alert.cause.calls if each.alert.cause else 0
        )
        found += [(one, 0), *((each, 1) for each in effects)]
    return found


def _hidden_note(hidden: int, state: PageState) -> Component | None:
    if not hidden:
        return None
    plural = "alert is" if hidden == 1 else "alerts are"
    said = f"{hidden} {plural} cleared from this view only; nothing was resolved. "
    return html.Div(
        [said, dcc.Link("Show again", href=href(state, cleared=""))], className="callout", role="status"
    )


def _nothing(state: PageState, place: Place, rules: int, hidden: int) -> Component:
    if place.card:
        button = dcc.Link("Show all", href=href(state, card=""), className="btn-x")
        return empty(f"Nothing here is {place.card}", "The card above narrows the list.", [button], "ok")
    if hidden:
        return empty("Nothing new since you cleared the view", "What is firing still fires.", sign="ok")
    new = dcc.Link([icon("plus-lg"), "New rule"], href=href(state, new="errors"), className="btn-x pri")
    if not rules:
        why = "No rule watches yet. Begin with a template, or press “Alert on this” at any value."
        return empty("No active alerts", why, [new], "ok")
    many = "1 rule watches" if rules == 1 else f"{format.count(rules)} rules watch"
    return empty("No active alerts", f"Everything is running smoothly. {many}.", sign="ok")


def _row(one: Standing, state: PageState, place: Place, now_ns: int, deep: int) -> Component:
    rule, now = one.rule, one.alert
    opened = rule_href(state, rule.id, now.key)
    name: Children = [words.severity_lamp(now.severity), html.B(rule.name), words.affected_mark(now)]
    titled: Component = dcc.Link(name, href=opened, className="row-x plain")
    if deep:
        guide = html.Span(className="ind", style={"--d": str(deep)})
        titled = html.Span([guide, spoken("an effect: "), titled], className="tree")
    begun = now.episode_ns if one.alive and now.episode_ns else now.since_ns
    on = f"{now.key} · {subject(rule)}" if now.key else subject(rule)
    looked = place.rule == rule.id and place.key == now.key
    return row(
        [
            cell(titled, "", rule.name),
            cell(html.Span(on, className="mono sub clip on-x"), "", on),
            cell(html.Span(words.state_badges(one), className="row-x")),
            cell([html.Span(f"{words.measure_word(rule)} ", className="mut"), _value(one)], "r"),
            cell(words.limit_text(one), "r sub"),
            cell(spark(one)),
            cell(format.age((now_ns - begun) / NS), "r", f"since {format.full_time(begun)}"),
            cell(rule.owner or format.NONE, "sub"),
            cell(
                html.Span(
                    words.told_parts(one.told, now.cause.cause_name if now.cause else ""), className="row-x"
                )
            ),
            cell(_tools(one, state), "r acts"),
        ],
        look=classes("sel" if looked else "", "child" if deep else ""),
        key=f"{rule.id}\n{now.key}",
    )


def _value(one: Standing) -> Component:
    text = words.seen_text(one.rule, one.alert)
    if one.alert.status == "rule failed":
        return html.B("cannot be judged", className="bad", title=one.alert.text)
    return html.B(format.shortened(text, 24), title=text)


def spark(one: Standing) -> Component:
    """The last hour; it starts at 0 unless it is latency."""
    latency = one.rule.kind == "threshold" and one.rule.metric in LATENCY
    return sparkline(one.recent, words.colour_of(one.rule), scale=Scale(low=None if latency else 0.0))


def _tools(one: Standing, state: PageState) -> list[Component]:
    about = {"rule": one.rule.id, "key": one.alert.key, "episode": str(one.alert.episode_ns)}
    found = []
    if one.alive and not one.alert.acknowledged_by:
        found.append(words.act_button("check2", f"Acknowledge {one.rule.name}", "acknowledge", **about))
    if not one.alert.suppressed:
        found.append(words.act_button("moon", f"Snooze {one.rule.name} for 1 h", "snooze", **about))
    silence = href(state, view="silences", rule=one.rule.id, key=one.alert.key)
    found.append(
        dcc.Link(icon("bell-slash"), href=silence, className="ib sm", title=f"Silence {one.rule.name} …")
    )
    return found
