"""How a traced program of the shop asks another: the call carries the trace on."""

from __future__ import annotations

from typing import Any

import flowglass
from demo import rpc


def ask(port: int, name: str, **arguments: Any) -> Any:
    """What the function `name` of the program on `port` returns; RemoteFailure when it raised."""
    headers: dict[str, str] = {}
    flowglass.inject(headers)
    return rpc.call(port, name, headers, **arguments)
