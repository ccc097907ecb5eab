"""The six cards on top of the Alerts tab: how much of what, and a press narrows the list to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from alerting.standing import Standing, typical_ns
from dashboard import format
from dashboard.alert_place import Place, href, view_href
from dashboard.components.marks import Kind, classes, lamp
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.alert_log import Episode
from queries.alerts import AlertCounts

NS = 10**9


@dataclass(frozen=True)
class Card:
    """One number with its word and what it is held against."""

    key: str
    label: str
    number: int
    words: str
    lamp: Kind
    colour: str  # of the number, "" for none


def cards(seen: Seen, state: PageState, place: Place, now_ns: int) -> list[Component]:
    """Critical, warning, info, resolved, no data, rule failed."""
    return [_card(one, state, place) for one in counted(seen, now_ns)]


@dataclass(frozen=True)
class Seen:
    """What the cards are counted from: what is not ok, the firings of 24 h, when rules were judged last."""

    counts: AlertCounts
    active: Sequence[Standing] = ()
    day: Sequence[Episode] = ()
    judged: int = 0  # rules that were ever judged
    last_ns: int = 0


def counted(seen: Seen, now_ns: int) -> tuple[Card, ...]:
    """What stands on the cards."""
    found, counts = seen.active, seen.counts
    typical = typical_ns(seen.day)
    ended = f"in 24 h, median {format.age(typical / NS)}" if typical is not None else "none in 24 h"
    silent, broken = _with(found, "no data"), _with(found, "rule failed")
    number = {name: getattr(counts, name) for name in ("critical", "warning", "info")}
    return (
        *[_severity(name, number[name], found, now_ns) for name in number],
        Card("resolved", "Resolved", counts.resolved, ended, "ok", ""),
        Card("no data", "No data", counts.no_data, _silent_words(silent, seen.judged), "off", ""),
        Card(
            "rule failed", "Rule failed", counts.rule_failed, _broken_words(broken, seen.last_ns, now_ns),
            "bad" if counts.rule_failed else "ok", "bad" if counts.rule_failed else "",
        ),
    )  # fmt: skip


def _severity(name: str, number: int, found: Sequence[Standing], now_ns: int) -> Card:
    alive = [one for one in found if one.alive and one.alert.severity == name]
    kind: Kind = {"critical": "bad", "warning": "warn", "info": "info"}[name]  # type: ignore[assignment]
    colour = {"critical": "bad", "warning": "warn"}.get(name, "") if number else ""
    return Card(name, name.capitalize(), number, _alive_words(alive, now_ns), kind, colour)


def _alive_words(alive: Sequence[Standing], now_ns: int) -> str:
    if not alive:
        return "none firing"
    quiet = sum(one.alert.suppressed for one in alive)
    ending = sum(one.alert.status == "recovering" for one in alive)
    if quiet:
        return f"{quiet} suppressed"
    if ending:
        return f"{ending} recovering"
    longest = max(now_ns - one.alert.episode_ns for one in alive)
    return f"longest {format.age(longest / NS)}"


def _silent_words(silent: Sequence[Standing], judged: int) -> str:
    if silent:
        return silent[0].rule.name
    return f"all {format.count(judged)} rules have data" if judged else "no rule was judged yet"


def _broken_words(broken: Sequence[Standing], last_ns: int, now_ns: int) -> str:
    if broken:
        return broken[0].rule.name
    return f"last pass {format.age((now_ns - last_ns) / NS)} ago" if last_ns else "no pass yet"


def _with(found: Sequence[Standing], status: str) -> list[Standing]:
    return [one for one in found if one.alert.status == status]


def _card(card: Card, state: PageState, place: Place) -> Component:
    if card.key == "resolved":
        on, target = place.view == "history", view_href(state, "" if place.view == "history" else "history")
    else:
        on = place.card == card.key
        target = href(state, view="", card="" if on else card.key)
    words = html.Span(
        [
            html.Span([lamp(card.lamp), card.label], className="l"),
            html.Span(card.words, className="s clip", title=card.words),
        ],
        className="card-w",
    )
    return dcc.Link(
        [html.Span(format.short_count(card.number), className=classes("n", card.colour)), words],
        href=target, className=classes("card-x", "on" if on else ""),
        title=f"{card.label}: press to {'show all again' if on else 'see only these'}",
    )  # fmt: skip
