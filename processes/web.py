"""The dashboard's server: gunicorn from Python, one worker with threads."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication

# Threads beside those that live connections hold for good.
REQUEST_THREADS = 32
GRACEFUL_SECONDS = 2  # 30 by default, which Ctrl-C would wait for with one page open
KEEPALIVE_SECONDS = 15


class WebServer(BaseApplication):  # type: ignore[misc]
    """One gthread worker on a socket that already listens.

    One worker, because live connections and the cache live in its memory. The application is
    built in the worker, so its threads and connections are never forked.
    """

    def __init__(
        self, build: Callable[[], Any], listener: socket.socket, connections: int, ready: Callable[[], None]
    ) -> None:
        self.build = build
        threads = REQUEST_THREADS + connections
        self.options = {
            "bind": f"fd://{listener.detach()}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": threads,
            "worker_connections": 2 * threads,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "proc_name": "flowglass-dashboard",
            "control_socket_disable": True,
            "logger_class": "processes.web_log.Log",
            "post_worker_init": lambda worker: ready(),
        }
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        application = self.build()
        gc.collect()
        gc.freeze()  # what has been built stays: looking at it again took a request 80 ms now and then
        return application
