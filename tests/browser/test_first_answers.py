"""A page comes with its answers: nothing is asked for once more, and a press of a tab is one question."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from dash.testing.browser import Browser

from dashboard.ids import Alerts, Code, Overview, Shell, Traces
from tests.support.browser import Browsers, settled, texts
from tests.support.otlp import send, span
from tests.support.running import Flowglass
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
QUIET = "[refresh]\nvital_seconds = 600.0\ntrends_seconds = 600.0\n"
# What each tab shows of one call, and what it asks once it is there: charts, and calls that are hidden.
SHOWN = {
    "overview": ("/", f"#{Overview.GROUPS} td", "shop", set()),
    "traces": ("/traces", f"#{Traces.GRID} [data-col=process]", "load", {Traces.SURVEY}),
    "code": ("/code", f"#{Code.START} td", "load", set()),
    "alerts": ("/alerts", f"#{Alerts.LIST} b", "No active alerts", set()),
}
# Before anything of the page: what it asks from now on, by the first part that the answer goes to.
WATCH = """
window.asked = [];
const plain = window.fetch;
window.fetch = (...given) => {
    const [address, { body } = {}] = given;
    if (String(address).includes('_dash-update-component')) window.asked.push(JSON.parse(body).output);
    return plain(...given);
};
"""


def asked(browser: Browser) -> set[str]:
    """The parts that were asked for since the last look, but for new rows, which push tells of."""
    outputs = browser.driver.execute_script("return window.asked.splice(0)")
    return {output.strip(".").split(".")[0] for output in outputs} - {Traces.ARRIVED}


def watched(start_flowglass: Callable[..., Flowglass], browsers: Browsers) -> tuple[Flowglass, Browser]:
    """A Flowglass that has been sent one call, and a browser that notes what each page asks from now on."""
    run = start_flowglass(settings=QUIET)
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    return run, browser


def shows(browser: Browser, where: str, words: str) -> None:
    """Waits until these words stand there and nothing is under way."""
    wait_until(lambda: words in " ".join(texts(browser, where)), words)
    settled(browser)


def test_a_page_comes_with_its_answers_and_a_tab_in_one_question(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    run, browser = watched(start_flowglass, browsers)
    for path, where, words, after in SHOWN.values():
        browser.driver.get(run.page + path)
        shows(browser, where, words)
        assert asked(browser) <= after, path
    for tab, (_, where, words, after) in SHOWN.items():
        browser.driver.execute_script(f"document.getElementById('{Shell.tab_link(tab)}').click()")
        shows(browser, where, words)
        assert asked(browser) <= {Shell.FILTER, *after}, tab


def test_a_browser_that_does_not_say_where_it_is_gets_the_same_page(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    run, browser = watched(start_flowglass, browsers)
    foreign = {"headers": {"Referer": "http://elsewhere.example/"}}
    browser.driver.execute_cdp_cmd("Network.enable", {})
    browser.driver.execute_cdp_cmd("Network.setExtraHTTPHeaders", foreign)
    for path, where, words, after in SHOWN.values():
        browser.driver.get(run.page + path)
        shows(browser, where, words)
        assert asked(browser) == {Shell.FILTER, *after}, path
