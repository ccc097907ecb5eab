"""What scripts and callbacks of a page leave for each other."""

from __future__ import annotations

from dashboard.light import Own


class Store(Own):
    """Like a dcc.Store, which writes down when it was written: a second dispatch of Dash each time, looked at
    by every component that is mounted.
    """

    _type = "Store"
    _prop_names = ["id", "data"]  # noqa: RUF012 - Dash reads them from the class
