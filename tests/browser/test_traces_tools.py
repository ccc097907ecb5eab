"""Journeys through the tools of the Trace Explorer: charts, facets, cells, orders, arrivals, keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Shell, Traces
from tests.support import otlp, shop
from tests.support.browser import Browsers, texts
from tests.support.explorer import Explorer
from tests.support.running import Flowglass

pytestmark = pytest.mark.browser

SECOND = 10**9
LONG = "ab" * 16
ERRORS = ["acquirer.post", "charge_card", "create_order"]
OPEN_CHARGE = f"trace={shop.TRACE}&span={shop.FAILED}"
Open = Callable[[str], Explorer]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A Flowglass with a failing order of a minute ago and 250 calls before it."""
    folder = tmp_path_factory.mktemp("tools")
    now = time.time_ns()
    spans = [*shop.failing_order(now - 60 * SECOND), *shop.steady(now - 3000 * SECOND, 250)]
    shop.shop(folder / "db", spans, now)
    with Flowglass(folder, "[features]\nself_tracing = false\n") as running:
        yield running


@pytest.fixture
def explorer(served: Flowglass, browsers: Browsers) -> Open:
    return lambda query="": Explorer(browsers.open(f"{served.page}/traces{query}"))


def drag(
    page: Explorer, chart: str, left: float, right: float, top: float = 0.1, bottom: float = 0.6
) -> None:
    """Press, move and let go over a chart; places are shares of its width and height."""
    box = page.id(chart)
    width, height = box.size["width"], box.size["height"]
    moves = ActionChains(page.driver, duration=50).move_to_element(box)
    moves.move_by_offset(round((left - 0.5) * width), round((top - 0.5) * height)).click_and_hold()
    moves.move_by_offset(round((right - left) * width), round((bottom - top) * height)).release().perform()


def test_a_facet_includes_excludes_and_takes_alone(explorer: Open) -> None:
    page = explorer("?q=status%3Aerror")
    page.waits(ERRORS)
    page.at("[data-facet=group] .pick[data-value=payments]").click()
    page.waits(["acquirer.post", "charge_card"])
    page.waits({"q": "status:error group:=payments"}, page.query)
    page.waits(["payments", "orders"], lambda: texts(page.browser, "[data-facet=group] .nm"))
    page.at("[data-facet=group] .pick[data-value=payments]").click()
    page.waits(ERRORS)
    line = page.at("[data-facet=process] .pick[data-value=charge_card]")
    ActionChains(page.driver).move_to_element(line).perform()
    page.at("[data-facet=process] .acts [data-edit=exclude][data-value=charge_card]").click()
    page.waits(["acquirer.post", "create_order"])


def test_two_edits_of_the_filter_in_one_moment_both_hold(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: len(seen) > 20)
    failed, group = page.id(Traces.ERRORS), page.at("[data-facet=group] .pick[data-value=payments]")
    page.driver.execute_script("arguments[0].click(); arguments[1].click()", failed, group)
    page.waits(["acquirer.post", "charge_card"])
    page.waits({"q": "status:error group:=payments"}, page.query)


def test_a_drag_over_the_histogram_zooms_and_the_back_button_undoes_it(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: len(seen) > 20)
    page.at(f"#{Traces.HIST} path.ok")
    drag(page, Traces.HIST, 0.15, 0.35)  # the 250 ordinary calls; the order is at the right edge
    page.waits(lambda query: "from" in query and "to" in query, page.query)
    page.waits(lambda seen: "create_order" not in seen and len(seen) > 5)
    page.driver.back()
    page.waits(lambda seen: "create_order" in seen)


def test_a_selection_in_the_heatmap_shows_what_is_different_and_becomes_a_filter(explorer: Open) -> None:
    page = explorer()
    page.at(f"#{Traces.HEAT} path.h8")
    drag(page, Traces.HEAT, 0.6, 0.99, 0.02, 0.3)
    page.waits(lambda said: "What is different" in said, lambda: page.id(Traces.DIFFERENCE).text)
    assert "status" in texts(page.browser, f"#{Traces.DIFFERENCE} .what .mono")
    page.at(f"#{Traces.HEAT_NOTE} [data-region=filter]").click()
    page.waits(lambda query: "duration:>=" in query.get("q", ""), page.query)
    page.waits(lambda seen: set(ERRORS) <= set(seen) and "fx_rate" not in seen)


def test_a_cell_filters_by_its_value_and_leaves_it_out(explorer: Open) -> None:
    page = explorer("?q=status%3Aerror")
    page.waits(ERRORS)
    ActionChains(page.driver).context_click(page.row("charge_card", "value")).perform()
    items = texts(page.browser, ".cell-menu .mi .clip")
    assert items[:2] == ["Only data.amount 140.84", "Not data.amount 140.84"]
    page.at(".cell-menu .mi").click()
    page.waits(["charge_card"])
    page.waits({"q": "status:error data.amount:=140.84"}, page.query)


def test_the_head_of_a_column_orders_the_list_and_says_that_it_is_not_all(explorer: Open) -> None:
    page = explorer("?cols=duration")
    page.waits(lambda seen: len(seen) > 20)
    page.at(f"#{Traces.GRID} .g-h[data-col=duration] .head-b").click()
    page.waits(lambda seen: seen[:3] == ["create_order", "charge_card", "acquirer.post"])
    assert "longest of the range" in page.id(Traces.NOTE).text or "longest first" in page.id(Traces.NOTE).text
    page.at(f"#{Traces.GRID} .g-h[data-col=time] .head-b").click()
    page.waits(lambda query: "order" not in query, page.query)


def test_a_column_is_added_by_its_name(explorer: Open) -> None:
    page = explorer("?q=status%3Aerror")
    page.waits(ERRORS)
    page.at(f"[data-menu={Traces.COLUMNS_MENU}]").click()
    page.type(Traces.FIELD, "attr.http.request.method", Keys.ENTER)
    page.waits(lambda query: query.get("cols") == "attr.http.request.method", page.query)
    cells = lambda: [row.get("attr.http.request.method") for row in page.rows()]  # noqa: E731
    page.waits(["", "'POST'", ""], cells)


def test_what_arrives_is_counted_and_put_in_when_asked_for(explorer: Open, served: Flowglass) -> None:
    page = explorer("?q=process%3Anewcomer")
    page.waits([])
    otlp.send(served.otlp, [otlp.span(f"newcomer.{at}") for at in range(3)], "arrivals")
    page.waits(lambda said: said.startswith("3 new"), lambda: page.id(Traces.NEW).text)
    assert page.processes() == []
    page.id(Traces.NEW).click()
    page.waits(lambda seen: sorted(seen) == ["newcomer.0", "newcomer.1", "newcomer.2"])


def test_following_puts_arrivals_in_by_itself(explorer: Open, served: Flowglass) -> None:
    page = explorer("?q=process%3Afollowed")
    page.waits([])
    page.id(Traces.FOLLOW).click()
    otlp.send(served.otlp, [otlp.span("followed.call")], "arrivals")
    page.waits(["followed.call"])


def test_a_value_over_time_opens_from_the_row_and_closes(explorer: Open) -> None:
    page = explorer(f"?q=process%3A%3Dload_catalog&{OPEN_CHARGE}")
    page.waits(lambda seen: len(seen) > 5)
    page.row("load_catalog").click()
    page.driver.find_element("css selector", "body").send_keys("v")
    page.waits(lambda said: "load_catalog checked" in said, lambda: page.id(Traces.SERIES).text)
    page.at(f"#{Traces.SERIES_CHART} .js-plotly-plot")
    page.at("[data-series=close]").click()
    page.waits(lambda query: "series" not in query, page.query)


def test_a_pinned_call_stands_beside_the_next(explorer: Open) -> None:
    page = explorer(f"?{OPEN_CHARGE}")
    page.waits(lambda said: "card_token" in said, page.detail)
    body = page.at("body")
    body.send_keys("p")
    page.waits(lambda query: query.get("pin") == f"{shop.TRACE}:{shop.FAILED}", page.query)
    body.send_keys("d")
    page.waits("true", lambda: page.at("[data-view=compare]").get_attribute("aria-selected"))
    page.waits(lambda said: "every value is equal" in said, lambda: page.id(Traces.COMPARE).text)
    assert page.query()["wide"] == "1"


def test_single_keys_that_are_switched_off_do_nothing_until_they_are_on_again(explorer: Open) -> None:
    page = explorer(f"?{OPEN_CHARGE}")
    page.waits(lambda said: "card_token" in said, page.detail)
    switch, body = f"#{Shell.KEYS} [data-single-keys]", page.at("body")
    body.send_keys("?")
    page.at(switch).click()
    page.waits("false", lambda: page.at(switch).get_attribute("aria-checked"))
    page.at(f"#{Shell.KEYS} [data-close]").click()
    page.driver.refresh()
    page.waits(lambda said: "card_token" in said, page.detail)
    body = page.at("body")
    body.send_keys("d", "f", "ga", "]")
    body.send_keys(Keys.CONTROL, "k")  # what is not a single key still works
    page.waits(True, lambda: page.id(Shell.PALETTE).is_displayed())
    body.send_keys(Keys.ESCAPE)
    assert page.query() == {"trace": shop.TRACE, "span": shop.FAILED}
    page.at(f"#{Shell.KEYS_BUTTON}").click()
    page.at(switch).click()
    page.at(f"#{Shell.KEYS} [data-close]").click()
    body.send_keys("f")
    page.waits("1", lambda: page.query().get("wide"))


def test_a_trace_of_more_than_twenty_thousand_calls_is_paged_to_its_end(
    tmp_path: Path, browsers: Browsers
) -> None:
    now = time.time_ns()
    long = [
        shop.span(LONG, f"{at + 1:x}", "1" if at else "", "line", "orders", now - 60 * SECOND + at * 1000, 1)
        for at in range(22_000)
    ]
    shop.shop(tmp_path / "db", long, now)
    with Flowglass(tmp_path, "[features]\nself_tracing = false\n") as running:
        page = Explorer(browsers.open(f"{running.page}/traces?trace={LONG}&span={1:016x}"))
        foot = f"#{Traces.TRACE} .wf-foot"
        page.waits(["21,000 of 22,000 calls, scroll for more Load more"], lambda: texts(page.browser, foot))
        page.at(f"{foot} button").click()
        page.waits([""], lambda: texts(page.browser, foot))
        page.driver.get("about:blank")  # the page is left before its server is


@pytest.mark.parametrize("view", ["statistics", "flame", "raw"])
def test_every_view_of_the_trace_shows_it(explorer: Open, view: str) -> None:
    page = explorer(f"?{OPEN_CHARGE}&view={view}")
    wanted = {"statistics": ".view td", "flame": ".flame canvas", "raw": f"#{Traces.RAW} pre"}[view]
    shown = page.at(wanted)
    if view != "flame":
        page.waits(lambda said: said != "", lambda: shown.text)
    assert page.at(f"[data-view={view}]").get_attribute("aria-selected") == "true"


def test_the_list_is_walked_opened_and_closed_with_the_keyboard_only(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: "acquirer.post" in seen)
    keys = ActionChains(page.driver)
    keys.send_keys("/").perform()
    assert page.driver.switch_to.active_element.get_attribute("id") == Traces.TEXT
    ActionChains(page.driver).send_keys("status:error", Keys.ENTER).perform()
    page.waits(ERRORS)
    ActionChains(page.driver).send_keys(Keys.ESCAPE).send_keys("jj").perform()
    page.waits(lambda query: query.get("span") == shop.FAILED, page.query)
    ActionChains(page.driver).send_keys("o").perform()
    page.waits(["acquirer.post", "charge_card", "acquirer.post", "create_order"])
    ActionChains(page.driver).send_keys("e").perform()
    page.at(f"#{Traces.EXPORT_MENU} [data-export=csv]")
    ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()
    ActionChains(page.driver).send_keys(Keys.ESCAPE).perform()
    page.waits(lambda query: "span" not in query, page.query)


def test_the_focus_goes_from_cell_to_cell_and_stays_with_its_row(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: len(seen) > 20)
    keys = lambda *typed: ActionChains(page.driver).send_keys(*typed).perform()  # noqa: E731
    here = "const cell = document.activeElement; return [cell.parentElement.ariaRowIndex, cell.dataset.col]"
    focused = lambda: page.driver.execute_script(here)  # noqa: E731
    page.driver.execute_script(f"document.querySelector('#{Traces.GRID} [tabindex=\"0\"]').focus()")
    keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.END, Keys.ARROW_LEFT)
    page.waits(["4", "status"], focused)
    page.driver.execute_script(f"document.getElementById('{Traces.GRID}').scrollTop = 1500")
    page.waits(lambda seen: len(seen) > 5 and seen[2] != "create_order")
    page.waits(["4", "status"], focused)
    keys(Keys.ARROW_UP)
    page.waits(["3", "status"], focused)
    page.waits(lambda top: top <= 28, lambda: page.driver.execute_script(
        f"return document.getElementById('{Traces.GRID}').scrollTop"
    ))  # fmt: skip
    one_stop = f"return document.querySelectorAll('#{Traces.GRID} .g-cell[tabindex=\"0\"]').length"
    assert page.driver.execute_script(one_stop) == 1
    page.driver.execute_script("window.flowglass.navigate({ q: 'status:error' })")
    page.waits(ERRORS)
    page.waits(lambda cell: bool(cell[0]), focused)  # in the rows that have come


def test_a_column_is_made_wider_with_mouse_and_keys(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: len(seen) > 5)
    width = lambda: page.at(f"#{Traces.GRID} .g-h[data-col=data]").size["width"]  # noqa: E731
    before = width()
    edge = page.at(f"#{Traces.GRID} .g-h[data-col=data] .g-size")
    ActionChains(page.driver).drag_and_drop_by_offset(edge, 60, 0).perform()
    page.waits(lambda now: abs(now - before - 60) <= 1, width)
    page.row("create_order", "data").click()
    ActionChains(page.driver).key_down(Keys.ALT).send_keys(Keys.ARROW_RIGHT).key_up(Keys.ALT).perform()
    page.waits(lambda now: abs(now - before - 76) <= 1, width)
    ActionChains(page.driver).double_click(page.at(f"#{Traces.GRID} .g-h[data-col=data] .g-size")).perform()
    page.waits(lambda now: now <= before, width)


def test_on_a_phone_the_open_span_is_a_sheet_and_nothing_slides_sideways(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: len(seen) > 5)
    metrics = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.driver.get(f"{page.driver.current_url.split('?')[0]}?{OPEN_CHARGE}")
    page.waits(lambda said: "card_token" in said, page.detail)
    sheet = page.id(Traces.DETAIL).rect
    assert (sheet["x"], sheet["y"], sheet["width"]) == (0, 0, 390)
    assert page.driver.execute_script("return document.documentElement.scrollWidth") <= 390
