"""Starts and stops the sender with its process: first span, fork, exit, SIGTERM; and changes settings."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from types import FrameType
from typing import Any

from flowglass import context, memory, otel, propagate
from flowglass.sender import Sender
from flowglass.settings import LEVELS
from flowglass.state import STATE, State

EXIT_SECONDS = 3.0  # the longest the end of a program waits for its last spans


class Control:
    """Ties one State to this process."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.sender: Sender | None = None
        self.lock = threading.Lock()
        self.prepared = False
        self.hooked = False
        self.pid = os.getpid()
        self.previous: Any = None

    def start(self) -> None:
        """Starts the sender, once; called with the first span of a process. Nothing escapes."""
        if self.state.closed or not self.lock.acquire(blocking=False):
            return
        try:
            if self.sender is None:
                self._hook()
                sender = Sender(self.state)
                sender.start()
                self.sender = sender
                self.state.wake = sender.wake
        except (RuntimeError, OSError, ValueError):
            return  # the interpreter is ending, or there are no more threads: spans wait in the queue
        finally:
            self.lock.release()

    def prepare(self) -> None:
        """What must be there before the first call; with the first use of `trace`."""
        if not self.prepared:
            self.prepared = True
            propagate.start()
            otel.start()
            if hasattr(os, "register_at_fork"):
                os.register_at_fork(before=self.before_fork, after_in_child=self.after_fork)

    def _hook(self) -> None:
        """What must happen at exit and SIGTERM."""
        if not self.hooked:
            self.hooked = True
            atexit.register(self.at_exit)
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # its children end without atexit
            util.Finalize(None, self.at_exit, exitpriority=0)
        if threading.current_thread() is threading.main_thread() and self.previous is None:
            self.hook_sigterm()

    def hook_sigterm(self) -> None:
        """Sends what is waiting before the host's own handler, or the default, ends the process."""
        try:
            previous = signal.getsignal(signal.SIGTERM)
            if previous is signal.SIG_DFL or callable(previous):
                signal.signal(signal.SIGTERM, self.on_sigterm)
                self.previous = previous
        except (ValueError, OSError):
            return  # not the main interpreter

    def on_sigterm(self, number: int, frame: FrameType | None) -> None:
        self.flush(EXIT_SECONDS)
        if callable(self.previous):
            self.previous(number, frame)
            return
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)

    def before_fork(self) -> None:
        """The child's spans must know the same parent as this process will send."""
        record = context.CURRENT.get()
        if record is not None:
            context.identify(record)

    def after_fork(self) -> None:
        """A child sends its own spans, with a thread and counts of its own."""
        self.lock = threading.Lock()
        self.sender = None
        self.pid = os.getpid()
        context.after_fork()
        memory.after_fork()
        self.state.after_fork()

    def flush(self, timeout: float = 5.0) -> bool:
        """Waits until everything recorded so far is sent; False when time ran out or it was not taken."""
        if self.sender is None and self.state.queue:
            self.start()
        if self.sender is None:
            return not self.state.queue
        return self.sender.flush(timeout) and not self.sender.waiting

    def at_exit(self) -> None:
        if os.getpid() == self.pid:
            self.shutdown(EXIT_SECONDS)

    def shutdown(self, timeout: float = 5.0) -> None:
        """Sends what is waiting, then records nothing any more."""
        if self.state.closed:
            return
        self.flush(timeout)
        self.state.closed = True
        self.state.room = 0
        if self.sender is not None:
            self.sender.closing = True
            self.sender.wake()

    def configure(self, **changes: Any) -> None:
        """Changes settings; `levels` maps patterns such as "shop.*" to a level or to options."""
        levels = changes.pop("levels", None)
        if "level" in changes and changes["level"] not in LEVELS:
            raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {changes['level']!r}")
        unknown = set(changes) - set(vars(self.state.settings))
        if unknown:
            raise TypeError(f"configure() got an unexpected keyword argument {sorted(unknown)[0]!r}")
        if levels is not None:
            self.state.chosen = {
                pattern: {"level": asked} if isinstance(asked, str) else dict(asked)
                for pattern, asked in levels.items()
            }
        self.state.use(self.state.settings.with_(**changes))
        if self.sender is not None:
            self.sender.unsettled = True  # the thread itself takes them over
            self.sender.wake()


CONTROL = Control(STATE)
STATE.start = CONTROL.start
STATE.prepare = CONTROL.prepare
