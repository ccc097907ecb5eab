"""Ways to tell somebody. Each sends one message and says truly what became of it."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any, Literal, get_args

from alerting import alertmanager
from alerting.message import Message
from alerting.net import TIMEOUT_SECONDS, Answer, RefusedAddress, Resolve, checked, post, resolve
from alerting.service import notify

Kind = Literal["webhook", "slack", "email", "alertmanager", "sms", "service"]
KINDS: tuple[str, ...] = get_args(Kind)
LAMPS = {"critical": ":red_circle:", "warning": ":large_yellow_circle:", "info": ":large_blue_circle:"}


@dataclass(frozen=True)
class Channel:
    """Where and how.

    `secret` signs a webhook, is the bearer of an Alertmanager, the mail server's password, or the whole
    address of Slack or of a service.
    """

    id: str
    kind: Kind
    name: str
    url: str = ""
    secret: str = ""
    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    sender: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether it arrived; when not, whether trying again can help and how soon (seconds, None: as usual)."""

    ok: bool
    answer: str
    milliseconds: float
    again: bool = False
    retry_after: float | None = None


def send(
    channel: Channel, message: Message, *, allow_private: bool = False, lookup: Resolve = resolve
) -> Outcome:
    """One attempt. Nothing escapes: what goes wrong is the outcome."""
    begun = time.perf_counter()
    try:
        if channel.kind == "email":
            return _email(channel, message, allow_private, lookup)
        if channel.kind in ("sms", "service"):
            accepted, said, ms = notify(channel.secret, message, allow_private=allow_private)
            return Outcome(accepted, said, ms, again=not accepted)
        if channel.kind == "slack":
            return _outcome(_slack(channel, message, allow_private, lookup))
        if channel.kind == "alertmanager":
            return _outcome(_alertmanager(channel, message, allow_private, lookup))
        return _outcome(_webhook(channel, message, allow_private, lookup))
    except RefusedAddress as error:
        return Outcome(False, f"refused: {error}", (time.perf_counter() - begun) * 1000)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        took = (time.perf_counter() - begun) * 1000
        return Outcome(False, f"{type(error).__name__}: {error}", took, again=_is_passing(error))


def _is_passing(error: Exception) -> bool:
    """Whether the same attempt can succeed later: a refused login or recipient cannot."""
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    return not isinstance(error, smtplib.SMTPRecipientsRefused | ValueError | ssl.SSLError)


def _outcome(answer: Answer) -> Outcome:
    """Any 2xx arrived. 408, 425, 429, 5xx and silence are tried again; a redirect is not followed."""
    said = f"{answer.status} {answer.text}".strip() if answer.status else answer.text
    if 200 <= answer.status < 300:
        return Outcome(True, said, answer.milliseconds)
    passing = answer.status in (0, 408, 425, 429) or answer.status >= 500
    return Outcome(False, said, answer.milliseconds, passing, answer.retry_after)


def _webhook(channel: Channel, message: Message, allow_private: bool, lookup: Resolve) -> Answer:
    body = json.dumps(message.payload, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "X-Flowglass-Event": message.event_id}
    if channel.secret:
        headers |= signature(channel.secret, body, int(time.time()))
    return post(channel.url, body, headers, allow_private=allow_private, lookup=lookup)


def _alertmanager(channel: Channel, message: Message, allow_private: bool, lookup: Resolve) -> Answer:
    body = json.dumps(alertmanager.alerts(message)).encode()
    headers = {"Content-Type": "application/json"}
    if channel.secret:
        headers["Authorization"] = f"Bearer {channel.secret}"
    where = alertmanager.address(channel.url)
    return post(where, body, headers, allow_private=allow_private, lookup=lookup)


def signature(secret: str, body: bytes, at_seconds: int) -> dict[str, str]:
    """HMAC-SHA256 over "timestamp.body": a receiver refuses what is old or was changed."""
    signed = hmac.new(secret.encode(), f"{at_seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Flowglass-Timestamp": str(at_seconds), "X-Flowglass-Signature": f"sha256={signed}"}


def _slack(channel: Channel, message: Message, allow_private: bool, lookup: Resolve) -> Answer:
    body = json.dumps(slack_payload(message)).encode()
    headers = {"Content-Type": "application/json"}
    return post(channel.secret or channel.url, body, headers, allow_private=allow_private, lookup=lookup)


def slack_payload(message: Message) -> Mapping[str, Any]:
    """A line, the facts, the evidence as code, the links. Slack's own marks in values are made plain."""
    lamp = LAMPS.get(message.severity, "") if message.payload["status"] == "firing" else ":white_check_mark:"
    blocks: list[dict[str, Any]] = [_section(f"{lamp} *{_plain(message.title)}*")]
    if message.facts:
        blocks.append(_section("\n".join(map(_plain, message.facts))))
    if message.evidence:
        blocks.append(
            _section("```" + "\n".join(map(_plain, message.evidence)).replace("```", "'''") + "```")
        )
    if message.links:
        blocks.append(_section(" · ".join(f"<{href}|{name}>" for name, href in message.links)))
    return {"text": _plain(message.title), "blocks": blocks}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text[:2900]}}


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _email(channel: Channel, message: Message, allow_private: bool, lookup: Resolve) -> Outcome:
    mail = email_message(channel, message)
    address = checked(channel.host, channel.port, allow_private, lookup)
    begun = time.perf_counter()
    context = ssl.create_default_context()
    with _server(channel, address, context) as server:
        if channel.security == "starttls":
            server.starttls(context=context)
        if channel.user:
            server.login(channel.user, channel.secret)
        refused = server.send_message(mail)
    took = (time.perf_counter() - begun) * 1000
    if refused:
        return Outcome(False, f"refused for {', '.join(refused)}", took)
    return Outcome(True, f"accepted by {channel.host} for {', '.join(channel.to)}", took)


def _server(channel: Channel, address: str, context: ssl.SSLContext) -> smtplib.SMTP:
    """Connected to the address that was checked, under the host's own name for the certificate."""
    if channel.security == "tls":
        secure = smtplib.SMTP_SSL(timeout=TIMEOUT_SECONDS, context=context)
        secure._host = channel.host  # type: ignore[attr-defined]
        secure.connect(address, channel.port)
        return secure
    plain = smtplib.SMTP(timeout=TIMEOUT_SECONDS)
    plain.connect(address, channel.port)
    plain._host = channel.host  # type: ignore[attr-defined]
    return plain


def email_message(channel: Channel, message: Message) -> EmailMessage:
    """Plain text; the subject on one line, whatever the title holds."""
    mail = EmailMessage()
    mail["Subject"] = " ".join(f"[{message.severity}] {message.title}".split())[:200]
    mail["From"] = Address(addr_spec=channel.sender)
    mail["To"] = [Address(addr_spec=one) for one in channel.to]
    mail["Message-ID"] = make_msgid(idstring=message.event_id, domain="flowglass.invalid")
    mail["X-Flowglass-Event"] = message.event_id
    thread = f"<{hashlib.sha256(message.dedup_key.encode()).hexdigest()[:24]}@flowglass.invalid>"
    mail["References"] = thread  # one thread from firing to resolved
    mail.set_content(message.text)
    return mail
