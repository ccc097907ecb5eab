"""Flowglass shows the values flowing through your code.

from flowglass import trace

@trace
def total(items): ...

PYTEST_DONT_REWRITE: pytest warns of a plug-in's package that was imported before it, unless it reads this.
"""

from __future__ import annotations

from typing import Any

from flowglass.context import continued, inject, traceparent
from flowglass.control import CONTROL as _control
from flowglass.install import install
from flowglass.kinds import summariser
from flowglass.sender import VERSION as __version__
from flowglass.spans import observe
from flowglass.state import STATE as _state
from flowglass.trace import Span, trace

configure = _control.configure
flush = _control.flush
shutdown = _control.shutdown


def stats() -> dict[str, Any]:
    """How the tracer of this process is doing: recorded, sent, dropped, queue, state."""
    return _state.stats()


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext flowglass`: traces the functions of a notebook."""
    from flowglass import notebook

    notebook.load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext flowglass`."""
    from flowglass import notebook

    notebook.unload(shell)


__all__ = [
    "Span",
    "__version__",
    "configure",
    "continued",
    "flush",
    "inject",
    "install",
    "observe",
    "shutdown",
    "stats",
    "summariser",
    "trace",
    "traceparent",
]
