"""The head of the list: its views, what can be done with it, and what came of what was done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.alert_place import VIEWS, Place, href, view_href
from dashboard.components.alert_rules import new_link
from dashboard.components.marks import Child, attr, count_badge, lamp
from dashboard.components.panel import Subtab, subtabs
from dashboard.light import dcc, html
from dashboard.url import PageState

API = "/api/v1/alerts"


def views(
    state: PageState, place: Place, active: int, firing: bool, rules: int, silences: int
) -> list[Component]:
    """The views, with how much is in them."""
    numbers = {"": (active, "bad" if firing else ""), "rules": (rules, ""), "silences": (silences, "")}
    found = []
    for key, word in VIEWS.items():
        number, look = numbers.get(key, (0, ""))
        label: list[Child] = [word]
        if number:
            label.append(count_badge(str(number), look))
        found.append(Subtab(label, view_href(state, key), place.view == key))
    return subtabs(found)


def tools(state: PageState, place: Place, now_ns: int) -> list[Component]:
    """Clearing the view says that it clears nothing else."""
    found: list[Component] = []
    if place.view == "":
        clear = dcc.Link(
            "Clear view", href=href(state, cleared=str(now_ns // 10**6)), className="btn-x sm quiet",
            title="Empties this view only. Alerts go on firing, nothing is resolved or deleted.",
        )  # fmt: skip
        found.append(clear)
    if place.view == "channels":
        kinds = dcc.Link("New channel", href=view_href(state, "channels"), className="btn-x sm quiet")
        found.append(kinds)
    if place.view == "rules":
        export = html.A(
            "Export", href=f"{API}/rules.toml", download="rules.toml", className="btn-x sm quiet",
            title="The rules that do not stand in files already, as one TOML file",
        )  # fmt: skip
        found.append(export)
    return [*found, new_link(state)]


def notice(done: Mapping[str, Any], place: str) -> Any:
    """What came of the last thing that was done here; empty when it was done elsewhere, or says nothing."""
    said = str(done.get("said") or "")
    if not said or done.get("place") != place:
        return None
    good = bool(done.get("ok"))
    parts: list[Child] = [lamp("ok" if good else "bad"), html.Span(said, className="grow")]
    if done.get("conflict"):
        parts += [_act("Load theirs", data_forget="1"), _act("Overwrite with mine", data_act="overwrite")]
    close = html.Button("×", type="button", className="ib sm", **attr(aria_label="Close", data_act="close"))  # noqa: RUF001
    look = "callout row-x note" if good else "callout bad row-x note"
    lines = [html.Div(str(one), className="t2 mono") for one in done.get("lines") or ()]
    return [html.Div([*parts, close], className=look), *lines]


def _act(words: str, **data: str) -> Component:
    return html.Button(words, type="button", className="btn-x sm", **attr(**data))
