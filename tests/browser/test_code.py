"""Journeys through the Code Inspector: find a function, read its source, see which edit made it slower."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from dash.testing.browser import Browser
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Code
from tests.support import pricing
from tests.support.browser import Browsers, texts
from tests.support.functions import FunctionCall, write
from tests.support.otlp import ask
from tests.support.running import Flowglass
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
LINES = 5_000


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A Flowglass whose pricing function was edited two hours ago, and a function of 5,000 lines."""
    folder = tmp_path_factory.mktemp("code")
    now = time.time_ns()
    body = "".join(f"\ttotal_{at} = price({at}, '<b>')  # {at}\n" for at in range(LINES - 1))
    long = FunctionCall(
        now - 10**9, "generated", "web", "app", version="ef" + "0" * 14, source=f"def generated():\n{body}"
    )
    write(folder / "db", [*pricing.calls(now), long], now)
    with Flowglass(folder, "[features]\nself_tracing = false\n") as running:
        yield running


@pytest.fixture
def page(served: Flowglass, browsers: Browsers) -> Callable[[str], Browser]:
    return lambda path: browsers.open(served.page + path)


def waits(browser: Browser, selector: str, wanted: Callable[[list[str]], bool]) -> list[str]:
    """The texts of what matches, once they are as wanted."""
    wait_until(lambda: wanted(texts(browser, selector)), selector)
    return texts(browser, selector)


def test_a_function_is_found_by_typing_and_its_source_is_read(page: Callable[[str], Browser]) -> None:
    browser = page("/code?range=6h")
    waits(browser, ".code-start h2", lambda seen: seen[:3] == ["Hot", "Slow", "Failing"])
    field = browser.driver.find_element("id", Code.PICK)
    field.send_keys("price_o")
    waits(browser, ".pick-item .nm", lambda seen: seen == ["price_order"])
    field.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    lines = waits(browser, f"#{Code.SOURCE} .ln .cd", lambda seen: len(seen) > 5)
    assert "\n".join(lines) == pricing.NEW_SOURCE.rstrip("\n")
    assert texts(browser, f"#{Code.SOURCE} .ln .no")[0] == str(pricing.LINE)
    assert f"fn={pricing.FN}" in browser.driver.current_url
    assert waits(browser, f"#{Code.NUMBERS} .num .l", lambda seen: len(seen) >= 10)[:4] == [
        "Calls",
        "p50",
        "p95",
        "p99",
    ]


def test_the_edit_that_made_it_slower_is_named_and_its_text_compared(page: Callable[[str], Browser]) -> None:
    browser = page(f"/code?range=6h&fn={pricing.FN}")
    (verdict,) = waits(browser, f"#{Code.VERDICT} b", lambda seen: bool(seen))
    assert verdict.startswith("v2 is ")
    assert "% slower than v1" in verdict
    browser.driver.find_element("link text", "Compare with v1").click()
    added = waits(browser, f"#{Code.SOURCE} .ln.add .cd", lambda seen: len(seen) == 2)
    assert added == ["    for line in order.lines:", "        audit_line(line)"]
    browser.driver.back()
    waits(browser, f"#{Code.SOURCE} .ln.add", lambda seen: not seen)


def test_lines_lead_to_what_they_call_and_say_what_they_raised(page: Callable[[str], Browser]) -> None:
    browser = page(f"/code?range=6h&fn={pricing.FN}#L{pricing.RAISED_AT}")
    (raised,) = waits(browser, f"#{Code.SOURCE} .ln.raised .mk", lambda seen: len(seen) == 1)
    assert raised.startswith("PriceMissing ")
    assert texts(browser, f"#{Code.SOURCE} .ln.at .no") == [str(pricing.RAISED_AT)]
    assert waits(browser, f"#{Code.SOURCE} .ln.stl .badge-x", lambda seen: len(seen) == 2)[1].startswith(
        "1.0842 for "
    )
    browser.driver.find_element("css selector", f"#{Code.SOURCE} .cd a[href*='tax_for']").click()
    waits(browser, f"#{Code.SOURCE} .ln .cd", lambda seen: len(seen) == 3)
    assert "tax_for" in browser.driver.current_url


def test_a_click_on_the_history_opens_the_calls_of_that_time(page: Callable[[str], Browser]) -> None:
    browser = page(f"/code?range=6h&fn={pricing.FN}")
    waits(browser, f"#{Code.HISTORY} .annotation-text", lambda seen: any("p95" in one for one in seen))
    calls = browser.driver.find_element("css selector", f"#{Code.HISTORY} .nsewdrag[data-subplot=xy2]")
    ActionChains(browser.driver).move_to_element(calls).pause(0.5).click().perform()
    wait_until(lambda: "/traces?from=" in browser.driver.current_url, "Trace Explorer to open")


def test_five_thousand_lines_are_drawn_as_text(page: Callable[[str], Browser]) -> None:
    browser = page(f"/code?fn=web/app/generated#L{LINES - 100}")
    lines = waits(browser, f"#{Code.SOURCE} .ln .cd", lambda seen: len(seen) == LINES)
    assert lines[-1].endswith(f"# {LINES - 2}")
    assert "'<b>'" in lines[1]
    script = f"return document.querySelector('#{Code.SOURCE}').scrollTop"
    assert browser.driver.execute_script(script) > 1000


def test_a_level_set_on_the_page_reaches_the_tracers(
    page: Callable[[str], Browser], served: Flowglass
) -> None:
    browser = page(f"/code?range=6h&fn={pricing.FN}")
    waits(browser, f"#{Code.LEVELS} .on", lambda seen: seen == ["Own"])
    browser.driver.find_element("id", Code.level("timing")).click()
    waits(browser, f"#{Code.LEVELS} .on", lambda seen: seen == ["Timing"])
    answer = ask(f"{served.otlp}/v1/flowglass/levels?service=pricing")
    assert b'{"pattern":"shop.core.price_order","level":"timing"}' in answer.body
    assert waits(browser, f"#{Code.LEVEL_NOTE}", lambda seen: "timing by local" in seen[0])
