"""The frame's handlers: wishes to URL and tab, the strip of vital signs."""

from __future__ import annotations

from typing import Any

import pytest
from dash import no_update
from dash.exceptions import PreventUpdate

from callbacks import shell
from callbacks.context import Context
from config import FeatureSettings, Settings
from dashboard import url
from dashboard.ids import Overview, Traces
from dashboard.url import PageState
from tests.callbacks.conftest import MakeContext
from tests.support.page import HOUR, NOW, every, status, text
from tests.support.stored import Call

MINUTE = 60 * 10**9


def shown(
    ctx: Context, path: str, search: str = "", at: str | None = None, mounted: str | None = None
) -> Any:
    """What the frame answers to the wish for an address while another one may be shown."""
    wish = {"to": f"{path}{search}", url.WISH: 1}
    return shell.navigate(ctx, wish, at and url.as_data(url.parse(at, "")), mounted, "dark")


def test_a_url_mounts_its_tab_and_fills_the_filter(context: MakeContext) -> None:
    data, content, mounted, asked = shown(context(), "/traces", "?range=6h&q=group:a")
    assert url.from_data(data) == PageState("traces", "6h", q="group:a")
    assert (mounted, content[0].children, content[1].id) == ("traces", "Trace Explorer", Traces.ROOT)
    assert asked is no_update


def test_a_tab_that_is_mounted_is_not_built_again_but_asked(context: MakeContext) -> None:
    data, content, mounted, asked = shown(context(), "/traces", "?q=x", "/traces", "traces")
    assert (data["q"], content, mounted, asked) == ("x", no_update, no_update, data)


def test_an_address_stays_as_a_person_wrote_it(context: MakeContext) -> None:
    data, *_ = shown(context(), "/traces/", "?q=a%20b&range=1h")
    assert (data["address"], data["q"], data["wish"]) == ("/traces/?q=a%20b&range=1h", "a b", 1)


def test_an_unknown_address_says_so_and_offers_the_way_back(context: MakeContext) -> None:
    _, content, mounted, _ = shown(context(), "/nowhere", mounted="overview")
    assert "There is no page here" in text(content)
    assert mounted == ""


def test_a_tab_that_is_off_has_no_page(context: MakeContext) -> None:
    settings = Settings(features=FeatureSettings(alerts=False))
    _, content, *_ = shown(context(settings=settings), "/alerts")
    assert "There is no page here" in text(content)


def test_the_first_address_leads_to_the_first_tab_that_is_on(context: MakeContext) -> None:
    settings = Settings(features=FeatureSettings(overview=False))
    data, _, mounted, _ = shown(context(settings=settings), "/")
    assert (data["tab"], mounted) == ("traces", "traces")
    data, content, *_ = shown(context(), "/")
    assert (data["tab"], content[0].id) == ("overview", Overview.ROOT)


def test_a_wish_becomes_a_url_and_its_page(context: MakeContext) -> None:
    here = url.as_data(PageState("overview", "6h"))
    wish = {"tab": "traces", "q": "group:a", "_": 5}
    data, content, mounted, _ = shell.navigate(context(), wish, here, "overview", "dark")
    assert (data["address"], data["wish"]) == ("/traces?range=6h&q=group:a", 5)
    assert (data["q"], content[1].id, mounted) == ("group:a", Traces.ROOT, "traces")


def test_a_wish_for_what_is_shown_asks_nothing(context: MakeContext) -> None:
    here = url.as_data(PageState("overview", "6h"))
    data, *rest = shell.navigate(context(), {"range": "6h", "_": 2}, here, "overview", "dark")
    assert (data, rest) == (here | {"wish": 2}, [no_update] * 3)


def test_no_wish_moves_nothing(context: MakeContext) -> None:
    with pytest.raises(PreventUpdate):
        shell.navigate(context(), None, None, None, None)


def test_earlier_becomes_a_range_of_its_own(context: MakeContext) -> None:
    data, *_ = shell.navigate(context(), {"shift": -1}, url.as_data(PageState()), "overview", None)
    assert url.window_ns(url.from_data(data), NOW) == (
        (NOW - 2 * HOUR) // 1000 * 1000,
        (NOW - HOUR) // 1000 * 1000,
    )


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("", "", "Write both times"),
        ("yesterday", "2026-11-21T13:00", "Write both times"),
        ("2026-11-21T13:00", "2026-11-21T12:00", "ends before it starts"),
        ("2026-01-01", "2026-11-21", "At most 30 days"),
    ],
)
def test_times_that_make_no_range_are_told_why(context: MakeContext, start: str, end: str, why: str) -> None:
    wish, message = shell.show_custom(context(), 1, start, end)
    assert wish is no_update
    assert why in message


def test_two_times_make_a_range(context: MakeContext) -> None:
    wish, message = shell.show_custom(context(), 1, "2026-11-21T12:00", "2026-11-21T13:00")
    assert message == ""
    assert int(wish["end_ns"]) - int(wish["start_ns"]) == HOUR


def test_nothing_pressed_is_no_range(context: MakeContext) -> None:
    assert shell.show_custom(context(), None, None, None) == (no_update, "")


def test_the_strip_shows_the_last_minutes_and_the_hour_behind(context: MakeContext) -> None:
    calls = [Call(NOW - at * MINUTE, ms=80) for at in range(50)]
    calls += [Call(NOW - MINUTE, exception="Boom"), Call(NOW - 30 * MINUTE, exception="Boom")]
    glasses, taken, banner, hidden = shell.show_vitals(context(calls), 1)
    words = [text(glass) for glass in glasses]
    assert words[0].startswith("Latency p95: ok8")
    assert words[1].startswith("Traffic: ok0.02")
    assert words[2].startswith("Error rate: bad")
    assert words[3] == "Saturation: ok0%"
    assert (taken, banner, hidden) == (str(NOW), None, True)


def test_the_strip_of_an_empty_store_has_no_numbers(context: MakeContext) -> None:
    glasses, *_ = shell.show_vitals(context(), 1)
    assert [text(glass) for glass in glasses][:3] == [
        "Latency p95: no data–ms",  # noqa: RUF001
        "Traffic: no data0/s",
        "Error rate: no data–%",  # noqa: RUF001
    ]


def test_figures_that_stand_in_the_grid_are_marked(context: MakeContext) -> None:
    glasses, *_ = shell.show_vitals(context(), 1)
    assert [bool(every(glass, className="twin")) for glass in glasses] == [False, True, True, False]


def test_a_collector_that_is_down_is_told_on_every_tab(context: MakeContext) -> None:
    down = status(reachable=False, why="nothing is listening on its port")
    *_, banner, hidden = shell.show_vitals(context(collector=down), 1)
    assert "The collector is down: nothing is listening on its port." in text(banner)
    assert hidden is False


@pytest.mark.parametrize(("reason", "words"), [("disk full", "disk full"), ("", "New spans arrive late.")])
def test_a_writer_that_is_late_is_told_on_every_tab(context: MakeContext, reason: str, words: str) -> None:
    late = status(writer="DELAYED", writer_reason=reason)
    *_, banner, _ = shell.show_vitals(context(collector=late), 1)
    assert text(banner) == f"The writer is DELAYED.{words}"


def test_all_viewers_of_the_strip_share_one_computation(context: MakeContext) -> None:
    ctx = context([Call(NOW)])
    first = shell.vital_figures(ctx, NOW)
    ctx.reader.close()  # what is computed again would fail
    assert shell.vital_figures(ctx, NOW + 1) == first
