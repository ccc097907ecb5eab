"""/ws over a real connection."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import simple_websocket
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server
from wsproto.events import Ping
from wsproto.utilities import LocalProtocolError

from live import socket
from live.hub import Feed, Hub
from tests.support.wait import wait_until


class Page:
    """A connection such as a page holds."""

    def __init__(self, port: int) -> None:
        self.ws: Any = simple_websocket.Client.connect(f"ws://127.0.0.1:{port}/ws")
        # This client looks at what came with the handshake only when more comes: so it asks for more.
        with contextlib.suppress(LocalProtocolError, OSError):  # told to go before it asked
            self.ws.sock.send(self.ws.ws.send(Ping()))

    def told(self) -> Any:
        text = self.ws.receive(timeout=60)
        return None if text is None else json.loads(text)

    def follow(self, *topics: str) -> None:
        self.ws.send(json.dumps({"follow": topics}))


@pytest.fixture
def hub() -> Hub:
    return Hub([Feed("vital_signs", 0.1, lambda argument: {"p95": 184})], max_clients=2)


@pytest.fixture
def port(hub: Hub) -> Iterator[int]:
    app = Flask("socket")
    socket.install(app, hub)
    server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
        wait_until(lambda: hub.numbers().clients == 0, "every connection is let go")
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def page(port: int) -> Iterator[Page]:
    page = Page(port)
    yield page
    if page.ws.connected:
        page.ws.close()


def test_a_page_is_greeted_then_told_what_it_follows(page: Page) -> None:
    assert page.told() == {"type": "hello", "payload": {}}
    page.follow("vital_signs")
    assert page.told() == {"type": "vital_signs", "payload": {"p95": 184}}


def test_what_is_published_reaches_every_page(page: Page, port: int, hub: Hub) -> None:
    other = Page(port)
    for one in (page, other):
        one.told()
        one.follow("vital_signs")
        one.told()
    hub.publish("vital_signs", {"p95": 185})
    for one in (page, other):
        wait_until(lambda one=one: one.told()["payload"] == {"p95": 185}, "what was published")
    other.ws.close()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"follow": 5}', "\0", "[" * 3000, '{"follow": [1, null, "x"]}']
)
def test_nonsense_from_a_page_changes_nothing(page: Page, text: str) -> None:
    page.told()
    page.ws.send(text)
    page.follow("vital_signs")
    assert page.told()["type"] == "vital_signs"


def test_the_page_over_the_maximum_is_told_to_come_back_later(page: Page, port: int) -> None:
    page.told()
    second = Page(port)
    second.told()
    third = Page(port)
    with pytest.raises(simple_websocket.ConnectionClosed) as closed:
        third.told()
    assert closed.value.reason == socket.TRY_LATER
    second.ws.close()


def test_a_page_that_goes_is_let_go(page: Page, hub: Hub) -> None:
    page.told()
    assert hub.numbers().clients == 1
    page.ws.close()
    wait_until(lambda: hub.numbers().clients == 0, "the connection is let go")


def test_a_wish_that_is_too_long_ends_the_connection(port: int, hub: Hub) -> None:
    page = Page(port)
    page.told()
    page.ws.send("x" * (socket.MAX_WISH + 1))
    with pytest.raises(simple_websocket.ConnectionClosed):
        page.told()
