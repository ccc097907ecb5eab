"""`export FILE`: the calls that match a filter, as OTLP JSON lines that `import` and others can read."""

from __future__ import annotations

import gzip
import itertools
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click
import orjson

from commands.base import CannotDo, settings
from queries import filter_fields, filters, traces
from queries.base import MAX_ROWS, QueryError, Reader, TimeRange
from queries.filter_tree import Filter
from queries.rows import SpanRow

DAY_NS = 86_400 * 10**9


class Moment(click.ParamType[int]):
    """A time as everywhere else: a date, a time, or nanoseconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> int:
        found = value if isinstance(value, int) else filter_fields.time(str(value))
        if found is None:
            self.fail(f"{value} is no time such as 2026-11-20T10:00", param, context)
        return found


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--q", "query", default="", help="Only calls that match, in the language of the search box.")
@click.option("--from", "start", type=Moment(), help="Only from this time on; 30 days ago by default.")
@click.option("--to", "end", type=Moment(), help="Only before this time; now by default.")
@click.option("--overwrite", is_flag=True, help="Replace FILE when it is there already.")
def export(file: Path, query: str, start: int | None, end: int | None, overwrite: bool) -> None:
    """Write at most 10,000 calls, newest first, to FILE as OTLP JSON lines; .gz compresses it.

    Flowglass may run meanwhile.
    """
    if file.exists() and not overwrite:
        raise CannotDo(f"{file} is there already; say --overwrite to replace it, or name another file")
    until = time.time_ns() if end is None else end
    unfinished = file.with_name(f"{file.name}.unfinished")
    reader = Reader.open(settings().store.data_dir)
    try:
        tree = filters.parse(query)
        range = TimeRange(until - 30 * DAY_NS if start is None else start, until)
        with _create(unfinished, file.suffix == ".gz") as stream:
            count, more = write(stream, reader, tree, range)
        unfinished.replace(file)
    except QueryError as error:
        raise CannotDo(str(error)) from None
    except OSError as error:
        raise CannotDo(f"{file} cannot be written: {error.strerror or error}") from None
    finally:
        unfinished.unlink(missing_ok=True)
        reader.close()
    click.echo(f"{count:,} calls in {file}" + (f"; more match, {MAX_ROWS:,} is the most" if more else ""))


def _create(file: Path, compressed: bool) -> IO[bytes]:
    return gzip.open(file, "wb") if compressed else file.open("wb")  # type: ignore[return-value]


def write(stream: IO[bytes], reader: Reader, tree: Filter, range: TimeRange) -> tuple[int, bool]:
    """How many calls were written, and whether more would have matched."""
    rows = matching(reader, tree, range)
    count = 0
    with click.progressbar(itertools.islice(rows, MAX_ROWS), length=MAX_ROWS, label="exporting") as bar:
        for row in bar:
            detail = traces.span_detail(reader, row.trace_id, row.span_id)
            if detail:  # None when retention has taken it meanwhile
                stream.write(orjson.dumps(traces.otlp_json(detail)) + b"\n")
                count += 1
    return count, next(rows, None) is not None


def matching(reader: Reader, tree: Filter, range: TimeRange) -> Iterator[SpanRow]:
    """Every call that matches, page by page."""
    cursor = None
    while True:
        page = traces.find_spans(reader, tree, range, cursor=cursor)
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return
