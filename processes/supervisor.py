"""Starts the children, says when all are ready, brings back what dies, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from processes.errors import EXIT_CRASHED, EXIT_OK

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 10.0
# A child that ran this long was well: the next restart waits shortly again.
WELL_SECONDS = 30.0
READY_SECONDS = 60.0
STOP_SECONDS = 4.0  # Ctrl-C promises 5
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass
class Child:
    """One supervised process and what is known of its present run."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    ready_fd: int = -1
    ready: bool = False
    started: float = 0.0
    wait: float = FIRST_WAIT_SECONDS
    restart_at: float = field(default=float("inf"))


class Supervisor:
    """Runs its children until a stop signal; `all_ready` is called once, when every child is."""

    def __init__(self, children: Sequence[Child], all_ready: Callable[[], None]) -> None:
        self.children = children
        self.all_ready = all_ready
        self.announced = False
        self.stopping = False
        # Children hold the reading end: it ends when this process does, however it does.
        self.life_read, self.life_write = os.pipe()
        self.selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Exit code: 0 after a stop signal, a child's own code when it cannot be started at all."""
        woken = self._catch_signals()
        try:
            for child in self.children:
                self._start(child)
            deadline = time.monotonic() + READY_SECONDS
            while not self.stopping:
                self._wait(deadline)
                failed = self._look_after_children(deadline)
                if failed is not None:
                    return failed
            return EXIT_OK
        finally:
            self._stop()
            woken()

    def _catch_signals(self) -> Callable[[], None]:
        """Makes every signal wake the selector; returns what undoes it."""
        reading, writing = os.pipe()
        for fd in (reading, writing):
            os.set_blocking(fd, False)
        old_fd = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        old = {number: signal.signal(number, self._on_stop) for number in STOP_SIGNALS}
        old[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
        self.selector.register(reading, selectors.EVENT_READ, lambda: os.read(reading, 4096))

        def undo() -> None:
            signal.set_wakeup_fd(old_fd)
            for number, handler in old.items():
                signal.signal(number, handler)
            self.selector.close()
            for fd in (reading, writing, self.life_read, self.life_write):
                os.close(fd)

        return undo

    def _on_stop(self, number: int, _frame: object) -> None:
        self.stopping = True

    def _start(self, child: Child) -> None:
        reading, writing = os.pipe()
        ties = ["--life-fd", str(self.life_read), "--ready-fd", str(writing)]
        child.process = subprocess.Popen(
            [sys.executable, *child.arguments, *ties],
            pass_fds=(self.life_read, writing),
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches us alone, and its whole group can be ended
        )
        os.close(writing)
        child.ready_fd, child.ready = reading, False
        child.started, child.restart_at = time.monotonic(), float("inf")
        self.selector.register(reading, selectors.EVENT_READ, lambda: self._hear(child))

    def _hear(self, child: Child) -> None:
        """The ready line of a child, or the end of its pipe."""
        child.ready = bool(os.read(child.ready_fd, 64)) or child.ready
        self._forget_pipe(child)
        if not self.announced and all(one.ready for one in self.children):
            self.announced = True
            self.all_ready()

    def _forget_pipe(self, child: Child) -> None:
        if child.ready_fd >= 0:
            self.selector.unregister(child.ready_fd)
            os.close(child.ready_fd)
            child.ready_fd = -1

    def _wait(self, deadline: float) -> None:
        next_time = min(
            [child.restart_at for child in self.children] + ([] if self.announced else [deadline])
        )
        timeout = None if next_time == float("inf") else max(0.0, next_time - time.monotonic())
        for key, _ in self.selector.select(timeout):
            key.data()

    def _look_after_children(self, deadline: float) -> int | None:
        """Schedules and makes restarts; an exit code when the start as a whole has failed."""
        now = time.monotonic()
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                code = self._bury(child)
                if not self.announced and not self.stopping:
                    return self._give_up(child, code)
                self._plan_restart(child, code, now)
            elif child.restart_at <= now and not self.stopping:
                self._start(child)
        if not self.announced and now >= deadline:
            late = ", ".join(child.name for child in self.children if not child.ready)
            log.error("not ready within %d s: %s", READY_SECONDS, late)
            return EXIT_CRASHED
        return None

    def _bury(self, child: Child) -> int:
        """Ends what a dead child left in its process group, and gives its exit code."""
        assert child.process is not None
        code = child.process.returncode
        _signal_group(child.process.pid, signal.SIGKILL)
        self._forget_pipe(child)
        child.process = None
        return code

    def _give_up(self, child: Child, code: int) -> int:
        if code > EXIT_CRASHED:  # it has said why
            return code
        log.error("%s ended before it was ready (%s); the lines above say why", child.name, describe(code))
        return EXIT_CRASHED

    def _plan_restart(self, child: Child, code: int, now: float) -> None:
        if now - child.started >= WELL_SECONDS:
            child.wait = FIRST_WAIT_SECONDS
        child.restart_at = now + child.wait
        if not self.stopping:
            log.warning("%s ended (%s), starting it again in %.1f s", child.name, describe(code), child.wait)
        child.wait = min(child.wait * 2, LONGEST_WAIT_SECONDS)

    def _stop(self) -> None:
        """Asks every child to end, then ends what is left of it."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            _signal_group(process.pid, signal.SIGTERM, leader_only=True)
        deadline = time.monotonic() + STOP_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in running:
            _signal_group(process.pid, signal.SIGKILL)
            process.wait()


def _signal_group(pid: int, number: signal.Signals, leader_only: bool = False) -> None:
    with contextlib.suppress(ProcessLookupError):
        if leader_only:
            os.kill(pid, number)
        else:
            os.killpg(pid, number)


def describe(code: int) -> str:
    """An exit code in words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"
