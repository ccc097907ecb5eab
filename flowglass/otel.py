"""Nests our spans and those of the OpenTelemetry API in each other, when its SDK is loaded.

Each of our spans remembers which OpenTelemetry context was current when it began. Whose span is the inner
one follows from that: a context that carries another span by now was entered later than ours.
"""

from __future__ import annotations

import functools
import sys
from types import ModuleType
from typing import Any

from flowglass.context import CURRENT, END, EXTRA, IDS, SITE, UNSAMPLED, Record, identify, remote
from flowglass.importing import Action, after_import
from flowglass.spans import Outside
from flowglass.state import STATE

SDK = "opentelemetry.sdk.trace"
PROPAGATOR = "opentelemetry.trace.propagation.tracecontext"


def start() -> None:
    """Connects to the SDK now if it is loaded, else when it is."""
    after_import(lambda name: Action(_connect) if name in (SDK, PROPAGATOR) else None)
    _connect()


def _connect(module: ModuleType | None = None) -> None:
    sdk = sys.modules.get(SDK)
    if sdk is None or not hasattr(sdk, "Tracer"):
        return
    _patch(sdk.Tracer, "start_span", context_place=2)
    propagator = sys.modules.get(PROPAGATOR)
    if propagator is not None:
        _patch(propagator.TraceContextTextMapPropagator, "inject", context_place=2)
    if not STATE.otel:
        STATE.otel = True
        Outside.parent, Outside.mark = parent, mark
        STATE.apply_all()


def _patch(owner: Any, name: str, context_place: int) -> None:
    """Where no context is given, the current one is meant: ours is added to it when it is the inner one."""
    original = owner.__dict__[name]
    if hasattr(original, "__wrapped__"):
        return

    @functools.wraps(original)
    def patched(*args: Any, **kwargs: Any) -> Any:
        by_place = len(args) > context_place
        if (args[context_place] if by_place else kwargs.get("context")) is None:
            ours = context_with_ours()
            if ours is not None and by_place:
                args = (*args[:context_place], ours, *args[context_place + 1 :])
            elif ours is not None:
                kwargs["context"] = ours
        return original(*args, **kwargs)

    setattr(owner, name, patched)


def mark() -> Any:
    """The OpenTelemetry context of this moment."""
    return sys.modules["opentelemetry.context"].get_current()


def parent(ours: Record | None) -> Record | None:
    """Our parent, or the OpenTelemetry span that was entered since."""
    if ours is UNSAMPLED:
        return ours
    api = sys.modules["opentelemetry.trace"]
    theirs = api.get_current_span().get_span_context()
    if not theirs.is_valid or (
        ours is not None and ours[SITE] is not None and _is_inner(ours, theirs.span_id)
    ):
        return ours
    if not theirs.trace_flags & 1:
        return UNSAMPLED
    state = theirs.trace_state.to_header() if theirs.trace_state else ""
    return remote(theirs.trace_id.to_bytes(16, "big"), theirs.span_id.to_bytes(8, "big"), state=state)


def _is_inner(ours: Record, their_id: int) -> bool:
    """Whether the OpenTelemetry span that is current now was so already when ours began."""
    then = (ours[EXTRA] or {}).get("outside")
    if then is None:
        return False
    api = sys.modules["opentelemetry.trace"]
    return bool(api.get_current_span(then).get_span_context().span_id == their_id)


def context_with_ours() -> Any:
    """The current OpenTelemetry context with our span as the current one; None when theirs is inner."""
    record = CURRENT.get()
    if record is None or record[SITE] is None or record[END]:
        return None
    api = sys.modules["opentelemetry.trace"]
    theirs = api.get_current_span().get_span_context()
    if theirs.is_valid and not _is_inner(record, theirs.span_id):
        return None
    identify(record)
    context = api.SpanContext(
        trace_id=int.from_bytes(record[IDS][:16], "big"),
        span_id=int.from_bytes(record[IDS][16:], "big"),
        is_remote=False,
        trace_flags=api.TraceFlags(api.TraceFlags.SAMPLED),
    )
    return api.set_span_in_context(api.NonRecordingSpan(context))
