"""Serves ASGI applications with Hypercorn: HTTP/1.1, and the HTTP/2 that gRPC clients open with."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

KEEP_ALIVE_SECONDS = 75  # SDKs send every 5 s and fare best on one connection
READ_SECONDS = 90  # without a byte, after which a connection is dropped
GRACE_SECONDS = 2.0  # for answers under way when we stop
HEADER_BYTES = 32 * 2**10
BACKLOG = 512

log = logging.getLogger(__name__)


async def serve_on(app: Any, sockets: Sequence[socket.socket], stop: Callable[[], Awaitable[Any]]) -> None:
    """Serves until `stop` returns; takes the sockets over."""
    config = Config()
    config.bind = [f"fd://{made.detach()}" for made in sockets]
    config.backlog = BACKLOG
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.keep_alive_max_requests = 10**9
    config.read_timeout = READ_SECONDS
    config.graceful_timeout = GRACE_SECONDS
    config.h11_max_incomplete_size = HEADER_BYTES
    config.include_server_header = False
    config.accesslog = None
    config.errorlog = logging.getLogger("hypercorn.error")
    config.errorlog.setLevel(logging.WARNING)  # it announces each socket; we say it once
    await serve(app, config, shutdown_trigger=stop)


def log_loop_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A broken connection is a line, not a traceback: its bytes were the sender's."""
    error = context.get("exception")
    log.warning("a connection failed", extra={"reason": repr(error) if error else context.get("message")})
