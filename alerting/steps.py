"""Who is told later: the steps of a rule's escalation, as it is written, checked and read aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MOST = 5
SHORTEST, LONGEST = 60, 86_400  # seconds


@dataclass(frozen=True)
class Step:
    """Further channels, so many seconds after somebody was first told and nobody has acknowledged."""

    after: int
    channels: tuple[str, ...]


def read(plain: Any) -> tuple[Step, ...]:
    """Steps from plain data; ValueError when it is none."""
    if not isinstance(plain, list | tuple):
        raise ValueError("escalation: a list of steps")
    return tuple(_step(one) for one in plain)


def _step(plain: Any) -> Step:
    given = plain if isinstance(plain, Mapping) else {}
    after, channels = given.get("after"), given.get("channels")
    if set(given) != {"after", "channels"} or not isinstance(after, int) or isinstance(after, bool):
        raise ValueError('escalation: each step as {"after": seconds, "channels": [ids]}')
    if not isinstance(channels, list | tuple) or not all(isinstance(one, str) for one in channels):
        raise ValueError("escalation: the channels of a step are a list of ids")
    return Step(after, tuple(channels))


def renamed(steps: Sequence[Step], name: Callable[[str], str]) -> tuple[Step, ...]:
    """The steps with other names for their channels; "" leaves one out, and a step that tells nobody."""
    found = (Step(one.after, tuple(new for old in one.channels if (new := name(old)))) for one in steps)
    return tuple(one for one in found if one.channels)


def wrong(steps: Sequence[Step]) -> str:
    """What is wrong with them, "" when nothing is."""
    if len(steps) > MOST:
        return f"at most {MOST} steps"
    if any(not SHORTEST <= one.after <= LONGEST for one in steps):
        return f"each step after {SHORTEST // 60} min to {LONGEST // 3600} h"
    if any(not one.channels for one in steps):
        return "choose whom each step tells"
    times = [one.after for one in steps]
    return "each step later than the one before" if times != sorted(set(times)) else ""
