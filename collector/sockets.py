"""The collector's listening sockets, with one clear line when they cannot be had."""

from __future__ import annotations

import errno
import socket

from collector.errors import CannotListen

BACKLOG = 512
LOOPBACK = ("127.0.0.1", "::1")


def listen(host: str, port: int, setting: str) -> list[socket.socket]:
    """Sockets on the host, and for 127.0.0.1 or localhost on ::1 too where that exists.

    Raises CannotListen when the host's own cannot be had; a taken ::1 counts as well, for a program
    there would get what is meant for us.
    """
    hosts = LOOPBACK if host in ("127.0.0.1", "localhost") else (host,)
    made: list[socket.socket] = []
    for address in hosts:
        try:
            made.append(_listen(address, port))
        except OSError as error:
            if made and error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                continue  # no IPv6 on this machine
            for other in made:
                other.close()
            raise CannotListen(_explain(error, address, port, setting)) from None
    return made


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.create_server((host, port), family=family, backlog=BACKLOG)
    # Inherited by its connections. asyncio sets it only where the protocol number is known; without it an
    # answer in two writes waits 40 ms for the peer's delayed acknowledgement.
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def _explain(error: OSError, host: str, port: int, setting: str) -> str:
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"{where} is taken by another program; stop it, or set {setting} to a free port"
    if error.errno == errno.EACCES:
        return f"{where} may not be listened on by this user; set {setting} to a port above 1023"
    return f"cannot listen on {where}: {error.strerror or error}; set {setting} to another"
