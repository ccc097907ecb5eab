"""One connection: uvicorn's HTTP/1.1, bounded where it is not, and handed over when it speaks HTTP/2."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from collector.hints import Hint, HintOverHttp2

PREFACE = b"PRI * HTTP/2.0\r\n"
HEAD_SECONDS = 30.0  # from the first byte, or from connecting, to the end of the headers
# Received without anything coming of it: headers, trailers, chunk sizes. Several times what is ever sent.
HEAD_BYTES = 64 * 2**10
MOST_CONNECTIONS = 500  # below the usual 1,024 files that a process may open


class Connection(HttpToolsProtocol):
    """Adds what a port that strangers can reach needs: deadlines, bounds, and the hint for gRPC clients."""

    def __init__(
        self,
        hint: Hint,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._hint = hint
        self._opening = b""  # what may yet turn out to be an HTTP/2 preface
        self._is_http1 = False
        self._without_progress = 0  # bytes
        self._progressed = False
        self._in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        else:
            self._arm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def eof_received(self) -> bool | None:  # type: ignore[override]
        """A sender that has closed only its own direction still hears the answer."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return None
        self.cycle.keep_alive = False
        return True

    def data_received(self, data: bytes) -> None:
        if not self._is_http1:
            self._opening += data
            data = self._opening
            if data.startswith(PREFACE):
                self._hand_over(data)
                return
            if PREFACE.startswith(data):
                return
            self._is_http1, self._opening = True, b""
        if self._in_head and self._deadline is None:
            self._arm()
        self._progressed = False
        super().data_received(data)
        self._without_progress = 0 if self._progressed else self._without_progress + len(data)
        if self._without_progress > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("Too much without a body.")

    def on_headers_complete(self) -> None:
        self._progress(in_head=False)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._progress(in_head=False)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._progress(in_head=True)
        super().on_message_complete()

    def _progress(self, in_head: bool) -> None:
        self._progressed = True
        self._in_head = in_head
        self._disarm()

    def _hand_over(self, data: bytes) -> None:
        self._disarm()
        self.connections.discard(self)
        HintOverHttp2(self._hint).take_over(self.transport, data)

    def _arm(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
