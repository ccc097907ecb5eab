"""The body of a request, bounded while it comes in and while it is unpacked."""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from collector.errors import ClientGone, CollectorError, Malformed, QueueFull, TooLarge, TooSlow

Receive = Callable[[], Awaitable[Mapping[str, Any]]]

READ_SECONDS = 30.0  # for the whole body
GZIP_WINDOW = 31  # zlib's way to say gzip
MOST_MEMBERS = 16  # of one gzip body; each costs a copy of the rest
# A refused body is read and thrown away, so that the sender sees the answer and not a reset connection.
DISCARD_BYTES = 64 * 2**20
RETRY_SECONDS = 1


class Intake:
    """Reads bodies; holds together not more bytes than `most_held`."""

    def __init__(self, most_bytes: int, most_held: int) -> None:
        self.most_bytes = most_bytes
        self.most_held = max(most_held, most_bytes)
        self.held = 0

    async def read(self, receive: Receive) -> bytes:
        """The whole body. The caller gives the room back with `release` when it has decoded it."""
        chunks: list[bytes] = []
        size = 0
        coming = _chunks(receive)
        try:
            async with asyncio.timeout(READ_SECONDS):
                async for chunk in coming:
                    size += len(chunk)
                    self.held += len(chunk)
                    chunks.append(chunk)
                    refusal = self._refusal(size)
                    if refusal is not None:
                        chunks.clear()
                        await _drop(coming)
                        raise refusal
        except BaseException as error:
            self.held -= size
            if isinstance(error, TimeoutError):
                raise TooSlow(f"the body took more than {READ_SECONDS:.0f} s") from None
            raise
        return b"".join(chunks)

    def _refusal(self, size: int) -> CollectorError | None:
        if size > self.most_bytes:
            return TooLarge(f"more than {self.most_bytes} bytes")
        if self.held > self.most_held:
            return QueueFull("too many requests are being read", RETRY_SECONDS)
        return None

    def release(self, size: int) -> None:
        self.held -= size


async def discard(receive: Receive) -> None:
    """Reads on without keeping anything, up to a bound."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(READ_SECONDS):
            await _drop(_chunks(receive))


async def _drop(coming: AsyncIterator[bytes]) -> None:
    left = DISCARD_BYTES
    async for chunk in coming:
        left -= len(chunk)
        if left < 0:
            return


async def _chunks(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        yield message.get("body", b"")
        more = message.get("more_body", False)


def unpack(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """Undoes the content encoding, never making more than `most_bytes` out of it."""
    if encoding in ("", "identity"):
        return body
    parts: list[bytes] = []
    room = most_bytes
    while body or not parts:
        if len(parts) == MOST_MEMBERS:
            raise Malformed(f"more than {MOST_MEMBERS} gzip members")
        unpacker = zlib.decompressobj(GZIP_WINDOW)
        try:
            part = unpacker.decompress(body, room + 1)
        except zlib.error as error:
            raise Malformed(f"not gzip: {error}") from None
        room -= len(part)
        if room < 0:
            raise TooLarge(f"unpacks to more than {most_bytes} bytes")
        if not unpacker.eof:
            raise Malformed("the gzip stream ends too early")
        parts.append(part)
        body = unpacker.unused_data
    return b"".join(parts)
