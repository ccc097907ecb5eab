"""`verify`: looks over everything that is stored, and says what is not as it should be."""

from __future__ import annotations

import time

import click

from commands.base import settings, store_errors
from data.verify import verify as look
from processes.errors import EXIT_CRASHED
from queries.base import Reader
from queries.health import store_sizes


@click.command()
def verify() -> None:
    """Check files, names, totals and rollups against the spans themselves.

    Flowglass may run meanwhile. Ends with 1 when something is not as it should be.
    """
    directory = settings().store.data_dir
    reader = Reader.open(directory)
    spans = store_sizes(reader).spans
    reader.close()
    with store_errors(), click.progressbar(length=spans, label="verifying") as bar:
        report = look(directory, time.time_ns(), bar.update)
    click.echo(f"{report.spans:,} calls in {report.files} files, {report.cells:,} cells of rollups")
    for finding in report.findings:
        click.echo(f"{finding.where}: {finding.what}", err=True)
    if report.findings:
        raise SystemExit(EXIT_CRASHED)
    click.echo("everything is as it should be")
