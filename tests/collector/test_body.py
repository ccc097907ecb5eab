"""A body is bounded while it is read and while it is unpacked."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from collector import body
from collector.body import Intake, unpack
from collector.errors import ClientGone, Malformed, QueueFull, TooLarge, TooSlow

LIMIT = 1_000


class Sender:
    """Says these messages one after the other, and then never anything again."""

    def __init__(self, *messages: Mapping[str, Any]) -> None:
        self.messages = list(messages)

    async def __call__(self) -> Mapping[str, Any]:
        if not self.messages:
            await asyncio.Event().wait()
        return self.messages.pop(0)


def chunks(*parts: bytes) -> Sender:
    last = len(parts) - 1
    return Sender(
        *({"type": "http.request", "body": part, "more_body": at < last} for at, part in enumerate(parts))
    )


def read(intake: Intake, sender: Sender) -> bytes:
    return asyncio.run(intake.read(sender))


def test_the_chunks_of_a_body_are_put_together() -> None:
    intake = Intake(LIMIT, LIMIT)
    assert read(intake, chunks(b"ab", b"", b"c")) == b"abc"
    assert intake.held == 3
    intake.release(3)
    assert intake.held == 0


def test_a_body_may_have_the_limit_and_not_a_byte_more() -> None:
    assert len(read(Intake(LIMIT, LIMIT), chunks(bytes(LIMIT)))) == LIMIT
    intake, sender = Intake(LIMIT, LIMIT), chunks(bytes(LIMIT), b"x", b"rest")
    with pytest.raises(TooLarge):
        read(intake, sender)
    assert intake.held == 0
    assert not sender.messages, "the rest is read, so that the sender hears the answer"


def test_together_requests_hold_a_bounded_number_of_bytes() -> None:
    intake = Intake(LIMIT, 2 * LIMIT)
    read(intake, chunks(bytes(LIMIT)))
    read(intake, chunks(bytes(LIMIT)))
    with pytest.raises(QueueFull):
        read(intake, chunks(b"x"))
    assert intake.held == 2 * LIMIT


def test_a_sender_that_hangs_up_gives_its_room_back() -> None:
    intake = Intake(LIMIT, LIMIT)
    part = {"type": "http.request", "body": b"abc", "more_body": True}
    with pytest.raises(ClientGone):
        read(intake, Sender(part, {"type": "http.disconnect"}))
    assert intake.held == 0


def test_a_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "READ_SECONDS", 0.05)
    intake = Intake(LIMIT, LIMIT)
    part = {"type": "http.request", "body": b"abc", "more_body": True}
    with pytest.raises(TooSlow):
        read(intake, Sender(part))
    assert intake.held == 0


def test_what_is_thrown_away_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "DISCARD_BYTES", 10)
    sender = chunks(bytes(8), bytes(8), bytes(8))
    asyncio.run(body.discard(sender))
    assert len(sender.messages) == 1


def test_throwing_away_ends_when_the_sender_stops_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "READ_SECONDS", 0.05)
    asyncio.run(body.discard(Sender()))


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_plain_body_stays_as_it_is(encoding: str) -> None:
    assert unpack(b"plain", encoding, LIMIT) == b"plain"


def test_gzip_is_unpacked_also_in_several_members() -> None:
    assert unpack(gzip.compress(b"one") + gzip.compress(b"two"), "gzip", LIMIT) == b"onetwo"
    assert unpack(gzip.compress(b""), "gzip", LIMIT) == b""


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    assert len(unpack(gzip.compress(bytes(LIMIT)), "gzip", LIMIT)) == LIMIT
    bomb = gzip.compress(bytes(200 * 2**20))
    with pytest.raises(TooLarge):
        unpack(bomb, "gzip", LIMIT)
    with pytest.raises(TooLarge):
        unpack(gzip.compress(bytes(LIMIT)) + gzip.compress(b"x"), "gzip", LIMIT)


def broken(packed: bytes) -> Sequence[bytes]:
    return [
        b"",
        b"not gzip",
        packed[:-1],
        packed[: len(packed) // 2],
        packed + b"garbage",
        zlib.compress(b"zlib"),
        packed[:-6] + bytes(6),
        gzip.compress(b"", mtime=0) * 17,
    ]


@pytest.mark.parametrize("packed", broken(gzip.compress(b"some text", mtime=0)))
def test_broken_gzip_is_malformed(packed: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(packed, "gzip", LIMIT)
