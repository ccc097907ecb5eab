"""GET /api/v1/export: the spans of a filter as a file, made while it is sent; at most 10,000."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, request

from api.export_formats import FORMATS, Writer
from api.parameters import choice, limit, only, time_range
from api.problems import BadParameter
from queries import filters, traces
from queries.base import Reader, TimeRange
from queries.filter_tree import Filter
from queries.limits import MAX_PAGE, MAX_ROWS, Page
from queries.rows import SpanRow

PARAMETERS = ("q", "from", "to", "format", "name", "order", "limit")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Wanted:
    """What is exported, and in which order."""

    filter: Filter
    range: TimeRange
    newest_first: bool
    most: int


def blueprint(reader: Reader, now_ns: Callable[[], int]) -> Blueprint:
    """The route over one store."""
    routes = Blueprint("api_export", __name__)
    routes.add_url_rule("/api/v1/export", "export", lambda: export(reader, now_ns))
    return routes


def export(reader: Reader, now_ns: Callable[[], int]) -> Response:
    """The file. Whatever is wrong is said before its first byte; the header tells when it was cut."""
    only(request.args, PARAMETERS)
    kind = choice(request.args, "format", tuple(FORMATS))
    wanted = Wanted(
        filter=filters.parse(request.args.get("q", "")),
        range=time_range(request.args, now_ns),
        newest_first=choice(request.args, "order", ("newest", "oldest")) == "newest",
        most=limit(request.args, MAX_ROWS, MAX_ROWS),
    )
    writer = FORMATS[kind](reader)
    first = _page(reader, wanted, None, min(MAX_PAGE, wanted.most))
    response = Response(_written(writer, reader, wanted, first), mimetype=writer.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{_name()}.{writer.suffix}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Flowglass-Limit"] = str(wanted.most)
    return response


def _name() -> str:
    name = request.args.get("name", "").strip() or "traces"
    if not NAME.fullmatch(name):
        raise BadParameter("name", "a name is up to 80 letters, digits, points, dashes and underscores")
    return name


def _page(reader: Reader, wanted: Wanted, cursor: str | None, rows: int) -> Page[SpanRow]:
    return traces.find_spans(
        reader, wanted.filter, wanted.range, cursor=cursor, limit=rows, newest_first=wanted.newest_first
    )


def _written(writer: Writer, reader: Reader, wanted: Wanted, page: Page[SpanRow]) -> Iterator[bytes]:
    """Head, rows page by page, foot. The foot says whether rows were left out."""
    yield writer.head()
    sent = 0
    while True:
        yield writer.rows(page.rows, sent)
        sent += len(page.rows)
        if page.next_cursor is None or sent >= wanted.most:
            break
        page = _page(reader, wanted, page.next_cursor, min(MAX_PAGE, wanted.most - sent))
    yield writer.foot(sent, truncated=page.next_cursor is not None)
