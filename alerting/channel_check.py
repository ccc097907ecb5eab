"""What is wrong with a channel as it was typed in, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from alerting.channels import KINDS
from alerting.rule import FieldError

MAX_NAME, MAX_TEXT, MAX_TO = 100, 2_000, 20
TEXTS = ("kind", "name", "url", "secret", "host", "security", "user", "sender")
SECURITY = ("starttls", "tls", "none")
MAIL = re.compile(r"[^@\s,<>\"]+@[^@\s,<>\"]+")
Found = list[FieldError]


def channel_errors(plain: Mapping[str, Any], *, has_secret: bool) -> tuple[FieldError, ...]:
    """Everything that is wrong; none when it may be kept."""
    found = _shape(plain)
    if not found:
        found = _name(plain) + BY_KIND[plain["kind"]](plain, has_secret)
    return tuple(found)


def _shape(plain: Mapping[str, Any]) -> Found:
    known = {*TEXTS, "port", "to", "id"}
    found = [FieldError(str(key), "no such field") for key in plain if key not in known]
    for key in TEXTS:
        value = plain.get(key)
        if value is not None and (not isinstance(value, str) or len(value) > MAX_TEXT):
            found.append(FieldError(key, f"a text of at most {MAX_TEXT} characters"))
    to = plain.get("to") or ()
    if not isinstance(to, list | tuple) or not all(isinstance(one, str) for one in to) or len(to) > MAX_TO:
        found.append(FieldError("to", f"a list of at most {MAX_TO} addresses"))
    port = plain.get("port", 587)
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        found.append(FieldError("port", "a whole number from 1 to 65535"))
    if plain.get("kind") not in KINDS:
        found.append(FieldError("kind", f"one of {', '.join(KINDS)}"))
    if plain.get("security", "starttls") not in SECURITY:
        found.append(FieldError("security", f"one of {', '.join(SECURITY)}"))
    return found


def _name(plain: Mapping[str, Any]) -> Found:
    name = plain.get("name") or ""
    if not name.strip():
        return [FieldError("name", "give it a name")]
    return [FieldError("name", f"at most {MAX_NAME} characters")] if len(name) > MAX_NAME else []


def _address(plain: Mapping[str, Any], has_secret: bool) -> Found:
    reason = url_error(plain.get("url") or "")
    return [FieldError("url", reason)] if reason else []


def _slack(plain: Mapping[str, Any], has_secret: bool) -> Found:
    """Slack's address is a secret itself."""
    if has_secret or plain.get("url"):
        given = plain.get("secret") or plain.get("url") or ""
        reason = url_error(given) if given and not given.startswith("env:") else ""
        return [FieldError("secret", reason)] if reason else []
    return [FieldError("secret", "the address of the incoming webhook")]


def _service(plain: Mapping[str, Any], has_secret: bool) -> Found:
    return [] if has_secret else [FieldError("secret", "the address of the service, such as ntfys://topic")]


def _email(plain: Mapping[str, Any], has_secret: bool) -> Found:
    found = [] if plain.get("host") else [FieldError("host", "the name of the mail server")]
    to = plain.get("to") or ()
    if not to or not all(MAIL.fullmatch(one) for one in to):
        found.append(FieldError("to", "one or more mail addresses"))
    if not MAIL.fullmatch(plain.get("sender") or ""):
        found.append(FieldError("sender", "a mail address"))
    return found


def url_error(url: str) -> str:
    """What is wrong with an address; "" when nothing is. Where it leads is checked when it is used."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for one that is none
    except ValueError:
        return "this is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "an address that begins with http:// or https://"
    return "no user name or password; use the secret" if parts.username or parts.password else ""


BY_KIND: Mapping[str, Callable[[Mapping[str, Any], bool], Found]] = {
    "webhook": _address, "alertmanager": _address, "slack": _slack, "email": _email, "sms": _service,
    "service": _service,
}  # fmt: skip
