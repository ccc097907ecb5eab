"""Hours of the week as text: "mon-fri 08:00-18:00 Europe/Berlin".

Days, times and a time zone; without days every day, without times all day. Times that end before they begin
go on after midnight and belong to the day on which they began. What counts is the clock on the wall: where
clocks are changed, an hour that is shown twice counts twice, and one that is never shown does not come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

NS = 10**9
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY = 1_440  # minutes
TIMES = re.compile(r"(\d{1,2}):(\d\d)-(\d{1,2}):(\d\d)")
MAX_TEXT = 200  # characters
AHEAD_DAYS = 8  # a week and a day: whatever repeats weekly changes within it
QUARTER = timedelta(minutes=15)  # clocks are changed at such moments


class HoursError(ValueError):
    """The text names no hours; the message says what to write."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Days count from Monday, times are minutes of the day, the end not included."""

    days: frozenset[int]
    times: tuple[tuple[int, int], ...]
    zone: str

    def covers(self, at_ns: int) -> bool:
        """Whether the clock on the wall shows one of these times."""
        wall = datetime.fromtimestamp(at_ns // NS, ZoneInfo(self.zone))
        today, now = wall.weekday(), wall.hour * 60 + wall.minute
        return any(self._inside(today, now, begin, end) for begin, end in self.times)

    def _inside(self, today: int, now: int, begin: int, end: int) -> bool:
        if begin < end:
            return today in self.days and begin <= now < end
        return (today in self.days and now >= begin) or ((today - 1) % 7 in self.days and now < end)

    def next_change(self, at_ns: int) -> int | None:
        """When they next begin or end, nanoseconds; None when they never do."""
        before = self.covers(at_ns)
        return next((at for at in self._edges(at_ns) if self.covers(at) != before), None)

    def _edges(self, at_ns: int) -> Iterator[int]:
        """Moments after this one at which something can change, in order."""
        zone = ZoneInfo(self.zone)
        first = datetime.fromtimestamp(at_ns // NS, UTC)
        midnight = first.astimezone(zone).replace(hour=0, minute=0, second=0, fold=0, tzinfo=None)
        found = {
            (midnight + timedelta(days=day, minutes=minute)).replace(tzinfo=zone, fold=fold).timestamp()
            for day in range(AHEAD_DAYS + 1)
            for times in self.times
            for minute in times
            for fold in (0, 1)
        }
        quarter = first.replace(minute=first.minute // 15 * 15, second=0)
        found |= {(quarter + QUARTER * step).timestamp() for step in range(1, AHEAD_DAYS * 96)}
        yield from (at for at in sorted(round(one) * NS for one in found) if at > at_ns)


@lru_cache(maxsize=1024)
def read(text: str) -> Hours:
    """The hours of a text; raises HoursError."""
    words = text.split()
    if not words or len(text) > MAX_TEXT:
        raise HoursError("days, times and a zone, such as mon-fri 08:00-18:00 Europe/Berlin")
    *parts, zone = words
    times = [one for one in parts if one[0].isdigit()]
    days = [one for one in parts if not one[0].isdigit()]
    if TIMES.match(zone) or _is_days(zone):
        raise HoursError("name a time zone at the end, such as Europe/Berlin or UTC")
    _zone(zone)
    chosen = frozenset(day for one in days for part in one.split(",") if part for day in _days(part))
    spans = tuple(_times(part) for one in times for part in one.split(",") if part)
    return Hours(chosen or frozenset(range(7)), spans or ((0, DAY),), zone)


def holds(text: str, at_ns: int, *, unread: bool) -> bool:
    """Whether these hours are now; "" is always, and `unread` is said of a text that names none."""
    if not text:
        return True
    try:
        return read(text).covers(at_ns)
    except HoursError:
        return unread


def wrong(text: str) -> str:
    """What is wrong with a text, "" when it names hours or is empty."""
    try:
        read(text or "UTC")
    except HoursError as error:
        return str(error)
    return ""


def moment(text: str, zone: str) -> int:
    """Nanoseconds of an ISO time in a zone; raises HoursError for the zone, ValueError for the time."""
    return round(datetime.fromisoformat(text).replace(tzinfo=_zone(zone)).timestamp()) * NS


@lru_cache(maxsize=1)
def zones() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset(available_timezones())


def _zone(name: str) -> ZoneInfo:
    if name in zones():
        return ZoneInfo(name)
    near = get_close_matches(name.title(), zones(), 1)
    raise HoursError(f"there is no time zone {name[:40]}" + (f"; {near[0]}?" if near else ""))


def _is_days(word: str) -> bool:
    return all(one in DAYS for one in re.split(r"[-,]", word.lower()))


def _days(part: str) -> list[int]:
    """mon, mon-fri, or fri-mon over the weekend."""
    first, dash, last = part.lower().partition("-")
    if first not in DAYS or (dash and last not in DAYS):
        raise HoursError(f"{part[:40]} is no day; write mon, tue … sun, mon-fri or sat,sun")
    begin = DAYS.index(first)
    end = DAYS.index(last) if dash else begin
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _times(part: str) -> tuple[int, int]:
    found = TIMES.fullmatch(part)
    if found is None:
        raise HoursError(f"{part[:40]} is no time; write 08:00-18:00, or 22:00-06:00 over midnight")
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or begin >= DAY or end > DAY:
        raise HoursError(f"{part[:40]} is no time of a day")
    if begin == end:
        raise HoursError(f"{part[:40]} is empty; for the whole day leave the times out")
    return begin, end or DAY
