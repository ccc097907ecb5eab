"""The command: `flowglass run [-m] script args…` traces a program without a change to it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from flowglass.control import CONTROL
from flowglass.run import Program, run_module, run_script
from flowglass.sender import VERSION
from flowglass.settings import LEVELS, from_environment
from flowglass.trace import traced


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser("flowglass", description="Shows the values flowing through your code.")
    made.add_argument("--version", action="version", version=f"flowglass {VERSION}")
    commands = made.add_subparsers(required=True, metavar="command")
    run = commands.add_parser(
        "run",
        help="run a program with its own functions traced",
        description="Runs a program as Python would, with the functions below its folder traced.",
    )
    run.add_argument("--level", choices=LEVELS, help="how much is recorded (default: values)")
    run.add_argument(
        "--min-duration", type=float, metavar="SECONDS", help="leave out calls shorter than this"
    )
    run.add_argument(
        "--sample", type=float, metavar="SHARE", help="share of traces that are recorded, 0 to 1"
    )
    run.add_argument("--brake", type=float, metavar="SHARE", help="step a function down that costs more")
    run.add_argument("--service", help="the name the program has in Flowglass (default: its file's name)")
    run.add_argument("--include", action="append", default=[], metavar="PATTERN", help="modules to trace too")
    run.add_argument("--exclude", action="append", default=[], metavar="PATTERN", help="modules to leave out")
    run.add_argument("-m", dest="module", action="store_true", help="run a module, as python -m does")
    run.add_argument("target", help="the script, or with -m the module")
    run.add_argument("args", nargs=argparse.REMAINDER, help="what the program itself is given")
    return made


def main(argv: list[str] | None = None) -> int:
    """Runs the command; what the program raises passes through."""
    asked = parser().parse_args(argv)
    configure(asked)
    roots = (Path.cwd(),) if asked.module else (Path(asked.target).resolve().parent, Path.cwd())
    program = Program(roots, tuple(asked.include), tuple(asked.exclude), traced)
    if not asked.module and not Path(asked.target).exists():
        sys.stderr.write(f"flowglass: can't open file {asked.target!r}\n")
        return 2
    (run_module if asked.module else run_script)(asked.target, asked.args, program)
    return 0


def configure(asked: argparse.Namespace) -> None:
    """What the command line says goes before what the environment says."""
    name = Path(asked.target).name.removesuffix(".py") if not asked.module else asked.target
    told: dict[str, Any] = {
        "level": asked.level,
        "min_duration": asked.min_duration,
        "sample": asked.sample,
        "brake": asked.brake,
        "service": asked.service or (None if named_by_environment() else name),
    }
    CONTROL.configure(**{key: value for key, value in told.items() if value is not None})


def named_by_environment() -> bool:
    """Whether the environment names the service, rather than its name being made up from the command."""
    unnamed = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return from_environment(os.environ).service != from_environment(unnamed).service


if __name__ == "__main__":
    sys.exit(main())
