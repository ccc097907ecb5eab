"""How much of one span is kept: generous for people, too tight for one sender to fill the disk with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Counts are per span, resource, scope, event or link; lengths are characters, or bytes of binary."""

    attributes: int = 256  # OpenTelemetry SDKs send at most 128
    events: int = 256
    links: int = 256
    key: int = 256
    name: int = 1_024  # of spans, scopes, services, events, files
    text: int = 65_536  # tracebacks are the long ones
    source: int = 600_000  # of a function: 5,000 lines and more
    depth: int = 16  # of lists and mappings inside a value
    elements: int = 1_000  # of one value, counted through all its depths


LIMITS = Limits()
CUT = "…"  # stands where something was left out


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one saying that there were more."""
    return text if len(text) <= limit else text[: limit - 1] + CUT
