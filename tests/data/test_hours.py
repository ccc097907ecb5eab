"""Hours of the week by the clock on the wall, over nights, zones and both changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data.hours import HoursError, holds, read

NS = 10**9
WORK = "mon-fri 08:00-18:00 Europe/Berlin"


def utc(text: str) -> int:
    """Nanoseconds of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * NS


@pytest.mark.parametrize(
    ("text", "at", "inside"),
    [
        # 2026-11-27 is a Friday; Berlin is an hour ahead of UTC in winter, two in summer.
        (WORK, "2026-11-27T06:59:59", False),
        (WORK, "2026-11-27T07:00", True),
        (WORK, "2026-11-27T16:59:59", True),
        (WORK, "2026-11-27T17:00", False),
        (WORK, "2026-11-28T12:00", False),
        (WORK, "2026-07-17T06:00", True),
        (WORK, "2026-07-17T16:00", False),
        # Without days every day, without times all day, by the day of the zone.
        ("08:00-18:00 UTC", "2026-11-28T12:00", True),
        ("sun Asia/Tokyo", "2026-11-28T15:00", True),
        ("sun Asia/Tokyo", "2026-11-28T14:59:59", False),
        ("UTC", "2026-11-28T03:00", True),
        # Over midnight: of the day on which it began.
        ("fri 22:00-06:00 UTC", "2026-11-27T21:59", False),
        ("fri 22:00-06:00 UTC", "2026-11-27T22:00", True),
        ("fri 22:00-06:00 UTC", "2026-11-28T05:59", True),
        ("fri 22:00-06:00 UTC", "2026-11-28T06:00", False),
        ("fri 22:00-06:00 UTC", "2026-11-27T03:00", False),
        ("sun 22:00-06:00 UTC", "2026-11-30T03:00", True),  # the week's last day into its first
        ("fri 22:00-24:00 UTC", "2026-11-28T00:00", False),
        ("fri 22:00-00:00 UTC", "2026-11-27T23:59", True),
        # Several days and times; ranges of days over the weekend.
        ("mon,wed,fri 08:00-10:00,14:00-16:00 UTC", "2026-11-27T15:00", True),
        ("mon,wed,fri 08:00-10:00,14:00-16:00 UTC", "2026-11-27T12:00", False),
        ("fri-mon UTC", "2026-11-29T12:00", True),
        ("fri-mon UTC", "2026-11-26T12:00", False),
        # A zone with half hours.
        ("09:00-17:00 Asia/Kolkata", "2026-11-27T03:30", True),
        ("09:00-17:00 Asia/Kolkata", "2026-11-27T03:29", False),
        # Spring, 2026-03-29 in Berlin: 02:00 to 03:00 is never shown.
        ("02:00-03:00 Europe/Berlin", "2026-03-29T00:59:59", False),
        ("02:00-03:00 Europe/Berlin", "2026-03-29T01:00", False),
        ("02:30-03:30 Europe/Berlin", "2026-03-29T01:00", True),
        ("02:30-03:30 Europe/Berlin", "2026-03-29T01:30", False),
        ("22:00-06:00 Europe/Berlin", "2026-03-29T03:59", True),
        ("22:00-06:00 Europe/Berlin", "2026-03-29T04:00", False),
        # Autumn, 2026-10-25 in Berlin: 02:00 to 03:00 is shown twice.
        ("02:00-03:00 Europe/Berlin", "2026-10-24T23:59", False),
        ("02:00-03:00 Europe/Berlin", "2026-10-25T00:00", True),
        ("02:00-03:00 Europe/Berlin", "2026-10-25T01:59", True),
        ("02:00-03:00 Europe/Berlin", "2026-10-25T02:00", False),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T00:30", True),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T01:00", False),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T01:30", True),
        ("22:00-06:00 Europe/Berlin", "2026-10-25T04:59", True),
        ("22:00-06:00 Europe/Berlin", "2026-10-25T05:00", False),
        # The other half of the world, and a change of half an hour.
        ("08:00-18:00 Australia/Lord_Howe", "2026-04-04T21:00", False),
        ("08:00-18:00 Australia/Lord_Howe", "2026-04-04T21:30", True),
        ("08:00-18:00 America/New_York", "2026-03-08T12:00", True),
        ("08:00-18:00 America/New_York", "2026-03-07T12:00", False),
    ],
)
def test_what_the_clock_on_the_wall_shows(text: str, at: str, inside: bool) -> None:
    assert read(text).covers(utc(at)) is inside


@pytest.mark.parametrize(
    ("text", "at", "change"),
    [
        (WORK, "2026-11-27T12:00", "2026-11-27T17:00"),
        (WORK, "2026-11-27T17:00", "2026-11-30T07:00"),
        (WORK, "2026-03-27T17:00", "2026-03-30T06:00"),  # over the change in spring
        ("22:00-06:00 Europe/Berlin", "2026-10-24T22:00", "2026-10-25T05:00"),
        ("02:30-03:30 Europe/Berlin", "2026-03-28T12:00", "2026-03-29T01:00"),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T00:30", "2026-10-25T00:45"),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T00:45", "2026-10-25T01:15"),
        ("mon 10:07-10:09 UTC", "2026-11-30T10:09", "2026-12-07T10:07"),
    ],
)
def test_when_they_next_begin_or_end(text: str, at: str, change: str) -> None:
    assert read(text).next_change(utc(at)) == utc(change)


def test_what_is_always_never_changes() -> None:
    assert read("mon-sun UTC").next_change(utc("2026-11-27T12:00")) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "days, times and a zone"),
        ("x" * 300, "days, times and a zone"),
        ("mon-fri 08:00-18:00", "name a time zone"),
        ("sat,sun", "name a time zone"),
        ("mon-fri 08:00-18:00 Europe/Berln", "there is no time zone Europe/Berln; Europe/Berlin?"),
        ("mon-fri europe/berlin", "there is no time zone europe/berlin; Europe/Berlin?"),
        ("mon-fri ../../etc/passwd", "there is no time zone"),
        ("mo-fr UTC", "mo-fr is no day"),
        ("mon-fri 8-18 UTC", "8-18 is no time"),
        ("08:00-25:00 UTC", "is no time of a day"),
        ("08:60-09:00 UTC", "is no time of a day"),
        ("08:00-08:00 UTC", "is empty"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(HoursError, match=said.replace("?", r"\?")):
        read(text)


def test_no_hours_are_always_and_unreadable_ones_are_what_is_asked() -> None:
    assert holds("", 0, unread=False)
    assert (holds("nonsense", 0, unread=True), holds("nonsense", 0, unread=False)) == (True, False)
    assert not holds("tue UTC", 0, unread=True)  # 1970-01-01 was a Thursday
