"""The URL is the state: one frozen record, parsed from and formatted to a path and a query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

PATHS = {"overview": "/", "traces": "/traces", "code": "/code", "alerts": "/alerts"}
TABS_BY_PATH = {path: tab for tab, path in PATHS.items()}
PRESETS = {"5m": 300, "15m": 900, "1h": 3600, "6h": 21_600, "24h": 86_400, "7d": 604_800, "30d": 2_592_000}
DEFAULT_RANGE = "1h"
MAX_RANGE_NS = PRESETS["30d"] * 10**9
MAX_TEXT = 2000  # characters of one value; longer is cut, so that no link can be used to fill memory
MAX_EXTRA = 20
SECOND_NS = 10**9
WISH = "_"  # the number of a page's wish, among its changes
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class PageState:
    """Everything a person has set. `range` is a preset, or "" with a custom start and end (ns, UTC)."""

    tab: str = "overview"
    range: str = DEFAULT_RANGE
    start_ns: int | None = None
    end_ns: int | None = None
    q: str = ""
    trace: str = ""
    span: str = ""
    fn: str = ""  # group/scope/name
    extra: Mapping[str, str] = field(default_factory=dict)  # keys that one tab alone knows


def parse(pathname: str | None, search: str | None) -> PageState:
    """Read a URL. Whatever cannot be read falls back to its default, never to an error."""
    pairs = parse_qsl((search or "").lstrip("?"))[:100]
    query = {key: value[:MAX_TEXT] for key, value in reversed(pairs)}
    start, end = parse_time(query.pop("from", "")), parse_time(query.pop("to", ""))
    preset = query.pop("range", DEFAULT_RANGE)
    state = PageState(
        tab=TABS_BY_PATH.get("/" + (pathname or "/").strip("/"), ""),
        range=preset if preset in PRESETS else DEFAULT_RANGE,
        q=query.pop("q", ""),
        trace=query.pop("trace", ""),
        span=query.pop("span", ""),
        fn=query.pop("fn", ""),
        extra=dict(sorted(query.items())[:MAX_EXTRA]),
    )
    return custom(state, start, end) if start is not None and end is not None and start < end else state


def format(state: PageState) -> tuple[str, str]:
    """Write a URL: path and query string with its "?", defaults left out."""
    query = list(time_query(state).items())
    query += [(key, getattr(state, key)) for key in ("q", "trace", "span", "fn")]
    query += sorted(state.extra.items())
    text = urlencode([(key, value) for key, value in query if value != ""], safe=":/")
    return PATHS.get(state.tab, "/"), f"?{text}" if text else ""


def href(state: PageState, **changes: Any) -> str:
    """A link to this state with some of it changed."""
    return "".join(format(replace(state, **changes)))


def time_query(state: PageState) -> dict[str, str]:
    """The part of the query string that says when."""
    if state.start_ns is not None and state.end_ns is not None:
        return {"from": time_text(state.start_ns), "to": time_text(state.end_ns)}
    return {} if state.range == DEFAULT_RANGE else {"range": state.range}


def custom(state: PageState, start_ns: int, end_ns: int) -> PageState:
    """The same page over a custom range of at most 30 days, cut at its start."""
    return replace(state, range="", start_ns=max(start_ns, end_ns - MAX_RANGE_NS, 0), end_ns=end_ns)


def preset(state: PageState, name: str) -> PageState:
    """The same page over the last so many minutes, hours or days."""
    return replace(state, range=name if name in PRESETS else DEFAULT_RANGE, start_ns=None, end_ns=None)


def window_ns(state: PageState, now_ns: int) -> tuple[int, int]:
    """Start and end of the range on the screen, half-open, in nanoseconds."""
    if state.start_ns is not None and state.end_ns is not None:
        return state.start_ns, state.end_ns
    return now_ns - PRESETS[state.range or DEFAULT_RANGE] * SECOND_NS, now_ns


def shifted(state: PageState, steps: int, now_ns: int) -> PageState:
    """Earlier (negative) or later by whole widths; a window that would pass now becomes its preset again."""
    start, end = window_ns(state, now_ns)
    width = end - start
    new_end = end + steps * width
    if new_end >= now_ns:
        return preset(state, nearest_preset(width)) if steps > 0 or not state.range else state
    return custom(state, new_end - width, new_end)


def nearest_preset(width_ns: int) -> str:
    """The preset whose width is closest."""
    return min(PRESETS, key=lambda name: abs(PRESETS[name] * SECOND_NS - width_ns))


def parse_time(text: str, zone: tzinfo = UTC) -> int | None:
    """Nanoseconds since 1970 from RFC 3339 (of this zone when no offset is given), or None."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    nanoseconds = (moment - _EPOCH) // timedelta(microseconds=1) * 1000
    return nanoseconds if nanoseconds >= 0 else None


def time_text(time_ns: int) -> str:
    """RFC 3339 to the microsecond, shortest form: 2026-11-21T13:02:00Z."""
    moment = _EPOCH + timedelta(microseconds=time_ns // 1000)
    return moment.replace(tzinfo=None).isoformat() + "Z"


def as_data(state: PageState, wish: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Plain data for the filter store. Nanoseconds travel as text: JavaScript cannot hold them.

    The wish that it answers is known by its number, and a whole address that was wished for stays as it was.
    """
    wish = wish or {}
    whole = wish.get("to") if set(wish) <= {"to", WISH} else None
    return {
        "tab": state.tab,
        "range": state.range,
        "start_ns": None if state.start_ns is None else str(state.start_ns),
        "end_ns": None if state.end_ns is None else str(state.end_ns),
        "q": state.q,
        "trace": state.trace,
        "span": state.span,
        "fn": state.fn,
        "extra": dict(state.extra),
        "time_query": urlencode(time_query(state), safe=":/"),
        "address": str(whole or "".join(format(state))),
        "wish": wish.get(WISH, 0),
    }


def wished(shown: Mapping[str, Any] | None, wish: Mapping[str, Any], now_ns: int) -> dict[str, Any]:
    """What the filter store holds after this wish of a page."""
    return as_data(after(shown, wish, now_ns), wish)


def after(shown: Mapping[str, Any] | None, wish: Mapping[str, Any], now_ns: int) -> PageState:
    """The state of this page once its wish is fulfilled, as its address says it."""
    state = changed(from_data(shown), wish, now_ns)
    return parse(*format(state)) if state.tab in PATHS else state


def from_data(data: Mapping[str, Any] | None) -> PageState:
    """The state again from what the filter store holds; the first page when it is still empty."""
    if not data:
        return PageState()
    return PageState(
        tab=str(data.get("tab", "overview")),
        range=str(data.get("range", DEFAULT_RANGE)),
        start_ns=None if data.get("start_ns") is None else int(data["start_ns"]),
        end_ns=None if data.get("end_ns") is None else int(data["end_ns"]),
        q=str(data.get("q", ""))[:MAX_TEXT],
        trace=str(data.get("trace", "")),
        span=str(data.get("span", "")),
        fn=str(data.get("fn", "")),
        extra={str(key): str(value) for key, value in dict(data.get("extra") or {}).items()},
    )


def changed(state: PageState, changes: Mapping[str, Any], now_ns: int = 0) -> PageState:
    """Apply what a page wishes for (assets/js/00-flowglass.js).

    Keys are fields of the state, or `to` (a whole address), or `shift` (whole widths, which end at `now_ns`
    at the latest), or any other key, which is the tab's own.
    Going to another tab keeps the range and drops what belonged to the tab that is left.
    """
    rest = {key: value for key, value in changes.items() if key != WISH}
    if "to" in rest:
        to = urlsplit(str(rest.pop("to")))
        state = parse(to.path, to.query)
    tab = str(rest.pop("tab", state.tab))
    if tab != state.tab:
        state = PageState(tab, state.range, state.start_ns, state.end_ns)
    if "range" in rest:
        state = preset(state, str(rest.pop("range")))
    if rest.get("start_ns") is not None and rest.get("end_ns") is not None:
        start, end = int(rest.pop("start_ns")), int(rest.pop("end_ns"))
        state = custom(state, start, end) if start < end else state
    if "shift" in rest:
        state = shifted(state, int(rest.pop("shift")), now_ns)
    rest = {key: value for key, value in rest.items() if key not in ("start_ns", "end_ns")}
    texts: dict[str, Any] = {
        key: str(rest.pop(key) or "")[:MAX_TEXT] for key in ("q", "trace", "span", "fn") if key in rest
    }
    extra = dict(state.extra)
    for key, value in rest.items():
        extra.pop(key, None)
        if value not in (None, ""):
            extra[key] = str(value)[:MAX_TEXT]
    return replace(state, extra=extra, **texts)
