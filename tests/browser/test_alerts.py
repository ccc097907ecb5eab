"""A value that stops changing is told on every tab and leads to its line; rules are written as a sentence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

import pytest
from selenium.webdriver.common.keys import Keys

from alerting import edit
from alerting.rule import as_dict
from dashboard.ids import Alerts, Code, Overview, Shell, Traces
from data.control import Control
from data.control_silences import silences
from tests.support import pricing
from tests.support.browser import Browsers, settled, texts
from tests.support.explorer import Explorer
from tests.support.otlp import send, span
from tests.support.running import Flowglass
from tests.support.sinks import http_sink
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
SETTINGS = "[features]\nself_tracing = false\n[alerts]\nallow_private_addresses = true\n"
SOURCE = "@trace\ndef fx_rate(pair):\n    return feed.last(pair)\n"
ABOUT = {
    "code.function.name": "fx_rate", "code.file.path": "/srv/shop/fx.py", "code.line.number": 5,
    "flowglass.code.version": "c6" + "0" * 14, "flowglass.source": SOURCE,
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    folder = tmp_path_factory.mktemp("alerts")
    pricing.stored(folder / "db", time.time_ns(), hours=1)
    with Flowglass(folder, SETTINGS) as running:
        yield running


def rates(flowglass: Flowglass, *values: float) -> None:
    """Calls of fx_rate that returned these."""
    begun = time.time_ns() - len(values) * 2_000_000
    spans = [
        span("fx_rate", start_ns=begun + at * 2_000_000, attributes={**ABOUT, "flowglass.return": value})
        for at, value in enumerate(values)
    ]
    send(flowglass.otlp, spans, "pricing", "shop.fx")


def test_a_value_that_stops_changing_is_told_and_leads_to_its_line(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    flowglass = start_flowglass(settings=SETTINGS)
    rates(flowglass, *[1.0 + at / 100 for at in range(12)])
    about = quote('process:="fx_rate" group:="pricing"')
    browser = browsers.open(f"{flowglass.page}/alerts?new=stale&data=return&q={about}&name=fx_rate")
    page = Explorer(browser)
    repeats = page.at(f"#{Alerts.RULE} [name=repeats]")
    repeats.send_keys(Keys.CONTROL, "a")
    repeats.send_keys("6", Keys.ENTER)
    wait_until(lambda: "rule=" in browser.driver.current_url, "the saved rule")
    page.waits(lambda seen: "ok" in seen, lambda: texts(browser, f"#{Alerts.RULE_HEAD} .badge-x"))
    page.at("body").send_keys("go")
    page.id(Overview.ROOT)
    wait_until(lambda: _judged(flowglass), "the rule to be judged")
    rates(flowglass, *[1.0842] * 12)

    toast = page.at(f"#{Shell.TOASTS} .alert-toast")
    assert "Value stopped changing: fx_rate" in toast.text
    assert "1.0842" in toast.text
    page.waits(["1"], lambda: texts(browser, f"#{Shell.ALERTS_COUNT}:not([hidden])"))
    toast.find_element("link text", "Open the code").click()
    page.waits(["5"], lambda: texts(browser, f"#{Code.SOURCE} .ln.at .no"))

    page.at("body").send_keys("ga")
    page.at(f"#{Alerts.LIST} [data-act=acknowledge]").click()
    page.waits(lambda seen: "local" in seen, lambda: texts(browser, f"#{Alerts.LIST} .badge-x"))
    rates(flowglass, *[2.0 + at for at in range(4)])
    page.waits(lambda seen: "resolved" in seen, lambda: texts(browser, f"#{Alerts.FEED} .a .mut"))
    page.waits(lambda seen: "No active alerts" in "".join(seen), lambda: texts(browser, f"#{Alerts.LIST}"))
    page.waits([], lambda: texts(browser, f"#{Shell.ALERTS_COUNT}:not([hidden])"))


def _judged(flowglass: Flowglass) -> bool:
    control = Control.open(flowglass.data_dir)
    try:
        return bool(control.rows("SELECT 1 FROM alert_progress"))
    finally:
        control.close()


def test_a_rule_is_a_sentence_with_errors_at_their_slots_and_a_replay(
    served: Flowglass, browsers: Browsers
) -> None:
    browser = browsers.open(f"{served.page}/code?fn={pricing.FN}")
    page = Explorer(browser)
    page.at(f"#{Code.OPEN} .alert-on").click()
    said = f"#{Alerts.CHART_HEAD} .replay-said"
    page.waits(lambda seen: "would never have fired" in "".join(seen), lambda: texts(browser, said))
    _slot(page, "for_", "0")
    _slot(page, "min_samples", "1")
    slider = page.at("#alerts-slider")
    for _ in range(12):
        slider.send_keys(Keys.PAGE_DOWN)
    page.waits(lambda seen: "would have fired" in "".join(seen), lambda: texts(browser, said))
    assert _drawn(page)["bands"]  # although the recovery threshold now lies beyond it
    slider.send_keys(Keys.END)
    page.waits(lambda seen: "would never have fired" in "".join(seen), lambda: texts(browser, said))
    assert _drawn(page)["bands"] == 0
    _slot(page, "recovery", "")
    slider.send_keys(Keys.HOME)
    page.waits(lambda seen: "would have fired" in "".join(seen), lambda: texts(browser, said))

    _slot(page, "warning", "many")
    wrong = f"#{Alerts.RULE} .fieldmsg"
    page.waits(["Warning: write a number"], lambda: texts(browser, wrong))
    assert "bad" in page.at(f"#{Alerts.RULE} label:has([name=warning])").get_attribute("class").split()
    _slot(page, "warning", "40", Keys.ENTER)
    wait_until(lambda: "rule=" in browser.driver.current_url, "the saved rule")
    page.waits(lambda seen: "40 ms" in "".join(seen), lambda: texts(browser, f"#{Alerts.RULE} .said-aloud"))

    page.at("body").send_keys("e")  # somebody else is faster
    control = Control.open(served.data_dir)
    saved = edit.rules(control)[-1]
    owner = page.at(f"#{Alerts.RULE} [name=owner]")
    owner.send_keys("mara")
    theirs = {key: value for key, value in as_dict(saved.rule).items() if key not in ("id", "revision")}
    edit.change_rule(
        control, saved.rule.id, saved.rule.revision, theirs | {"owner": "jon"}, time.time_ns(), "jon"
    )
    browser.driver.execute_script("window.flowglass.refreshNow()")
    page.settle()
    assert owner.get_attribute("value") == "mara"  # the form is still the one that was typed into
    page.at(f"#{Alerts.RULE} [data-act=save-rule]").click()
    page.waits(
        lambda seen: "jon changed this rule" in "".join(seen), lambda: texts(browser, f"#{Alerts.RULE} .note")
    )
    page.at(f"#{Alerts.RULE} .note [data-act=overwrite]").click()
    page.waits(lambda url: "edit=" not in url, lambda: browser.driver.current_url)
    assert edit.rule(control, saved.rule.id).rule.owner == "mara"
    _paused_and_silenced(page, served, control, saved.rule.id)
    control.close()


def _paused_and_silenced(page: Explorer, served: Flowglass, control: Control, rule: str) -> None:
    """The rule is switched off and on, then silenced from the link of a message, and heard again."""
    page.driver.get(f"{served.page}/alerts?view=rules")
    switch = f"#{Alerts.LIST} [data-act=switch][data-rule='{rule}']"
    for pressed, enabled in (("false", False), ("true", True)):
        page.at(switch).click()
        page.waits(pressed, lambda: page.at(switch).get_attribute("aria-checked"))
        assert edit.rule(control, rule).rule.enabled is enabled
    page.driver.get(f"{served.page}/alerts?view=silences&rule={rule}&key=eu")
    form = f"#{Alerts.LIST} form"
    filled = [page.at(f"{form} [name={name}]").get_attribute("value") for name in ("rule", "key")]
    assert filled == [rule, "eu"]
    page.at(f"{form} [name=reason]").send_keys("import runs", Keys.ENTER)
    rows = f"#{Alerts.LIST} tbody tr"
    page.waits(lambda seen: "import runs" in "".join(seen), lambda: texts(page.browser, rows))
    assert [(one.key, one.author) for one in silences(control, time.time_ns())] == [("eu", "local")]
    page.at(f"#{Alerts.LIST} [data-act=end-silence]").click()
    page.waits(lambda seen: "Nothing is silenced" in "".join(seen),
               lambda: texts(page.browser, f"#{Alerts.LIST}"))  # fmt: skip


DRAWN = """
const chart = document.querySelector(`#${arguments[0]} .js-plotly-plot`);
const shapes = chart.layout.shapes || [];
return {bands: shapes.filter(one => one.type === 'rect').length,
        line: shapes.find(one => ['warning', 'fires'].includes(one.name)).y0,
        slider: Number(document.getElementById('alerts-slider').value)};
"""


def _drawn(page: Explorer) -> dict[str, float]:
    """How many firings the chart has, once its line stands where the slider is."""

    def drawn() -> dict[str, float] | None:
        settled(page.browser)
        found: dict[str, float] = page.driver.execute_script(DRAWN, Alerts.CHART)
        return found if found["line"] == found["slider"] else None

    return wait_until(drawn, "the line at the slider") or {}


def _slot(page: Explorer, name: str, *keys: str) -> None:
    """Types into a slot of the sentence, or chooses."""
    field = page.at(f"#{Alerts.RULE} [name={name}]")
    if field.tag_name == "select":
        field.find_element("css selector", f"option[value='{keys[0]}']").click()
        return
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(Keys.BACKSPACE)
    field.send_keys(*keys)


def test_a_channel_is_written_once_and_tried_for_real(served: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(f"{served.page}/alerts?view=channels")
    page = Explorer(browser)
    with http_sink() as sink:
        for name, text in (("name", "ops"), ("url", sink.url), ("secret", "s3cret")):
            page.at(f"#{Alerts.LIST} [name={name}]").send_keys(text)
        page.at(f"#{Alerts.LIST} [data-act=try-channel]").click()
        note = f"#{Alerts.NOTICE} .note"
        page.waits(lambda seen: "ops: delivered in" in "".join(seen), lambda: texts(browser, note))
        assert len(sink.requests) == 1
        sink.answers[:] = [(503, {}, b"busy")]
        page.at(f"#{Alerts.LIST} [data-act=test-channel]").click()
        page.waits(lambda seen: "not delivered, 503 busy" in "".join(seen), lambda: texts(browser, note))
    settled(browser)
    assert "s3cret" not in browser.driver.page_source
    delete = page.at(f"#{Alerts.LIST} [data-act=delete-channel]")
    delete.click()
    delete.click()  # pressed again: it is meant
    page.waits(lambda seen: "No channel yet" in "".join(seen), lambda: texts(browser, f"#{Alerts.LIST}"))


def test_a_stale_value_leads_to_its_calls_to_its_code_and_to_a_rule(
    served: Flowglass, browsers: Browsers
) -> None:
    browser = browsers.open(served.page + "/alerts")
    names = f"#{Alerts.STALE} tbody b.mono"
    wait_until(lambda: "fx_rate.return" in texts(browser, names), "stale values")
    assert set(texts(browser, names)) == {"fx_rate.return", "tax_for.return", "price_order.tax"}
    browser.driver.find_element("xpath", "//b[text()='fx_rate.return']/..").click()
    wait_until(lambda: texts(browser, f"#{Traces.GRID} .g-row"), "calls of the run")
    assert "fx_rate" in browser.driver.current_url
    page = Explorer(browser)
    page.waits(lambda seen: "fx_rate" in seen)
    page.row("fx_rate", "value").click()
    page.waits(lambda query: "span" in query, page.query)
    page.row("fx_rate", "value").send_keys("m")
    page.at(".cell-menu").find_element("xpath", ".//span[text()='Alert on this']/..").click()
    page.waits(["return"], lambda: _values(page, "data"))
    browser.driver.get(served.page + "/alerts")
    wait_until(lambda: texts(browser, names), "the list again")
    browser.driver.find_element(
        "css selector", f"#{Alerts.STALE} a[href*='/code'][href*='fx_rate'].ib"
    ).click()
    wait_until(lambda: texts(browser, f"#{Code.SOURCE} .ln"), "the code")
    assert "fx_rate" in browser.driver.current_url


def _values(page: Explorer, name: str) -> list[str]:
    fields = page.driver.find_elements("css selector", f"#{Alerts.RULE} [name={name}]")
    return [field.get_attribute("value") for field in fields]
