"""Journeys through the Trace Explorer: proposals, times in one's own zone, noise, the whole value."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from dashboard.ids import Overview, Shell, Traces
from tests.support import shop
from tests.support.browser import Browsers, clipboard, texts
from tests.support.explorer import Explorer
from tests.support.running import Flowglass

pytestmark = pytest.mark.browser

SECOND = 10**9
LONG = "ord " + "0123456789 " * 60
SETTINGS = (
    '[features]\nself_tracing = false\n[links]\nexternal_trace = "https://jaeger.example.com/{trace_id}"\n'
)
Open = Callable[[str], Explorer]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A failing order of a minute ago, 250 calls before it, a long value, and two health probes."""
    folder = tmp_path_factory.mktemp("reading")
    now = time.time_ns()
    spans = [*shop.failing_order(now - 60 * SECOND), *shop.steady(now - 3000 * SECOND, 250)]
    for at, name in enumerate(("archive", "GET /health", "GET /health")):
        long = (shop.seen("basket", LONG),) if name == "archive" else ()
        spans.append(
            shop.span(
                f"{at + 900:032x}", f"{at + 900:016x}", "", name, "orders", now - (70 + at) * SECOND, 1,
                primary=0 if long else -1, observations=long,
            )
        )  # fmt: skip
    shop.shop(folder / "db", spans, now)
    with Flowglass(folder, SETTINGS) as running:
        yield running


@pytest.fixture
def explorer(served: Flowglass, browsers: Browsers) -> Open:
    return lambda query="": Explorer(browsers.open(f"{served.page}/traces{query}"))


def menu_item(page: Explorer, words: str) -> WebElement:
    items = page.driver.find_elements("css selector", ".cell-menu .mi")
    return next(item for item in items if item.text == words)


def test_with_the_keyboard_only_a_filter_is_completed_and_a_call_is_read(explorer: Open) -> None:
    page = explorer()
    page.waits(lambda seen: "acquirer.post" in seen)
    keys = lambda *typed: ActionChains(page.driver).send_keys(*typed).perform()  # noqa: E731
    proposed = lambda: texts(page.browser, f"#{Traces.PROPOSALS}:not([hidden]) .pr-i .mono")  # noqa: E731
    value = lambda: page.id(Traces.TEXT).get_attribute("value")  # noqa: E731
    keys("?")
    page.waits(lambda said: "List from a time" in said, lambda: page.id(Shell.KEYS).text)
    keys(Keys.ESCAPE)
    keys("/")
    page.waits(lambda seen: seen[:2] == ["process", "group"], proposed)
    keys("exc")
    page.waits(lambda seen: seen[0] == "exception", proposed)
    keys(Keys.TAB)
    page.waits(["GatewayTimeout", "ReadTimeout"], proposed)
    keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    page.waits("exception:=ReadTimeout ", value)
    keys(Keys.ENTER)
    page.waits(["acquirer.post"])
    keys(Keys.ESCAPE, "j")
    page.waits(lambda said: "timeout" in said and "ReadTimeout" in said, page.detail)
    link = page.at(f"#{Traces.DETAIL} a[target=_blank]")
    assert link.get_attribute("href") == f"https://jaeger.example.com/{shop.TRACE}"
    keys(Keys.ESCAPE)
    page.waits(lambda query: "span" not in query, page.query)
    keys("J")
    page.waits(Traces.JUMP, lambda: page.driver.switch_to.active_element.get_attribute("id"))
    keys(Keys.ESCAPE, "/")
    page.driver.switch_to.active_element.send_keys(Keys.CONTROL, "a")
    keys(Keys.BACKSPACE)
    page.waits(lambda seen: seen[:1] == ["process"], proposed)
    keys(Keys.ESCAPE, Keys.ENTER)
    page.waits(lambda seen: "load_catalog" in seen)


def test_times_are_shown_here_and_listed_from_where_one_points(explorer: Open) -> None:
    page = explorer("?q=process%3A%3Dload_catalog")
    page.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
    page.driver.refresh()
    page.waits(lambda seen: len(seen) > 12)
    before = page.rows()
    ActionChains(page.driver).context_click(
        page.at(f'#{Traces.GRID} [data-row="{before[5]["id"]}"] [data-col=time]')
    ).perform()
    menu_item(page, "List from here").click()
    page.waits(lambda rows: bool(rows) and rows[0]["id"] == before[5]["id"], page.rows)
    assert "Back from" in page.id(Traces.NOTE).text
    page.at(f"[data-menu={Traces.TIMES_MENU}]").click()
    page.at(f"#{Traces.TIMES_MENU} [data-zone=local]").click()
    clock = before[5]["time"].split()[-1]  # after the day, in an hour with midnight in it
    hour, minute = (int(part) for part in clock.split(":")[:2])
    there = divmod(hour * 60 + minute + 330, 60)
    local = f"{there[0] % 24:02d}:{there[1]:02d}"
    page.waits(lambda rows: bool(rows) and rows[0]["time"].split()[-1].startswith(local), page.rows)
    assert texts(page.browser, f"#{Traces.GRID} .zone-b") == ["local"]
    page.driver.refresh()
    page.waits(lambda rows: bool(rows) and rows[0]["time"].split()[-1].startswith(local), page.rows)
    page.at(f"#{Traces.NOTE} button").click()
    page.waits(lambda rows: bool(rows) and rows[0]["id"] == before[0]["id"], page.rows)
    every_page_follows(page)


PUSHED = """
const made = Object.assign(document.createElement('time'), {textContent: '14:02'});
Object.assign(made.dataset, {moment: '1795269755900123456', as: 'clock'});
document.querySelector('h1').append(made);
"""


def every_page_follows(page: Explorer) -> None:
    """The zone chosen in one place holds on the others, for what is pushed too, and is given back there."""
    clocks = f"#{Overview.ERROR_ROWS} time"
    shown = f"#{Shell.RANGE_SPAN}"
    page.at("body").send_keys("go")
    page.waits(bool, lambda: texts(page.browser, clocks))
    here = texts(page.browser, clocks)
    page.waits(lambda seen: seen[0].endswith("GMT+5:30"), lambda: texts(page.browser, shown))
    page.driver.execute_script(PUSHED)
    page.waits(["19:32"], lambda: texts(page.browser, "h1 time"))
    page.at(f"#{Shell.RANGE}").click()
    page.waits("GMT+5:30", lambda: texts(page.browser, f"#{Shell.RANGE_MENU} .zone-word")[0])
    page.at(f"#{Shell.RANGE_MENU} [data-zone=utc]").click()
    page.waits(lambda seen: bool(seen) and seen[0].endswith("UTC"), lambda: texts(page.browser, shown))
    hour, minute = (int(part) for part in here[0].split(":")[:2])
    utc = divmod((hour * 60 + minute - 330) % 1440, 60)
    page.waits(
        lambda seen: bool(seen) and seen[0].startswith(f"{utc[0]:02d}:{utc[1]:02d}"),
        lambda: texts(page.browser, clocks),
    )


def test_noise_is_counted_and_shown_and_a_long_value_is_copied_whole(explorer: Open) -> None:
    page = explorer("?q=process%3A*%2Fhealth+OR+process%3A%3Darchive")
    page.waits(["archive"])
    page.waits(lambda said: "2 probes and other noise hidden" in said, lambda: page.id(Traces.HIDDEN).text)
    page.at(f"#{Traces.HIDDEN} [data-noise]").click()
    page.waits(["archive", "GET /health", "GET /health"])
    page.waits(lambda query: query.get("noise") == "1", page.query)
    page.waits(lambda said: "noise shown" in said, lambda: page.id(Traces.HIDDEN).text)
    ActionChains(page.driver).context_click(page.row("archive", "value")).perform()
    page.waits(LONG.strip(), lambda: texts(page.browser, ".cell-menu .whole")[0].strip())
    next(
        item for item in page.driver.find_elements("css selector", ".cell-menu .mi") if item.text == "Copy"
    ).click()
    page.waits(LONG, lambda: clipboard(page.browser))
