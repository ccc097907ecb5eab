"""Silences: the sentence that makes one, and those that hold now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash.development.base_component import Component

from dashboard import format, zone
from dashboard.alert_place import Place
from dashboard.components import alert_forms as forms
from dashboard.components.marks import attr, badge
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import html

NS = 10**9
LENGTHS = (
    ("900", "15 min"), ("3600", "1 h"), ("14400", "4 h"), ("28800", "8 h"), ("86400", "1 day"),
    ("604800", "7 days"),
    ("between", "from … to …"), ("hours", "again and again"),
)  # fmt: skip
SEVERITIES = (("", "any severity"), ("info", "info"), ("warning", "warnings"), ("critical", "critical"))
ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata",
    "Asia/Tokyo", "Australia/Sydney",
)  # fmt: skip
WINDOWS = (
    "sat 22:00-04:00 Europe/Berlin", "mon-fri 02:00-03:00 UTC", "sun America/New_York",
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
    ends_ns: int  # 0: never
    hours: str = ""  # "" all the time
    holds: bool = True
    change_ns: int | None = None  # when that changes, None when it never does


HEADS = (
    Column("Rule"), Column("Key"), Column("Severity"), Column("Now"), Column("When"),
    Column("Changes in", right=True), Column("Author"), Column("Reason"), Column("", title="Actions"),
)  # fmt: skip


def form(rules: Sequence[tuple[str, str]], place: Place, errors: Mapping[str, str]) -> Any:
    """The sentence; `rules` are ids and names."""
    choices = [("", "every rule"), *rules]
    sentence = [
        "Tell nobody about ", forms.select("rule", choices, place.rule, "Rule"), " for ",
        forms.text("key", place.key, "Group key, * for any part", placeholder="every key", look="short"),
        " as ",
        forms.select("severity", SEVERITIES, "", "Severity"), " during ",
        forms.select("seconds", LENGTHS, "3600", "How long"), _between(errors), _hours(errors), ", because ",
        forms.text(
            "reason", "", "Reason", placeholder="nightly import runs late", wrong=errors.get("reason", "")
        ), ". ",
        forms.button("Silence", "silence", look="pri"),
    ]  # fmt: skip
    note = "It goes on being judged meanwhile. Whoever heard that it began still hears that it is over."
    return forms.element(
        "form",
        forms.element("div", sentence, className="sent"),
        forms.messages(errors, FIELD_WORDS),
        forms.element("p", note, className="mut t1 note-x"),
        forms.datalist("alert-zones", ZONES), forms.datalist("alert-windows", WINDOWS),
        key=f"silence {place.rule} {place.key}", className="quiet-form", **attr(data_form="silence"),
    )  # fmt: skip


FIELD_WORDS = {
    "rule_id": "Rule", "ends": "How long", "starts": "From", "hours": "When", "zone": "Time zone",
    "reason": "Reason",
}  # fmt: skip


def _between(errors: Mapping[str, str]) -> Any:
    """Seen when "from … to …" is chosen (assets/css/alerts.css)."""
    parts = [
        " ", forms.text("from", "", "From", kind="datetime-local", look="time",
                        wrong=errors.get("starts", "")),
        " to ", forms.text("to", "", "To", kind="datetime-local", look="time", wrong=errors.get("ends", "")),
        " in ", forms.text("zone", zone.name(), "Time zone of these times", look="mono short",
                           wrong=errors.get("zone", ""), options="alert-zones"),
    ]  # fmt: skip
    return forms.element("span", parts, className="when-between")


def _hours(errors: Mapping[str, str]) -> Any:
    """Seen when "again and again" is chosen."""
    slot = forms.text(
        "hours", "", "Days, times, time zone", placeholder=WINDOWS[0], look="mono hours",
        wrong=errors.get("hours", ""), options="alert-windows",
    )  # fmt: skip
    return forms.element("span", [" ", slot], className="when-hours")


def listed(quiets: Sequence[Quiet], names: Mapping[str, str], now_ns: int) -> Component:
    """Those that hold or will, the one that ends first on top."""
    if not quiets:
        return empty("Nothing is silenced", "Every rule may speak.", sign="ok")
    return table(HEADS, [_row(one, names, now_ns) for one in quiets], look="pin", label="Silences")


def _row(one: Quiet, names: Mapping[str, str], now_ns: int) -> Component:
    rule = names.get(one.rule_id, "a rule that is gone") if one.rule_id else "every rule"
    end = html.Button(
        "End now" if not one.hours else "End for good", type="button", className="btn-x sm",
        **attr(data_act="end-silence", data_id=one.id, aria_label=f"End the silence of {rule} for good"),
    )  # fmt: skip
    left = format.NONE if one.change_ns is None else format.span_of((one.change_ns - now_ns) / NS)
    return row(
        [
            cell(html.B(rule)), cell(one.key or "every key", "mono sub"), cell(one.severity or "any", "sub"),
            cell(badge("silent", "acc") if one.holds else badge("waits")),
            cell(when(one), "sub", when(one)), cell(left, "r", _full(one.change_ns)),
            cell(one.author, "sub"), cell(one.reason or format.NONE, "sub", one.reason), cell(end, "r"),
        ],
        key=one.id,
    )  # fmt: skip


def when(one: Quiet) -> str:
    """Once or again and again, and until when."""
    until = f"until {format.day_clock(one.ends_ns)}" if one.ends_ns else ""
    if one.hours:
        return f"{one.hours}, {until}" if until else one.hours
    return until if one.holds else f"from {format.day_clock(one.starts_ns)} {until}"


def _full(at_ns: int | None) -> str:
    return format.full_time(at_ns) if at_ns is not None else ""
