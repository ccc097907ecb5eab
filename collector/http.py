"""ASGI in the few words that the applications of the collector need."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from collector import body
from collector.answers import Answer
from collector.decode import JSON, PROTOBUF

Scope = Mapping[str, Any]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Request:
    """What handlers need of one request."""

    __slots__ = ("headers", "method", "path", "query", "receive")

    def __init__(self, scope: Scope, receive: body.Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        self.receive = receive

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1").strip()

    def origin(self) -> str | None:
        return self.header(b"origin") if b"origin" in self.headers else None

    def content_type(self) -> str:
        """Without its parameters."""
        return self.header(b"content-type").partition(";")[0].strip().lower()

    def encoding(self) -> str:
        """In which to answer: that of the request, JSON when it is none of ours."""
        return PROTOBUF if self.content_type() == PROTOBUF else JSON

    async def discard(self) -> None:
        """Reads the body without keeping it, so that the answer is not lost in a reset connection."""
        await body.discard(self.receive)


async def respond(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": int(answer.status), "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


async def answer_other(scope: Scope, receive: body.Receive, send: Send) -> None:
    """The server's own start and stop, which nothing here waits for; WebSockets are refused."""
    if scope["type"] != "lifespan":
        await send({"type": "websocket.close"})
        return
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
