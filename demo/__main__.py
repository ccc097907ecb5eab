"""`python -m demo`: run the shop against a started Flowglass, for DEMO_SECONDS or until Ctrl-C.

One process per program of the shop, so that each is a process group of its own and traces cross them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from urllib.parse import urlsplit

from demo import ports
from demo.shoppers import shop

SERVICES = {
    "catalog": ports.CATALOG,
    "pricing": ports.PRICING,
    "payments": ports.PAYMENTS,
    "orders": ports.ORDERS,
    "storefront": ports.STOREFRONT,
}
START_SECONDS = 20.0


def listens(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True


def collector() -> tuple[str, int]:
    """Where spans will go: the endpoint of the OpenTelemetry variables, else the default."""
    if "FLOWGLASS_OTLP_PORT" in os.environ:
        os.environ.setdefault(
            "OTEL_EXPORTER_OTLP_ENDPOINT", f"http://localhost:{os.environ['FLOWGLASS_OTLP_PORT']}"
        )
    endpoint = urlsplit(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318"))
    return endpoint.hostname or "localhost", endpoint.port or 4318


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Start the shop, send customers in, and close it again. Exit code 1 when it cannot start."""
    host, port = collector()
    if not listens(host, port):
        sys.exit(f"Flowglass does not answer on {host}:{port}. Start it first: make run")
    taken = [used for used in SERVICES.values() if listens("127.0.0.1", used)]
    if taken:
        sys.exit(f"port {taken[0]} is taken; set DEMO_PORT to the first of five free ports")
    seconds = float(os.environ.get("DEMO_SECONDS", "inf"))
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    signal.signal(signal.SIGINT, lambda *_: over.set())
    programs = [
        subprocess.Popen([sys.executable, "-m", "demo.program", name, str(used)])
        for name, used in SERVICES.items()
    ]
    try:
        _open_shop(over, seconds)
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait(10)


def _open_shop(over: threading.Event, seconds: float) -> None:
    """Wait for the programs, then order until it is over or the seconds have passed."""
    deadline = time.monotonic() + START_SECONDS
    while not all(listens("127.0.0.1", port) for port in SERVICES.values()):
        if over.is_set():
            return
        if time.monotonic() > deadline:
            sys.exit(f"the shop did not open within {START_SECONDS:g} s")
        time.sleep(0.05)
    say("The shop is open: orders are coming in. Ctrl-C closes it.")
    end = time.monotonic() + seconds
    orders = shop(lambda: over.is_set() or time.monotonic() > end)
    say(f"The shop is closed after {orders} orders.")


if __name__ == "__main__":
    main()
