"""Serves ASGI applications with uvicorn, as part of a process that has its own signals and loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import uvicorn

from collector.connection import Connection
from collector.hints import Hint

KEEP_ALIVE_SECONDS = 75  # SDKs send every 5 s and fare best on one connection
GRACE_SECONDS = 2  # for answers under way when we stop
BACKLOG = 512

log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """One that leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_on(
    app: Any, hint: Hint, sockets: list[socket.socket], stop: Callable[[], Awaitable[Any]]
) -> None:
    """Serves until `stop` returns; closes the sockets."""
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # its warnings are about senders' bytes
    config = uvicorn.Config(
        app,
        http=partial(Connection, hint),  # type: ignore[arg-type]  # any callable does
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets))
    stopping = asyncio.ensure_future(stop())
    await asyncio.wait((serving, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    server.should_exit = True
    await serving


def log_loop_errors(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A broken connection is a line, not a traceback: its bytes were the sender's."""
    error = context.get("exception")
    log.warning("a connection failed", extra={"reason": repr(error) if error else context.get("message")})
