"""Health of own parts and groups, worst first, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.components import health
from queries.judge import Judged
from tests.support.page import HOUR, NOW, every, hrefs, job, sizes, status, text

FIVE_GB = 5 * 10**9


def parts(**changes: Any) -> dict[str, Judged]:
    given = {"status": status(), "sizes": sizes(), "ran": (job(),), "clients": 2} | changes
    found = health.parts(given["status"], given["sizes"], FIVE_GB, given["ran"], given["clients"], NOW)
    return {one.name: one for one in found}


def test_when_all_is_well_every_part_is_healthy() -> None:
    assert {one.health for one in parts().values()} == {"healthy"}


@pytest.mark.parametrize(
    ("part", "changes", "expected", "reason"),
    [
        ("collector", {"status": status(reachable=False, why="gone")}, "down", "gone"),
        ("writer", {"status": status(reachable=False)}, "no data", "the collector cannot be asked"),
        ("writer", {"status": status(writer="DELAYED")}, "degraded", "DELAYED"),
        (
            "writer",
            {"status": status(writer="CIRCUIT_OPEN", writer_reason="disk full")},
            "down",
            "CIRCUIT_OPEN disk full",
        ),
        ("store", {"sizes": None}, "down", "cannot be read"),
        ("store", {"sizes": sizes(bytes=4_900_000_000)}, "degraded", "4.90 GB of 5.00 GB used"),
        ("jobs", {"ran": ()}, "no data", "none has run yet"),
        ("jobs", {"ran": (job(error="x", error_ns=NOW),)}, "degraded", "retention failed"),
        ("jobs", {"ran": (job(succeeded_ns=NOW - 9 * HOUR),)}, "degraded", "retention is late"),
        ("push", {"clients": None}, "no data", "nobody"),
        ("push", {"clients": 3}, "healthy", "3 connected"),
    ],
)
def test_each_part_has_its_rule(part: str, changes: dict[str, Any], expected: str, reason: str) -> None:
    judged = parts(**changes)[part]
    assert (judged.health, judged.reason) == (expected, reason)


def test_the_lamps_name_the_worst_and_count_the_others() -> None:
    judged = (
        Judged("payments", "down", ""),
        Judged("pricing", "degraded", ""),
        Judged("orders", "healthy", ""),
    )
    shown = health.lamps(judged)
    assert text(shown) == "payments down +1"
    assert [lamp.className for lamp in every(shown, className="lamp")] == ["lamp bad", "lamp warn", "lamp"]


def test_nothing_wrong_is_said_in_two_words() -> None:
    assert (
        text(health.lamps((Judged("orders", "healthy", ""), Judged("jobs", "no data", "")))) == "all healthy"
    )


def test_only_so_many_lamps_stand_side_by_side() -> None:
    judged = [Judged(f"g{at}", "healthy", "") for at in range(30)]
    assert len(every(health.lamps(judged), className="lamp")) == health.LAMPS


def test_the_list_gives_reasons_and_leads_to_the_groups() -> None:
    judged = (Judged("payments", "down", "9 % of calls fail"), Judged("store", "healthy", ""))
    shown = health.listed(judged, frozenset({"store"}))
    assert [text(line) for line in shown] == ["paymentsdown9 % of calls fail", "storehealthy"]
    assert hrefs(shown) == ["/traces?q=group:%3D%22payments%22"]
