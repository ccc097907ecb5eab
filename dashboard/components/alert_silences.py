"""Silences: the sentence that makes one, and those that hold now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard import format
from dashboard.alert_place import Place
from dashboard.components import alert_forms as forms
from dashboard.components.marks import attr
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table

NS = 10**9
LENGTHS = (
    ("900", "15 min"), ("3600", "1 h"), ("14400", "4 h"), ("28800", "8 h"), ("86400", "1 day"),
    ("604800", "7 days"),
)  # fmt: skip


@dataclass(frozen=True)
class Quiet:
    """A silence: whom it covers ("" is everything), who asked for it, why and until when."""

    id: str
    rule_id: str
    key: str
    severity: str
    author: str
    reason: str
    starts_ns: int
    ends_ns: int


HEADS = (
    Column("Rule"), Column("Key"), Column("Until"), Column("Left", right=True), Column("Author"),
    Column("Reason"), Column("", title="Actions"),
)  # fmt: skip


def form(rules: Sequence[tuple[str, str]], place: Place, errors: Mapping[str, str]) -> Any:
    """The sentence; `rules` are ids and names."""
    choices = [("", "every rule"), *rules]
    sentence = [
        "Tell nobody about ", forms.select("rule", choices, place.rule, "Rule"), " for ",
        forms.text("key", place.key, "Group key, * for any part", placeholder="every key", look="short"),
        " during ", forms.select("seconds", LENGTHS, "3600", "How long"), ", because ",
        forms.text(
            "reason", "", "Reason", placeholder="nightly import runs late", wrong=errors.get("reason", "")
        ), ". ",
        forms.button("Silence", "silence", look="pri"),
    ]  # fmt: skip
    note = "It goes on being judged meanwhile. Whoever heard that it began still hears that it is over."
    return forms.element(
        "form",
        forms.element("div", sentence, className="sent"),
        forms.messages(errors, {"rule_id": "Rule", "ends": "How long"}),
        forms.element("p", note, className="mut t1 note-x"),
        key=f"silence {place.rule} {place.key}", **attr(data_form="silence"),
    )  # fmt: skip


def listed(quiets: Sequence[Quiet], names: Mapping[str, str], now_ns: int) -> Component:
    """Those that hold, the one that ends first on top."""
    if not quiets:
        return empty("Nothing is silenced", "Every rule may speak.", sign="ok")
    return table(HEADS, [_row(one, names, now_ns) for one in quiets], look="pin", label="Silences")


def _row(one: Quiet, names: Mapping[str, str], now_ns: int) -> Component:
    rule = names.get(one.rule_id, "a rule that is gone") if one.rule_id else "every rule"
    end = html.Button(
        "End now", type="button", className="btn-x sm",
        **attr(data_act="end-silence", data_id=one.id, aria_label=f"End the silence of {rule} now"),
    )  # fmt: skip
    return row(
        [
            cell(html.B(rule)), cell(one.key or "every key", "mono sub"),
            cell(format.day_clock(one.ends_ns), "sub", format.full_time(one.ends_ns)),
            cell(format.span_of((one.ends_ns - now_ns) / NS), "r"), cell(one.author, "sub"),
            cell(one.reason or format.NONE, "sub", one.reason), cell(end, "r"),
        ],
        key=one.id,
    )  # fmt: skip
