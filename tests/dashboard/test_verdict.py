"""The verdict: one lamp, one sentence, at most three causes."""

from __future__ import annotations

from typing import Any

from dashboard.components import verdict
from dashboard.components.verdict import Cause
from dashboard.ids import Overview, Shell
from dashboard.url import PageState
from queries.judge import Judged
from tests.support.alerts import alert
from tests.support.page import every, hrefs, stale, status, text

STATE = PageState()


def all_causes(**found: object) -> list[Cause]:
    given: dict[str, Any] = {"status": status(), "judged": (), "stale": (), "firing": ()} | found
    return verdict.causes(given["status"], given["judged"], given["stale"], given["firing"], STATE)


def test_all_is_well_when_nothing_is_wrong() -> None:
    shown = verdict.verdict([], spans=10)
    assert text(shown) == "All is well"
    assert every(shown, className="lamp")[0].className == "lamp big"


def test_an_empty_range_is_not_called_well() -> None:
    assert text(verdict.verdict([], spans=0)) == "Nothing was traced in this range"
    assert text(verdict.verdict([], spans=0, young=True)) == "Collecting data…"


def test_one_thing_is_one_thing() -> None:
    assert "1 thing needs attention" in text(verdict.verdict([Cause("warn", "a", "b", "/")], 1))


def test_the_worst_cause_gives_the_lamp_and_stands_first() -> None:
    found = [Cause("warn", "slow", "is slow", "/1"), Cause("bad", "broken", "is down", "/2")]
    shown = verdict.verdict(found, 1)
    assert every(shown, className="lamp")[0].className == "lamp bad big"
    assert hrefs(shown) == ["/2", "/1"]


def test_at_most_three_are_named_and_the_rest_is_counted() -> None:
    shown = verdict.verdict([Cause("bad", f"p{at}", "fails", "/") for at in range(5)], 1)
    assert "5 things need attention" in text(shown)
    assert len(every(shown, className="tag")) == 3
    (more,) = every(shown, className="more")
    assert (text(more), getattr(more, "data-menu")) == ("and 2 more", Shell.HEALTH_MENU)


def test_a_collector_that_is_down_is_a_cause() -> None:
    (cause,) = all_causes(status=status(reachable=False, why="nothing is listening on its port"))
    assert (cause.kind, cause.name, cause.words) == (
        "bad",
        "collector",
        "is down: nothing is listening on its port",
    )
    (tag,) = every(verdict.verdict([cause], 1), className="tag")
    assert (type(tag).__name__, tag.href) == ("A", f"#{Overview.WRITER}")


def test_a_writer_that_is_not_ok_is_a_cause() -> None:
    (late,) = all_causes(status=status(writer="DELAYED"))
    (broken,) = all_causes(status=status(writer="CIRCUIT_OPEN", writer_reason="disk full"))
    assert (late.kind, late.words) == ("warn", "is DELAYED")
    assert (broken.kind, broken.words) == ("bad", "is CIRCUIT_OPEN: disk full")


def test_groups_lead_to_their_spans_and_broken_ones_to_their_errors() -> None:
    judged = (
        Judged("payments", "down", "6.9% of calls fail"),
        Judged("pricing", "degraded", "p95 is 184 ms"),
        Judged("billing", "no data", "silent"),
        Judged("orders", "healthy", ""),
    )
    found = all_causes(judged=judged)
    assert [cause.name for cause in found] == ["payments", "pricing", "billing"]
    assert found[0].href == "/traces?q=group:%3D%22payments%22+status:error"
    assert found[1].href == "/traces?q=group:%3D%22pricing%22"


def test_firing_alerts_are_one_cause_that_opens_the_worst() -> None:
    (cause,) = all_causes(firing=(alert(key="eu"), alert(severity="warning"), alert(severity="info")))
    assert (cause.kind, cause.words) == ("bad", "fires for eu, and 2 more alerts fire")
    assert cause.href == "/alerts?key=eu&rule=r1"
    (cause,) = all_causes(firing=(alert(severity="warning"), alert(severity="info")))
    assert (cause.kind, cause.words) == ("warn", "fires, and 1 more alert fires")


def test_stale_values_are_one_cause_that_names_the_longest_run() -> None:
    (cause,) = all_causes(stale=(stale(run=7, process="tax_for", data="rate", data_value=0.0), stale()))
    assert cause.name == "fx_rate"
    assert cause.words == "returned 1.0842 for the last 412 calls, and 1 more value is stale"


def test_a_stale_argument_is_named() -> None:
    (cause,) = all_causes(stale=(stale(data="version", data_type="str", data_value="2026-08"),))
    assert cause.words == "had version = '2026-08' for the last 412 calls"
