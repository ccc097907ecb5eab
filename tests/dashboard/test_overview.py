"""The lists of the Overview and its first visit."""

from __future__ import annotations

import pytest

from config import Settings, StoreSettings
from dashboard.components import errors, foot, processes, stale
from dashboard.tabs import overview
from dashboard.url import PageState
from queries.alerts import Alert
from queries.code_rank import RankedFunction, Ranking
from queries.kinds import ErrorKinds
from tests.support.alerts import alert
from tests.support.page import HOUR, NOW, error, every, hrefs, job, kind, sizes, status, text, tracer
from tests.support.page import stale as stale_value

STATE = PageState(range="6h")
SETTINGS = Settings()


def test_an_error_shows_timestamp_process_and_shortened_exception() -> None:
    (shown,) = errors.rows([error(message="x" * 400)], STATE)
    assert "14:02:35.900" in text(shown)
    assert "charge_card" in text(shown)
    assert "GatewayTimeout xxx" in text(shown)
    assert "x…" in text(shown)


def test_an_error_opens_its_trace_at_its_span() -> None:
    trace, span = "ab" * 16, "cd" * 8
    links = hrefs(errors.rows([error()], STATE))
    assert set(links) == {f"/traces?range=6h&q=trace:{trace}&trace={trace}&span={span}"}


def test_an_error_without_exception_still_says_error() -> None:
    assert "error" in text(errors.rows([error(exception="", message="")], STATE))


def test_no_errors_is_good_news() -> None:
    assert "No error in this range" in text(errors.none_found())
    assert "No error in this range" in text(errors.kinds(ErrorKinds((), (), 0, False), 10, NOW, STATE))
    assert "No error in this range" in text(processes.error_types(ErrorKinds((), (), 0, False), STATE))


def test_a_kind_shows_its_count_age_and_message_and_opens_its_newest_error() -> None:
    shown = errors.kinds(ErrorKinds((kind(is_new=True),), (), 402, False), 10, NOW, STATE)
    assert text(shown) == "CardDeclinednewcharge_card · do_not_honorfirst 13:02:35last 9 s ago402"
    (href,) = hrefs(shown)
    assert href.startswith(
        "/traces?range=6h&q=process:%3D%22charge_card%22+group:%3D%22payments%22+status:error+"
    )
    assert href.endswith(f"&trace={'ab' * 16}&span={'cd' * 8}")


def test_a_kind_first_seen_on_another_day_says_which() -> None:
    assert errors.since(NOW - 24 * HOUR, NOW) == "20 Nov 14:02"


@pytest.mark.parametrize(
    ("series", "rising"),
    [
        ((0,) * 16, False),
        ((8,) * 16, False),
        ((0,) * 8 + (1,) * 8, True),
        ((3,) * 8 + (6,) * 8, True),
        ((0,) * 12 + (1,) * 4, False),
    ],
)
def test_bars_are_red_only_when_errors_rise(series: tuple[int, ...], rising: bool) -> None:
    assert errors.rising(series) is rising
    shown = errors.kinds(ErrorKinds((kind(series=series),), (), 1, False), 10, NOW, STATE)
    assert getattr(every(shown, className="spark")[0], "data-c") == ("bad-lamp" if rising else "ramp-3")


def test_rankings_without_anything_say_so() -> None:
    nothing = Ranking(0, 0, (), (), (), (), ())
    for view in ("slow", "failing", "new"):
        assert every(processes.processes(view, nothing, SETTINGS.thresholds, 1, STATE), className="empty")


def test_new_processes_are_counted_beside_the_word() -> None:
    one = RankedFunction("pricing", "fx_rate", "shop", 1, 0, 0.0, 1, 1, 1, 0, 0)
    labels = [text(view.label) for view in processes.views(STATE, Ranking(1, 1, (), (), (), (), (one,)))]
    assert labels == ["Slowest", "Most failing", "New1", "Error types"]


def test_an_unknown_ranking_is_the_first_one() -> None:
    assert processes.view_of(PageState(extra={"top": "?"})) == "slow"


def test_stale_values_are_sorted_by_their_runs() -> None:
    shown = stale.stale_table([stale_value(run=6, process="tax_for"), stale_value()], STATE, 5)
    rows = [text(row) for row in every(shown, type="Tr")[1:]]
    assert rows == ["fx_ratereturn1.08424121 h", "tax_forreturn1.084261 h"]


def test_the_bar_is_as_long_as_the_run() -> None:
    shown = stale.stale_table([stale_value(run=100), stale_value(run=50)], STATE, 5)
    assert [bar.style["width"] for bar in every(shown, className="rep")] == ["28px", "14px"]


def test_no_stale_value_says_what_stale_means() -> None:
    assert "more than 5 equal values in a row" in text(stale.stale_table([], STATE, 5))


def test_the_rest_of_many_stale_values_is_a_press_away() -> None:
    many = [stale_value(run=run) for run in range(6, 106)]
    shown = stale.stale_table(many, STATE, 5)
    assert len(every(shown, type="Tr")) == 1 + stale.SHOWN + 1
    assert every(shown, children="More stale values")[0].href == "/alerts?range=6h"
    assert "More stale values" not in text(stale.stale_table(many[: stale.SHOWN], STATE, 5))


def test_the_foot_is_quiet_when_all_is_well() -> None:
    shown = foot.foot(sizes(), StoreSettings(max_bytes=5 * 10**9), (), status(tracers=(tracer(),)), NOW)
    assert "Store2.20 MB of 5.00 GB, 10,000 spans, 220 B each, oldest 20 Nov 14:02" in text(shown)
    assert "Collectorup 5 h, 1,000 spans stored" in text(shown)
    assert "Tracing costs1.90 µs per call in 1 tracer, 0 spans dropped" in text(shown)
    assert {lamp.className for lamp in every(shown, className="lamp")} == {"lamp"}


HOUR_NOW = NOW // HOUR


@pytest.mark.parametrize(
    ("spans_an_hour", "cap", "said"),
    [
        (1_000, 5 * 10**9, "165 MB in 30 days at today's rate"),
        (1_000, 10**8, "at today's rate the cap holds 18 of 30 days"),
        (100_000, 10**8, "at today's rate the cap holds 4 hours of 30 days"),
        (0, 10**8, ""),
    ],
)
def test_the_foot_says_where_today_s_rate_leads(spans_an_hour: int, cap: int, said: str) -> None:
    hourly = tuple((HOUR_NOW - back, spans_an_hour) for back in range(24))
    shown = text(
        foot.foot(
            sizes(hourly=hourly, oldest_ns=NOW - 48 * HOUR),
            StoreSettings(max_bytes=cap, segment_bytes=2**20),
            (),
            status(),
            NOW,
        )
    )
    assert said in shown
    assert ("today's rate" in shown) == bool(said)


def test_the_foot_grows_when_something_is_wrong() -> None:
    wrong = status(
        rejected={"clock": 3, "size": 9}, repeats=2, tracers=(tracer(dropped=4), tracer(ns_per_call=3800))
    )
    shown = foot.foot(sizes(bytes=4_900_000_000), StoreSettings(max_bytes=5 * 10**9), (), wrong, NOW)
    assert "nearly full, the oldest segments go first" in text(shown)
    assert "2 repeats dropped, 12 rejected, most for size" in text(shown)
    assert "2.85 µs per call in 2 tracers, 4 spans dropped" in text(shown)
    lamps = [lamp.className for lamp in every(shown, className="lamp")]
    assert lamps == ["lamp warn", "lamp warn", "lamp", "lamp warn"]  # no alert fires


def test_the_foot_says_that_the_collector_is_down_and_that_no_tracer_reported() -> None:
    shown = foot.foot(
        sizes(spans=0, bytes_per_span=None, oldest_ns=None),
        StoreSettings(),
        (),
        status(reachable=False, why="gone"),
        NOW,
    )
    assert "Collectordown: gone" in text(shown)
    assert "no tracer has reported yet" in text(shown)


def test_the_first_visit_offers_three_ways_each_to_be_copied() -> None:
    shown = overview.first(SETTINGS, overview.waiting(SETTINGS, status()))
    assert len(every(shown, className="copy")) == 3
    assert (
        "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"
        in text(shown)
    )
    assert "from flowglass import trace" in text(shown)
    assert "Waiting for the first span, listening on 4318" in text(shown)


def test_the_first_visit_says_why_nothing_can_come() -> None:
    assert "cannot be reached: gone" in text(overview.waiting(SETTINGS, status(reachable=False, why="gone")))
    assert "rejected: 3 for clock" in text(overview.waiting(SETTINGS, status(rejected={"clock": 3})))


def test_firing_alerts_are_counted_with_the_worst_named() -> None:
    def told(*firing: Alert) -> str:
        return text(foot.foot(sizes(), Settings().store, (), status(), NOW, firing))

    assert "Alertsnone firing" in told()
    assert "Alertsprice_order slow fires" in told(alert())
    assert "Alerts2 firing, worst price_order slow" in told(alert(), alert(severity="info"))


def test_jobs_are_told_in_a_word_while_all_are_on_time() -> None:
    shown = foot.foot(sizes(), StoreSettings(max_bytes=5 * 10**9), (job(), job(name="seal")), status(), NOW)
    assert "Jobs2, all on time" in text(shown)


def test_jobs_that_fail_or_are_late_are_named() -> None:
    failing = job(name="seal", error="disk full", error_ns=NOW)
    late = job(name="rollups", succeeded_ns=NOW - 10 * HOUR)
    shown = foot.foot(sizes(), StoreSettings(max_bytes=5 * 10**9), (failing, late), status(), NOW)
    assert "Jobsseal failed: disk full, rollups is late" in text(shown)
    shown = foot.foot(sizes(), StoreSettings(max_bytes=5 * 10**9), (late,), status(), NOW)
    assert "Jobsrollups is late" in text(shown)
