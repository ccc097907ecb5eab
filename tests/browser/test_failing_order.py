"""The demo's failing order: from the Overview to the wrong value behind it, and on to another person."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from dash.testing.browser import Browser
from selenium.common.exceptions import WebDriverException

from dashboard.ids import Overview, Shell, Traces
from tests.support.browser import Browsers, clipboard
from tests.support.explorer import Explorer
from tests.support.ports import free_port
from tests.support.running import ROOT, Flowglass, clean_environment
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser

ERROR = "no unit price for sku A-2291"
WRONG = "-1.0"  # what the import wrote where the supplier had no price
DEMO_SECONDS = 6  # the third order is the first to fail


def run_demo(run: Flowglass) -> None:
    """The order service, against this Flowglass."""
    environment = clean_environment(
        OTEL_EXPORTER_OTLP_ENDPOINT=run.otlp, DEMO_SECONDS=str(DEMO_SECONDS), DEMO_PORT=str(free_port())
    )
    subprocess.run([sys.executable, "-m", "demo"], cwd=ROOT, env=environment, check=True, timeout=120)


def click(browser: Browser, selector: str, words: str) -> None:
    """Clicks the first link or button with these words; a refresh may draw it anew meanwhile."""

    def try_to() -> bool:
        for element in browser.driver.find_elements("css selector", selector):
            try:
                if words in element.text and element.is_displayed():
                    element.click()
                    return True
            except WebDriverException:
                return False
        return False

    wait_until(try_to, f"{words!r} to click in {selector}")


def seen(page: Explorer) -> dict[str, object]:
    """What a person sees of the Trace Explorer, apart from what they have unfolded in the list."""
    return {
        "filter": page.id(Traces.TEXT).get_attribute("value"),
        "chips": page.chips(),
        "range": page.id(Shell.RANGE_NAME).text,
        "rows": [row["id"] for row in page.rows() if row["process"] == "price_order"],
        "open": [row["process"] for row in page.rows() if " sel" in row["classes"]],
        "values": page.detail(),
    }


def test_the_failing_order_is_two_clicks_from_the_overview_and_its_link_shows_the_same(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    run = start_flowglass()
    run_demo(run)
    browser = browsers.open(run.page)

    click(browser, f"#{Overview.ROOT} a", ERROR)
    page = Explorer(browser)
    page.waits(lambda processes: "load_catalog" in processes)
    page.waits(lambda said: ERROR in said.replace("\n", ""), page.detail)
    assert page.at(f"#{Traces.DETAIL} h2").text.startswith("price_order")

    before = page.processes().index("load_catalog")
    page.open_calls("load_catalog")
    page.waits(lambda processes: processes[before + 1] == "unit_price")
    children = page.rows()[before + 1 : before + 5]
    assert WRONG in [row["value"] for row in children if row["process"] == "unit_price"]

    page.id(Shell.COPY).click()
    link = wait_until(lambda: clipboard(browser), "the copied link")
    assert link == browser.driver.current_url
    other = Explorer(browsers.open(link))
    other.waits(lambda processes: "load_catalog" in processes)
    other.waits(seen(page), lambda: seen(other))
