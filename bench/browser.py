"""The pages in a real browser: from a click to the last number, and no long task while scrolling.

Flowglass and Chromium share the machine, as they do on a developer's. Every figure is taken by the page's
own clock and is a median.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.browser_page import Page, Task, browser
from bench.browser_store import TRACE_IDS, add_traces
from bench.rows import Row, at_most
from bench.world import Function, copied, world_of
from dashboard import fn
from dashboard.ids import Shell, Traces
from dashboard.url import PATHS
from queries.base import Reader
from tests.support.otlp import ask, send, span
from tests.support.running import Flowglass
from tests.support.wait import wait_until

TIMES = 5
FEW = 100_000  # spans of a young store, whose tabs have half the time
WATCHED_SECONDS = 70.0  # in which what is refreshed slowly is refreshed twice
TOASTS = 9
REST_SECONDS, REST_SHARE = 5.0, 0.1  # at rest: so much of a core at most, for so long
STARTED_SECONDS = 300.0
OPENED_SECONDS = 3.0  # a person's browser is open already; this one still starts
SETTINGS = "[features]\nself_tracing = false\n"  # off in benchmarks
ROWS = f"#{Traces.GRID} .g-row"
HAS_ROWS = f"document.querySelector('{ROWS} [data-col=process]')?.textContent"
LISTED = "window.flowglass.traces.grid.rows.length"
SCROLLED = f"#{Traces.GRID}"
Timed = Callable[[], float]


def rows(spans: int) -> Iterator[Row]:
    """The rows of this part."""
    yield from young()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        newest_ns = copied(spans, folder / "db")
        add_traces(folder / "db", time.time_ns())
        functions = most_called(folder / "db", newest_ns)
        with Flowglass(folder, SETTINGS) as served:
            until_at_rest(served)
            yield from measured(served.page, functions)
            yield from refreshed(served)
            yield told(served)


def young() -> Iterator[Row]:
    """The tabs while little is stored."""
    with tempfile.TemporaryDirectory() as name:
        copied(FEW, Path(name) / "db")
        with Flowglass(Path(name), SETTINGS) as served:
            until_at_rest(served)
            with browser(served.page) as page:
                yield from tabs(page, 200, f" at {FEW:,} spans")


def until_at_rest(served: Flowglass) -> None:
    """Days that were never sealed are sealed at the start: a core for 15 s, which is once a day elsewhere."""

    def used() -> float:
        """Seconds of processor time of all its processes."""
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in served.processes()]
        ticks = [sum(map(int, stat.rpartition(")")[2].split()[11:13])) for stat in stats]
        return sum(ticks) / os.sysconf("SC_CLK_TCK")

    def rests() -> bool:
        before = used()
        time.sleep(REST_SECONDS)
        return used() - before < REST_SHARE * REST_SECONDS

    wait_until(rests, "the jobs of the start", STARTED_SECONDS)


def most_called(directory: Path, now_ns: int) -> list[Function]:
    """Functions of the store that differ in name, one for each search and each page."""
    reader = Reader.open(directory)
    try:
        named = {name: (group, name, scope) for group, name, scope in world_of(reader, now_ns).functions}
        return list(named.values())[: TIMES + 1]
    finally:
        reader.close()


def measured(address: str, functions: list[Function]) -> Iterator[Row]:
    """Every row: a cold load of each page, then all else in one warm browser."""
    for tab, path in PATHS.items():
        with browser(address) as page:
            time.sleep(OPENED_SECONDS)
            yield from cold(page, tab, path)
    with browser(address) as page:
        yield from tabs(page)
        yield another_function(page, functions)
        yield from explorer(page, functions)
        yield from traces(page)


def cold(page: Page, tab: str, path: str) -> Iterator[Row]:
    took = page.open(path)
    how = (
        f"an empty cache in a browser that has been open for {OPENED_SECONDS:g} s, from the start of "
        "navigation until the last number stands; one load"
    )
    yield at_most(f"{tab}, cold", took, 2_000, 1_000, how, "ms")
    kilobytes = page.transferred(took) / 1000
    yield at_most(f"{tab}, cold, over the wire", kilobytes, 1_500, 750, "compressed", "kB")


def tabs(page: Page, hold: float = 400, of: str = "") -> Iterator[Row]:
    """Each tab from the one before, another range on it, and a reload."""
    spans = f"median of {TIMES}, from the click until the last number stands"
    order = list(PATHS)
    for before, tab in zip(order[-1:] + order[:-1], order, strict=True):
        page.open(f"{PATHS[before]}?range=24h")
        page.pause()
        came = repeated(
            lambda tab=tab: page.until_still(press(Shell.tab_link(tab))),  # type: ignore[misc]
            back=lambda before=before: page.until_still(press(Shell.tab_link(before))),  # type: ignore[misc]
        )
        yield at_most(f"{tab}, click on the tab{of}", came, hold, hold / 2, spans, "ms")
        page.until_still(press(Shell.tab_link(tab)))
        changed = repeated(
            lambda: page.until_still(go(range="6h")), back=lambda: page.until_still(go(range="24h"))
        )
        yield at_most(f"{tab}, another range{of}", changed, hold, hold / 2, spans, "ms")
        reloaded = repeated(page.reload)
        yield at_most(f"{tab}, reload{of}", reloaded, 800, 400, f"median of {TIMES}", "ms")


def refreshed(served: Flowglass) -> list[Row]:
    """The open Overview while calls come in, one of them failing each second."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(1.0):
            calls = [span(f"load_{at}", duration_ns=at * 10**6) for at in range(1, 50)]
            send(served.otlp, [*calls, span("reserve", error="out of stock")])

    sender = threading.Thread(target=work, daemon=True)
    sender.start()
    try:
        with browser(served.page) as page:
            page.open(f"{PATHS['overview']}?range=1h")
            task, pushed = page.watched(WATCHED_SECONDS)
    finally:
        over.set()
        sender.join()
    how = f"{WATCHED_SECONDS:.0f} s, an error each second, every panel refreshed"
    median = statistics.median(pushed)
    return [
        longest("longest task while the Overview is refreshed", task, how),
        at_most(
            "a pushed number, from the message to the page", median, 16, 8, f"median of {len(pushed)}", "ms"
        ),
    ]


def told(served: Flowglass) -> Row:
    """A rule's condition comes true; the open page shows the toast. Each time for a group of its own."""
    rule = {"name": "fails", "metric": "errors", "threshold": 0, "window": 60, "severity": "critical",
            "filter": "process:toast_", "group_by": "process"}  # fmt: skip
    headers = {"Content-Type": "application/json"}
    made = ask(f"{served.page}/api/v1/alerts/rules", body=json.dumps(rule).encode(), headers=headers)
    assert made.status == 201, made
    took = []
    with browser(served.page) as page:
        page.open(PATHS["overview"])
        for at in range(TOASTS):
            time.sleep(1.3)  # so that the calls meet every moment between two passes
            toast = f"[...document.querySelectorAll('#{Shell.TOASTS} .alert-toast')]"
            began = time.monotonic()
            send(served.otlp, [span(f"toast_{at}", error="out of stock")])
            page.wait_for(f"{toast}.some((one) => one.textContent.includes('toast_{at}'))")
            took.append((time.monotonic() - began) * 1000)
    how = f"the longest of {TOASTS}, from sending the failing call; median {statistics.median(took):.0f} ms"
    return at_most("a condition, until its toast is on the page", max(took), 5_000, 2_000, how, "ms")


def another_function(page: Page, functions: list[Function]) -> Row:
    """The page of one function after that of another, each for the first time."""
    page.open(f"{PATHS['code']}?range=24h")
    page.pause()
    wanted = (fn.write(group, scope, name) for group, name, scope in functions)
    page.until_still(go(fn=next(wanted)))
    took = repeated(lambda: page.until_still(go(fn=next(wanted))))
    how = f"median of {TIMES}, each for the first time, until the last number stands"
    return at_most("code, another function", took, 400, 200, how, "ms")


def explorer(page: Page, functions: list[Function]) -> Iterator[Row]:
    """The list of the Trace Explorer over 30 days."""
    page.open(f"{PATHS['overview']}?range=30d")
    page.pause()
    first = repeated(
        lambda: page.until(press(Shell.tab_link("traces")), HAS_ROWS),
        back=lambda: page.until_still(press(Shell.tab_link("overview"))),
    )
    how = f"median of {TIMES}, range 30 days"
    yield at_most("Trace Explorer, tab clicked to first rows", first, 300, 150, how, "ms")
    page.until_still(press(Shell.tab_link("traces")))
    search = (name for _, name, _ in functions)
    filtered = repeated(lambda: page.until(*searched(next(search))))
    yield at_most("typed to filtered rows, 300 ms of waiting included", filtered, 500, 400, how, "ms")
    page.until_still(go(q="is:root"))
    place = iter(range(TIMES))  # each time another row, as the calls of one can fill the view
    opened = repeated(lambda: page.until(*expanded(next(place))), back=lambda: page.until(*collapsed()))
    yield at_most("a row opened to its calls", opened, 200, 100, how, "ms")
    page.until_still(go(q=""))
    task = page.longest_task(SCROLLED, 40, 8_000)
    yield longest("longest task while the list is scrolled", task, "8 s, 40 pixels a frame")


def traces(page: Page) -> Iterator[Row]:
    """Traces that are very large."""
    for size, hold in ((1_000, 500), (10_000, 2_000), (100_000, 2_000)):
        page.open(f"{PATHS['traces']}?range=30d")
        page.pause()
        drawn = f"document.querySelectorAll('.wf-r:not([hidden]) .b').length > 5 && {opened_trace(size)}"
        took = repeated(
            lambda size=size, drawn=drawn: page.until(go(trace=TRACE_IDS[size]), drawn),  # type: ignore[misc]
            back=lambda: page.until_still(go(trace="", span="")),
        )
        how = f"median of {TIMES}, until its bars are drawn; parts after the first come by themselves"
        yield at_most(f"waterfall of a trace of {size:,} spans", took, hold, hold / 2, how, "ms")
        page.until_still(go(trace=TRACE_IDS[size]))
        task = page.longest_task(".wf-scroll", 60, 5_000)
        yield longest(f"longest task while {size:,} are scrolled", task, "5 s")


def longest(what: str, task: Task, how: str) -> Row:
    return at_most(what, task.ms, 50, 16, f"{how}; {task.ran}" if task.ran else how, "ms")


def repeated(timed: Timed, back: Timed | None = None) -> float:
    """The median; `back` puts the page where it was."""
    found = []
    for _ in range(TIMES):
        found.append(timed())
        if back:
            back()
    return statistics.median(found)


def press(element: str) -> str:
    return f"document.getElementById('{element}').click()"


def go(**changes: str) -> str:
    inside = ", ".join(f"{key}: '{value}'" for key, value in changes.items())
    return f"window.flowglass.navigate({{ {inside} }})"


def searched(name: str) -> tuple[str, str]:
    """Types into the process search; the rows are those of the new filter."""
    typed = (
        f"const box = document.getElementById('{Traces.PROCESS}');"
        f"Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, '{name}');"
        "box.dispatchEvent(new Event('input', { bubbles: true }))"
    )
    first = f"document.querySelector('{ROWS} [data-col=process]')?.textContent"
    list_ = "window.flowglass.traces.list"
    return typed, f"{list_}.page.q.includes('{name}') && ({first} || '').includes('{name}')"


def expanded(place: int) -> tuple[str, str]:
    """Opens one of the rows that are closed; its calls are there."""
    button = f"document.querySelectorAll('#{Traces.GRID} .tw-b[aria-expanded=false]')[{place}]"
    return f"window.kids = {LISTED};{button}.click()", f"{LISTED} > window.kids"


def collapsed() -> tuple[str, str]:
    """Closes the row that is open; its calls are gone."""
    button = f"document.querySelector('#{Traces.GRID} .tw-b[aria-expanded=true]')"
    return f"{button}.click()", f"{LISTED} === window.kids"


def opened_trace(size: int) -> str:
    outline = "window.flowglass.traces.outline"
    return f"{outline}.trace === '{TRACE_IDS[size]}' && {outline}.calls.length > 0"
