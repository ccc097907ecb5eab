"""The Trace Explorer as a person at a browser sees it: rows, filter, open span."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from dash.testing.browser import Browser
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from dashboard.ids import Traces
from tests.support.browser import settled, texts
from tests.support.wait import wait_until

ROWS = """
const cells = (row) => Object.fromEntries([...row.querySelectorAll('[role=gridcell]')].map(
    (cell) => [cell.dataset.col, cell.textContent.trim()]));
return [...document.querySelectorAll(`#${arguments[0]} .g-row`)]
    .map((row) => ({...cells(row), id: row.dataset.row, classes: row.className}));
"""


class Explorer:
    """One browser on the Trace Explorer."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.driver = browser.driver

    def rows(self) -> list[dict[str, str]]:
        """The rows that are drawn, by column, in their order."""
        found: list[dict[str, str]] = self.driver.execute_script(ROWS, Traces.GRID)
        return found

    def processes(self) -> list[str]:
        return [row["process"] for row in self.rows()]

    def waits(self, wanted: Any, read: Any = None) -> None:
        """Until what is read (the processes of the rows, unless told otherwise) is what is wanted."""
        read = read or self.processes
        fits = wanted if callable(wanted) else lambda seen: seen == wanted
        last: list[Any] = [None]

        def holds() -> bool:
            last[0] = read()
            return bool(fits(last[0]))

        try:
            wait_until(holds, f"{wanted}")
        except AssertionError:
            raise AssertionError(f"never {wanted}, last {last[0]}") from None

    def at(self, selector: str) -> WebElement:
        """The one element, as soon as it can be seen."""

        def seen() -> WebElement | None:
            try:
                found = self.driver.find_elements("css selector", selector)
                return next((one for one in found if one.is_displayed()), None)
            except StaleElementReferenceException:  # drawn anew between the two questions
                return None

        element = wait_until(seen, selector)
        assert element is not None
        return element

    def id(self, id: str) -> WebElement:
        return self.at(f"#{id}")

    def type(self, id: str, *keys: str) -> None:
        """Type into a field, over what it holds."""
        field = self.id(id)
        field.click()
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.BACKSPACE)
        field.send_keys(*keys)

    def filter(self, text: str) -> None:
        self.type(Traces.TEXT, text, Keys.ENTER)

    def row(self, process: str, column: str = "data") -> WebElement:
        """A cell of the first row of this process."""
        number = self.processes().index(process)
        row_id = self.rows()[number]["id"]
        return self.at(f'#{Traces.GRID} [data-row="{row_id}"] [data-col="{column}"]')

    def open_calls(self, process: str) -> None:
        self.row(process, "process").find_element("css selector", ".tw-b").click()

    def chips(self) -> list[str]:
        return texts(self.browser, f"#{Traces.CHIPS} .chip")

    def query(self) -> dict[str, str]:
        """The query string of the address."""
        return {key: values[0] for key, values in parse_qs(urlsplit(self.driver.current_url).query).items()}

    def detail(self) -> str:
        return str(self.id(Traces.DETAIL).text)

    def settle(self) -> None:
        settled(self.browser)
