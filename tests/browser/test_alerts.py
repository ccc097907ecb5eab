"""A value that stopped changing is seen, and leads to its calls and to its code."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from dashboard.ids import Alerts, Code, Traces
from tests.support import pricing
from tests.support.browser import Browsers, texts
from tests.support.running import Flowglass
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    folder = tmp_path_factory.mktemp("alerts")
    pricing.stored(folder / "db", time.time_ns(), hours=1)
    with Flowglass(folder, "[features]\nself_tracing = false\n") as running:
        yield running


def test_a_stale_value_leads_to_its_calls_and_to_its_code(served: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(served.page + "/alerts")
    names = f"#{Alerts.STALE} tbody b.mono"
    wait_until(lambda: "fx_rate.return" in texts(browser, names), "stale values", 30)
    assert set(texts(browser, names)) == {"fx_rate.return", "tax_for.return", "price_order.tax"}
    browser.driver.find_element("xpath", "//b[text()='fx_rate.return']/..").click()
    wait_until(lambda: texts(browser, f"#{Traces.GRID} .ag-row"), "calls of the run", 30)
    assert "fx_rate" in browser.driver.current_url
    browser.driver.back()
    wait_until(lambda: texts(browser, names), "the list again", 30)
    browser.driver.find_element(
        "css selector", f"#{Alerts.STALE} a[href*='/code'][href*='fx_rate'].ib"
    ).click()
    wait_until(lambda: texts(browser, f"#{Code.SOURCE} .ln"), "the code", 30)
    assert "fx_rate" in browser.driver.current_url
