"""One rule in full: what it watches, how it stands, what it said last and what can be done."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dash.development.base_component import Component

from alerting.edit import SavedRule
from alerting.escalation import timeline
from alerting.message import Message
from alerting.rule import Rule
from alerting.sentence import sentence
from alerting.standing import Standing, Told
from alerting.state import ALIVE
from dashboard import format
from dashboard.alert_place import href, rule_href
from dashboard.components import alert_events, alert_words
from dashboard.components.alert_replay import point_text, window_text
from dashboard.components.alert_rules import from_file
from dashboard.components.alert_words import act_button, severity_lamp
from dashboard.components.marks import Child, attr, badge, icon
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alert_log import AlertEvent, Evaluation
from queries.alerts import Alert

NS = 10**9
ROWS = 100


def head(saved: SavedRule, stand: Standing, state: PageState) -> list[Component]:
    """Name, state, and what can be done; a rule from a file is not edited here."""
    rule = saved.rule
    about = {"rule": rule.id, "key": stand.alert.key, "episode": str(stand.alert.episode_ns)}
    tools: list[Any] = []
    if stand.alive and not stand.alert.acknowledged_by:
        tools.append(act_button("check2", "Acknowledge  a", "acknowledge", **about))
    if not stand.alert.suppressed:
        tools.append(act_button("moon", "Snooze for 1 h  s", "snooze", **about))
    silence = href(state, view="silences", rule=rule.id, key=stand.alert.key, edit="")
    tools.append(dcc.Link(icon("bell-slash"), href=silence, className="ib sm", title="Silence …"))
    tools += [from_file(saved.source)] if saved.source else _edits(rule, state)
    tools += [
        dcc.Link(icon("x-lg"), href=href(state, rule="", key="", edit=""), className="ib sm", title="Close"),
    ]  # fmt: skip
    return [
        severity_lamp(stand.alert.severity),
        html.H2(rule.name, className="clip"),
        html.Span(alert_words.state_badges(stand), className="row-x"),
        html.Span(tools, className="meta"),
    ]


def _edits(rule: Rule, state: PageState) -> list[Any]:
    edit = href(state, edit="1")
    return [
        dcc.Link([icon("pencil"), "Edit"], href=edit, className="btn-x sm", title="Edit the rule  e"),
        html.Button(
            icon("trash"), type="button", className="ib sm", title=f"Delete {rule.name}",
            **attr(aria_label=f"Delete {rule.name}", data_act="delete-rule", data_rule=rule.id,
                   data_ask=f"Delete the rule {rule.name}? Its events stay in the history."),
        ),
    ]  # fmt: skip


def body(
    saved: SavedRule, stand: Standing, keys: Sequence[tuple[str, str]], channels: Mapping[str, str],
    state: PageState, now_ns: int, rules: Mapping[str, str],
) -> list[Component]:  # fmt: skip
    """The sentence, then facts; `rules` are the names of all."""
    rule = saved.rule
    told = timeline(rule, channels)
    facts: list[tuple[str, Any]] = [
        ("Now", _now(rule, stand)),
        ("Since", format.day_clock_zone(stand.alert.since_ns) if stand.alert.since_ns else format.NONE),
        ("Last judged", alert_words.ago(now_ns, stand.judged_ns)),
        ("Tells", told),
        ("Owner", rule.owner or "nobody"),
    ]
    facts += _kin(stand.alert, state)
    if rule.runbook:
        link = html.A(rule.runbook, href=rule.runbook, rel="noreferrer noopener", target="_blank")
        facts.append(("Runbook", link))
    facts.append(
        ("Changed", f"{alert_words.ago(now_ns, saved.changed_ns)} by {saved.changed_by}, "
                    f"revision {rule.revision}")
    )  # fmt: skip
    lines = [html.Div([html.Dt(name), html.Dd(value)], className="fact") for name, value in facts]
    parts: list[Component] = [
        html.P(sentence(rule, rules), className="said-aloud"),
        html.Dl(lines, className="facts"),
    ]
    if saved.source:
        words = f"It stands in {saved.source}: it is changed there, and judged like any other."
        parts.insert(0, html.Div(words, className="callout"))
    if not rule.enabled:
        parts.insert(0, html.Div("Paused: it is not judged until it is active again.", className="callout"))
    if stand.alert.status == "rule failed":
        words = f"The rule itself cannot be judged: {stand.alert.text}"
        parts.insert(0, html.Div(words, className="callout bad", role="alert"))
    if len(keys) > 1:
        parts.append(_keys(keys, stand.alert.key, state))
    return parts


def _kin(alert: Alert, state: PageState) -> list[tuple[str, Any]]:
    """What it is an effect of, and what is an effect of it."""
    found: list[tuple[str, Any]] = []
    if alert.cause is not None:
        one = alert.cause
        found.append(("Because of", _link(one.cause_name, one.cause_id, one.cause_key, state)))
    if alert.affected:
        links = [_link(one.rule_name, one.rule_id, one.key, state) for one in alert.affected]
        found.append(("Affected", [part for link in links for part in (link, ", ")][:-1]))
    return found


def _link(name: str, id: str, key: str, state: PageState) -> Component:
    return dcc.Link(f"{name} · {key}" if key else name, href=rule_href(state, id, key))


def _now(rule: Rule, stand: Standing) -> list[Child]:
    if not stand.judged_ns:
        return ["not judged yet"]
    seen, limit = alert_words.seen_text(rule, stand.alert), alert_words.limit_text(stand)
    against = f", against {limit}" if limit != format.NONE else ""
    return [f"{alert_words.measure_word(rule)} ", html.B(seen), against]


def _keys(keys: Sequence[tuple[str, str]], chosen: str, state: PageState) -> Component:
    """The other groups that the same rule judges, worst first."""
    ordered = sorted(keys, key=lambda one: (one[1] not in ALIVE, one[0]))[:20]
    tags = [
        dcc.Link(
            [key or "(all)", badge(status, alert_words.BADGES[status])],
            href=href(state, key=key), className="tag on" if key == chosen else "tag",
        )
        for key, status in ordered
    ]  # fmt: skip
    more = len(keys) - len(ordered)
    rest = [html.Span(f"and {more} more", className="mut t1")] if more > 0 else []
    return html.Div([*tags, *rest], className="of-keys")


def message(said: Message, event: AlertEvent | None, state: PageState) -> list[Any]:
    """The message as people get it, and as a webhook does."""
    parts: list[Any] = [
        html.Div([severity_lamp(said.severity), html.B(said.title)], className="row-x"),
        html.Div([html.Div(one) for one in said.facts], className="sub"),
    ]
    if said.evidence:
        lines = [html.Div(one) for one in said.evidence]
        parts.append(html.Div(lines, className="ev mono", tabIndex=0))
    links: list[Component] = []
    if event is not None:
        for words, target in (
            ("Trace", alert_events.trace_href(event, state)), ("Code", alert_events.code_href(event, state)),
        ):  # fmt: skip
            if target:
                links.append(dcc.Link(words, href=target))
    names = [name for name, _ in said.links if name not in ("Trace", "Code")] if event else []
    text = f"and links to {', '.join(name.lower() for name in names)}" if names else ""
    if links:
        parts.append(html.Div([*links, html.Span(text, className="mut")], className="row-x t2"))
    as_json = json.dumps(said.payload, indent=1, ensure_ascii=False)
    parts.append(
        html.Details([html.Summary("As a webhook gets it"), html.Pre(as_json, tabIndex=0)], className="why")
    )
    return parts


def no_message(why: str) -> list[Any]:
    """Nothing was said, and why."""
    return [html.Div(why, className="mut")]


def gone() -> Component:
    """The URL names a rule that is no more."""
    return html.Div("There is no such rule. Somebody may have deleted it.", className="callout")


def chart_head(rule: Rule, judgements: int, firings: int, start_ns: int, end_ns: int) -> list[Component]:
    """What is drawn, over when, and how often it fired."""
    fired = "never fired" if not firings else "fired once" if firings == 1 else f"fired {firings} times"
    over = f"{format.window(start_ns, end_ns)} {format.zone_word(end_ns)}"
    seen = f"{format.count(judgements)} evaluations, {fired}, {over}"
    return [html.H2(alert_words.measure_title(rule)), html.Span(seen, className="t2 sub clip")]


def delivered(kind: str, told: Told) -> str:
    """What became of the messages about one event."""
    fate = ", ".join(
        f"{word} {number}"
        for word, number in (("delivered", told.sent), ("waiting", told.waiting), ("failed", told.failed))
        if number
    )
    return f"{kind}: {fate or 'nobody told'}"


def judged(rule: Rule, rows: Sequence[Evaluation], told: Mapping[int, str]) -> Component | None:
    """What the scheduler saw, newest first: window, value, calls, state, query time, delivered."""
    if not rows:
        return None
    heads = [
        Column("Window"), Column(alert_words.measure_word(rule), right=True), Column("Calls", right=True),
        Column("State"), Column("Query ms", right=True), Column("Delivery"),
    ]  # fmt: skip
    return table(heads, [_judged(rule, one, told) for one in rows[:ROWS]], look="pin", label="Evaluations")


def _judged(rule: Rule, one: Evaluation, told: Mapping[int, str]) -> Component:
    return row(
        [
            cell(window_text(one.at_ns, rule.window), "mono sub", format.full_time(one.at_ns)),
            cell(point_text(rule, one.value, one.text), "r"),
            cell(format.NONE if one.samples >= 10**6 else format.count(one.samples), "r"),
            cell(badge(one.status, alert_words.BADGES.get(one.status, ""))),
            cell(f"{one.query_ms:.1f}", "r sub"),
            cell(told.get(one.at_ns, ""), "sub"),
        ],
        key=str(one.at_ns),
    )
