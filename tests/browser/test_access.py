"""Nobody is kept out: axe-core over every page, and the keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import pytest
from dash.testing.browser import Browser
from selenium.webdriver.common.keys import Keys

from dashboard.ids import Alerts, Overview, Shell, Traces
from dashboard.url import PATHS
from tests.support import pricing
from tests.support.browser import Browsers, settled, texts
from tests.support.functions import write
from tests.support.otlp import send, span
from tests.support.running import Flowglass
from tests.support.shop import failing_order, shop
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
AXE = Path(__file__).parent / "node" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """
const [only, done] = arguments;
const where = document.querySelector('dialog[open]') || document;
axe.run(where, {runOnly: only, resultTypes: ['violations'], iframes: false}).then(
    found => done(found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.target.join(' ')}: `
        + node.any.concat(node.all, node.none).map(one => one.message).join('; ')))),
    error => done(['axe failed: ' + error]));
"""
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
LEVEL_A = ["wcag2a", "wcag21a"]
COLOURS = {
    "type": "rule",
    "values": ["color-contrast", "link-in-text-block"],
}  # what another theme can change
TRACE = "8f21c0aa4be0417d9c1f00000000d34e"
ORDER = f"/traces?q=trace:{TRACE}&trace={TRACE}&span=00000000000000a4"
SERIES = "/traces?q=process%3A%3Dfx_rate&series=pricing/shop.fx/fx_rate%23return&judge=1"
# Each page, and what stands on it once it is whole.
PAGES = {
    "overview": ("/?range=6h", f"#{Overview.STALE} table, #{Overview.STALE} .empty"),
    "errors by kind": ("/?range=6h&errors=kinds&top=types", f"#{Overview.ERRORS_OTHER} .err"),
    "incident view": ("/?range=6h&view=incident", f"#{Overview.INCIDENT_CHART} .bars .point"),
    "trace explorer": (ORDER, ".g-row"),
    "value series": (SERIES, f"#{Traces.SERIES} .sent"),
    "code inspector": (f"/code?range=6h&fn={pricing.FN}", ".ln .cd"),
    "code, none chosen": ("/code?range=6h", ".code-start table, .code-start .empty"),
    "alerts": ("/alerts", "#alerts-root .panel"),
    "rule builder": ("/alerts?view=rules&new=slow", f"#{Alerts.RULE} .sent"),
    "silences": ("/alerts?view=silences", f"#{Alerts.LIST} .sent"),
    "channels": ("/alerts?view=channels&channel=webhook", f"#{Alerts.LIST} form"),
}
WIDTHS = {1440: 900, 390: 844}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    """A Flowglass with something of everything: source, an order that failed, a value that stands still."""
    folder = tmp_path_factory.mktemp("access")
    now = time.time_ns()
    write(folder / "db", pricing.calls(now), now)
    shop(folder / "db", failing_order(now - 60 * 10**9), now)
    with Flowglass(folder, "[features]\nself_tracing = false\n") as running:
        same = {"flowglass.return": 1.0842}
        send(running.otlp, [span("fx_rate", attributes=same) for _ in range(9)], group="pricing")
        yield running


def sized(browser: Browser, width: int, height: int) -> None:
    browser.driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
    )


def violations(browser: Browser, rules: object) -> list[str]:
    if not browser.driver.execute_script("return !!window.axe"):
        browser.driver.execute_script(AXE.read_text(encoding="utf-8"))
    found: list[str] = browser.driver.execute_async_script(RUN, rules)
    return found


def everywhere(browser: Browser, page: str) -> list[str]:
    """What axe finds in both themes and at both widths."""
    return looked_at(browser, page, (("dark", EVERYTHING), ("light", COLOURS)), tuple(WIDTHS))


def looked_at(
    browser: Browser, page: str, themes: Sequence[tuple[str, object]], widths: Sequence[int]
) -> list[str]:
    found = []
    for theme, rules in themes:
        browser.driver.execute_script("window.flowglass.setTheme(arguments[0])", theme)
        for width in widths:
            sized(browser, width, WIDTHS[width])
            settled(browser)
            found += [f"{page}, {theme}, {width} px: {one}" for one in violations(browser, rules)]
    return found


@pytest.mark.soak  # every page four times: minutes on a busy machine
def test_axe_finds_nothing_on_any_page(served: Flowglass, browsers: Browsers) -> None:
    assert_clean(served, browsers, everywhere)


def test_axe_finds_no_name_role_or_place_missing_on_any_page(served: Flowglass, browsers: Browsers) -> None:
    """The soak run looks at colours too, in both themes and at both widths."""
    plain = (("dark", LEVEL_A),)
    but = ("errors by kind", "code, none chosen")  # parts like those of other pages
    assert_clean(served, browsers, lambda browser, page: looked_at(browser, page, plain, (1440,)), but)


# What of the frame and the Overview does not fit: places in pixels, empty when all is well.
MISFITS = """
const box = (selector) => document.querySelector(selector).getBoundingClientRect();
const { scrollWidth, clientWidth } = document.documentElement;
const found = [];
if (scrollWidth > clientWidth) found.push(`${scrollWidth} px of page in ${clientWidth}`);
const [health, controls] = [box('.strip .health'), box('.strip .ctl')];
const under = controls.top < health.bottom && health.right > controls.left;
if (under) found.push(`health to ${health.right} under the controls from ${controls.left}`);
const columns = [...document.querySelectorAll('.ov > .col')].map((one) => one.getBoundingClientRect());
const beside = columns.length < 2 || columns[0].top === columns[1].top;
const below = columns.length > 1 && columns[1].left === columns[0].left;
if (!beside && !below) found.push('a column of the Overview is neither beside nor below the other');
return found;
"""


def test_nothing_lies_over_or_beyond_anything_at_any_width(served: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(served.page)
    for path in PATHS.values():
        browser.driver.get(served.page + path)
        settled(browser)
        for width in (390, 768, 1024, 1280, 1440):
            sized(browser, width, 900)
            settled(browser)
            assert browser.driver.execute_script(MISFITS) == [], (path, width)


def assert_clean(
    served: Flowglass,
    browsers: Browsers,
    look: Callable[[Browser, str], list[str]],
    but: Collection[str] = (),
) -> None:
    """Every page and every dialog is opened and looked at, but for some pages."""
    browser = browsers.open(served.page)
    browser.driver.set_script_timeout(300)
    found = []
    for page, (path, whole) in PAGES.items():
        if page in but:
            continue
        browser.driver.get(served.page + path)
        settled(browser)
        wait_until(lambda whole=whole: texts(browser, whole), f"the whole of {page}")
        found += look(browser, page)
    for page, opened in (("palette", "openPalette()"), ("keys", f"openDialog('{Shell.KEYS}')")):
        browser.driver.execute_script(f"window.flowglass.{opened}")
        found += look(browser, page)
        browser.driver.execute_script("document.querySelector('dialog[open]').close()")
    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_the_first_visit(
    start_flowglass: Callable[..., Flowglass], browsers: Browsers
) -> None:
    browser = browsers.open(start_flowglass().page)
    wait_until(lambda: texts(browser, f"#{Overview.FIRST} .way"), "ways to send")
    assert everywhere(browser, "first visit") == []


FOCUSED = """
const at = document.activeElement;
const outline = getComputedStyle(at);
const name = at.id || at.getAttribute('aria-label') || at.textContent.trim().slice(0, 40);
return [name, at.matches(':focus-visible'), outline.outlineStyle !== 'none' || outline.boxShadow !== 'none',
        at === document.body];
"""
REACHABLE = """
return [...document.querySelectorAll('a[href], button:not([disabled]), input, [tabindex="0"]')]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && one.tabIndex >= 0).length;
"""


def test_the_tab_key_reaches_everything_and_shows_where_it_is(served: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(served.page + "/?range=6h")
    driver = browser.driver
    wait_until(lambda: texts(browser, f"#{Overview.PROCESSES} tbody tr"), "processes")
    driver.execute_script("window.flowglass.setCadence(0)")  # nothing moves while it is counted
    settled(browser)
    many = driver.execute_script(REACHABLE)
    seen: list[str] = []
    unseen = []
    for _ in range(many + 5):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        name, focused, shown, is_body = driver.execute_script(FOCUSED)
        if is_body:
            break
        seen.append(name)
        if focused and not shown:
            unseen.append(name)
    assert unseen == []
    assert len(seen) == many
    assert seen[0] == "Skip to content"


def test_an_error_is_followed_to_its_call_with_the_keyboard_alone(
    served: Flowglass, browsers: Browsers
) -> None:
    browser = browsers.open(served.page + "/?range=6h")
    driver = browser.driver
    wait_until(lambda: texts(browser, f"#{Overview.ERROR_ROWS} a"), "errors")
    driver.switch_to.active_element.send_keys(Keys.TAB, Keys.ENTER)  # skips what is the same on every page
    wait_until(lambda: driver.switch_to.active_element.get_attribute("id") == Shell.CONTENT, "the content")
    for _ in range(60):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        if driver.execute_script(
            "return document.activeElement.closest('#' + arguments[0]) !== null", Overview.ERROR_ROWS
        ):
            break
    driver.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(lambda: "/traces?" in driver.current_url and "span=" in driver.current_url, "the error's call")
    wait_until(lambda: texts(browser, ".g-row"), "its row")
    driver.switch_to.active_element.send_keys("g")
    driver.switch_to.active_element.send_keys("o")
    wait_until(lambda: texts(browser, f"#{Overview.VERDICT} h1"), "the Overview again")
