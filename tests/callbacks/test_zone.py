"""Times in the reader's zone: one choice for every page, told by a cookie."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from callbacks import code_figures, shell
from dashboard import format as show
from dashboard import url, zone
from dashboard.components import errors, readouts
from dashboard.figures import alert_replay, history, incident, value_series
from dashboard.url import PageState
from queries.limits import TimeRange
from tests.callbacks.conftest import MakeContext
from tests.support.page import HOUR, NOW, error, every, status, text, vital_signs
from tests.support.stored import Call

KOLKATA = "Asia/Kolkata"  # 5:30 ahead: 14:02 UTC is 19:32


@pytest.fixture(autouse=True)
def utc_again() -> Iterator[None]:
    yield
    zone.choose(None)


def test_every_way_to_write_a_time_is_in_the_zone() -> None:
    zone.choose(KOLKATA)
    assert (show.clock(NOW), show.clock_seconds(NOW), show.clock_ms(NOW)) == (
        "19:32", "19:32:35", "19:32:35.900",
    )  # fmt: skip
    assert show.full_time(NOW) == "2026-11-21 19:32:35.900123456 IST"
    assert (show.day_clock_zone(NOW), zone.name()) == ("21 Nov 19:32 IST", KOLKATA)
    assert show.window(NOW - 20 * HOUR, NOW) == "20 Nov 23:32 – 21 Nov 19:32"  # noqa: RUF001
    for when in (incident.when, alert_replay.when, history._time, value_series.moment):
        assert "21" in when(NOW)
        assert "19:32:35.900" in when(NOW)


@pytest.mark.parametrize("wanted", [None, "", "UTC", "Mars/Olympus", "../../etc/passwd", "x" * 5_000])
def test_an_unknown_zone_and_none_are_utc(wanted: str | None) -> None:
    zone.choose(KOLKATA)
    zone.choose(wanted)
    assert (show.clock(NOW), zone.name()) == ("14:02", "UTC")


def test_each_request_is_answered_in_the_zone_of_its_cookie() -> None:
    server = Flask("times")
    zone.install(server)
    server.add_url_rule("/", view_func=lambda: show.clock(NOW))
    for cookie, said in ((KOLKATA, "19:32"), (None, "14:02"), ("nowhere", "14:02")):
        client = server.test_client()
        if cookie:
            client.set_cookie(zone.COOKIE, cookie)
        assert client.get("/").text == said


def test_times_that_are_typed_or_pressed_are_meant_in_the_zone(context: MakeContext) -> None:
    zone.choose(KOLKATA)
    wish, said = shell.show_custom(context(), 1, "2026-11-21T18:32", "2026-11-21T19:32Z")
    assert (url.time_text(int(wish["start_ns"])), said) == ("2026-11-21T13:02:00Z", "")
    assert url.time_text(int(wish["end_ns"])) == "2026-11-21T19:32:00Z"  # what says its offset keeps it
    assert KOLKATA in shell.show_custom(context(), 1, "soon", "")[1]
    pressed = {"points": [{"x": "2026-11-21T18:32:00.000"}]}
    data = url.as_data(PageState("code", fn="pricing/shop/price_order"))
    go = code_figures.open_point(context([Call(NOW - HOUR)]), pressed, data)
    assert url.time_text(int(go["start_ns"])) == "2026-11-21T13:02:00Z"


def test_what_is_pushed_to_all_says_the_moment_too() -> None:
    """Pushed texts are in UTC; the page writes each of these again."""
    shown = [
        *errors.rows([error()], PageState()),
        readouts.throughput(vital_signs(), TimeRange(NOW - HOUR, NOW), NOW),
        readouts.writer(status(), NOW),
    ]
    looks = [(getattr(one, "data-as"), text(one)) for one in every(shown, type="Time")]
    assert looks == [("clock_ms", "14:02:35.900"), ("clock", "13:02"), ("clock", "09:02")]
    assert all(getattr(one, "data-moment").isdigit() for one in every(shown, type="Time"))
