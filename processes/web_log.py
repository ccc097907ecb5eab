"""Gunicorn's lines through our own log."""

from __future__ import annotations

import logging
from typing import Any

from gunicorn.glogging import Logger


class Log(Logger):  # type: ignore[misc]
    """Leaves the writing to the handlers set up at start; notices of every start and stop are details."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
