"""One message per cause on the page: the tree, who is told when, hours, and a window that repeats."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Alerts
from tests.alerting.test_end_to_end import call
from tests.support.browser import Browsers, settled, texts
from tests.support.explorer import Explorer
from tests.support.otlp import send, span
from tests.support.running import Flowglass

pytestmark = pytest.mark.browser
CHAIN = ("checkout", "pay_order", "charge")


def failing(flowglass: Flowglass) -> None:
    """Three rules, and orders whose innermost call fails."""
    for process in CHAIN:
        rule = {
            "name": f"{process} fails", "filter": f"process:={process}", "metric": "errors", "threshold": 2,
            "window": 3600, "owner": "mara",
        }  # fmt: skip
        call(flowglass, "/api/v1/alerts/rules", rule)
    spans = []
    for _ in range(4):
        trace, above = os.urandom(16), b""
        for at, name in enumerate(CHAIN):
            id = os.urandom(8)
            width = (3 - at) * 10_000_000
            spans.append(
                span(name, trace_id=trace, span_id=id, parent=above, error="declined", duration_ns=width)
            )
            above = id
    send(flowglass.otlp, spans)


def test_the_tree_the_steps_the_hours_and_a_window_that_repeats(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    flowglass = start_flowglass(settings="[features]\nself_tracing = false\n")
    for name in ("mail", "phone"):
        channel = {"kind": "webhook", "name": name, "url": "http://127.0.0.1:9/"}
        call(flowglass, "/api/v1/alerts/channels", channel)
    failing(flowglass)
    browser = browsers.open(f"{flowglass.page}/alerts")
    page = Explorer(browser)
    names = f"#{Alerts.LIST} tbody td:first-child b"
    page.waits(["charge fails", "pay_order fails", "checkout fails"], lambda: texts(browser, names))
    assert len(texts(browser, f"#{Alerts.LIST} tr.child .tree .ind ~ a")) == 2
    assert "2 affected" in "".join(texts(browser, f"#{Alerts.LIST} tr:not(.child) .badge-x"))
    browser.driver.find_element("xpath", "//b[text()='charge fails']/..").click()
    page.waits(
        lambda seen: "pay_order fails" in "".join(seen), lambda: texts(browser, f"#{Alerts.RULE} .facts")
    )

    page.at("body").send_keys("e")
    page.at(f"#{Alerts.RULE} [name=hours]").send_keys("mon-fri 8-18")
    wrong = f"#{Alerts.RULE} .fieldmsg"
    page.waits(lambda seen: "8-18" in "".join(seen), lambda: texts(browser, wrong))
    page.at(f"#{Alerts.RULE} [name=hours]").send_keys(Keys.CONTROL, "a")
    page.at(f"#{Alerts.RULE} [name=hours]").send_keys("mon-fri 08:00-18:00 Europe/Berlin")
    page.at(f"#{Alerts.RULE} [name=after_1] option[value='600']").click()
    page.waits(lambda seen: "choose whom" in "".join(seen), lambda: texts(browser, wrong))
    page.at(f"#{Alerts.RULE} summary[aria-label^='Step 1 tells']").click()
    page.at(f"#{Alerts.RULE} details[open] .mi-box:last-child").click()
    told = f"#{Alerts.RULE} .who-when"
    page.waits(
        ["at once: nobody · after 10 min without acknowledgement: phone"], lambda: texts(browser, told)
    )
    page.at(f"#{Alerts.RULE} [data-act=save-rule]").click()
    said = f"#{Alerts.RULE} .said-aloud"
    page.waits(lambda seen: "mon-fri 08:00-18:00" in "".join(seen), lambda: texts(browser, said))

    browser.driver.get(f"{flowglass.page}/alerts?view=silences")
    often = page.at(f"#{Alerts.LIST} [name=seconds] option[value=hours]")
    assert not browser.driver.find_element("css selector", f"#{Alerts.LIST} [name=hours]").is_displayed()
    often.click()
    hours = page.at(f"#{Alerts.LIST} [name=hours]")
    hours.send_keys("sat 22:00-04:00")
    page.at(f"#{Alerts.LIST} [name=reason]").send_keys("backup")
    page.at(f"#{Alerts.LIST} [data-act=silence]").click()
    page.waits(
        lambda seen: "name a time zone" in "".join(seen), lambda: texts(browser, f"#{Alerts.LIST} .fieldmsg")
    )
    page.at(f"#{Alerts.LIST} [name=hours]").send_keys(" Europe/Berlin", Keys.ENTER)
    rows = f"#{Alerts.LIST} tbody td"
    page.waits(lambda seen: "sat 22:00-04:00 Europe/Berlin" in seen, lambda: texts(browser, rows))
    settled(browser)
