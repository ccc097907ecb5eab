"""`import FILE`: captured traces into the store, whether Flowglass runs or not."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

import click

from collector.admit import REASONS
from collector.errors import CollectorError
from commands.base import CannotDo, settings, store_errors
from commands.captures import FORMATS, Format, latest_ns, read, shift, spans_of, split
from commands.delivery import MOST_SPANS, Delivery, Result, delivery
from processes.errors import EXIT_CANNOT_START


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "kind", type=click.Choice(FORMATS), default="auto", show_default=True)
@click.option("--shift-to-now", is_flag=True, help="Move all times so that the last call ends now.")
def import_file(file: Path, kind: str, shift_to_now: bool) -> None:
    """Store the traces in FILE: OTLP as JSON lines or protobuf, or Jaeger's JSON; gzip or not.

    They go through the collector when it runs. Calls older than 30 days are refused, unless all times
    are shifted. What is stored already is not stored again.
    """
    wanted, format = settings(), cast(Format, kind)
    by = time.time_ns() - last_end(file, format) if shift_to_now else 0
    with store_errors():
        way = delivery(wanted)
        try:
            deliver(way, file, format, by)
        except CollectorError as error:
            raise CannotDo(f"{file} cannot be taken in: {error}") from None
        finally:
            way.close()
    tell(way.result)
    if way.result.refused and not way.result.stored:
        raise SystemExit(EXIT_CANNOT_START)


def last_end(file: Path, kind: Format) -> int:
    """When the last call in the file ended."""
    last = max((latest_ns(capture.tree) for capture in read(file, kind)), default=0)
    if not last:
        raise CannotDo(f"{file} holds no call with a time; there is nothing to shift")
    return last


def deliver(way: Delivery, file: Path, kind: Format, by_ns: int) -> None:
    """Every request in the file, in parts that a collector takes."""
    with click.progressbar(length=file.stat().st_size, label="importing") as bar:
        for capture in read(file, kind):
            if by_ns:
                shift(capture.tree, by_ns)
            for part in split(capture.tree, MOST_SPANS):
                way.send(part, sum(1 for _ in spans_of(part)))
            bar.update(capture.bytes)


def tell(result: Result) -> None:
    """What became of them; why some were refused goes to stderr."""
    known = f", {result.known:,} were known already" if result.known else ""
    click.echo(f"{result.read:,} calls read, {result.stored:,} stored{known}")
    for reason, count in result.refused.most_common():
        hint = "; --shift-to-now moves them" if reason == "too_old" else ""
        click.echo(f"{count:,} refused: {REASONS.get(reason, reason)}{hint}", err=True)
