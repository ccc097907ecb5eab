"""HTTP to addresses that people typed in: checked after DNS, pinned to what was checked, never redirected."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 8.0  # of one attempt, so that a test answers within ten seconds
MAX_ANSWER = 2_000  # bytes of an answer that are kept
MAX_BODY = 256 * 1024
Resolve = Callable[[str, int], list[str]]


class RefusedAddress(Exception):
    """The address must not be asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `status` is 0 when nothing did; then `text` says why."""

    status: int
    text: str
    milliseconds: float
    retry_after: float | None = None  # seconds


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def checked(host: str, port: int, allow_private: bool, lookup: Resolve = resolve) -> str:
    """The address to connect to. One bad address among several refuses the host: DNS may change its mind."""
    try:
        addresses = lookup(host, port)
    except (OSError, UnicodeError) as error:
        raise RefusedAddress(f"{host} has no address: {error}") from None
    if not addresses:
        raise RefusedAddress(f"{host} has no address")
    for address in addresses:
        if not allow_private and is_private(address):
            raise RefusedAddress(f"{host} leads to {address}, which is not a public address")
    return addresses[0]


def is_private(address: str) -> bool:
    """Whether an address is anything but a public one, also when it is wrapped in an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None and is_private(str(inner)):
            return True
    return not ip.is_global or ip.is_multicast


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allow_private: bool = False,
    lookup: Resolve = resolve,
    timeout: float = TIMEOUT_SECONDS,
) -> Answer:
    """Sends a body. Raises RefusedAddress; whatever else goes wrong is an answer."""
    host, port = _host(url)
    parts = urlsplit(url)
    address = checked(host, port, allow_private, lookup)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _pinned(parts.scheme, host, port, address, timeout)
    begun = time.perf_counter()
    try:
        connection.request("POST", path, body[:MAX_BODY], {"User-Agent": "flowglass", **headers})
        response = connection.getresponse()
        text = response.read(MAX_ANSWER).decode("utf-8", "replace").strip()
        after = _seconds(response.getheader("Retry-After"))
        return Answer(response.status, text or response.reason, _since(begun), after)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Answer(0, f"{type(error).__name__}: {error}", _since(begun))
    finally:
        connection.close()


def _host(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise RefusedAddress(str(error)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise RefusedAddress("an address begins with http:// or https:// and names a host")
    if parts.username or parts.password:
        raise RefusedAddress("an address holds no user name or password; use a secret")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)


def _pinned(scheme: str, host: str, port: int, address: str, timeout: float) -> http.client.HTTPConnection:
    """A connection to the address that was checked, under the name that was asked for."""
    if scheme == "https":
        context = ssl.create_default_context()
        secure = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        secure._create_connection = _connect_to(address)  # type: ignore[attr-defined]
        return secure
    plain = http.client.HTTPConnection(host, port, timeout=timeout)
    plain._create_connection = _connect_to(address)  # type: ignore[attr-defined]
    return plain


def _connect_to(address: str) -> Callable[..., socket.socket]:
    """http.client's own hook; the certificate is still checked against the host's name."""

    def create(target: tuple[str, int], timeout: float, source: object = None) -> socket.socket:
        return socket.create_connection((address, target[1]), timeout)

    return create


def _seconds(text: str | None) -> float | None:
    """Retry-After in seconds; a date is read as none."""
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:
        return None


def _since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1000
