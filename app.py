"""Flowglass: `python app.py` starts the dashboard and the collector; subcommands start and do the rest.

The one file that knows every part. Parts are imported where they are started, so that each
process loads only what it runs.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import click

import logs
from commands.lazily import Lazily
from config import ConfigError, Settings, load
from flowglass.redact import Redactor
from processes.checks import check_folder, check_not_running, check_port, listen
from processes.child import Ties
from processes.errors import EXIT_BAD_SETTINGS, EXIT_CANNOT_START, StartError
from processes.supervisor import Child, Supervisor

APP = str(Path(__file__).resolve())
DATA = click.Path(exists=True, path_type=Path)
log = logging.getLogger("app")


def settings_for(process: str) -> Settings:
    """The settings, and this process's log set up after them; a wrong setting ends the program."""
    try:
        settings = load()
    except ConfigError as error:
        fail(str(error), EXIT_BAD_SETTINGS)
    rules = settings.redaction
    masker = Redactor(keys=rules.keys, patterns=rules.patterns, enabled=rules.enabled)
    logs.set_up(settings.log.format, settings.log.level, process, masker)
    return settings


def fail(line: str, code: int = EXIT_CANNOT_START) -> NoReturn:
    """One line on stderr, and the end."""
    click.echo(f"flowglass: {line}", err=True)
    sys.exit(code)


def supervised(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the two file descriptors by which a supervised process is tied to its supervisor."""
    for name in ("--life-fd", "--ready-fd"):
        command = click.option(name, type=int, default=-1, hidden=True)(command)
    return command


@click.group(
    cls=Lazily, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option("--data", type=DATA, help="Only look into this backup or data folder.")
@click.pass_context
def main(context: click.Context, data: Path | None) -> None:
    """Shows the values flowing through your code. Without a command: starts the page and the collector."""
    context.obj = partial(settings_for, "command")
    if context.invoked_subcommand is None:
        if data:
            context.invoke(dashboard, data=data)
        sys.exit(run(settings_for("supervisor")))


def run(settings: Settings) -> int:
    """Both processes until Ctrl-C; the exit code."""
    web, otlp = settings.dashboard, settings.collector
    try:
        check_folder(settings.store.data_dir)
        check_not_running(settings.store.data_dir)
        check_port(web.host, web.port, "the page", "FLOWGLASS_PORT")
        check_port(otlp.host, otlp.port, "the collector", "FLOWGLASS_OTLP_PORT")
    except StartError as error:
        fail(str(error))
    children = [Child("collector", [APP, "collector"]), Child("dashboard", [APP, "dashboard"])]
    return Supervisor(children, lambda: click.echo(welcome(settings))).run()


def welcome(settings: Settings) -> str:
    """What to open, where to send, and the one line that sends."""
    page = address(settings.dashboard.host, settings.dashboard.port)
    otlp = address(settings.collector.host, settings.collector.port)
    return "\n".join(
        [
            "Flowglass is ready; Ctrl-C stops it",
            f"  page       {page}",
            f"  collector  {otlp} (OTLP over HTTP)",
            f"  send data  OTEL_EXPORTER_OTLP_ENDPOINT={otlp} "
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf your-program",
        ]
    )


def address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@main.command()
@click.option("--data", type=DATA, help="Look into this backup or data folder instead, read-only.")
@supervised
def dashboard(data: Path | None = None, life_fd: int = -1, ready_fd: int = -1) -> None:
    """Only the page, reading what a collector has stored."""
    settings = settings_for("dashboard")
    ties = Ties(life_fd, ready_fd)
    from commands.look import opened
    from processes.web import WebServer

    web = settings.dashboard
    page = address(web.host, web.port)
    try:
        listener = listen(web.host, web.port, "the page", "FLOWGLASS_PORT")
    except StartError as error:
        fail(str(error))
    ties.watch_parent()

    def ready() -> None:
        log.info("page is served", extra={"address": page})
        if data:
            click.echo(f"Looking into {data}; Ctrl-C stops it\n  page  {page}")
        ties.say_ready()

    with opened(data) as folder:
        build = partial(look_at, settings, data, folder) if data and folder else partial(build_page, settings)
        WebServer(build, listener, web.max_connections, ready).run()


def build_page(settings: Settings) -> Any:
    """The WSGI application over what a collector writes, made in the process that serves it."""
    from dashboard import shrink
    from dashboard.app import build
    from live.collector_status import StatusPoller
    from processes import self_tracing
    from queries.base import Reader, untraced

    otlp = settings.collector
    traced = settings.features.self_tracing
    tracing = self_tracing.start(address(otlp.host, otlp.port)) if traced else untraced
    status = StatusPoller(otlp.host, otlp.port, time.time_ns)
    status.start()
    reader = Reader.open(settings.store.data_dir, tracing=tracing)
    server = build(settings, reader, status.current).server
    threading.Thread(target=shrink.ahead, args=(server,), name="shrink", daemon=True).start()
    return server


def look_at(settings: Settings, data: Path, folder: Path) -> Any:
    """The WSGI application over data that nobody writes."""
    from dashboard.app import build
    from live.collector_status import CollectorStatus
    from queries.base import Reader

    nobody = CollectorStatus(why=f"{data.name} is opened read-only")
    return build(settings, Reader.open(folder), lambda: nobody).server


@main.command()
@supervised
def collector(life_fd: int, ready_fd: int) -> None:
    """Only the collector: receives OTLP and writes the store."""
    settings = settings_for("collector")
    ties = Ties(life_fd, ready_fd)
    from collector.main import run as collect
    from data.errors import StoreError

    ties.watch_parent()
    try:
        code = collect(settings, ties.say_ready)
    except (StartError, StoreError) as error:
        fail(str(error))
    sys.exit(code)


@main.command()
@supervised
def watch(life_fd: int, ready_fd: int) -> None:
    """Only the watch: judges rules and delivers, beside a collector with [alerts] in_collector = false."""
    settings = settings_for("watch")
    ties = Ties(life_fd, ready_fd)
    from data.errors import StoreError
    from jobs.watching import run_alone

    ties.watch_parent()
    try:
        run_alone(settings, ties.say_ready)
    except StoreError as error:
        fail(str(error))


if __name__ == "__main__":
    main()
