"""Free ports, from below the range the system gives to outgoing connections."""

from __future__ import annotations

import random
import socket

LOWEST, HIGHEST = 20_000, 32_000
_given: set[int] = set()  # a program has three, and listens on none of them yet


def free_port() -> int:
    """A port nobody listens on now, on either loopback address, and another one each time."""
    while True:
        port = random.randint(LOWEST, HIGHEST)
        free = not _taken("127.0.0.1", port, socket.AF_INET) and not _taken("::1", port, socket.AF_INET6)
        if free and port not in _given:
            _given.add(port)
            return port


def _taken(host: str, port: int, family: socket.AddressFamily) -> bool:
    try:
        with socket.create_server((host, port), family=family):
            return False
    except OSError as error:
        return "address" not in str(error).lower() or error.errno == 98
