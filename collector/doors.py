"""Who may knock: the Host and Origin of a request, so that no foreign web page reaches a local collector."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD"})


class Door:
    """Knows the names this collector goes by."""

    def __init__(self, further_hosts: Iterable[str] = ()) -> None:
        self.hosts = LOCAL_HOSTS | {name.lower().strip("[]") for name in further_hosts}

    def refusal(self, method: str, host: str, origin: str | None) -> str:
        """Why the request is refused, or "" when it may pass. No Origin, as from every SDK, passes."""
        if self._name(f"//{host}") not in self.hosts:
            return "this Host is not allowed; add it to [collector] allowed_hosts"
        if origin is not None and method not in SAFE_METHODS and self._name(origin) not in self.hosts:
            return "this Origin is not allowed; add its host to [collector] allowed_hosts"
        return ""

    @staticmethod
    def _name(address: str) -> str | None:
        """The host name of an address, lower case; None when there is none."""
        try:
            return urlsplit(address).hostname
        except ValueError:
            return None
