"""A page in headless Chromium; times are the page's own, from the act to the frame that shows it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from dashboard.ids import Shell
from tests.support.wait import wait_until

SECONDS = 120  # that a page may take before the run is given up
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update",
)  # fmt: skip
QUIET_MS = 400  # a page that has not changed for so long has shown its last number

# Nothing is asked of the server any more: no callback is in any of Dash's queues but that of the answered,
# where those stay for good whose tab was left before all of their group had an answer.
WAITING = (
    "Object.entries(window.store.getState().callbacks)"
    ".some(([queue, one]) => queue !== 'stored' && Array.isArray(one) && one.length)"
)
SETTLED = f"return Boolean(window.store) && !{WAITING}"
# The page forbids eval, so an ACT and what must be SHOWN are written into the script before it is sent.
# A mutation that only says how long ago something was, which goes on each second and is no answer.
OF_AGE = "((one) => (one.target.parentElement || one.target).closest('.age') !== null)"
# Runs an act and tells the ms until something holds, as of the frame after it.
UNTIL = """
const [done] = arguments;
const begun = performance.now();
const took = () => done(performance.now() - begun);
const look = () => { if (SHOWN) setTimeout(took, 0); else requestAnimationFrame(look); };
ACT;
requestAnimationFrame(look);
"""
# Runs an act and tells the ms until the content has changed for the last time.
UNTIL_STILL = """
const [quiet, content, done] = arguments;
const begun = performance.now();
let last = begun;
const changed = () => { last = performance.now(); };
const seen = new MutationObserver((list) => {
  if (list.every(OF_AGE)) return;
  changed();
  requestAnimationFrame(() => setTimeout(changed, 0));
});
const what = { childList: true, characterData: true, subtree: true, attributeFilter: ['d', 'hidden'] };
seen.observe(document.getElementById(content), what);
const calm = () => {
  if (WAITING || performance.now() - last < quiet) setTimeout(calm, 20);
  else { seen.disconnect(); done(last - begun); }
};
ACT;
setTimeout(calm, 20);
""".replace("WAITING", WAITING).replace("OF_AGE", OF_AGE)
# Long tasks, and the frames that were late with what ran in them.
WATCH_TASKS = """
window.tasks = [];
window.lateFrames = [];
const ran = ({ sourceURL, invoker, sourceFunctionName, duration, forcedStyleAndLayoutDuration }) =>
  `${sourceFunctionName || invoker} of ${sourceURL.split('/').pop().split('?')[0]} `
  + `${Math.round(duration)} ms, ${Math.round(forcedStyleAndLayoutDuration)} of them layout`;
const add = (list) => list.getEntries().forEach((one) => {
  const { entryType, startTime, duration, scripts } = one;
  if (entryType === 'longtask') window.tasks.push({ startTime, duration });
  else window.lateFrames.push({ startTime, duration, ran: scripts.map(ran).join('; ') });
});
window.watcher = new PerformanceObserver(add);
for (const type of ['longtask', 'long-animation-frame']) window.watcher.observe({ type });
"""
# The longest of them, and what ran in its frame.
LONGEST_TASK = """
window.watcher.disconnect();
const longer = (most, one) => (one.duration > most.duration ? one : most);
const longest = window.tasks.reduce(longer, { duration: 0 });
const frame = window.lateFrames.find(({ startTime, duration }) =>
  longest.startTime >= startTime - 1 && longest.startTime < startTime + duration);
return [longest.duration, longest.duration ? (frame && frame.ran) || 'no script' : ''];
"""
# Scrolls an element by so many pixels a frame for so many ms.
SCROLL = """
const [selector, step, ms, done] = arguments;
const box = document.querySelector(selector);
const begun = performance.now();
const move = (now) => {
  box.scrollTop += step;
  if (now - begun < ms) requestAnimationFrame(move);
  else done(box.scrollTop);
};
requestAnimationFrame(move);
"""
FIRST_LOAD = """
const [entry] = performance.getEntriesByType('navigation');
const files = performance.getEntriesByType('resource').filter((file) => file.startTime < arguments[0]);
return entry.transferSize + files.reduce((sum, file) => sum + file.transferSize, 0);
"""
# Installed before anything of the page: when the CONTENT changed for the last time.
MARK_CHANGES = """
window.lastChange = 0;
const changed = () => { window.lastChange = performance.now(); };
const shown = () => { changed(); requestAnimationFrame(() => setTimeout(changed, 0)); };
new MutationObserver((list) => {
  const content = document.getElementById('CONTENT');
  const came = (one) => [...one.addedNodes].some((node) => node.contains(content));
  const inside = (one) => content.contains(one.target) && !OF_AGE(one);
  if (content && list.some((one) => inside(one) || came(one))) shown();
}).observe(document, { childList: true, characterData: true, subtree: true });
""".replace("CONTENT", Shell.CONTENT).replace("OF_AGE", OF_AGE)


# Installed before anything of the page: ms from a pushed message of the Overview to the changed number.
MARK_PUSHED = """
window.pushed = [];
window.WebSocket = class extends window.WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener('message', ({ data }) => {
      if (data.includes('"overview"')) window.came = performance.now();
    });
  }
};
new MutationObserver(() => {
  if (window.came) window.pushed.push(performance.now() - window.came);
  window.came = 0;
}).observe(document, { childList: true, characterData: true, subtree: true });
"""


class Task(NamedTuple):
    """The longest task of the page's main thread; 0 ms when none took 50, of which a browser tells."""

    ms: float
    ran: str  # what ran in it; "" when there was none


class Page:
    """One browser window on a running Flowglass."""

    def __init__(self, driver: Any, address: str) -> None:
        self.driver = driver  # Selenium of this version has no types
        self.address = address

    def open(self, path: str) -> float:
        """Loads a path; ms from the start of navigation until its last number stands."""
        self.driver.get(f"{self.address}{path}")
        return self.loaded()

    def reload(self) -> float:
        self.driver.refresh()
        return self.loaded()

    def loaded(self) -> float:
        """ms from the start of navigation until the content changed for the last time."""
        still = f"return performance.now() - window.lastChange > {QUIET_MS} && window.lastChange"
        wait_until(lambda: self.driver.execute_script(SETTLED), "page to settle", SECONDS)
        return float(wait_until(lambda: self.driver.execute_script(still), "page to stand", SECONDS))

    def transferred(self, ms: float) -> int:
        """Bytes that came over the wire until that moment, compressed as they were."""
        return int(self.driver.execute_script(FIRST_LOAD, ms))

    def pause(self) -> None:
        """Nothing is refreshed by itself, so that what changes was asked for."""
        self.driver.execute_script("window.flowglass.setCadence(0)")
        wait_until(lambda: self.driver.execute_script(SETTLED), "page to settle", SECONDS)
        time.sleep(0.3)

    def wait_for(self, condition: str) -> None:
        """Until something holds in the page."""
        wait_until(lambda: self.ask(condition), condition, SECONDS)

    def until(self, act: str, shown: str) -> float:
        return float(self.driver.execute_async_script(UNTIL.replace("SHOWN", shown).replace("ACT", act)))

    def until_still(self, act: str) -> float:
        return float(
            self.driver.execute_async_script(UNTIL_STILL.replace("ACT", act), QUIET_MS, Shell.CONTENT)
        )

    def ask(self, expression: str) -> Any:
        return self.driver.execute_script(f"return {expression}")

    def watched(self, seconds: float) -> tuple[Task, list[float]]:
        """The longest task while the page is left alone; ms that each push took."""
        self.driver.execute_script(WATCH_TASKS + "window.pushed.length = 0;")
        time.sleep(seconds)
        pushed: list[float] = self.ask("window.pushed")
        return Task(*self.driver.execute_script(LONGEST_TASK)), pushed

    def longest_task(self, selector: str, step: int, ms: int) -> Task:
        """The longest task of the main thread while an element is scrolled."""
        self.driver.execute_script(WATCH_TASKS)
        self.driver.execute_async_script(SCROLL, selector, step, ms)
        time.sleep(0.5)
        return Task(*self.driver.execute_script(LONGEST_TASK))


@contextmanager
def browser(address: str) -> Iterator[Page]:
    """A new browser with an empty cache."""
    from selenium import webdriver  # binds a socket when it is loaded, to see whether there is IPv6

    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    options: Any = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for flag in FLAGS:
        options.add_argument(flag)
    driver: Any = webdriver.Chrome(options=options)
    try:
        driver.set_page_load_timeout(SECONDS)
        driver.set_script_timeout(SECONDS)
        size = {"width": 1440, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": MARK_CHANGES + MARK_PUSHED}
        )
        yield Page(driver, address)
    finally:
        driver.quit()
