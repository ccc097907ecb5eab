"""`python -m demo.program NAME PORT`: one program of the shop, until SIGTERM."""

from __future__ import annotations

import importlib
import signal
import sys
import threading

import flowglass
from demo import rpc


def run(name: str, port: int) -> None:
    """Serve the functions of one program and send what they do to Flowglass."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    module = importlib.import_module(f"demo.services.{name}")
    if name == "storefront":
        module.start()
        entering, stop = module.entering, module.stop
    else:
        flowglass.configure(service=name)
        entering, stop = flowglass.continued, flowglass.shutdown
    server = rpc.serve(port, module.FUNCTIONS, entering)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    over.wait()
    server.shutdown()
    stop()


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
