"""What gRPC clients are told, on the OTLP/HTTP port and on the one they expect: what to set instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from collector.answers import Answer
from collector.doors import Door
from collector.http import Request, answer_other, respond

GRPC = b"application/grpc"
UNIMPLEMENTED = b"12"
SETTING = "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
# Percent-encoding in grpc-message leaves printable ASCII but "%" as it is.
PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("%", "")
NOT_HERE = 400
TEXT = "text/plain; charset=utf-8"


def is_grpc(headers: Mapping[bytes, bytes]) -> bool:
    return headers.get(b"content-type", b"").startswith(GRPC)


def hint(address: str) -> str:
    """One line that a sender logs."""
    return (
        f"Flowglass takes OTLP over HTTP, not gRPC: set {SETTING} and OTEL_EXPORTER_OTLP_ENDPOINT={address}"
    )


async def answer_grpc(send: Any, address: str) -> None:
    """A gRPC error as every client understands it: HTTP 200, the status in the trailers."""
    message = quote(hint(address), safe=PRINTABLE).encode()
    start = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", GRPC)]}
    await send({**start, "trailers": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
    trailers = [(b"grpc-status", UNIMPLEMENTED), (b"grpc-message", message)]
    await send({"type": "http.response.trailers", "headers": trailers, "more_trailers": False})


class Hints:
    """The ASGI application of the port where gRPC is expected."""

    def __init__(self, door: Door, address: str) -> None:
        self.door = door
        self.address = address

    async def __call__(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await answer_other(scope, receive, send)
            return
        request = Request(scope, receive)
        why = self.door.refusal(request.method, request.header(b"host"), request.origin())
        if not why and is_grpc(request.headers):
            await answer_grpc(send, self.address)
            return
        await request.discard()
        text = why or hint(self.address)
        await respond(send, Answer(403 if why else NOT_HERE, f"{text}\n".encode(), TEXT))
