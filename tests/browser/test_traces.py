"""Journeys through the Trace Explorer: find the failing order, read its value, hand the link on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Traces
from tests.support import shop
from tests.support.browser import Browsers, texts
from tests.support.explorer import Explorer
from tests.support.running import Flowglass

pytestmark = pytest.mark.browser

SEVEN = ["Process", "Data", "Data Type", "Data Value", "Timestamp", "Status", "Exception"]
ORDER = ["acquirer.post", "charge_card", "fx_rate", "price_order", "create_order"]
SECOND = 10**9


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A Flowglass with a failing order of a minute ago and 250 calls before it."""
    folder = tmp_path_factory.mktemp("explorer")
    now = time.time_ns()
    spans = [*shop.failing_order(now - 60 * SECOND), *shop.steady(now - 3000 * SECOND, 250)]
    shop.shop(folder / "db", spans, now)
    with Flowglass(folder, "[features]\nself_tracing = false\n") as running:
        yield running


@pytest.fixture
def explorer(served: Flowglass, browsers: Browsers) -> Callable[[str], Explorer]:
    def open_at(path: str = "/traces") -> Explorer:
        return Explorer(browsers.open(served.page + path))

    return open_at


def test_the_list_has_the_seven_columns_newest_first_and_grows_as_it_is_scrolled(
    explorer: Callable[[str], Explorer],
) -> None:
    page = explorer("/traces")
    page.waits(lambda seen: seen[:5] == ORDER)
    assert [head.strip() for head in texts(page.browser, f"#{Traces.GRID} .g-h")] == SEVEN
    foot = lambda: page.id(Traces.FOOT).text  # noqa: E731
    assert foot() == "100 rows, scroll for more"
    down = f"document.querySelector('#{Traces.GRID}').scrollTop = 1e6"
    page.waits(lambda _: page.driver.execute_script(down) or foot().startswith("255 rows"))
    stamps = [row["time"] for row in page.rows()]
    assert stamps == sorted(stamps, reverse=True)


def test_a_filter_is_typed_becomes_the_link_and_is_undone_by_the_back_button(
    explorer: Callable[[str], Explorer],
) -> None:
    page = explorer("/traces")
    page.filter("status:error group:=payments")
    page.waits(["acquirer.post", "charge_card"])
    page.waits({"q": "status:error group:=payments"}, page.query)
    page.waits(["status is ERROR", "group is payments"], page.chips)
    page.driver.back()
    page.waits(lambda seen: len(seen) > 20)
    assert page.id(Traces.TEXT).get_attribute("value") == ""
    assert page.chips() == []


def test_a_wrong_filter_is_underlined_with_its_reason_and_mended_by_its_suggestion(
    explorer: Callable[[str], Explorer],
) -> None:
    page = explorer("/traces")
    page.type(Traces.TEXT, "proces:charge_card", Keys.ENTER)
    page.waits(lambda said: "There is no field proces" in said, lambda: page.id(Traces.WHY_NOT).text)
    assert texts(page.browser, f"#{Traces.PAINT} .q-err") == ["proces"]
    assert page.query() == {}
    page.at(f"#{Traces.WHY_NOT} button").click()
    page.id(Traces.TEXT).send_keys(Keys.ENTER)
    page.waits(["charge_card"])


def test_group_errors_and_process_are_editors_of_the_same_text(explorer: Callable[[str], Explorer]) -> None:
    page = explorer("/traces")
    page.id(Traces.ERRORS).click()
    page.waits(["acquirer.post", "charge_card", "create_order"])
    page.type(Traces.PROCESS, "charge")
    page.waits(["charge_card"])
    page.at(f"#{Traces.GROUP} option[value=orders]").click()
    page.waits([])
    page.waits({"q": "status:error process:charge group:=orders"}, page.query)
    assert page.id(Traces.ERRORS).get_attribute("aria-pressed") == "true"
    assert page.id(Traces.TEXT).get_attribute("value") == page.query()["q"]


def test_several_groups_are_a_choice_of_their_own(explorer: Callable[[str], Explorer]) -> None:
    page = explorer("/traces?q=%28group%3A%3Dpayments%20OR%20group%3A%3Dorders%29")
    options = f"#{Traces.GROUP} option"
    page.waits(["All groups", "Several groups"], lambda: texts(page.browser, options)[:2])
    assert page.id(Traces.GROUP).get_attribute("value") == "*"


def test_an_empty_list_says_which_filter_emptied_it_and_drops_it(explorer: Callable[[str], Explorer]) -> None:
    page = explorer("/traces?q=status%3Aerror+duration%3A%3E1h")
    page.waits(
        lambda said: "There are spans without duration above 1h" in said, lambda: page.id(Traces.EMPTY).text
    )
    page.at(f"#{Traces.EMPTY} [data-edit=remove]").click()
    page.waits(["acquirer.post", "charge_card", "create_order"])
    page.waits({"q": "status:error"}, page.query)


def test_a_chip_is_switched_off_and_on_without_being_lost(explorer: Callable[[str], Explorer]) -> None:
    page = explorer("/traces?q=status%3Aerror+group%3A%3Dpayments")
    page.waits(["acquirer.post", "charge_card"])
    page.at(f"#{Traces.CHIPS} [data-edit=switch][data-part='group:=payments']").click()
    page.waits(["acquirer.post", "charge_card", "create_order"])
    page.waits({"q": "status:error ~group:=payments"}, page.query)
    page.at(f"#{Traces.CHIPS} [data-edit=remove][data-part='status:error']").click()
    page.waits(lambda seen: len(seen) > 20)


def test_a_row_opens_in_place_to_its_calls_at_any_depth_and_closes(
    explorer: Callable[[str], Explorer],
) -> None:
    page = explorer("/traces?q=process%3A%3Dcreate_order")
    page.waits(["create_order"])
    page.open_calls("create_order")
    page.waits(["create_order", "price_order", "charge_card"])
    page.open_calls("price_order")
    page.waits(["create_order", "price_order", "fx_rate", "charge_card"])
    assert texts(page.browser, f"#{Traces.GRID} .ind") != []
    depth = "return [...document.querySelectorAll('.g-row .ind')].map(i => i.style.getPropertyValue('--d'))"
    assert sorted(page.driver.execute_script(depth)) == ["1", "1", "2"]
    page.open_calls("create_order")
    page.waits(["create_order"])


def test_the_wrong_value_is_read_and_the_link_opens_the_same_view_elsewhere(
    explorer: Callable[[str], Explorer], served: Flowglass, browsers: Browsers
) -> None:
    page = explorer("/traces?q=status%3Aerror")
    page.waits(["acquirer.post", "charge_card", "create_order"])
    page.row("charge_card").click()
    page.waits(lambda said: "card_token" in said and "140.84" in said, page.detail)
    page.waits(lambda query: query.get("span") == shop.FAILED, page.query)
    other = Explorer(browsers.open(page.driver.current_url))
    other.waits(lambda seen: "charge_card" in seen)
    other.waits(lambda said: "card_token" in said and "140.84" in said, other.detail)
    other.waits(["charge_card"], lambda: [row["process"] for row in other.rows() if " sel" in row["classes"]])
    other.at(f"#{Traces.DETAIL} [data-shut]").click()
    other.waits(lambda query: "span" not in query, other.query)
    other.driver.back()
    other.waits(lambda said: "card_token" in said, other.detail)


def test_the_trace_is_a_waterfall_that_the_keyboard_walks(explorer: Callable[[str], Explorer]) -> None:
    page = explorer(f"/traces?trace={shop.TRACE}&span={shop.ROOT.zfill(16)}")
    names = lambda: texts(page.browser, ".wf-r:not([hidden]) .nm")  # noqa: E731
    page.waits(["create_order", "price_order", "fx_rate", "charge_card", "acquirer.post"], names)
    scroll = page.at(".wf-scroll")
    scroll.send_keys(Keys.ARROW_DOWN)
    page.waits(lambda query: query["span"] == shop.PRICE.zfill(16), page.query)
    scroll.send_keys(Keys.ARROW_LEFT)
    page.waits(["create_order", "price_order", "charge_card", "acquirer.post"], names)
    bars = "return [...document.querySelectorAll('.wf-r:not([hidden]) .b')].map(b => b.className)"
    assert page.driver.execute_script(bars) == ["b bad prop crit", "b crit", "b bad prop crit", "b bad crit"]
    page.type(Traces.FIND, "timed out")
    page.waits("1 found", lambda: page.id(Traces.FOUND).text)


def test_leaving_the_tab_and_coming_back_shows_the_list_again(explorer: Callable[[str], Explorer]) -> None:
    page = explorer(f"/traces?q=status%3Aerror&trace={shop.TRACE}&span={shop.FAILED}")
    page.waits(["acquirer.post", "charge_card", "create_order"])
    page.at("#obs-tabs a[href^='/alerts']").click()
    page.waits(lambda found: found == 0, lambda: len(page.driver.find_elements("id", Traces.ROOT)))
    page.driver.back()
    page.waits(["acquirer.post", "charge_card", "create_order"])
    page.waits(lambda seen: len(seen) == 5, lambda: texts(page.browser, ".wf-r:not([hidden]) .nm"))
