"""`seed N`: writes the reference data, so that there is a store of a known size to look at or measure."""

from __future__ import annotations

import time
from itertools import islice

import click

from commands.base import CannotDo, settings, store_errors
from config import Settings
from data.seed import reference_spans
from data.store import Store
from queries.base import Reader
from queries.health import store_sizes

SPANS_A_WRITE = 5_000


@click.command()
@click.argument("spans", type=click.IntRange(min=1))
@click.option("--days", type=click.IntRange(1, 30), default=30, show_default=True, help="Days back from now.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same spans.")
@click.option("--add", is_flag=True, help="Write into a store that holds spans already.")
def seed(spans: int, days: int, seed: int, add: bool) -> None:
    """Write SPANS spans of the reference data into the data folder.

    500 functions in 20 groups, with errors, tracebacks and values. Flowglass must not run meanwhile.
    """
    wanted = settings()
    there = already(wanted)
    if there and not add:
        raise CannotDo(
            f"{wanted.store.data_dir} holds {there:,} spans already; "
            "say --add to write more beside them, or set FLOWGLASS_DATA_DIR to an empty folder"
        )
    started = time.monotonic()
    with store_errors():
        stored = write(wanted, spans, days, seed)
    seconds = time.monotonic() - started
    click.echo(f"{stored:,} spans in {seconds:.1f} s ({stored / seconds:,.0f} a second)")


def already(wanted: Settings) -> int:
    """Spans in the data folder now."""
    reader = Reader.open(wanted.store.data_dir)
    try:
        return store_sizes(reader).spans
    finally:
        reader.close()


def write(wanted: Settings, spans: int, days: int, seed: int) -> int:
    """Writes them as the collector would, a batch at a time; how many were stored."""
    store = Store.open(wanted.store.data_dir, wanted.store, wanted.staleness, time.time_ns)
    stored = 0
    try:
        made = reference_spans(spans, seed, time.time_ns(), days)
        with click.progressbar(length=spans, label="seeding") as bar:
            while batch := list(islice(made, SPANS_A_WRITE)):
                stored += store.write(batch).stored
                bar.update(len(batch))
    finally:
        store.close()
    return stored
