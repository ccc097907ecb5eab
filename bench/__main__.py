"""`make bench`: measures every part, or those that are named, and writes each into docs/benchmarks.md."""

from __future__ import annotations

import datetime as dt
import importlib
import os
import platform
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

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

Written by `make bench`; `make bench FULL=1` measures at ten million spans, `python -m bench tracer` one part.
Ratios are of one run, a figure is a median of three unless its row says otherwise. Rates and times depend on
the machine: the holds were set on one whose floor of a traced call (first table) was 0.35 to 0.5 µs.
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
    if write:
        PAGE.write_text(page(taken, spans, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
        click.echo(f"written to {PAGE.relative_to(PAGE.parents[1])}")
    missed = [row.what for one in taken.values() for row in one.rows if row.held is False]
    if missed:
        click.echo(f"not held: {'; '.join(missed)}", err=True)
        sys.exit(1)


class Taken(NamedTuple):
    """The rows of one part, and how fast the machine was when they were begun."""

    pace: str
    rows: list[Row]


def measure(part: str, spans: int) -> Taken:
    """One part, its rows shown as they come."""
    now = pace()
    click.echo(f"\n{PARTS[part]}, {now}", err=True)
    rows = []
    for row in importlib.import_module(f"bench.{part}").rows(spans):
        rows.append(row)
        click.echo(f"  {row.what}: {row.measured}{f' (hold {row.hold})' if row.hold else ''}")
    return Taken(now, rows)


def pace() -> str:
    """How fast the machine is at this moment: other work on it can make it half as fast as an hour before."""
    began = time.perf_counter()
    total = 0
    for number in range(10_000_000):
        total += number
    return f"ten million additions in Python take {time.perf_counter() - began:.2f} s"


def page(taken: Mapping[str, Taken], spans: int, before: str) -> str:
    """The page with the sections of the measured parts written anew, the others as they were."""
    old = {one.split("\n", 1)[0]: f"\n## {one.rstrip()}\n" for one in before.split("\n## ")[1:]}
    new = {PARTS[part]: section(part, one, spans) for part, one in taken.items()}
    return HEAD + "".join((old | new).get(title, "") for title in PARTS.values())


def section(part: str, taken: Taken, spans: int) -> str:
    """One part: on what it was measured, and its table."""
    day = dt.datetime.now(dt.UTC).date().isoformat()
    lines = [
        f"\n## {PARTS[part]}\n",
        f"{day}, {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {pysqlite3.sqlite_version}, {spans:,} spans of the reference data; {taken.pace}.\n",
        "| what | measured | hold | reach for | held | how |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(cells(row))} |" for row in taken.rows]
    return "\n".join(lines) + "\n"


def cells(row: Row) -> tuple[str, ...]:
    held = "" if row.held is None else "reached" if row.reached else "yes" if row.held else "**no**"
    texts = (row.what, row.measured, row.hold, row.reach, held, row.how)
    return tuple(text.replace("|", "\\|").replace("\n", " ") for text in texts)


if __name__ == "__main__":
    main()
