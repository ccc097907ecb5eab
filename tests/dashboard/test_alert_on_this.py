"""Rules begin where something is seen: at a value series, a function, a reading, a chart."""

from __future__ import annotations

from config import Settings
from dashboard.components import readouts, trace_charts, trace_series
from dashboard.components.series_judging import Judging
from dashboard.url import PageState
from queries.limits import TimeRange
from queries.series import Point, Run, ValueOverTime
from tests.support.page import HOUR, NOW, SECOND, every, hrefs, vital_signs

USUAL = {"repeats": 5, "min_seconds": 0.0, "tolerance": 0.0}
PANEL = trace_series.Panel(Judging("usual", None, None, None, "", 0, USUAL))


def series(value: str | float, stale: bool = False) -> ValueOverTime:
    number = value if isinstance(value, float) else None
    point = Point(NOW - SECOND, value, type(value).__name__, number, "ab" * 16, "cd" * 8, False)
    run = Run(9, NOW - HOUR, NOW) if stale else None
    return ValueOverTime((point,), 1, False, ((str(value), 1),), 1, (), run)


def shown(found: ValueOverTime, opened: str = "pricing/shop.fx/fx_rate#rate") -> list[str]:
    state = PageState("traces", range="6h", extra={"series": opened} if opened else {})
    view = trace_series.shown(found, "fx_rate", "rate", TimeRange(NOW - HOUR, NOW), "dark", state, PANEL)
    return [href for href in hrefs(view) if href.startswith("/alerts")]


def test_a_series_begins_a_rule_about_its_value() -> None:
    about = "range=6h&q=process:%3D%22fx_rate%22+group:%3D%22pricing%22&data=rate&name=fx_rate.rate"
    assert shown(series(1.5)) == [f"/alerts?{about}&new=value"]
    assert shown(series(1.5, stale=True)) == [f"/alerts?{about}&new=stale"]
    assert shown(series("EUR")) == [f"/alerts?{about}&new=stale"]
    assert shown(series(1.5), opened="") == []


def test_readings_and_charts_begin_rules_too() -> None:
    limits = Settings().thresholds
    assert hrefs(readouts.error_rate(vital_signs(), limits)) == ["/alerts?new=errors"]
    assert hrefs(readouts.throughput(vital_signs(), TimeRange(NOW - HOUR, NOW), NOW)) == [
        "/alerts?new=traffic"
    ]
    buttons = every(trace_charts.charts(), type="Button")
    assert [button.to_plotly_json()["props"]["data-alert-search"] for button in buttons] == ["errors", "slow"]
