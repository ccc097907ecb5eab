"""The Overview and the frame around it, in a real browser, with the collector and the channel failing."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from dash.testing.browser import Browser
from selenium.webdriver import ActionChains
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Overview, Shell, Traces
from tests.support.browser import Browsers, clipboard, console, settled, texts
from tests.support.locking import unreadable, write_locked
from tests.support.otlp import send, span
from tests.support.running import Flowglass
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
Start = Callable[..., Flowglass]


def shown(browser: Browser, id: str) -> str:
    """The text of one element, "" while it is not there."""
    return "".join(texts(browser, f"#{id}"))


def waits(browser: Browser, id: str, words: str) -> str:
    """Until the element says so."""
    try:
        return wait_until(
            lambda: shown(browser, id) if words in shown(browser, id) else "", f"{words!r} in {id}"
        )
    except AssertionError as vain:
        notice = shown(browser, Overview.NOTICE)
        raise AssertionError(f"{vain}; it says {shown(browser, id)!r}, the notice {notice!r}") from None


def press(browser: Browser, id: str) -> None:
    browser.driver.find_element(By.ID, id).click()


def keys(browser: Browser, *pressed: str) -> None:
    for key in pressed:
        browser.driver.switch_to.active_element.send_keys(key)


def watch_requests(browser: Browser) -> None:
    """From now on the page counts the callbacks that it sends to fetch errors."""
    browser.driver.execute_script(COUNTING)


COUNTING = """
window.sent = 0;
const plain = window.fetch;
window.fetch = (...given) => {
    window.sent += given[1] && String(given[1].body).includes('overview-error-rows') ? 1 : 0;
    return plain(...given);
};
"""


# The next answer to a refresh of the groups is held back until `window.release` is called.
HELD = """
const plain = window.fetch;
window.fetch = async (...given) => {
    const answer = await plain(...given);
    const body = String(given[1] && given[1].body);
    const isRefresh = body.includes('"changedPropIds":["shell-refresh');
    if (!window.held && isRefresh && body.includes('overview-groups.view')) {
        window.held = true;
        await new Promise((release) => { window.release = release; });
    }
    return answer;
};
"""
# The waits between tries to connect are noted, and made a hundredth as long.
HURRY = """
window.waits = [];
const plain = window.setTimeout;
window.setTimeout = (act, ms, ...rest) => {
    if (act && act.name === 'connect') { window.waits.push(ms); ms /= 100; }
    return plain(act, ms, ...rest);
};
"""
WISHES = """
window.wishes = [];
const plain = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
    window.wishes.push(JSON.parse(text).follow);
    return plain.call(this, text);
};
"""


def test_the_first_visit_waits_for_the_first_span_and_says_who_sent_it(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\ntrends_seconds = 600.0\n")
    browser = browsers.open(run.page)
    waits(browser, Overview.FIRST, f"listening on {run.environment['FLOWGLASS_OTLP_PORT']}")
    browser.driver.find_element(By.CSS_SELECTOR, f"#{Overview.FIRST} .copy").click()
    assert wait_until(lambda: clipboard(browser), "copied text").startswith("from flowglass import trace")

    send(run.otlp, [span("price_order")], group="pricing")
    waits(browser, Shell.TOASTS, "Got it: the first span came from pricing")
    waits(browser, Overview.GROUPS, "pricing")
    assert shown(browser, Overview.FIRST) == ""


def test_a_new_error_is_on_the_open_page_within_a_second_and_no_callback_fetched_it(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\ntrends_seconds = 600.0\n")
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    waits(browser, Shell.LIVE_WORD, "Live")
    waits(browser, Overview.VERDICT, "All is well")
    browser.driver.execute_script(
        "window.came = 0; new MutationObserver(() => { window.came = window.came || "
        "(document.getElementById(arguments[0]).textContent.includes('out of stock') ? Date.now() : 0) })"
        ".observe(document.getElementById(arguments[0]), {childList: true, subtree: true})",
        Overview.ERROR_ROWS,
    )
    watch_requests(browser)

    sent = time.time()
    send(run.otlp, [span("reserve", error="out of stock")])
    came = wait_until(lambda: browser.driver.execute_script("return window.came"), "the error on the page")
    assert came / 1000 - sent < 10  # a deadline; benchmarks judge the target of one second
    assert browser.driver.execute_script("return window.sent") == 0
    late = span("refund", error="too late", start_ns=time.time_ns() - 60 * 10**9)
    send(run.otlp, [late])  # it ends only now, but began before the one that stands there
    waits(browser, Overview.ERROR_ROWS, "too late")
    rows = texts(browser, f"#{Overview.ERROR_ROWS} tr")
    assert ["reserve" in row for row in rows] == [True, False]


def test_an_answer_to_what_was_asked_before_another_range_is_not_shown_after_it(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\ntrends_seconds = 600.0\n")
    send(run.otlp, [span("load")], group="lately")
    send(run.otlp, [span("load", start_ns=time.time_ns() - 3 * 3600 * 10**9)], group="earlier")
    browser = browsers.open(f"{run.page}/?range=1h")
    waits(browser, Overview.GROUPS, "lately")
    browser.driver.execute_script(HELD)
    press(browser, Shell.REFRESH_NOW)
    wait_until(lambda: browser.driver.execute_script("return Boolean(window.release)"), "the held answer")
    browser.driver.execute_script("window.flowglass.navigate({ range: '24h' })")
    waits(browser, Overview.GROUPS, "earlier")
    browser.driver.execute_script("window.release()")
    settled(browser)
    assert "earlier" in shown(browser, Overview.GROUPS)


def test_a_collector_that_is_killed_is_told_and_told_again_when_it_is_back(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass()
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    waits(browser, Overview.WRITER, "OK")
    pid = run.pid_of("collector")
    os.kill(pid, signal.SIGSTOP)  # it hangs: it is there, and does not answer
    waits(browser, Overview.WRITER, "down")
    waits(browser, Overview.VERDICT, "collector is down")
    waits(browser, Shell.SERVER_STATUS, "collector down")
    assert "load" in shown(browser, Overview.PROCESSES) or "shop" in shown(browser, Overview.GROUPS)
    os.kill(pid, signal.SIGKILL)
    waits(browser, Overview.WRITER, "OK")
    waits(browser, Overview.VERDICT, "All is well")


def test_a_store_that_another_program_locks_or_spoils_is_told_above_the_last_known_numbers(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\nvital_seconds = 1.0\ntrends_seconds = 1.0\n")
    send(run.otlp, [span("load")], group="catalog")
    browser = browsers.open(run.page)
    waits(browser, Overview.VERDICT, "All is well")
    waits(browser, Overview.GROUPS, "catalog")
    with ThreadPoolExecutor(1) as sender, write_locked(run.data_dir / "main.db"):
        late = sender.submit(send, run.otlp, [span("late")], group="stock")
        waits(browser, Overview.WRITER, "DELAYED")
        waits(browser, Overview.VERDICT, "is DELAYED")
        assert "catalog" in shown(browser, Overview.GROUPS)
    late.result(60)  # acknowledged after all
    waits(browser, Overview.WRITER, "OK")
    waits(browser, Overview.GROUPS, "stock")
    with unreadable(run.data_dir / "main.db"):
        for place in (Shell.BANNER, Overview.NOTICE, Overview.GROUPS_META):
            waits(browser, place, "main.db: file is not a database")
        assert "catalog" in shown(browser, Overview.GROUPS)
        assert shown(browser, Overview.ERROR_RATE).startswith("Error rate")
        keys(browser, "g", "t")  # another tab says it too
        waits(browser, Traces.EMPTY, "main.db: file is not a database")
        waits(browser, Shell.BANNER, "main.db: file is not a database")
        keys(browser, "g", "o")
        wait_until(lambda: browser.driver.find_elements(By.ID, Overview.NOTICE), "the Overview again")
    waits(browser, Overview.GROUPS, "catalog")
    wait_until(lambda: not shown(browser, Shell.BANNER), "the store is itself again")
    wait_until(lambda: not shown(browser, Overview.NOTICE), "no notice any more")


def test_where_sockets_are_blocked_the_page_polls_and_stays_in_step(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\nvital_seconds = 1.0\n")
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    browser.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {
            "source": "window.WebSocket = class { static OPEN = 1; readyState = 3; close() {} "
            "constructor() { setTimeout(() => this.onclose(), 0) } };" + HURRY
        },
    )
    browser.driver.refresh()
    waits(browser, Shell.LIVE_WORD, "Polling")
    tries = wait_until(
        lambda: browser.driver.execute_script("return window.waits.length > 6 && window.waits"), "tries"
    )
    assert tries[:7] == [500, 1000, 2000, 4000, 8000, 30_000, 30_000]  # five quick ones, then slowly
    waits(browser, Overview.ERROR_RATE, "0 of 1 spans")
    send(run.otlp, [span("reserve", error="out of stock")])
    waits(browser, Overview.ERROR_RATE, "1 of 2 spans")
    waits(browser, Overview.ERROR_ROWS, "out of stock")


def test_the_page_is_back_in_step_after_the_server_was_away(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass()
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    waits(browser, Shell.LIVE_WORD, "Live")
    wait_until(lambda: texts(browser, f"#{Overview.PIE} .slice"), "a page that has all it needs")
    os.kill(run.pid_of("dashboard"), signal.SIGKILL)
    wait_until(lambda: shown(browser, Shell.LIVE_WORD) != "Live", "the page notices")
    send(run.otlp, [span("reserve", error="out of stock")])
    waits(browser, Shell.LIVE_WORD, "Live")
    waits(browser, Overview.ERROR_ROWS, "out of stock")
    away = ("WebSocket", "ERR_CONNECTION", "Callback failed: the server did not respond.")
    assert [line for line in console(browser) if not any(word in line for word in away)] == []


def test_paused_means_that_nothing_moves_until_it_is_resumed(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\nvital_seconds = 1.0\n")
    send(run.otlp, [span("load")])
    browser = browsers.open(run.page)
    waits(browser, Overview.ERROR_RATE, "0 of 1 spans")
    keys(browser, ".")
    waits(browser, Shell.LIVE_WORD, "Paused")
    send(run.otlp, [span("reserve", error="out of stock")])
    keys(browser, "r")
    waits(browser, Overview.ERROR_RATE, "1 of 2 spans")  # asked for by hand
    keys(browser, ".")
    waits(browser, Shell.LIVE_WORD, "Live")


def test_the_url_is_the_state_and_the_back_button_undoes_it(
    shared_flowglass: Flowglass, browsers: Browsers
) -> None:
    send(shared_flowglass.otlp, [span("load")])
    browser = browsers.open(shared_flowglass.page)
    driver = browser.driver
    waits(browser, Shell.LIVE_WORD, "Live")
    driver.execute_script(WISHES)
    keys(browser, "4")
    wait_until(lambda: driver.current_url.endswith("/?range=6h"), "the range in the URL")
    followed = wait_until(lambda: driver.execute_script("return window.wishes.at(-1)"), "other topics")
    assert {"overview:6h", "error_event", "vital_signs"} <= set(followed)
    assert "overview:1h" not in followed
    keys(browser, "g", "c")
    wait_until(lambda: driver.current_url.endswith("/code?range=6h"), "the tab in the URL, the range kept")
    wait_until(
        lambda: (
            not {"overview:6h", "error_event"} & set(driver.execute_script("return window.wishes.at(-1)"))
        ),
        "topics of a panel that is gone are dropped",
    )
    keys(browser, "[")
    wait_until(lambda: "/code?from=" in driver.current_url, "an earlier range")
    link = driver.current_url
    driver.back()
    driver.back()
    wait_until(lambda: driver.current_url.endswith("/?range=6h"), "two steps back")
    waits(browser, Shell.RANGE_NAME, "6h")
    other = browsers.open(link)
    waits(other, Shell.RANGE_NAME, "custom")
    driver.refresh()
    settled(browser)
    waits(browser, Shell.RANGE_NAME, "6h")


def test_a_range_is_chosen_on_the_calendar(shared_flowglass: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(shared_flowglass.page)
    keys(browser, "t")
    wait_until(
        lambda: (
            browser.driver.find_element(By.ID, Shell.CUSTOM_FROM).get_attribute("type") == "datetime-local"
        ),
        "the calendar",
    )
    press(browser, Shell.CUSTOM_APPLY)
    wait_until(lambda: "/?from=" in browser.driver.current_url, "the range in the URL")
    wait_until(
        lambda: not browser.driver.find_element(By.ID, Shell.RANGE_MENU).is_displayed(), "a closed menu"
    )


def test_the_theme_is_chosen_and_there_before_the_first_paint_of_the_next_page(
    shared_flowglass: Flowglass, browsers: Browsers
) -> None:
    browser = browsers.open(shared_flowglass.page)
    theme = "return document.documentElement.dataset.bsTheme"
    before = browser.driver.execute_script(theme)
    keys(browser, "D")
    other = f"const now = {theme.removeprefix('return ')}; return now !== '{before}' && now"
    after = wait_until(lambda: browser.driver.execute_script(other), "the other theme")
    assert {before, after} == {"dark", "light"}
    browser.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {
            "source": "new MutationObserver(() => { if (document.body && !window.first) "
            "window.first = document.documentElement.dataset.bsTheme })"
            ".observe(document, {childList: true, subtree: true})"
        },
    )
    browser.driver.refresh()
    settled(browser)
    assert browser.driver.execute_script("return window.first") == after


def test_the_palette_goes_anywhere_by_keyboard_alone(shared_flowglass: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(shared_flowglass.page)
    keys(browser, Keys.CONTROL + "k" + Keys.NULL)
    wait_until(lambda: "Trace Explorer" in shown(browser, Shell.PALETTE_LIST), "places to go")
    keys(browser, "code")
    wait_until(lambda: "Trace Explorer" not in shown(browser, Shell.PALETTE_LIST), "fewer places")
    keys(browser, Keys.ENTER)
    wait_until(lambda: "/code" in browser.driver.current_url, "the tab")
    keys(browser, "?")
    waits(browser, Shell.KEYS, "Search everything, go anywhere")
    assert browser.driver.find_element(By.ID, Shell.KEYS).is_displayed()
    keys(browser, Keys.ESCAPE)
    wait_until(lambda: not browser.driver.find_element(By.ID, Shell.KEYS).is_displayed(), "the list closed")


def test_a_refresh_keeps_scroll_focus_and_the_rows_under_the_pointer(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass(settings="[refresh]\nvital_seconds = 1.0\ntrends_seconds = 1.0\n")
    send(run.otlp, [span(f"process_{at}", duration_ns=10**6 * at) for at in range(1, 12) for _ in range(25)])
    browser = browsers.open(run.page)
    waits(browser, Overview.PROCESSES, "process_11")
    browser.driver.execute_script(
        "window.part = document.querySelector(`#${arguments[0]} .tw`); part.scrollTop = 60;"
        "window.top0 = part.scrollTop;"
        "window.link = document.querySelectorAll(`#${arguments[0]} a`)[4]; link.focus();"
        "window.age = document.querySelector(`#${arguments[1]} .age`).dataset.taken",
        Overview.PROCESSES, Overview.GROUPS_META,
    )  # fmt: skip
    wait_until(
        lambda: browser.driver.execute_script(
            "return document.querySelector(`#${arguments[0]} .age`).dataset.taken !== window.age",
            Overview.GROUPS_META,
        ),
        "a refresh",
    )
    kept = browser.driver.execute_script(
        "return [part.isConnected, top0 > 0 && part.scrollTop === top0, document.activeElement === link]"
    )
    assert kept == [True, True, True]


def test_a_slice_of_the_pie_opens_its_group(start_flowglass: Start, browsers: Browsers) -> None:
    run = start_flowglass()
    send(run.otlp, [span("load")], group="catalog")
    browser = browsers.open(run.page)
    wait_until(lambda: texts(browser, f"#{Overview.PIE} .slice"), "the pie")
    ring = browser.driver.find_element(By.CSS_SELECTOR, f"#{Overview.PIE} .slice path").rect
    pointer = ActionBuilder(browser.driver)
    pointer.pointer_action.move_to_location(
        round(ring["x"] + ring["width"] / 2), round(ring["y"] + 8)
    ).click()
    pointer.perform()
    wait_until(lambda: "/traces?q=group:" in browser.driver.current_url, "the group's calls")


def test_a_moment_of_the_incident_view_becomes_the_range_of_every_tab(
    start_flowglass: Start, browsers: Browsers
) -> None:
    run = start_flowglass()
    send(run.otlp, [span("load", error="out of stock", start_ns=time.time_ns() - 600 * 10**9)])
    browser = browsers.open(f"{run.page}/?view=incident")
    bar = f"#{Overview.INCIDENT_CHART} .bars .point path"
    wait_until(lambda: browser.driver.find_elements(By.CSS_SELECTOR, bar), "the chart")
    assert not browser.driver.find_element(By.ID, Overview.GRID).is_displayed()
    bars = browser.driver.find_elements(By.CSS_SELECTOR, bar)
    tall = max(bars, key=lambda found: found.size["height"])
    ActionChains(browser.driver).move_to_element(tall).click().perform()
    wait_until(lambda: "from=" in browser.driver.current_url, "the moment in the URL")
