"""The pie of process groups and the table beside it."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest

from config import ThresholdSettings
from dashboard.components.groups import group_table, total
from dashboard.figures.groups import OTHERS, SLICES, pie
from dashboard.theme import Theme, token
from dashboard.url import PageState
from queries import judge
from tests.support.components import texts
from tests.support.page import HOUR, MS, every, hrefs, text, totals

LIMITS = ThresholdSettings()


def shown(*now: object, before: tuple[object, ...] = ()) -> object:
    judged = {one.name: one for one in judge.groups(now, before, LIMITS)}  # type: ignore[arg-type]
    earlier = {one.group: one for one in before}  # type: ignore[attr-defined]
    return group_table(now, earlier, judged, LIMITS, HOUR, PageState(range="6h"))  # type: ignore[arg-type]


def rows(table: object) -> list[str]:
    return [text(row) for row in every(table, type="Tr")[1:]]


def test_a_row_has_traffic_error_rate_and_p95() -> None:
    assert rows(shown(totals())) == ["ordershealthy1.000.180.0new"]


def test_p95_is_compared_with_the_equal_range_before() -> None:
    table = shown(totals(p95_ns=99 * MS), before=(totals(),))
    assert "+24 %" in text(table)
    assert every(table, className="delta")[0].className == "delta bad"


def test_a_small_change_is_not_coloured() -> None:
    table = shown(totals(), before=(totals(p95_ns=81 * MS),))
    assert every(table, className="delta")[0].className == "delta sub"


def test_a_name_opens_its_spans_over_the_same_range() -> None:
    assert hrefs(shown(totals())) == [
        "/traces?range=6h&q=group:%3D%22orders%22",
        "/alerts?range=6h&q=group:%3D%22orders%22&name=orders&new=errors",
    ]


def test_numbers_are_coloured_only_beyond_their_threshold() -> None:
    table = shown(totals(error_rate=0.068, p95_ns=1_240 * MS), totals("well"))
    cells = [cell.className for cell in every(table, type="Td") if (cell.className or "").startswith("r")]
    assert cells[:5] == ["r", "r bad", "r bad", "r", "r"]
    assert cells[5:] == ["r", "r ", "r ", "r", "r"]


def test_a_silent_group_stands_at_the_end_without_numbers() -> None:
    table = shown(totals(), before=(totals("billing"), totals()))
    assert rows(table)[-1] == "billingno data––––"  # noqa: RUF001
    assert hrefs(table)[-1].endswith("&name=billing&new=silent")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_pie_is_slate_until_a_group_is_in_trouble(theme: Theme) -> None:
    figure = pie([totals("a"), totals("b"), totals("c")], {"b": "bad", "c": "warn"}, theme)
    go.Figure(figure)  # plotly's own check of every property
    colours = figure["data"][0]["marker"]["colors"]
    assert colours == [token(theme, "ramp-1"), token(theme, "bad-lamp"), token(theme, "warn-lamp")]


@pytest.mark.parametrize(("rate", "words"), [(0.038, "0.038"), (412.0, "412"), (12_400.0, "12.4 k")])
def test_the_total_of_all_groups_has_its_unit(rate: float, words: str) -> None:
    assert texts(total(rate)) == [words, "spans/s"]


def test_thin_slices_are_one() -> None:
    figure = pie([totals(f"g{at}", spans=100 - at) for at in range(12)], {}, "dark")
    labels, values = figure["data"][0]["labels"], figure["data"][0]["values"]
    assert (len(labels), labels[-1], values[-1]) == (SLICES + 1, OTHERS, 92 + 91 + 90 + 89)
