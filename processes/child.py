"""The child's side of supervision: say when ready, and stop when the supervisor is gone."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Ties:
    """File descriptors a supervised process was started with; -1 when it was started alone."""

    life: int = -1
    ready: int = -1

    def say_ready(self) -> None:
        """Tells the supervisor that requests are answered now."""
        if self.ready >= 0:
            with contextlib.suppress(BrokenPipeError):  # it listens until the first time only
                os.write(self.ready, b"ready\n")

    def watch_parent(self) -> None:
        """Stops this process, as Ctrl-C would, when the supervisor ends without saying so."""
        if self.life >= 0:
            threading.Thread(target=self._wait_for_end, name="parent-watch", daemon=True).start()

    def _wait_for_end(self) -> None:
        while os.read(self.life, 1):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
