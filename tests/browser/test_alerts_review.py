"""Rules that nobody listens to are mended by one press, thresholds are learned, files are read-only."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from alerting.rule import Rule
from dashboard.ids import Alerts
from data.control import Control
from tests.support import alerts as made
from tests.support.browser import Browsers, texts
from tests.support.explorer import Explorer
from tests.support.functions import FunctionCall, write
from tests.support.running import Flowglass
from tests.support.wait import wait_until

pytestmark = pytest.mark.browser
NS, HOUR = 10**9, 3_600 * 10**9
SETTINGS = "[features]\nself_tracing = false\n"
PAY = 'process:="pay" group:="checkout"'
NOISY = Rule("Pay is slow", filter=PAY, metric="p50", warning=60.0, window=600, owner="mara")
FILED = '[[rule]]\nid = "pay-errors"\nname = "Pay fails"\nmetric = "error rate"\nwarning = 20.0\n'


def calls(now_ns: int) -> list[FunctionCall]:
    """Two days of one function, a call every two minutes; slow for 40 minutes in every six hours."""
    rng = random.Random(2)
    found = []
    for ago in range(60, 2 * 86_400, 120):
        slow = ago % 21_600 < 2_400
        ms = rng.uniform(90, 400) if slow else rng.uniform(20, 40)
        found.append(FunctionCall(now_ns - ago * NS, "pay", "checkout", "shop.pay", ms=ms))
    return found


def seeded(folder: Path, now_ns: int) -> None:
    """Calls, a rule that fired three times unattended and flapped, and one that never fires."""
    write(folder / "db", calls(now_ns), now_ns)
    (folder / "rules").mkdir()
    control = Control.open(folder / "db")
    noisy = made.saved(control, NOISY, now_ns - 41 * HOUR)  # the oldest comes first in lists
    made.saved(control, replace(NOISY, name="Pay is very slow", warning=90_000.0), now_ns - 40 * HOUR)
    for hours in (30, 18, 12):
        at = now_ns - hours * HOUR
        for kind, later in (("fired", 0), ("resolved", HOUR // 2)):
            made.happened(control, noisy, kind, at + later, episode_ns=at, severity="warning")
    made.happened(control, noisy, "flapping", now_ns - 12 * HOUR)
    control.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flowglass]:
    folder = tmp_path_factory.mktemp("review")
    seeded(folder, time.time_ns())
    with Flowglass(folder, SETTINGS) as running:
        yield running


def test_a_review_mends_by_one_press_and_an_edit_is_taken_back(served: Flowglass, browsers: Browsers) -> None:
    browser = browsers.open(f"{served.page}/alerts?view=review&range=24h")
    page = Explorer(browser)
    found = f"#{Alerts.LIST} tbody .badge-x"
    page.waits(
        lambda seen: {"flaps", "nobody acts", "never fires"} <= set(seen), lambda: texts(browser, found)
    )
    page.at(f"#{Alerts.LIST} [data-act=mend-raise]").click()
    note = f"#{Alerts.NOTICE} .note"
    page.waits(
        lambda seen: "Pay is slow: warning from 60 ms to" in "".join(seen), lambda: texts(browser, note)
    )
    edits = f"#{Alerts.LIST} .edits-t tbody tr"
    page.waits(lambda seen: "Warning: 60 → " in seen[0], lambda: texts(browser, edits))
    undo = page.at(f"#{Alerts.LIST} .edits-t [data-act=restore]")
    undo.click()
    page.waits(lambda seen: "→ 60" in seen[0], lambda: texts(browser, edits))

    page.at(f"#{Alerts.LIST} tbody a.plain").click()  # the detail of the rule has the same edits
    page.waits(lambda seen: any("→ 60" in one for one in seen), lambda: texts(browser, f"#{Alerts.RULE} tr"))


def test_a_threshold_is_learned_and_used_and_rules_are_made_of_others(
    served: Flowglass, browsers: Browsers
) -> None:
    browser = browsers.open(f"{served.page}/alerts?new=slow&metric=p95&q={quote(PAY)}")
    page = Explorer(browser)
    line = f"#{Alerts.SUGGESTED} .suggest"
    page.waits(lambda seen: "Suggested: p95 above" in "".join(seen), lambda: texts(browser, line))
    assert "in 2 days" in texts(browser, line)[0]
    suggested = page.at(f"#{Alerts.SUGGESTED} [data-fill]")
    value = suggested.get_attribute("data-value")
    suggested.click()
    warning = f"#{Alerts.RULE} [name=warning]"
    page.waits(value, lambda: page.at(warning).get_attribute("value"))
    page.waits("", lambda: page.at(f"#{Alerts.RULE} [name=critical]").get_attribute("value"))

    browser.driver.get(f"{served.page}/alerts?new=combination")
    page.at(f"#{Alerts.RULE} summary[aria-label^='All of these fire']").click()
    boxes = f"#{Alerts.RULE} [name=all_of]"
    page.at(boxes).click()
    said = f"#{Alerts.CHART_HEAD} .replay-said"
    page.waits(lambda seen: "would have fired" in "".join(seen), lambda: texts(browser, said))
    page.at(f"#{Alerts.RULE} [data-act=save-rule]").click()
    wait_until(lambda: "rule=" in browser.driver.current_url, "the saved rule", 30)
    aloud = f"#{Alerts.RULE} .said-aloud"
    page.waits(["Fires when Pay is slow fires."], lambda: texts(browser, aloud))


def test_rules_of_a_folder_appear_and_are_read_only(served: Flowglass, browsers: Browsers) -> None:
    (served.folder / "rules" / "pay.toml").write_text(FILED)
    (served.folder / "rules" / "typo.toml").write_text('[[rule]]\nname = "Typo"\n')
    browser = browsers.open(f"{served.page}/alerts?view=rules")
    page = Explorer(browser)
    marks = f"#{Alerts.LIST} .badge-x.from-file"
    page.waits(["rules/pay.toml"], lambda: texts(browser, marks))
    problem = 'rules/typo.toml line 1: rule "Typo": warning: set a warning or a critical threshold'
    page.waits(lambda seen: problem in seen, lambda: texts(browser, f"#{Alerts.LIST} .callout .mono"))
    page.driver.find_element("link text", "Pay fails").click()
    page.waits(
        lambda seen: "It stands in rules/pay.toml" in "".join(seen),
        lambda: texts(browser, f"#{Alerts.RULE} .callout"),
    )
    assert texts(browser, f"#{Alerts.RULE_HEAD} [data-act=delete-rule]") == []
