"""What tracing costs, and the brake that steps a function down when it costs too much."""

from __future__ import annotations

import itertools
import time
from typing import Any

from flowglass import generate
from flowglass.context import CURRENT
from flowglass.settings import COUNTS, LEVELS, TIMING, Settings
from flowglass.site import SITES, Site
from flowglass.state import State
from flowglass.wrappers import complete

CALIBRATION_CALLS = 256
JUDGED_AFTER = 8  # calls looked at closely, one in 64


def base_cost() -> int:
    """Nanoseconds of thread time of one traced call without arguments, measured on this machine now."""
    state = State(Settings())
    state.room = CALIBRATION_CALLS
    site = Site("nothing", "", None)
    site.set_level(TIMING, special=False)
    site.tick = itertools.repeat(False).__next__  # the close look would be queued as a span
    traced = generate.wrap(site, _nothing, complete, state=state)
    token = CURRENT.set(None)
    try:
        before = time.thread_time_ns()
        for _ in range(CALIBRATION_CALLS):
            traced()
        middle = time.thread_time_ns()
        for _ in range(CALIBRATION_CALLS):
            _nothing()
        after = time.thread_time_ns()
    finally:
        CURRENT.reset(token)
    return max(0, (middle - before) - (after - middle)) // CALIBRATION_CALLS


def _nothing() -> None:
    return None


def brake(state: State) -> list[Site]:
    """Steps down each function whose tracing costs more than its share of the function's own time."""
    share = state.settings.brake
    stepped: list[Site] = []
    if share <= 0:
        return stepped
    for site in list(SITES.values()):
        if len(site.looked_at) < JUDGED_AFTER or site.level <= COUNTS:
            continue
        cost, own = site.typical()
        if cost + state.base_cost > share * max(1.0, own):
            site.brake += 1
            site.looked_at.clear()
            state.apply(site)
            stepped.append(site)
    return stepped


def braked(most: int) -> dict[str, str]:
    """The functions that were stepped down, and the level they are at; so many at most."""
    stepped = itertools.islice((site for site in list(SITES.values()) if site.brake), most)
    return {site.name: LEVELS[site.level] for site in stepped}


def ns_per_call(base: int) -> float:
    """What a recorded call costs the host on average, over the functions looked at."""
    seen = [site.typical()[0] for site in list(SITES.values()) if site.looked_at]
    return base + (sum(seen) / len(seen) if seen else 0.0)


def counted(most: int) -> list[dict[str, Any]]:
    """Calls of the functions that are only counted, since this process started; the busiest so many."""
    found: list[dict[str, Any]] = []
    for site in list(SITES.values()):
        calls = site.counted()
        if calls:
            found.append({"name": site.function, "scope": site.module, "calls": calls})
    return sorted(found, key=lambda one: -int(one["calls"]))[:most]
