"""Where on the Alerts tab a person is: which view, which rule, which form. All of it stands in the URL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from alerting.rule import MAX_NAME, METRICS, Rule
from alerting.templates import template
from dashboard import url
from dashboard.url import PageState

VIEWS = {
    "": "Active", "rules": "Rules", "history": "History", "review": "Review",
    "silences": "Silences", "channels": "Channels", "deliveries": "Delivery log",
}  # fmt: skip
CARDS = ("critical", "warning", "info", "no data", "rule failed")
REPLAYS = {"24h": 86_400, "7d": 604_800, "30d": 2_592_000}  # seconds


@dataclass(frozen=True)
class Place:
    """`new` names a template, or is "" while no new rule is written; `cleared_ns` hides what is older."""

    view: str = ""
    card: str = ""
    rule: str = ""
    key: str = ""
    new: str = ""
    edit: bool = False
    channel: str = ""
    cleared_ns: int = 0
    replay: str = "24h"

    @property
    def writing(self) -> bool:
        """Whether the builder is open."""
        return bool(self.new) or (self.edit and bool(self.rule))


def place(state: PageState) -> Place:
    """Reads it from the URL; whatever makes no sense is left out."""
    extra = state.extra
    view, card = extra.get("view", ""), extra.get("card", "")
    cleared = extra.get("cleared", "")
    return Place(
        view=view if view in VIEWS else "",
        card=card if card in CARDS else "",
        rule=extra.get("rule", ""),
        key=extra.get("key", ""),
        new=extra.get("new", ""),
        edit=extra.get("edit") == "1",
        channel=extra.get("channel", ""),
        cleared_ns=int(cleared) * 10**6 if cleared.isdigit() and len(cleared) < 15 else 0,
        replay=extra.get("replay", "") if extra.get("replay") in REPLAYS else "24h",
    )


def href(state: PageState, **changes: str) -> str:
    """This page with some of its own keys changed; "" takes a key away."""
    extra = dict(state.extra) | changes
    return url.href(state, extra={key: value for key, value in extra.items() if value})


def view_href(state: PageState, view: str) -> str:
    """Another view, without what was open in the one that is left."""
    return url.href(
        state, q="", extra={"view": view, "cleared": state.extra.get("cleared", "")} if view else {}
    )


def rule_href(state: PageState, rule: str, key: str = "", **more: str) -> str:
    """The detail of one rule, in the view that is open."""
    kept = {name: state.extra.get(name, "") for name in ("view", "card", "cleared")}
    return url.href(state, q="", extra=kept | {"rule": rule, "key": key} | more)


def new_href(
    state: PageState, key: str, *, q: str = "", data: str = "", metric: str = "", name: str = "", by: str = ""
) -> str:
    """The builder on a new rule about these calls, from any tab.

    `name` is what it is about, `by` what it judges one by one: process or group.
    """
    page = PageState("alerts", state.range, state.start_ns, state.end_ns)
    given: dict[str, Any] = {"new": key, "data": data, "metric": metric, "name": name[:100], "by": by}
    return url.href(page, q=q, extra={name: value for name, value in given.items() if value})


def first_draft(state: PageState) -> Rule:
    """What the builder begins with: a template, narrowed to what the link named."""
    extra, rule = state.extra, template(state.extra.get("new", "")).rule
    metric = extra.get("metric", "")
    changes: dict[str, Any] = {"filter": state.q}
    if extra.get("data"):
        changes["data"] = extra["data"]
    if extra.get("name"):
        changes["name"] = f"{rule.name}: {extra['name']}"[:MAX_NAME]
    if extra.get("by") in ("process", "group"):
        changes["group_by"] = extra["by"]
    if metric in METRICS and rule.kind == "threshold":
        changes["metric"] = metric
    return Rule(**{name: getattr(rule, name) for name in rule.__dataclass_fields__} | changes)
