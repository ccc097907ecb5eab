"""SMS and the many services that Apprise knows: what comes back is that the service took the message.

Apprise opens its own connections, so the addresses they lead to are judged as they are opened.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alerting.message import Message
from alerting.net import RefusedAddress, is_private

# Of this machine only: they reach nobody, or run something.
LOCAL = frozenset({"dbus", "qt", "kde", "glib", "gnome", "macosx", "windows", "syslog", "file"})
_guarded = threading.local()
_hook = threading.Lock()
_installed: list[bool] = []


def notify(url: str, message: Message, *, allow_private: bool) -> tuple[bool, str, float]:
    """Whether the service took it, what was said, and in how many milliseconds; raises ValueError."""
    import apprise  # takes half a second to load, and only those who use it shall wait

    plugin: Any = None if url.partition(":")[0].lower() in LOCAL else apprise.Apprise.instantiate(url)
    if plugin is None:
        raise ValueError("this is no address of a service that Apprise knows")
    kind = apprise.NotifyType.FAILURE if message.severity == "critical" else apprise.NotifyType.WARNING
    capture: Any = apprise.LogCapture(level=30, fmt="%(message)s")  # type: ignore[no-untyped-call]
    begun = time.perf_counter()
    with _only_public(allow_private), capture as said:
        took = bool(plugin.notify(body=message.body, title=message.title, notify_type=kind))
    milliseconds = (time.perf_counter() - begun) * 1000
    if took:
        return True, f"accepted by {plugin.service_name}", milliseconds
    lines = [line for line in said.getvalue().splitlines() if line.strip()]
    return False, f"{plugin.service_name}: {lines[-1] if lines else 'it was not accepted'}", milliseconds


@contextmanager
def _only_public(allow_private: bool) -> Iterator[None]:
    """Connections of this thread to addresses that are not public are refused meanwhile."""
    with _hook:
        if not _installed:
            sys.addaudithook(_judge)
            _installed.append(True)
    _guarded.on, _guarded.refused = not allow_private, ""
    try:
        yield
    finally:
        _guarded.on = False
    if _guarded.refused:
        raise RefusedAddress(_guarded.refused)


def _judge(event: str, arguments: tuple[Any, ...]) -> None:
    """Python's own word before each connection, with the address that is meant after DNS."""
    if event != "socket.connect" or not getattr(_guarded, "on", False):
        return
    address = arguments[1]
    host = address[0] if isinstance(address, tuple) else ""
    if is_private(str(host)):
        _guarded.refused = f"it leads to {host or address}, which is not a public address"
        raise PermissionError(
            _guarded.refused
        )  # what a library expects of a connection, so that it closes it
