"""A value that a script of the page is told of when it comes and whenever it changes.

A callback of the browser does the same in a dozen dispatches of Dash, each looked at by every component that
is mounted. `to` names a function of `flowglass.told` (assets/js), which writes into plain nodes itself.
"""

from __future__ import annotations

from typing import Any

from dashboard.light import Own


class Told(Own):
    """Like a dcc.Store: callbacks write and take its `data`."""

    _type = "Told"
    _prop_names = ["id", "data", "to"]  # noqa: RUF012 - Dash reads them from the class

    def __init__(self, id: str, to: str, data: Any = None) -> None:
        super().__init__(id=id, to=to, data=data)
