"""The one place that catches everything a handler can raise: it logs, counts and shows the failed state."""

from __future__ import annotations

import functools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from dash import ctx as dash_context
from dash.exceptions import MissingCallbackContextException, PreventUpdate

from callbacks.context import Context
from dashboard.components.states import Failure, failed
from dashboard.ids import Shell
from queries.errors import QueryError, QueryGivenUp

REFRESHES = {f"{id}.data" for id in (Shell.REFRESH, Shell.POLL, *Shell.LANES)}
log = logging.getLogger("flowglass.callbacks")
failures: Counter[str] = Counter()  # handler name → failures since start, for /metrics
_counting = threading.Lock()


def guard(
    handler: Callable[..., Any], ctx: Context, *, on_failure: Callable[[Failure], Any] = failed
) -> Callable[..., Any]:
    """Bind a handler to its context. `on_failure` turns a failure into what the outputs then show."""

    @functools.wraps(handler)
    def guarded(*inputs: Any) -> Any:
        begun = time.perf_counter()
        try:
            with ctx.reader.tracing(handler.__name__), ctx.cache.since(press()):
                try:
                    return handler(ctx, *inputs)
                except (PreventUpdate, QueryGivenUp):  # no failure, so the span shall not say so
                    pass
        except Exception as error:
            with _counting:
                failures[handler.__name__] += 1
            took = f"{(time.perf_counter() - begun) * 1000:.0f} ms"
            log.exception("%s failed after %s", handler.__name__, took)
            return on_failure(describe(error))
        raise PreventUpdate

    del guarded.__wrapped__  # Dash would count the context as an input
    return guarded


def describe(error: Exception) -> Failure:
    """The failure in words. What the query layer raises says itself what to do."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, QueryError):
        return Failure(str(error), "It is tried again by itself.", detail)
    return Failure("This panel could not be drawn.", "The log of the dashboard has the cause.", detail)


def pressed() -> Any:
    """The id of the component that started this callback, None at the first call."""
    return dash_context.triggered_id


def press() -> int | None:
    """The refresh by hand that this callback answers, None for any other cause; assets/js/shell.js."""
    try:
        causes = dash_context.triggered
    except (MissingCallbackContextException, LookupError):  # no callback: the page comes, or a test called
        return None
    values = [cause["value"] for cause in causes if cause["prop_id"] in REFRESHES]
    return next((value for value in values if isinstance(value, int) and value < 0), None)
