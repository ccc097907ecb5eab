"""Ten thousand random and mutated requests: no crash, no 5xx, and every valid span between them kept."""

from __future__ import annotations

import gzip
import http.client
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bench.otlp import requests
from data.seed import reference_spans
from queries.base import Reader
from tests.collector.making import as_json
from tests.collector.reading import each_span, read_back
from tests.support.collecting import RunningCollector
from tests.support.otlp import request, span

REQUESTS, THREADS = 10_000, 4
RAW = 600  # of them as bytes on a bare socket
PROTOBUF, JSON = "application/x-protobuf", "application/json"
Headers = dict[str, str]
Request = tuple[str, str, bytes, Headers]  # method, path, body, headers


class Attacker:
    """Sends its share of the requests over one connection at a time; reproducible by its seed."""

    def __init__(self, running: RunningCollector, seed: int, count: int) -> None:
        self.running = running
        self.rng = random.Random(seed)
        self.count = count
        self.seed = seed
        self.statuses: Counter[int] = Counter()
        self.valid: list[bytes] = []
        self.error: BaseException | None = None
        self.whole = next(requests(reference_spans(12, seed, self._now())))
        message = ExportTraceServiceRequest.FromString(self.whole)
        self.whole_json = json.dumps(as_json(message)).encode()
        self.makers: list[Callable[[], Request]] = [
            self.mutated,
            self.mutated_json,
            self.noise,
            self.packed,
            self.odd_headers,
            self.nested,
        ]

    @staticmethod
    def _now() -> int:
        import time

        return time.time_ns()

    def run(self) -> None:
        try:
            with closing(
                http.client.HTTPConnection("127.0.0.1", self.running.port, timeout=60)
            ) as connection:
                for number in range(self.count):
                    asked = self.valid_one(number) if number % 10 == 0 else self.rng.choice(self.makers)()
                    self.statuses[self._ask(connection, asked)] += 1
        except BaseException as error:
            self.error = error

    def _ask(self, connection: http.client.HTTPConnection, asked: Request) -> int:
        method, path, body, headers = asked
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if body in self.valid:
            assert answer.status == 200, answer.status
        return answer.status

    def valid_one(self, number: int) -> Request:
        body = request([span(f"valid {self.seed}.{number}", attributes={"n": number, "text": "kept" * 9})])
        self.valid.append(body)
        return "POST", "/v1/traces", body, {"Content-Type": PROTOBUF}

    def _changed(self, body: bytes) -> bytes:
        rng, made = self.rng, bytearray(body)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(made))
            how = rng.randrange(4)
            if how == 0:
                made[at] = rng.randrange(256)
            elif how == 1:
                del made[at : at + rng.randint(1, 20)]
            elif how == 2:
                made[at:at] = rng.randbytes(rng.randint(1, 20))
            else:
                made[at : at + 9] = b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
            made = made or bytearray(b"x")
        return bytes(made)

    def mutated(self) -> Request:
        return "POST", "/v1/traces", self._changed(self.whole), {"Content-Type": PROTOBUF}

    def mutated_json(self) -> Request:
        return "POST", "/v1/traces", self._changed(self.whole_json), {"Content-Type": JSON}

    def noise(self) -> Request:
        body = self.rng.randbytes(self.rng.randint(0, 3_000))
        return "POST", "/v1/traces", body, {"Content-Type": self.rng.choice([PROTOBUF, JSON])}

    def packed(self) -> Request:
        packed = gzip.compress(self._changed(self.whole))
        body = self._changed(packed) if self.rng.random() < 0.5 else packed
        return "POST", "/v1/traces", body, {"Content-Type": PROTOBUF, "Content-Encoding": "gzip"}

    def odd_headers(self) -> Request:
        rng = self.rng
        headers = {
            "Content-Type": rng.choice(
                [PROTOBUF, "", "a/b", "application/json;;;", "x" * 500, "application/grpc"]
            ),
            "Content-Encoding": rng.choice(["", "gzip", "br", "gzip, gzip"]),
            "Host": rng.choice(["localhost", "evil.example", "[::1", "", "a" * 300, "127.0.0.1:99999"]),
            "Origin": rng.choice(["http://localhost", "null", "http://[", "\xff\xfe"]),
        }
        path = rng.choice(
            ["/v1/traces", "/", "/v1/traces/", "/v1/flowglass/tracer", "/%ff%fe", "/v1/flowglass/status"]
        )
        return rng.choice(["POST", "GET", "PUT", "X"]), path, self._changed(self.whole), headers

    def nested(self) -> Request:
        """Deep and wide, as the decoders like it least."""
        depth = self.rng.randint(50, 3_000)
        kind, size = self.rng.randrange(4), self.rng.randint(1, 5_000)
        if kind == 0:
            return "POST", "/v1/traces", b"[" * depth + b"]" * depth, {"Content-Type": JSON}
        if kind == 1:
            body = b'{"resourceSpans":' * depth + b"1" + b"}" * depth
            return "POST", "/v1/traces", body, {"Content-Type": JSON}
        if kind == 2:  # a value in a value in a value
            value = b""
            for _ in range(depth):
                value = _field(0x2A, _field(0x0A, value))
            attribute = _field(0x4A, _field(0x0A, b"k") + _field(0x12, value))
            return "POST", "/v1/traces", _wrapped(attribute), {"Content-Type": PROTOBUF}
        return "POST", "/v1/traces", _wrapped(b"\x4a\x00\x5a\x00\x6a\x00" * size), {"Content-Type": PROTOBUF}


def _field(tag: int, content: bytes) -> bytes:
    """A length-delimited protobuf field."""
    size, head = len(content), bytearray([tag])
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head) + content


def _wrapped(span_content: bytes) -> bytes:
    """A request of one span with this content."""
    return _field(0x0A, _field(0x12, _field(0x12, span_content)))


def raw_bytes(rng: random.Random) -> Iterator[bytes]:
    """What is hardly HTTP."""
    line = b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\n"
    fixed = [
        b"\r\n\r\n",
        b"GET",
        line + b"Content-Length: -1\r\n\r\n",
        line + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        line + b"Content-Length: 99999999999999999999\r\n\r\nx",
        line + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
        line + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        line + b"Transfer-Encoding: gzip\r\n\r\n",
        line + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
        line + b"X: \x00\x01\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00" + b"\xff" * 60,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: !!!!\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    ]
    yield from fixed
    while True:
        yield rng.choice(fixed)[: rng.randint(1, 60)] + rng.randbytes(rng.randint(0, 200))


def send_raw(port: int, content: bytes) -> bytes:
    """Whatever comes back before the connection ends."""
    got = b""
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        try:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                got += part
        except (ConnectionResetError, BrokenPipeError):
            pass
    return got


def attack(running: RunningCollector) -> list[Attacker]:
    share = (REQUESTS - RAW) // THREADS
    attackers = [Attacker(running, seed, share) for seed in range(1, THREADS + 1)]
    threads = [threading.Thread(target=attacker.run) for attacker in attackers]
    for thread in threads:
        thread.start()
    rng = random.Random(99)
    for content, _ in zip(raw_bytes(rng), range(RAW), strict=False):
        answer = send_raw(running.port, content)
        if answer.startswith(b"HTTP/1.1 "):
            assert not answer.startswith(b"HTTP/1.1 5"), (content, answer[:200])
    for thread in threads:
        thread.join()
    return attackers


def sent_spans(attackers: list[Attacker]) -> Iterator[dict[str, Any]]:
    for attacker in attackers:
        for body in attacker.valid:
            yield from each_span(as_json(ExportTraceServiceRequest.FromString(body)))


def test_hostile_bytes_never_take_it_down_and_harm_no_valid_span(tmp_path: Path) -> None:
    with RunningCollector(tmp_path) as running:
        pid = running.status()["pid"]
        attackers = attack(running)
        for attacker in attackers:
            if attacker.error is not None:
                raise attacker.error
        statuses = sum((attacker.statuses for attacker in attackers), Counter())
        assert all(status == 200 or 400 <= status < 500 for status in statuses), statuses
        assert {200, 400, 403, 404, 405, 415} <= set(statuses), statuses
        status = running.status()
        assert (status["pid"], status["writer"]["status"]) == (pid, "OK")
        assert status["queue"]["spans"] == status["queue"]["bytes"] == 0
        assert not [line for line in running.lines if "Traceback" in line], running.lines
        with closing(Reader.open(running.folder)) as reader:
            sent = list(sent_spans(attackers))
            assert len(sent) == (REQUESTS - RAW) // 10
            for one in sent:
                assert read_back(reader, one) == one
        assert running.stop() == 0
