"""`make bench`: measures every part and writes docs/benchmarks.md."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

import click
import pysqlite3

from bench.rows import Row

PARTS = {
    "tracer": "The tracer",
    "ingest": "Ingest, from OTLP bytes to committed",
    "store": "The store's write path",
    "queries": "The queries of the page",
    "browser": "The pages in a browser",
    "alerts": "Alerts",
    "verdict": "The verdict on two versions of a function",
}
PAGE = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
HEAD = """# Benchmarks

Written by `make bench`. `make bench N=100000` measures a smaller store, `python -m bench tracer` one part.

"""


@click.command()
@click.argument("parts", nargs=-1, type=click.Choice(list(PARTS)))
@click.option(
    "-n", "spans", envvar="N", default=1_000_000, show_default=True, help="Size of the store in spans."
)
@click.option("--write/--no-write", default=True, help="Whether to write docs/benchmarks.md.")
def main(parts: tuple[str, ...], spans: int, write: bool) -> None:
    """Measures PARTS, or all, and prints a table; exits with 1 when a promised figure is not held."""
    taken = {part: measure(part, spans) for part in parts or PARTS}
    page = HEAD + machine(spans) + "".join(section(part, rows) for part, rows in taken.items())
    if write and not parts:
        PAGE.write_text(page, encoding="utf-8")
        click.echo(f"written to {PAGE.relative_to(PAGE.parents[1])}")
    missed = [row.what for rows in taken.values() for row in rows if row.held is False]
    if missed:
        click.echo(f"not held: {'; '.join(missed)}", err=True)
        sys.exit(1)


def measure(part: str, spans: int) -> list[Row]:
    """The rows of one part, shown as they come."""
    click.echo(f"\n{PARTS[part]}", err=True)
    rows: list[Row] = importlib.import_module(f"bench.{part}").rows(spans)
    for row in rows:
        click.echo(f"  {row.what}: {row.measured}{f' (hold {row.hold})' if row.hold else ''}")
    return rows


def machine(spans: int) -> str:
    """What it was measured on."""
    day = dt.datetime.now(dt.UTC).date().isoformat()
    return (
        f"{day}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {pysqlite3.sqlite_version}, {spans:,} spans of the reference data. "
        "A figure is a median of three runs unless its row says otherwise.\n"
    )


def section(part: str, rows: Iterable[Row]) -> str:
    lines = [
        f"\n## {PARTS[part]}\n",
        "| what | measured | hold | reach for | held | how |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(cells(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def cells(row: Row) -> tuple[str, ...]:
    held = "" if row.held is None else "reached" if row.reached else "yes" if row.held else "**no**"
    texts = (row.what, row.measured, row.hold, row.reach, held, row.how)
    return tuple(text.replace("|", "\\|").replace("\n", " ") for text in texts)


if __name__ == "__main__":
    main()
