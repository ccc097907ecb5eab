"""The zone in which times are written: UTC, or where the reader is, as the browser says with each request.

Every page writes its times through `dashboard.format`, so that one choice holds on all of them. What is
pushed is written once for all readers, in UTC; assets/js/01-zone.js writes those times again. Links, exports
and the API never depend on it.
"""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

if TYPE_CHECKING:
    from flask import Flask

COOKIE = "fl-zone"
NAMES = 64  # zones that are kept at hand

# Runs in <head>, before the first question is asked: people travel. They choose "local" or "UTC".
TELL = """(function(){var l;try{l=localStorage.getItem("fl-zone")==="local"}catch(e){}
var z=l&&Intl.DateTimeFormat().resolvedOptions().timeZone||"UTC";
document.cookie="fl-zone="+z+"; path=/; max-age="+(z==="UTC"?0:31536000)+"; samesite=strict"})()"""

_now: ContextVar[tzinfo] = ContextVar("flowglass_zone", default=UTC)


def current() -> tzinfo:
    """The zone of whoever is answered."""
    return _now.get()


def name() -> str:
    """Its IANA name."""
    zone = current()
    return zone.key if isinstance(zone, ZoneInfo) else "UTC"


def choose(wanted: str | None) -> None:
    """Write times in this zone from now on in this thread; an unknown one, and none, is UTC."""
    _now.set(_zone(wanted) if wanted else UTC)


@lru_cache(NAMES)
def _zone(wanted: str) -> tzinfo:
    return ZoneInfo(wanted) if wanted in _known() and wanted != "UTC" else UTC


@lru_cache(1)
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def install(server: Flask) -> None:
    """Each request is answered in the zone of its cookie."""
    from flask import request

    server.before_request(lambda: choose(request.cookies.get(COOKIE)))
