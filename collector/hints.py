"""What a gRPC client is told, on the OTLP/HTTP port and on the one it expects: what to set instead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from urllib.parse import quote

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from collector.answers import Answer
from collector.body import Receive
from collector.doors import Door
from collector.errors import ClientGone
from collector.http import Request, Scope, Send, answer_other, respond

SETTING = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
GRPC = "application/grpc"
UNIMPLEMENTED = "12"
# Percent-encoding in grpc-message leaves printable ASCII but "%" as it is.
PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
FORBIDDEN, NOT_HERE = 403, 400
TEXT = "text/plain; charset=utf-8"
IDLE_SECONDS = 30.0  # a gRPC client keeps its connection; it is told again on the next one

Headers = list[tuple[str, str]]


class Hint:
    """The one line, and who may hear it."""

    def __init__(self, door: Door, address: str) -> None:
        self.door = door
        self.text = (
            f"Flowglass takes OTLP over HTTP, not gRPC: set {SETTING} "
            f"and OTEL_EXPORTER_OTLP_ENDPOINT={address}"
        )


class HintApp:
    """The ASGI application of the port where gRPC is expected: for those who come with plain HTTP."""

    def __init__(self, hint: Hint) -> None:
        self.hint = hint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await answer_other(scope, receive, send)
            return
        with contextlib.suppress(ClientGone):
            await self._answer(Request(scope, receive), send)

    async def _answer(self, request: Request, send: Send) -> None:
        why = self.hint.door.refusal(request.method, request.header(b"host"), request.origin())
        await request.discard()
        text = why or self.hint.text
        await respond(send, Answer(FORBIDDEN if why else NOT_HERE, f"{text}\n".encode(), TEXT))


class HintOverHttp2(asyncio.Protocol):
    """Answers every HTTP/2 request with the hint: as a gRPC status to a gRPC client, as text to others."""

    def __init__(self, hint: Hint) -> None:
        self.hint = hint
        self._connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self._asked: dict[int, Mapping[str, str]] = {}  # streams whose body has not ended, and their headers
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None

    def take_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """A connection that turned out to speak HTTP/2, and what it has sent so far."""
        self._transport = transport
        self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, transport.close)
        transport.set_protocol(self)
        self._connection.initiate_connection()
        self.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle:
            self._idle.cancel()

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        try:
            for event in self._connection.receive_data(data):
                self._handle(event)
        except (ProtocolError, UnicodeDecodeError):
            self._connection.close_connection(ErrorCodes.PROTOCOL_ERROR)
            self._transport.write(self._connection.data_to_send())
            self._transport.close()
            return
        self._transport.write(self._connection.data_to_send())

    def _handle(self, event: object) -> None:
        if isinstance(event, RequestReceived):
            self._asked[event.stream_id] = {str(name): str(value) for name, value in event.headers}
        elif isinstance(event, DataReceived):
            self._connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded) and event.stream_id in self._asked:
            self._answer(event.stream_id, self._asked.pop(event.stream_id))

    def _answer(self, stream: int, asked: Mapping[str, str]) -> None:
        why = self.hint.door.refusal(
            asked.get(":method", ""), asked.get(":authority", ""), asked.get("origin")
        )
        if why or not asked.get("content-type", "").startswith(GRPC):
            status = str(FORBIDDEN if why else NOT_HERE)
            self._connection.send_headers(stream, [(":status", status), ("content-type", TEXT)])
            self._connection.send_data(stream, f"{why or self.hint.text}\n".encode(), end_stream=True)
            return
        message = quote(self.hint.text, safe=PRINTABLE)
        headers = [(":status", "200"), ("content-type", GRPC)]
        self._connection.send_headers(
            stream, [*headers, ("grpc-status", UNIMPLEMENTED), ("grpc-message", message)], end_stream=True
        )
