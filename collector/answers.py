"""What OTLP answers, in the encoding the request came in."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)

from collector.decode import JSON, PROTOBUF
from collector.wire import message_class

Headers = tuple[tuple[bytes, bytes], ...]
# google.rpc.Code of each HTTP status that is answered.
RPC_CODES = {
    HTTPStatus.BAD_REQUEST: 3,
    HTTPStatus.FORBIDDEN: 7,
    HTTPStatus.NOT_FOUND: 5,
    HTTPStatus.METHOD_NOT_ALLOWED: 12,
    HTTPStatus.REQUEST_TIMEOUT: 4,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: 3,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: 3,
    HTTPStatus.TOO_MANY_REQUESTS: 8,
    HTTPStatus.INTERNAL_SERVER_ERROR: 13,
    HTTPStatus.SERVICE_UNAVAILABLE: 14,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP response."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Headers = ()


def taken(encoding: str, rejected: int, explanation: str) -> Answer:
    """All spans were stored, or all but the rejected ones."""
    partial = ExportTracePartialSuccess(rejected_spans=rejected, error_message=explanation)
    if encoding == PROTOBUF:
        message = ExportTraceServiceResponse(partial_success=partial if rejected else None)
        return Answer(HTTPStatus.OK, message.SerializeToString(), PROTOBUF)
    about = {"rejectedSpans": str(rejected), "errorMessage": explanation}
    return Answer(HTTPStatus.OK, orjson.dumps({"partialSuccess": about} if rejected else {}), JSON)


def refused(encoding: str, status: HTTPStatus, why: str, headers: Headers = ()) -> Answer:
    """An error as google.rpc.Status."""
    code = RPC_CODES[status]
    if encoding == PROTOBUF:
        body = message_class("Failure")(code=code, message=why).SerializeToString()
        return Answer(status, body, PROTOBUF, headers)
    return Answer(status, orjson.dumps({"code": code, "message": why}), JSON, headers)


def document(content: object, headers: Headers = ()) -> Answer:
    """A JSON document of our own."""
    return Answer(HTTPStatus.OK, orjson.dumps(content), JSON, headers)
