"""Typed ways to bind handlers: to the server through the guard, or to a function of assets/js."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dash import ClientsideFunction, Input

from callbacks.first import named
from callbacks.guard import guard
from dashboard.components.states import Failure, failed
from dashboard.ids import Shell

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

LANES = itertools.cycle(Shell.LANES)


def serve(
    app: Dash,
    ctx: Context,
    handler: Callable[..., Any],
    *where: Any,
    on_failure: Callable[[Failure], Any] = failed,
    at_first: bool = True,
    with_page: bool = True,
) -> None:
    """`where` are outputs, inputs and states in Dash's order.

    `at_first`: its answer comes with the page that it is shown on, and with those of the tab's other handlers
    when the URL has changed (callbacks/first.py). Not `with_page`: the page asks once those are drawn, but
    what it keeps in `ctx.cache` is begun when they are made.
    """
    bound = guard(handler, ctx, on_failure=on_failure)
    joined = at_first and with_page
    own = ctx.first.add(bound, where) if joined else where
    if at_first and not with_page:
        ctx.first.add_ahead(bound, where)
    if any(isinstance(end, Input) for end in own):
        bind: Any = app.callback(*in_a_lane(own), prevent_initial_call=True)
        bind(bound)


def in_a_lane(ends: Sequence[Any]) -> list[Any]:
    """What follows the slow refresh does so in a lane, 60 ms after the lane before it: six that Dash began
    together held up the page for 70 ms.
    """
    slow = [isinstance(end, Input) and named(end) == (Shell.REFRESH_SLOW, "data") for end in ends]
    lane = Input(next(LANES), "data") if any(slow) else None
    return [lane if follows else end for end, follows in zip(ends, slow, strict=True)]


def in_browser(app: Dash, function: str, *where: Any) -> None:
    """`function` is "namespace.name" of a script in assets/js."""
    bind: Any = app.clientside_callback
    bind(ClientsideFunction(*function.split(".")), *where, prevent_initial_call=True)
