"""Who may come in: every request's Host is checked, and the Origin of everything that is not a plain read.

This is what keeps a page of another site, or a name that an attacker points at 127.0.0.1, out.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from flask import Flask, Response, request

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
PLAIN_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def install(server: Flask, allowed_hosts: Iterable[str]) -> None:
    """Answer 403 to whoever does not belong here, before anything else is done."""
    allowed = LOCAL | {host.lower().strip("[]") for host in allowed_hosts}

    def check() -> Response | None:
        refusal = refused(
            allowed, request.method, request.headers.get("Host", ""), request.headers.get("Origin"),
            upgrade="upgrade" in request.headers.get("Connection", "").lower(),
        )  # fmt: skip
        return Response(refusal + "\n", 403, mimetype="text/plain") if refusal else None

    server.before_request_funcs.setdefault(None, []).insert(0, check)


def refused(allowed: frozenset[str], method: str, host: str, origin: str | None, *, upgrade: bool) -> str:
    """Why this request is refused, "" when it is not."""
    if host_name(host) not in allowed:
        return f"Host {host[:100]!r} is not served here; add it to [dashboard] allowed_hosts to serve it."
    if origin is None or (method in PLAIN_READS and not upgrade):
        return ""
    if same_place(origin, host):
        return ""
    return f"Origin {origin[:100]!r} may not do this."


def host_name(netloc: str) -> str:
    """The name in "name:port", "[v6]:port" or "name", lower case; "" when it cannot be read."""
    try:
        return (urlsplit(f"//{netloc}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def same_place(origin: str, host: str) -> bool:
    """Whether the page that asks was served from the address it asks."""
    try:
        from_, to = urlsplit(origin), urlsplit(f"//{host}")
        default = {"http": 80, "https": 443}.get(from_.scheme)
        if default is None:
            return False
        return (from_.hostname, from_.port or default) == (to.hostname, to.port or default)
    except ValueError:
        return False
