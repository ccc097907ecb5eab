"""Flowglass' own spans: few, nested, and left out of its own figures."""

from __future__ import annotations

import json
import urllib.parse

from processes.self_tracing import SPANS_PER_SECOND, SelfTracing
from tests.support.otlp import ask
from tests.support.running import Flowglass
from tests.support.wait import wait_until


class Recorded(SelfTracing):
    """Counts what would be opened, under a clock of its own."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(lambda: self.now)

    def opened(self, calls: int) -> int:
        before = self._allowance
        for _ in range(calls):
            with self("work"):
                pass
        return round(before - self._allowance)


def test_no_more_spans_are_opened_than_the_allowance() -> None:
    tracing = Recorded()
    assert tracing.opened(1000) == SPANS_PER_SECOND
    tracing.now += 0.5
    before = tracing._allowance
    assert tracing.opened(1000) + before == round(before)
    tracing.now += 3600.0
    with tracing("first"):
        pass
    assert tracing._allowance == SPANS_PER_SECOND - 1


def test_what_runs_below_a_span_that_was_not_opened_opens_none() -> None:
    tracing = Recorded()
    tracing.opened(1000)
    with tracing("outer"):
        tracing.now += 10.0
        assert tracing.opened(5) == 0


def own_spans(flowglass: Flowglass, query: str) -> list[dict[str, object]]:
    asked = urllib.parse.quote(f"group:=flowglass {query}")
    return list(json.loads(ask(f"{flowglass.page}/api/v1/traces?q={asked}").body)["rows"])


def test_queries_of_the_page_are_spans_of_group_flowglass(shared_flowglass: Flowglass) -> None:
    """Asked by name: pages that other tests have open fill the newest rows with spans of their own."""
    found = wait_until(lambda: own_spans(shared_flowglass, "process:=find_spans"), "a span of this query")
    assert {row["data"] for row in found} == {""}
    assert own_spans(shared_flowglass, "has:data") == []
