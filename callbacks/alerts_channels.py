"""Alerts: channels as they are written, tried and taken away. A secret goes in and never comes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import no_update

from alerting import edit
from alerting.channels import send
from alerting.edit import SavedChannel
from alerting.sample import base_url, redactor
from alerting.secrets import Secrets
from alerting.trial import try_channel
from callbacks.alerts_state import Data
from callbacks.control import control_of
from config import environment
from dashboard import format
from dashboard.components.alert_channels import kind_of
from dashboard.url import PageState
from data import control_channels
from data.control import WHO, NotThere

if TYPE_CHECKING:
    from callbacks.context import Context

Act = Mapping[str, Any]
Done = dict[str, Any]


@dataclass(frozen=True)
class Tried:
    """What became of a test message, in words."""

    ok: bool
    words: str


def save_channel(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """Keeps the form; an empty secret keeps the one there is."""
    saved = _saved(ctx, wish)
    return _said(True, f"{saved.channel.name} is saved", toast=True, forget=True), _opened(saved)


def try_saved(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """Keeps the form and sends one message marked TEST."""
    saved = _saved(ctx, wish)
    tried = send_test(ctx, saved.channel.id)
    return _said(tried.ok, tried.words, forget=True), _opened(saved)


def test_channel(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    """One message marked TEST over a kept channel."""
    tried = send_test(ctx, str(wish["id"]))
    return _said(tried.ok, tried.words), no_update


def delete_channel(ctx: Context, wish: Act, state: PageState, draft: Data) -> tuple[Done, Any]:
    control_channels.delete_channel(control_of(ctx), str(wish["id"]), ctx.now_ns(), WHO)
    return _said(True, "The channel is deleted", toast=True), {"channel": ""}


def send_test(ctx: Context, id: str, rule_name: str = "") -> Tried:
    """Sends it the way real messages go; what the other side answered."""
    settings, control = ctx.settings, control_of(ctx)
    try:
        name = edit.channel(control, id).channel.name
        tried = try_channel(
            control, _secrets(ctx), redactor(settings.redaction), base_url(settings), id, ctx.now_ns(),
            partial(send, allow_private=settings.alerts.allow_private_addresses), rule_name,
        )  # fmt: skip
    except NotThere:
        return Tried(False, f"{id}: the channel is gone")
    took = format.duration(tried.milliseconds * 1e6)
    if tried.success:
        return Tried(True, f"{name}: delivered in {took}, answer {tried.message or 'empty'}")
    return Tried(False, f"{name}: not delivered, {tried.error}")


def _secrets(ctx: Context) -> Secrets:
    return Secrets(ctx.settings.store.data_dir, environment())


def _saved(ctx: Context, wish: Act) -> SavedChannel:
    plain, now, control = _plain(wish), ctx.now_ns(), control_of(ctx)
    if not wish.get("id"):
        return edit.add_channel(control, _secrets(ctx), plain, now, WHO)
    id, revision = str(wish["id"]), int(wish.get("revision") or 0)
    plain["kind"] = edit.channel(control, id).channel.kind
    return edit.change_channel(control, _secrets(ctx), id, revision, plain, now, WHO)


def _plain(wish: Act) -> dict[str, Any]:
    """The form's texts as the fields of a channel."""
    values = {key: str(value).strip() for key, value in dict(wish.get("values") or {}).items()}
    kind = values.get("kind", "webhook")
    known = {"kind", "name", *(one.name for one in kind_of(kind).fields)} if values.get("kind") else None
    plain: dict[str, Any] = {
        key: value for key, value in values.items() if value and (known is None or key in known)
    }
    plain.setdefault("kind", kind)
    if "port" in plain:
        plain["port"] = int(plain["port"]) if plain["port"].isdigit() else json.dumps(plain["port"])
    if "to" in plain:
        plain["to"] = [one.strip() for one in plain["to"].split(",") if one.strip()]
    return plain


def _opened(saved: SavedChannel) -> dict[str, str]:
    return {"channel": saved.channel.id}


def _said(ok: bool, words: str, **more: Any) -> Done:
    return {"ok": ok, "said": words, "place": "list", **more}


CHANNEL_ACTS = {
    "save-channel": save_channel, "try-channel": try_saved, "test-channel": test_channel,
    "delete-channel": delete_channel,
}  # fmt: skip
