"""The pictures of the docs, from a Flowglass that the demo has been feeding for a while.

make run, make demo, and after some minutes: python -m bench.screenshots
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.browser_page import Page, browser
from dashboard.ids import Alerts, Overview, Traces

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1440, 900
ARROW_DOWN = "\ue015"  # as WebDriver names the key
SETTLE = 2.0  # seconds for what is drawn after the last answer
DARK = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}


@dataclass(frozen=True)
class Clip:
    """A part of the page, in pixels."""

    left: int = 0
    top: int = 0
    width: int = WIDTH
    height: int = HEIGHT


@click.command()
@click.argument("address", default="http://127.0.0.1:8050")
def main(address: str) -> None:
    """Take every picture from the Flowglass at ADDRESS."""
    with browser(address) as page:
        size = {"width": WIDTH, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": False}
        page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        page.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", DARK)
        look_over(page)
        write_the_filter(page)
        open_the_call(page)
        see_the_value(page)
        write_a_rule(page)


def look_over(page: Page) -> None:
    """The Overview as it is opened, and what happened together."""
    page.open("/?range=15m")
    page.wait_for(f"document.querySelector('#{Overview.PIE} .slice')")
    save(page, "overview", Clip())
    page.open("/?range=15m&view=incident")
    page.wait_for(f"document.querySelector('#{Overview.INCIDENT_CHART} .bars .point')")
    save(page, "incident", Clip(top=92, height=HEIGHT - 92))


def write_the_filter(page: Page) -> None:
    """A filter half written, with what may follow."""
    page.open("/traces?q=status%3Aerror")
    page.driver.find_element("id", Traces.TEXT).click()
    press(page, " exception:")
    page.wait_for(f"!document.getElementById('{Traces.PROPOSALS}').hidden")
    press(page, ARROW_DOWN)
    save(page, "finding-filter", Clip(top=92, height=440))


def open_the_call(page: Page) -> None:
    """A failed price, where it stands in its trace, and what it was called with."""
    page.open("/traces?q=status%3Aerror+exception%3APriceMissing+process%3A%3Dprice_order")
    press(page, "j")
    page.wait_for(f"document.querySelector('#{Traces.DETAIL} .wf-r')")
    page.wait_for(f"document.querySelector('#{Traces.SPAN} [data-body=values]:not([hidden])')")
    save(page, "finding-call", Clip(top=92, height=HEIGHT - 92))


def see_the_value(page: Page) -> None:
    """A value over time that has stopped changing."""
    page.open("/traces?q=process%3A%3Dfx_rate+is%3Astale")
    press(page, "j")
    page.wait_for(f"document.querySelector('#{Traces.DETAIL} .wf-r')")
    press(page, "v")
    page.wait_for(f"document.querySelector('#{Traces.SERIES_CHART} .main-svg')")
    save(page, "finding-series", Clip(top=92, height=480))


# Thresholds at shares of the highest that was measured, as a hand at the slider would put them.
LOWER = """
const chart = document.querySelector(`#${arguments[0]} .js-plotly-plot`);
const highest = Math.max(...chart.data[0].y.filter(one => one !== null));
const shares = { warning: 0.75, critical: 0.95, recovery: 0.6 };
const fields = Object.entries(shares).map(([name, share]) => {
    const field = document.querySelector(`#${arguments[1]} [name=${name}]`);
    field.value = Math.round(highest * share);
    return field;
});
fields.push(document.querySelector(`#${arguments[1]} [name=min_samples]`));
fields.at(-1).value = 5;
for (const field of fields) field.dispatchEvent(new Event('input', { bubbles: true }));
"""


def write_a_rule(page: Page) -> None:
    """A rule half written, with what it would have done."""
    page.open("/alerts?new=slow&q=process%3A%3Dprice_order&name=price_order&view=rules")
    page.wait_for(f"document.querySelector('#{Alerts.CHART} .main-svg')")
    page.wait_for(f"document.querySelector('#{Alerts.CHART_HEAD} .replay-said')")
    page.driver.execute_script(LOWER, Alerts.CHART, Alerts.RULE)
    page.wait_for(
        f"document.querySelector('#{Alerts.CHART_HEAD} .replay-said').textContent.includes('would have')"
    )
    save(page, "alert-builder", Clip(top=92, height=HEIGHT - 92))


def press(page: Page, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains  # as in bench.browser_page

    chain: Any = ActionChains(page.driver)  # type: ignore[no-untyped-call]
    chain.send_keys(*keys).perform()


def save(page: Page, name: str, clip: Clip) -> None:
    time.sleep(SETTLE)
    area = {"x": clip.left, "y": clip.top, "width": clip.width, "height": clip.height, "scale": 1}
    taken = page.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": area})
    file = IMAGES / f"{name}.png"
    file.write_bytes(base64.b64decode(taken["data"]))
    click.echo(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
