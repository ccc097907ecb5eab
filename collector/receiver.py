"""The collector's port as an ASGI application: OTLP in, status out."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs

from collector import answers, body
from collector.accounts import Accounts
from collector.admit import Admitted
from collector.answers import Answer
from collector.body import Intake
from collector.decode import JSON, PROTOBUF, Decoder
from collector.doors import Door
from collector.errors import (
    CircuitOpen,
    ClientGone,
    CollectorError,
    Malformed,
    QueueFull,
    TooLarge,
    TooSlow,
    Unavailable,
    Unstorable,
)
from collector.http import Request, Scope, Send, answer_other, respond
from collector.levels import Levels
from collector.pipeline import Pipeline
from collector.tracers import Tracers

Handler = Callable[[Request], Awaitable[Answer]]

TRACES, STATUS = "/v1/traces", "/v1/flowglass/status"
LEVELS, TRACER = "/v1/flowglass/levels", "/v1/flowglass/tracer"
ENCODINGS = ("", "identity", "gzip")
REPORT_BYTES = 65_536

STATUS_OF: Mapping[type[CollectorError], HTTPStatus] = {
    Malformed: HTTPStatus.BAD_REQUEST,
    Unstorable: HTTPStatus.BAD_REQUEST,
    TooSlow: HTTPStatus.REQUEST_TIMEOUT,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    QueueFull: HTTPStatus.TOO_MANY_REQUESTS,
    CircuitOpen: HTTPStatus.SERVICE_UNAVAILABLE,
}

log = logging.getLogger(__name__)


class Receiver:
    """Answers one request at a time per connection; decoding runs on a thread of its own."""

    def __init__(
        self,
        pipeline: Pipeline,
        decoder: Decoder,
        intake: Intake,
        door: Door,
        accounts: Accounts,
        tracers: Tracers,
        levels: Levels,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self.pipeline = pipeline
        self.decoder = decoder
        self.intake = intake
        self.door = door
        self.accounts = accounts
        self.tracers = tracers
        self.levels = levels
        self.now_ns = now_ns
        self._decoding = ThreadPoolExecutor(1, thread_name_prefix="decode")
        self._routes: dict[str, dict[str, Handler]] = {
            TRACES: {"POST": self.take_traces},
            STATUS: {"GET": self.tell_status, "HEAD": self.tell_status},
            LEVELS: {"GET": self.tell_levels, "HEAD": self.tell_levels},
            TRACER: {"POST": self.take_report},
        }

    async def __call__(self, scope: Scope, receive: body.Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._answer(Request(scope, receive), send)
        else:
            await answer_other(scope, receive, send)

    def close(self) -> None:
        self._decoding.shutdown(wait=False, cancel_futures=True)

    async def _answer(self, request: Request, send: Send) -> None:
        why = self.door.refusal(request.method, request.header(b"host"), request.origin())
        try:
            if why:
                await request.discard()
                answer = answers.refused(request.encoding(), HTTPStatus.FORBIDDEN, why)
            else:
                answer = await self._route(request)
        except ClientGone:
            return
        if answer.status >= HTTPStatus.BAD_REQUEST:
            self.accounts.refused[answer.status] += 1
        await respond(send, answer)

    async def _route(self, request: Request) -> Answer:
        methods = self._routes.get(request.path)
        handler = methods.get(request.method) if methods else None
        if handler is not None:
            return await self._guarded(handler, request)
        await request.discard()
        if methods is None:
            why = f"nothing here; OTLP traces go to {TRACES}"
            return answers.refused(request.encoding(), HTTPStatus.NOT_FOUND, why)
        allowed = ", ".join(methods).encode()
        why = f"{request.path} takes {allowed.decode()} only"
        return answers.refused(request.encoding(), HTTPStatus.METHOD_NOT_ALLOWED, why, ((b"allow", allowed),))

    async def _guarded(self, handler: Handler, request: Request) -> Answer:
        """The one place where an error becomes an answer."""
        encoding = request.encoding()
        try:
            return await handler(request)
        except ClientGone:
            raise
        except Unavailable as error:
            retry = ((b"retry-after", str(error.retry_seconds).encode()),)
            return answers.refused(encoding, STATUS_OF[type(error)], str(error), retry)
        except CollectorError as error:
            return answers.refused(encoding, STATUS_OF[type(error)], str(error))
        except Exception:
            log.exception("a request failed", extra={"path": request.path})
            return answers.refused(encoding, HTTPStatus.INTERNAL_SERVER_ERROR, "see the collector's log")

    async def take_traces(self, request: Request) -> Answer:
        """OTLP/HTTP: answered when everything admitted is committed."""
        content_type, packing = request.content_type(), request.header(b"content-encoding").lower()
        if content_type not in (PROTOBUF, JSON) or packing not in ENCODINGS:
            await request.discard()
            why = f"takes {PROTOBUF} or {JSON}, plain or gzip"
            return answers.refused(request.encoding(), HTTPStatus.UNSUPPORTED_MEDIA_TYPE, why)
        raw = await self.intake.read(request.receive)
        try:
            self.pipeline.check()
            decode = partial(self._decode, raw, packing, content_type)
            admitted, nbytes = await asyncio.get_running_loop().run_in_executor(self._decoding, decode)
        finally:
            self.intake.release(len(raw))
        if admitted.spans:
            await asyncio.wrap_future(self.pipeline.submit(admitted.spans, nbytes))
        self.accounts.rejected.update(admitted.rejected)
        return answers.taken(content_type, admitted.rejected.total(), admitted.explanation())

    def _decode(self, raw: bytes, packing: str, content_type: str) -> tuple[Admitted, int]:
        plain = body.unpack(raw, packing, self.intake.most_bytes)
        return self.decoder.decode(plain, content_type), len(plain)

    async def take_report(self, request: Request) -> Answer:
        """A tracer says how it is doing."""
        raw = await self.intake.read(request.receive)
        self.intake.release(len(raw))
        if len(raw) > REPORT_BYTES:
            raise TooLarge(f"a report has at most {REPORT_BYTES} bytes")
        self.tracers.report(raw, self.now_ns())
        return answers.document({})

    async def tell_status(self, request: Request) -> Answer:
        await request.discard()
        return answers.document(self.accounts.document(self.pipeline, self.tracers.alive(self.now_ns())))

    async def tell_levels(self, request: Request) -> Answer:
        """What a tracer of this service shall record; 304 while nothing has changed."""
        await request.discard()
        service = parse_qs(request.query.decode("latin-1")).get("service", [""])[0]
        levels = await asyncio.get_running_loop().run_in_executor(None, self.levels.of, service)
        headers = ((b"etag", levels.etag.encode()), (b"cache-control", b"no-cache"))
        if request.header(b"if-none-match") == levels.etag:
            return Answer(HTTPStatus.NOT_MODIFIED, b"", JSON, headers)
        return Answer(HTTPStatus.OK, levels.body, JSON, headers)
