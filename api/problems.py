"""Everything that can go wrong with a request, as RFC 9457 problem details."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from alerting.edit import InUse, Invalid, ReadOnly
from alerting.rule_import import NotImported
from data.control import EditConflict, NotThere
from queries import errors

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "1"


class BadParameter(Exception):
    """A parameter of the request is missing or wrong."""

    def __init__(self, parameter: str, detail: str) -> None:
        super().__init__(detail)
        self.parameter = parameter


class TooShort(BadParameter):
    """A parameter can be read, but says too little."""


class NotFound(Exception):
    """What the address names does not exist."""


TABLE: dict[type[Exception], tuple[int, str]] = {
    BadParameter: (400, "Wrong parameter"),
    TooShort: (422, "Too short"),
    errors.FilterError: (400, "The filter cannot be understood"),
    errors.BadCursor: (400, "Wrong cursor"),
    errors.RangeTooLong: (400, "Wrong range"),
    errors.TooManyRows: (400, "Too many rows"),
    NotFound: (404, "Not found"),
    NotThere: (404, "Not found"),
    EditConflict: (409, "Somebody else has changed it"),
    ReadOnly: (403, "Read-only"),
    InUse: (409, "Others need it"),
    Invalid: (422, "The definition is not valid"),
    NotImported: (422, "The rules are not valid, and none was taken"),
    errors.QueryTimeout: (503, "The query took too long"),
    errors.StoreUnavailable: (503, "The store cannot be read"),
}


def install(server: Flask) -> None:
    """Answers problems under /api/ as documents; the page's own errors stay as they are."""
    for kind in TABLE:
        server.register_error_handler(kind, answer)
    server.register_error_handler(HTTPException, _http)
    server.add_url_rule("/api/", "api.root", _unknown, defaults={"rest": ""}, methods=METHODS)
    server.add_url_rule("/api/<path:rest>", "api.unknown", _unknown, methods=METHODS)


METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _unknown(rest: str) -> Response:
    raise NotFound(f"there is no route /api/{rest[:200]}")


def answer(error: Exception) -> Response:
    """The document of one of our own errors."""
    status, title = TABLE[type(error)]
    more: dict[str, Any] = {}
    if isinstance(error, errors.FilterError):
        more = {"parameter": "q", "start": error.start, "end": error.end, "suggestion": error.suggestion}
    if isinstance(error, errors.BadCursor):
        more = {"parameter": "cursor"}
    if isinstance(error, Invalid):
        more = {
            "errors": [{"field": one.field.removesuffix("_"), "message": one.message} for one in error.errors]
        }
    if isinstance(error, NotImported):
        more = {
            "errors": [
                {"line": one.line, "rule": one.rule, "field": one.field, "message": one.message}
                for one in error.problems
            ]
        }
    if isinstance(error, BadParameter):
        more = {"parameter": error.parameter}
    detail = DETAIL.get(type(error), "{}").format(error)
    return document(status, title, detail, more)


DETAIL = {
    NotThere: "there is none of the id {}",
    ReadOnly: "the rule stands in the file {}; change it there",
    InUse: "{} is made of it; change that rule first",
    EditConflict: "{} was changed since you read it; read it again and repeat your edit",
}


def _http(error: HTTPException) -> Response | HTTPException:
    """Werkzeug's own errors, such as a wrong method."""
    if not request.path.startswith("/api/"):
        return error
    status = error.code or 500
    response = document(status, error.name, error.description or error.name, {})
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def document(status: int, title: str, detail: str, more: dict[str, Any]) -> Response:
    """One problem."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    response = Response(orjson.dumps(body), status, mimetype=MEDIA_TYPE)
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = RETRY_SECONDS
    return response
