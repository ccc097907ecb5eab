"""Real browsers: Debian's Chromium through dash.testing, waiting on conditions, console read to the end."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dash.testing.browser import Browser
from selenium.webdriver.chrome.options import Options

from tests.support.wait import wait_until

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
)
# Chromium without a window starts in half the time of the whole one. Debian's script in /usr/bin starts it as
# a child, which outlives the script when the driver ends that.
BINARY = "/usr/lib/chromium/chromium-headless-shell"
WAIT_SECONDS = 120
# Console lines of other people's code that nothing of ours causes, each by its exact text.
ALLOWED: tuple[str, ...] = ()


class _Options(Options):  # type: ignore[misc]
    """dash.testing asks for SEVERE lines only; a clean console means every level."""

    def set_capability(self, name: str, value: Any) -> None:
        super().set_capability(name, {"browser": "ALL"} if name == "goog:loggingPrefs" else value)


def chromium() -> Options:
    options = _Options()
    options.binary_location = BINARY
    for flag in FLAGS:
        options.add_argument(flag)
    return options


def console(browser: Browser) -> list[str]:
    """Everything the console has said since it was last asked, what is allowed left out."""
    lines = [f"{entry['level']}: {entry['message']}" for entry in browser.driver.get_log("browser")]
    return [line for line in lines if not any(allowed in line for allowed in ALLOWED)]


class Browsers:
    """Opens browsers, each with a profile of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.opened: list[Browser] = []

    def open(self, url: str) -> Browser:
        """A new browser with the page loaded and its first callbacks answered."""
        # Selenium reaches chromedriver on loopback; a proxy of the machine must not stand between.
        os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
        browser = Browser(
            browser="Chrome",
            options=[chromium()],
            download_path=str(self.folder),
            percy_run=False,
            wait_timeout=WAIT_SECONDS,
        )
        self.opened.append(browser)
        browser.driver.implicitly_wait(0)
        browser.driver.get(url)
        settled(browser)
        return browser

    def close(self) -> None:
        """Ends every browser; AssertionError when a console was not clean."""
        said = []
        for browser in self.opened:
            said += console(browser)
            browser.__exit__(None, None, None)
        assert not said, "\n".join(said)


def settled(browser: Browser) -> None:
    """Waits until Dash has rendered and no callback is under way."""
    wait_until(lambda: browser.driver.execute_script(SETTLED), "page to settle")


SETTLED = """
const entry = document.querySelector('#react-entry-point');
if (!entry || entry.querySelector('._dash-loading') || !window.store) { return false; }
return window.store.getState().callbacks.requested.length === 0
    && Object.keys(window.store.getState().callbacks.executing || {}).length === 0;
"""


def texts(browser: Browser, selector: str) -> list[str]:
    """The text of every element that matches, read in one go."""
    script = "return Array.from(document.querySelectorAll(arguments[0]), e => e.textContent)"
    found: list[str] = browser.driver.execute_script(script, selector)
    return found


def clipboard(browser: Browser) -> str:
    """What was copied last."""
    browser.driver.execute_cdp_cmd(
        "Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]}
    )
    script = "const done = arguments[0]; navigator.clipboard.readText().then(done, e => done('' + e))"
    copied: str = browser.driver.execute_async_script(script)
    return copied
