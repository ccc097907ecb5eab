"""How the programs of the shop call each other: JSON over HTTP, with W3C trace context in the headers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Call = Callable[..., Any]
Headers = Mapping[str, str]


class RemoteFailure(Exception):
    """The other program raised: its exception type and message, as it told them."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind


def call(port: int, name: str, headers: Headers, **arguments: Any) -> Any:
    """What the function `name` of the program on `port` returns; RemoteFailure when it raised."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        body = json.dumps(arguments)
        connection.request("POST", f"/{name}", body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        content = json.loads(answer.read())
    finally:
        connection.close()
    if answer.status != 200:
        raise RemoteFailure(content["kind"], content["message"])
    return content["result"]


def serve(
    port: int, functions: Mapping[str, Call], entering: Callable[[Headers], Any]
) -> ThreadingHTTPServer:
    """A server that answers POST /<function>; `entering` makes a context manager of the request's headers."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            arguments = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            try:
                with entering(dict(self.headers)):
                    status, content = 200, {"result": functions[self.path.strip("/")](**arguments)}
            except RemoteFailure as failure:
                status, content = 500, {"kind": failure.kind, "message": str(failure).partition(": ")[2]}
            except Exception as failure:  # the border of a server: whatever was raised is the answer
                status, content = 500, {"kind": type(failure).__name__, "message": str(failure)}
            body = json.dumps(content, default=str).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing: what happens here is to be seen in Flowglass."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server
