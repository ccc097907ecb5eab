"""One HTTP connection to the collector: kept alive, closed on trouble, never raising for an answer."""

from __future__ import annotations

import gzip
import http.client
import ssl
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_ANSWER = 1 << 20
TROUBLE = (OSError, http.client.HTTPException, ValueError)


class Answer(NamedTuple):
    """What the collector said; status 0 is no answer at all."""

    status: int
    body: bytes = b""
    etag: str = ""
    retry_after: float = 0.0  # seconds


class Transport:
    """Sends requests to one endpoint, from one thread."""

    def __init__(
        self,
        endpoint: str,
        headers: Mapping[str, str],
        timeout: float,
        compression: str,
        certificate: str = "",
    ) -> None:
        parts = urlsplit(endpoint)
        self.host, self.port = parts.hostname or "localhost", parts.port
        self.secure = parts.scheme == "https"
        self.path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.base = self.path.partition("?")[0].removesuffix("/v1/traces")
        self.headers = dict(headers)
        self.timeout = timeout
        self.certificate = certificate
        self.gzip = compression == "gzip" or (compression == "auto" and self.host not in LOCAL)
        self.connection: http.client.HTTPConnection | None = None

    def post_spans(self, body: bytes, content_type: str) -> Answer:
        """Sends spans to the traces endpoint."""
        headers = {"Content-Type": content_type}
        if self.gzip and len(body) > 256:
            body = gzip.compress(body, 1, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return self.ask("POST", self.path, body, headers)

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request; a connection the other side closed meanwhile is opened again once."""
        fresh = self.connection is None
        try:
            return self._once(method, path, body, headers)
        except TROUBLE:
            self.close()
            if fresh:
                return Answer(0)
        try:
            return self._once(method, path, body, headers)
        except TROUBLE:
            self.close()
            return Answer(0)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        if self.connection is None:
            self.connection = self._open()
        self.connection.request(method, path, body, {**self.headers, **headers})
        response = self.connection.getresponse()
        content = response.read(LONGEST_ANSWER)
        if not response.isclosed() or response.will_close:
            self.close()
        return Answer(
            response.status,
            content,
            response.headers.get("ETag", ""),
            _seconds(response.headers.get("Retry-After")),
        )

    def _open(self) -> http.client.HTTPConnection:
        if not self.secure:
            return http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        context = ssl.create_default_context(cafile=self.certificate or None)
        return http.client.HTTPSConnection(self.host, self.port, timeout=self.timeout, context=context)

    def close(self) -> None:
        """Drops the connection; the next request opens another."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def _seconds(text: str | None) -> float:
    """Retry-After in seconds; as a date it is not worth a calendar: the usual back-off serves."""
    try:
        return min(300.0, max(0.0, float(text or 0)))
    except ValueError:
        return 0.0
