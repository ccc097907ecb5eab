"""Trace Explorer: what the tab answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context


def register(app: Dash, ctx: Context) -> None:
    """Bind this tab's handlers."""
