"""A small real OTLP endpoint that keeps what it is sent and can be told to misbehave."""

from __future__ import annotations

import base64
import gzip
import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue


class Seen(NamedTuple):
    """One span as it arrived."""

    name: str
    scope: str
    trace_id: str
    span_id: str
    parent_id: str
    start_ns: int
    end_ns: int
    status: int
    attributes: dict[str, Any]
    events: list[dict[str, Any]]
    resource: dict[str, Any]
    flags: int

    @property
    def types(self) -> dict[str, str]:
        text = self.attributes.get("flowglass.types", "")
        return dict(one.split("=", 1) for one in text.split(";")) if text else {}

    def value(self, where: str) -> Any:
        return self.attributes.get(f"flowglass.{where}")


def plain(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [plain(one) for one in value.array_value.values]
    return getattr(value, kind) if kind else None


def pairs(attributes: Any) -> dict[str, Any]:
    return {one.key: plain(one.value) for one in attributes}


def from_json(body: bytes) -> ExportTraceServiceRequest:
    """OTLP/JSON writes ids as hex where protobuf's own JSON wants base64."""
    document = json.loads(body)
    for group in document["resourceSpans"]:
        for scope in group["scopeSpans"]:
            for span in scope["spans"]:
                for one in (span, *span.get("links", ())):
                    for name in {"traceId", "spanId", "parentSpanId"} & set(one):
                        one[name] = base64.b64encode(bytes.fromhex(one[name])).decode()
    return json_format.ParseDict(document, ExportTraceServiceRequest())


class Sink:
    """Listens on a free port; `answers` holds (status, headers) for the next posts of spans, then 200."""

    def __init__(self) -> None:
        self.spans: list[Seen] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.reports: list[dict[str, Any]] = []
        self.sizes: list[int] = []  # bytes of each request of spans, unpacked
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.levels: dict[str, Any] = {}
        self.levels_status = 200
        self.changed = threading.Condition()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(*sink.post(self.path, dict(self.headers), body))

            def do_GET(self) -> None:
                self.answer(*sink.get(self.path, dict(self.headers)))

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def post(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        with self.changed:
            self.requests.append(("POST", path, headers))
            if path.endswith("/v1/flowglass/tracer"):
                self.reports.append(json.loads(body))
                self.changed.notify_all()
                return self.levels_status, {}, b""
            status, told = self.answers.popleft() if self.answers else (200, {})
            if status == 200:
                if headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                self.sizes.append(len(body))
                as_json = headers.get("Content-Type") == "application/json"
                self.take(from_json(body) if as_json else ExportTraceServiceRequest.FromString(body))
            self.changed.notify_all()
            return status, told, b""

    def get(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        with self.changed:
            self.requests.append(("GET", path, headers))
            self.changed.notify_all()
        if self.levels_status != 200:
            return self.levels_status, {}, b""
        body = json.dumps(self.levels).encode()
        etag = f'"{hash(body)}"'
        if headers.get("If-None-Match") == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"ETag": etag}, body

    def take(self, request: ExportTraceServiceRequest) -> None:
        for group in request.resource_spans:
            resource = pairs(group.resource.attributes)
            for scope in group.scope_spans:
                for one in scope.spans:
                    events = [{"name": event.name, **pairs(event.attributes)} for event in one.events]
                    self.spans.append(
                        Seen(
                            one.name, scope.scope.name, one.trace_id.hex(), one.span_id.hex(),
                            one.parent_span_id.hex(), one.start_time_unix_nano, one.end_time_unix_nano,
                            one.status.code, pairs(one.attributes), events, resource, one.flags,
                        )
                    )  # fmt: skip

    def wait(self, spans: int, seconds: float = 30) -> list[Seen]:
        """The spans, once there are so many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.spans) >= spans, seconds), (
                f"{len(self.spans)} of {spans} spans came"
            )
            return list(self.spans)

    def wait_until(self, true: Any, seconds: float = 30) -> None:
        with self.changed:
            assert self.changed.wait_for(true, seconds)

    def named(self, name: str) -> Seen:
        """The one span of that name."""
        (found,) = [one for one in self.spans if one.name.rpartition(".")[2] == name]
        return found
