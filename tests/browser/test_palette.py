"""The palette: searching everything, narrowing it, and finding again what was searched before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dash.testing.browser import Browser
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Shell
from tests.support.browser import Browsers, texts
from tests.support.otlp import send, span
from tests.support.running import Flowglass
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
OPEN = Keys.CONTROL + "k" + Keys.NULL
LIST = f"#{Shell.PALETTE_LIST}"
# Every search that the page sends, and every word that the status line has shown.
WATCHING = """
window.asked = []; window.said = [];
const plain = window.fetch;
window.fetch = (...given) => {
    if (String(given[0]).includes('/api/v1/search')) window.asked.push(String(given[0]));
    return plain(...given);
};
const status = document.getElementById(arguments[0]);
new MutationObserver(() => window.said.push(status.textContent)).observe(status, {childList: true});
"""


def keys(browser: Browser, *pressed: str) -> None:
    for key in pressed:
        browser.driver.switch_to.active_element.send_keys(key)


def asked(browser: Browser) -> list[str]:
    found: list[str] = browser.driver.execute_script("return window.asked")
    return found


def press(browser: Browser, selector: str) -> None:
    browser.driver.find_element(By.CSS_SELECTOR, selector).click()


def heads(browser: Browser) -> list[str]:
    return texts(browser, f"{LIST} .pal-head")


def test_everything_is_searched_narrowed_opened_and_remembered(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    run = start_flowglass()
    traced = bytes.fromhex("ab" * 16)
    send(
        run.otlp,
        [
            span("Price_order", trace_id=traced, attributes={"flowglass.return": "best price"}),
            *[span(f"load_{at}") for at in range(12)],
            span("reserve", error="out of stock"),
        ],
    )
    browser = browsers.open(run.page)
    driver = browser.driver
    driver.execute_script(WATCHING, Shell.PALETTE_STATUS)
    keys(browser, OPEN, "pr")
    wait_until(lambda: texts(browser, f"#{Shell.PALETTE_CLEAR}:not([hidden])"), "the button that clears")
    assert texts(browser, f"#{Shell.PALETTE_STATUS}") == [""]
    keys(browser, "ice")
    wait_until(lambda: heads(browser)[:2] == ["Processes", "Values"], "what was found")
    assert "Searching…" in driver.execute_script("return window.said")
    assert all("q=pr&" not in one for one in asked(browser))  # two characters are too few to ask
    assert texts(browser, f"{LIST} mark") == ["Price", "price"]  # whatever their case

    press(browser, '[data-kind="value"]')
    wait_until(lambda: heads(browser) == ["Values"], "values only")
    assert "kind=value" in asked(browser)[-1]
    assert "from=" not in asked(browser)[-1]
    press(browser, "[data-within]")
    wait_until(lambda: "from=" in asked(browser)[-1], "a search within the range")
    assert "to=" in asked(browser)[-1]
    wait_until(lambda: heads(browser) == ["Values"], "values of the range")
    press(browser, '[data-kind=""]')

    press(browser, f"#{Shell.PALETTE_CLEAR}")
    wait_until(lambda: "Go to" in heads(browser), "places to go")
    assert texts(browser, f"#{Shell.PALETTE_CLEAR}:not([hidden])") == []
    keys(browser, "zzz")
    wait_until(lambda: texts(browser, f"#{Shell.PALETTE_STATUS}") == ["No results"], "that there is nothing")
    press(browser, f"#{Shell.PALETTE_CLEAR}")
    wait_until(lambda: texts(browser, f"#{Shell.PALETTE_STATUS}") == [""], "an empty status")
    keys(browser, "load_")
    wait_until(lambda: len(texts(browser, f"{LIST} .pal-row")) == 10, "ten of a kind")
    press(browser, f"#{Shell.PALETTE_CLEAR}")

    keys(browser, traced.hex())
    wait_until(lambda: heads(browser) == ["Traces"], "the trace")
    keys(browser, Keys.ENTER)
    wait_until(lambda: f"trace={traced.hex()}" in driver.current_url, "the trace is open")
    assert not driver.find_element(By.ID, Shell.PALETTE).is_displayed()
    keys(browser, OPEN, Keys.BACKSPACE)
    wait_until(lambda: heads(browser)[:1] == ["Searched before"], "what was searched before")
    keys(browser, Keys.ENTER)
    wait_until(lambda: heads(browser) == ["Traces"], "the same search again")
