"""GET /api/v1/search: processes, exceptions, values and trace ids that contain a text."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from api.parameters import choice, limit, moment, only
from api.problems import TooShort
from api.serial import json_response
from queries.base import Reader, TimeRange
from queries.search import KINDS, Found, search

PARAMETERS = ("q", "kind", "from", "to", "limit")
LEAST_CHARACTERS, DEFAULT_LIMIT, MOST = 2, 10, 50
DAY_NS = 24 * 3_600 * 10**9


def blueprint(reader: Reader, now_ns: Callable[[], int]) -> Blueprint:
    """The route over one store."""
    routes = Blueprint("api_search", __name__)
    routes.add_url_rule("/api/v1/search", "search", lambda: find(reader, now_ns))
    return routes


def find(reader: Reader, now_ns: Callable[[], int]) -> Response:
    """Matches of every kind, or of one; `limit` holds for each kind. By default the last 24 hours."""
    only(request.args, PARAMETERS)
    text = request.args.get("q", "").strip()
    if len(text) < LEAST_CHARACTERS:
        raise TooShort("q", f"q must have at least {LEAST_CHARACTERS} characters")
    asked = choice(request.args, "kind", ("all", *KINDS))
    kinds = tuple(kind for kind in KINDS if asked in ("all", kind))
    end = moment(request.args, "to") or now_ns()
    start = moment(request.args, "from")
    when = TimeRange(end - DAY_NS if start is None else start, end)
    most = limit(request.args, MOST, DEFAULT_LIMIT)
    results = [_shown(found) for found in search(reader, text, when, kinds=kinds, limit=most)]
    return json_response({"results": results})


def _shown(found: Found) -> dict[str, object]:
    """A result, with where on the page it leads."""
    to = {"tab": "traces", "q": found.q, "trace": found.trace_id, "span": ""}
    return {"kind": found.kind, "title": found.title, "detail": found.detail, "q": found.q, "to": to}
