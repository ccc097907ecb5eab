"""Records a test run: `pytest --flowglass "shop.*"`; and fails it on a slow call or a stale value.

pytest --flowglass "shop.*" --flowglass-slow "shop.total=0.5" --flowglass-stale "shop.price=20"
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from flowglass.context import END, MISSING, RESULT, SITE, START, Record
from flowglass.control import CONTROL
from flowglass.install import Installed, install
from flowglass.state import STATE
from flowglass.trace import trace

FLUSH_SECONDS = 10.0
PASSED, FAILED = 0, 1  # pytest.ExitCode; importing pytest here would make it a dependency


class Rule(NamedTuple):
    """What a function must keep: `limit` in seconds, or in equal values in a row."""

    pattern: str
    limit: float


class Watch:
    """Looks at every span of the run; called on the sender's thread."""

    def __init__(self, slow: list[Rule], stale: list[Rule]) -> None:
        self.slow = slow
        self.stale = stale
        self.broken: dict[tuple[str, str], str] = {}
        self.last: dict[str, tuple[Any, int]] = {}  # function -> last value, how often in a row

    def look(self, record: Record) -> None:
        """Remembers the worst a function did against each rule."""
        name = record[SITE].name
        for rule in self.slow:
            seconds = (record[END] - record[START]) / 1e9
            if seconds > rule.limit and fnmatchcase(name, rule.pattern):
                self.broken[name, "slow"] = f"{name} took {seconds:.3f} s, more than {rule.limit:g} s"
        if record[RESULT] is MISSING:
            return
        for rule in self.stale:
            if fnmatchcase(name, rule.pattern):
                self.repeat(name, record[RESULT], rule)

    def repeat(self, name: str, value: Any, rule: Rule) -> None:
        """Counts equal values in a row."""
        last, times = self.last.get(name, (MISSING, 0))
        times = times + 1 if type(last) is type(value) and last == value else 1
        self.last[name] = value, times
        if times >= rule.limit:
            shown = value[1] if type(value) is tuple else value
            self.broken[name, "stale"] = f"{name} returned {shown!r} {times} times in a row"


class Plugin:
    """What pytest calls while a run is recorded."""

    def __init__(self, watch: Watch, installed: Installed | None) -> None:
        self.watch = watch
        self.installed = installed

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """One root span for each test, with its outcome."""
        self.span = trace("test", test=nodeid).__enter__()

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.span.__exit__(None, None, None)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.span.observe(outcome=report.outcome, seconds=report.duration)

    def pytest_sessionfinish(self, session: Any) -> None:
        CONTROL.flush(FLUSH_SECONDS)
        STATE.shown.remove(self.watch.look)
        if self.installed is not None:
            self.installed.remove()
        if self.watch.broken and session.exitstatus == PASSED:
            session.exitstatus = FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.watch.broken:
            terminalreporter.section("flowglass", red=True)
            for line in self.watch.broken.values():
                terminalreporter.write_line(line)


def pytest_addoption(parser: Any) -> None:
    group = parser.getgroup("flowglass")
    group.addoption("--flowglass", action="append", metavar="PATTERN", help="record these modules (shop.*)")
    group.addoption(
        "--flowglass-slow", action="append", default=[], metavar="PATTERN=SECONDS",
        help="fail the run when a call of such a function takes longer",
    )  # fmt: skip
    group.addoption(
        "--flowglass-stale", action="append", default=[], metavar="PATTERN=TIMES",
        help="fail the run when such a function returns the same value so often in a row",
    )  # fmt: skip


def pytest_configure(config: Any) -> None:
    slow, stale = rules(config, "--flowglass-slow"), rules(config, "--flowglass-stale")
    patterns = config.getoption("--flowglass") or []
    if not (patterns or slow or stale):
        return
    watch = Watch(slow, stale)
    STATE.shown.append(watch.look)
    installed = install(*patterns) if patterns else None
    config.pluginmanager.register(Plugin(watch, installed), "flowglass-run")


def rules(config: Any, option: str) -> list[Rule]:
    """`shop.*=0.5` as a rule; what cannot be read is an error of the command line."""
    found = []
    for text in config.getoption(option):
        pattern, _, limit = text.rpartition("=")
        try:
            found.append(Rule(pattern, float(limit)))
        except ValueError:
            pattern = ""
        if not pattern:
            raise sys.modules["pytest"].UsageError(f"{option} wants PATTERN=NUMBER, not {text!r}")
    return found
