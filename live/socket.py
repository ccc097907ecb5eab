"""/ws: one WebSocket per page. The page says what it follows; the hub's messages go out as they come."""

from __future__ import annotations

import json
from typing import Any

from flask import Flask
from flask_sock import Sock

from live.hub import Client, Hub

PATH = "/ws"
LOOK_SECONDS = 0.25  # how long a wish of the page may wait; messages to the page never do
PING_SECONDS = 25  # finds connections whose other end has gone without a word
MAX_WISH = 4096  # bytes
TRY_LATER = 1013


def install(server: Flask, hub: Hub) -> None:
    """Serve the channel on this server."""
    server.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": PING_SECONDS, "max_message_size": MAX_WISH}
    sock: Any = Sock(server)
    sock.route(PATH)(lambda socket: serve(socket, hub))


def serve(socket: Any, hub: Hub) -> None:
    """Until either end closes. A page over the maximum is told to come back later, and polls."""
    client = hub.join()
    if client is None:
        socket.close(TRY_LATER, "as many connections as there may be; poll instead")
        return
    try:
        socket.send(json.dumps({"type": "hello", "payload": {}}))
        while socket.connected:
            listen(socket, hub, client)
            message = client.next(LOOK_SECONDS)
            if message is not None:
                socket.send(message)
    finally:
        hub.leave(client)


def listen(socket: Any, hub: Hub, client: Client) -> None:
    """Take what the page has asked for since."""
    while (text := socket.receive(timeout=0)) is not None:
        topics = wish(text)
        if topics is not None:
            hub.follow(client, topics)


def wish(text: str | bytes) -> list[str] | None:
    """The topics of {"follow": [...]}, None for anything else."""
    try:
        topics = json.loads(text)["follow"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return [topic for topic in topics if isinstance(topic, str)] if isinstance(topics, list) else None
