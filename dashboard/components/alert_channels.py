"""Channels: those there are, and the form of one. A secret goes in and never comes out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dash.development.base_component import Component

from dashboard.alert_place import Place, href
from dashboard.components import alert_forms as forms
from dashboard.components.alert_words import ago
from dashboard.components.marks import attr, badge, icon
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.light import dcc, html
from dashboard.url import PageState

HEADS = (
    Column("Channel"), Column("Kind"), Column("Where"), Column("Secret"), Column("Used by", right=True),
    Column("Changed", right=True), Column("", title="Actions"),
)  # fmt: skip
SECURITY = (("starttls", "STARTTLS"), ("tls", "TLS from the start"), ("none", "no encryption"))


@dataclass(frozen=True)
class Field:
    """One line of the form. `secret` is written only."""

    name: str
    label: str
    hint: str = ""
    secret: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""


@dataclass(frozen=True)
class KindOfChannel:
    """What a kind of channel asks for."""

    key: str
    words: str
    fields: tuple[Field, ...]
    note: str = ""


@dataclass(frozen=True)
class Shown:
    """A channel as the page may know it: `secret` says only what kind of secret there is."""

    id: str
    kind: str
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""  # "", "kept encrypted", or "env:NAME"
    used_by: int = 0
    changed_ns: int = 0
    revision: int = 0


SECRET_HINT = "kept encrypted, never shown again; env:NAME takes a variable"
KINDS: tuple[KindOfChannel, ...] = (
    KindOfChannel(
        "webhook", "Webhook",
        (
            Field("url", "Address", "https://hooks.example.org/flowglass"),
            Field("secret", "Signing secret", SECRET_HINT, secret=True),
        ),
        "Posts JSON; with a secret it is signed by HMAC-SHA256.",
    ),
    KindOfChannel(
        "slack", "Slack", (Field("secret", "Incoming webhook address", SECRET_HINT, secret=True),),
        "The address is itself the secret.",
    ),
    KindOfChannel(
        "alertmanager", "Alertmanager",
        (
            Field("url", "Address", "https://alertmanager.example.org:9093"),
            Field("secret", "Bearer token", SECRET_HINT, secret=True),
        ),
        "Prometheus Alertmanager: firing and resolved alerts, grouped and routed by its own rules.",
    ),
    KindOfChannel(
        "sms", "SMS", (Field("secret", "Address of the service", "twilio://…; " + SECRET_HINT, secret=True),),
        "Delivered means accepted by the service. The address is itself the secret.",
    ),
    KindOfChannel(
        "service", "Other service",
        (Field("secret", "Address of the service", "ntfys://topic; " + SECRET_HINT, secret=True),),
        "Delivered means accepted by the service. The address is itself the secret.",
    ),
    KindOfChannel(
        "email", "E-mail",
        (
            Field("to", "To", "ops@example.org, on-call@example.org"),
            Field("sender", "From", "flowglass@example.org"),
            Field("host", "Mail server", "smtp.example.org"),
            Field("port", "Port", default="587"),
            Field("security", "Encryption", choices=SECURITY, default="starttls"),
            Field("user", "User", "only when the server asks for one"),
            Field("secret", "Password", SECRET_HINT, secret=True),
        ),
    ),
)  # fmt: skip


def kind_of(key: str) -> KindOfChannel:
    """The kind of this key; the first one for any other."""
    return next((one for one in KINDS if one.key == key), KINDS[0])


def listed(channels: Sequence[Shown], state: PageState, place: Place, now_ns: int) -> Component:
    """The table, or what a channel is for."""
    if not channels:
        return empty("No channel yet", "Rules show what they find on this page. A channel tells people, too.")
    rows = [_row(one, state, place, now_ns) for one in channels]
    return table(HEADS, rows, look="pin", label="Channels")


def _row(one: Shown, state: PageState, place: Place, now_ns: int) -> Component:
    open_ = href(state, channel=one.id)
    tools = [
        html.Button(
            [icon("send"), "Send test message"], type="button", className="btn-x sm",
            **attr(data_act="test-channel", data_id=one.id, aria_label=f"Send a test message to {one.name}"),
        ),
        html.Button(
            icon("trash"), type="button", className="ib sm", title=f"Delete {one.name}",
            **attr(data_act="delete-channel", data_id=one.id, aria_label=f"Delete {one.name}",
                   data_ask=f"Delete the channel {one.name}? What waits for it is dropped."),
        ),
    ]  # fmt: skip
    return row(
        [
            cell(dcc.Link(html.B(one.name), href=open_, className="plain", title="Change it")),
            cell(badge(kind_of(one.kind).words if one.kind in [k.key for k in KINDS] else one.kind)),
            cell(_where(one), "mono sub", _where(one)),
            cell(one.secret or "none", "sub"),
            cell(f"{one.used_by} rule{'s' * (one.used_by != 1)}", "r sub"),
            cell(ago(now_ns, one.changed_ns), "r sub"),
            cell(tools, "r acts"),
        ],
        look="sel" if place.channel == one.id else "",
        key=one.id,
    )  # fmt: skip


def _where(one: Shown) -> str:
    for name in ("to", "url", "host"):
        value = one.values.get(name)
        if value:
            return ", ".join(value) if isinstance(value, list | tuple) else str(value)
    return "in its secret"


def form(
    chosen: Shown | None, kind: str, errors: Mapping[str, str], values: Mapping[str, Any], state: PageState
) -> Any:
    """A new channel or a known one; `values` are what was typed when an error came back."""
    wanted = kind_of(chosen.kind if chosen else kind)
    known = dict(chosen.values) if chosen else {}
    kinds = [(one.key, one.words) for one in KINDS]
    choice: Any = (
        forms.element("b", wanted.words)
        if chosen
        else forms.select("kind", kinds, wanted.key, "Kind of channel")
    )
    name = forms.text(
        "name", str(values.get("name", chosen.name if chosen else "")), "Name",
        placeholder="ops hook", wrong=errors.get("name", ""),
    )  # fmt: skip
    lines = [
        _line("Kind", choice, ""), _line("Name", name, errors.get("name", "")),
        *[_field(one, values.get(one.name, known.get(one.name, one.default)), errors, chosen)
          for one in wanted.fields],
    ]  # fmt: skip
    about = {"id": chosen.id, "revision": str(chosen.revision)} if chosen else {"id": "", "revision": "0"}
    tools = [
        forms.button("Save channel", "save-channel", look="pri", **about),
        forms.button(
            "Save and send test message", "try-channel",
            label="Saves it and sends one message marked TEST", **about,
        ),
    ]  # fmt: skip
    if chosen:
        tools.append(
            forms.element("Link", "New channel", href=href(state, channel=""), className="btn-x quiet")
        )
    return forms.element(
        "form",
        forms.element("div", lines, className="form-grid"),
        forms.element("p", wanted.note, className="mut t1 note-x") if wanted.note else None,
        forms.element("div", tools, className="row-x form-tools"),
        key=f"channel {chosen.id if chosen else ''} {wanted.key}", **attr(data_form="channel"),
    )  # fmt: skip


def _field(one: Field, value: Any, errors: Mapping[str, str], chosen: Shown | None) -> Any:
    wrong = errors.get(one.name, "")
    shown = ", ".join(value) if isinstance(value, list | tuple) else str(value)
    if one.choices:
        return _line(one.label, forms.select(one.name, one.choices, shown, one.label, wrong=wrong), wrong)
    if one.secret:
        kept = f"{chosen.secret}; leave empty to keep it" if chosen and chosen.secret else one.hint
        field_ = forms.text(one.name, "", one.label, wrong=wrong, placeholder=kept, kind="password")
        return _line(one.label, field_, wrong)
    return _line(one.label, forms.text(one.name, shown, one.label, wrong=wrong, placeholder=one.hint), wrong)


def _line(label: str, control: Any, wrong: str) -> Any:
    problem = forms.element("span", wrong, className="bad t1", role="alert") if wrong else None
    return forms.element(
        "label",
        forms.element("span", label, className="t1 mut"),
        control,
        problem,
        key=label,
        className="form-line",
    )
