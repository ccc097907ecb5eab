"""The parts of alerting, put together after the settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from alerting.channels import Channel, Outcome, send
from alerting.message import Message
from alerting.outbox import Outbox
from alerting.secrets import Secrets
from config import Settings, environment
from data.control import Control
from flowglass.redact import Redactor


def secrets_of(settings: Settings) -> Secrets:
    """Secrets of this data folder."""
    return Secrets(settings.store.data_dir, environment())


def sender_of(settings: Settings) -> Callable[[Channel, Message], Outcome]:
    """Makes one attempt."""
    return partial(send, allow_private=settings.alerts.allow_private_addresses)


def redactor_of(settings: Settings) -> Redactor:
    """Masks what leaves this machine as the collector masks what comes in."""
    rules = settings.redaction
    return Redactor(keys=rules.keys, patterns=rules.patterns, enabled=rules.enabled)


def page_url(settings: Settings) -> str:
    """Where links of messages lead."""
    web = settings.dashboard
    host = f"[{web.host}]" if ":" in web.host else web.host
    return settings.alerts.page_url or f"http://{host}:{web.port}"


def outbox_of(settings: Settings, control: Control) -> Outbox:
    """The outbox with its senders."""
    return Outbox(
        control, secrets_of(settings), redactor_of(settings), page_url(settings), sender_of(settings)
    )
