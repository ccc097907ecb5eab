"""The four readings of the Overview: error rate, throughput, queue depth, writer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from config import ThresholdSettings
from dashboard import alert_place
from dashboard import format as show
from dashboard.components.bell import bell
from dashboard.components.marks import SPOKEN, Child, Children, Kind, lamp, spoken
from dashboard.components.sparkline import Scale, sparkline
from dashboard.components.when import when
from dashboard.light import html
from dashboard.rates import traces_per_second
from dashboard.url import PageState
from live.collector_status import CollectorStatus
from queries.judge import error_lamp
from queries.limits import TimeRange
from queries.overview import VitalSigns

DELAYED_AFTER = "2 s"  # the collector's own rule, in words
NS = 10**9
WRITER_LAMPS: dict[str, Kind] = {"OK": "ok", "DELAYED": "warn", "CIRCUIT_OPEN": "bad"}


@dataclass(frozen=True)
class Reading:
    """One tile. `axis` is the number at the top of the glass."""

    title: str
    lamp: Kind
    number: str
    unit: Children
    note: Sequence[Child]
    meta: str
    glass: Component
    axis: str = ""
    alert: str = ""  # template of a rule about it


def tile(reading: Reading) -> Component:
    """Title and comparison, the number and its unit, what it is judged against, and its trend."""
    head: list[Child] = [lamp(reading.lamp), reading.title, spoken(f": {SPOKEN[reading.lamp]}")]
    return html.Div(
        [
            html.Div([*head, html.Span(reading.meta, className="meta"), *_alert(reading)], className="l"),
            html.Div([reading.number, html.Small(reading.unit)], className="n"),
            html.Div(list(reading.note), className="s"),
            html.Div([reading.glass, html.Span(reading.axis, className="ax")], className="well"),
        ],
        className="panel read",
    )


def _alert(reading: Reading) -> list[Component]:
    if not reading.alert:
        return []
    href = alert_place.new_href(PageState(), reading.alert)
    title = f"Alert on this: {reading.title.lower()}"
    return [bell(href, title)]


def error_rate(vitals: VitalSigns, limits: ThresholdSettings) -> Component:
    """Share of spans that failed, against the red threshold."""
    rates = [bucket.errors / bucket.spans if bucket.spans else None for bucket in vitals.series]
    before = vitals.previous
    change = (
        f"{show.signed((vitals.error_rate - before.error_rate) * 100, 2)} on the range before"
        if before
        else ""
    )
    note: list[Child] = [
        html.B(show.count(vitals.errors)),
        f" of {show.count(vitals.spans)} spans · red above ",
        html.B(f"{limits.error_rate_red * 100:g} %"),
    ]
    red = limits.error_rate_red
    glass = sparkline(
        rates, "p99", kind="area", scale=Scale(0, None, red), grid=True, label="Error rate over the range"
    )
    return tile(
        Reading(
            "Error rate",
            error_lamp(vitals.error_rate, limits) if vitals.spans else "off",
            show.percent(vitals.error_rate if vitals.spans else None),
            "%",
            note,
            change,
            glass,
            f"{max([red, *[rate for rate in rates if rate is not None]]):.0%}",
            "errors",
        )
    )


def throughput(vitals: VitalSigns, range: TimeRange, now_ns: int) -> Component:
    """Traces per second, its change against the equal range before, and its peak."""
    rates = traces_per_second(vitals.series, range, now_ns)
    known = [rate for rate in rates if rate]
    note: list[Child] = [html.B(show.rate(vitals.spans_per_second)), " spans/s"]
    if known:
        at = vitals.series[rates.index(max(known))].start_ns
        note += [" · peak ", html.B(show.rate(max(known))), " at ", when(at, "clock")]
    glass = sparkline(rates, "thr", kind="area", grid=True, label="Traces per second over the range")
    return tile(
        Reading(
            "Throughput",
            "ok" if vitals.traces else "off",
            show.rate(vitals.traces_per_second),
            "traces/s",
            note,
            change_of(vitals),
            glass,
            show.rate(max(known)) if known else "",
            "traffic",
        )
    )


def change_of(vitals: VitalSigns) -> str:
    """Traffic against the equal range before, in words."""
    if vitals.previous is None or not vitals.previous.traces:
        return ""
    change = vitals.traces_per_second / vitals.previous.traces_per_second - 1
    if change > 9.99:
        return f"{change + 1:,.0f} × the range before"  # noqa: RUF001
    return f"{show.signed(change * 100)} % on the range before"


def queue_depth(status: CollectorStatus) -> Component:
    """Spans that wait for the writer, here and in the tracers, and what was lost on the way."""
    if not status.answered_ns:
        unknown = sparkline([], "ramp-2", kind="bars", grid=True)
        return tile(Reading("Queue depth", "off", show.NONE, "spans", ["not known yet"], "", unknown))
    waiting, dropped = sum(one.queue for one in status.tracers), sum(one.dropped for one in status.tracers)
    note: list[Child] = [
        f"limit {show.count(status.queue_max_spans)} · in tracers ",
        html.B(show.count(waiting)),
    ]
    note += [" · dropped ", html.B(show.count(dropped), className="bad" if dropped else None)]
    depths = [sample.queue_spans for sample in status.samples[-60:]]
    top = max([*depths, 10])
    glass = sparkline(
        depths, "ramp-2", kind="bars", scale=Scale(0, top), grid=True, label="Queue depth, last 5 min"
    )
    return tile(
        Reading(
            "Queue depth",
            queue_lamp(status, dropped),
            show.count(status.queue_spans),
            "spans",
            note,
            f"peak {show.count(status.queue_peak_spans)}",
            glass,
            show.count(top),
            "queue",
        )
    )


def queue_lamp(status: CollectorStatus, dropped: int) -> Kind:
    """Yellow from half full, as the writer's own rule, or when a tracer had to drop spans."""
    if not status.reachable:
        return "off"
    return "bad" if status.saturation >= 0.9 else "warn" if status.saturation >= 0.5 or dropped else "ok"


def writer(status: CollectorStatus, now_ns: int) -> Component:
    """Writer status, since when, and the rule by which it would change."""
    if not status.reachable:
        return writer_down(status, now_ns)
    rule: list[Child] = ["DELAYED when a span waits over ", html.B(DELAYED_AFTER)]
    note: list[Child] = [status.writer_reason] if status.writer_reason else rule
    times = [sample.commit_ms for sample in status.samples[-60:]]
    glass = sparkline(times, "text-2", kind="area", grid=True, label="Commit time, last 5 min")
    meta = "no batch yet" if status.last_commit_ns is None else f"last batch {status.last_commit_ms:.0f} ms"
    return tile(
        Reading(
            "Writer",
            WRITER_LAMPS[status.writer],
            status.writer,
            ["since ", since(status.writer_since_ns, now_ns)],
            note,
            meta,
            glass,
            f"{max(times):.0f} ms" if times else "",
        )
    )


def writer_down(status: CollectorStatus, now_ns: int) -> Component:
    """The collector cannot be asked; what is known of its writer is how long ago it last answered."""
    last = f"last answer {show.age((now_ns - status.answered_ns) / NS)} ago" if status.answered_ns else ""
    glass = sparkline([sample.commit_ms for sample in status.samples[-60:]], "text-2", kind="area", grid=True)
    return tile(Reading("Writer", "bad", "down", "collector", [status.why], last, glass))


def since(start_ns: int, now_ns: int) -> Component:
    """A time of day, with its day when it is not today."""
    same_day = show.moment(start_ns).date() == show.moment(now_ns).date()
    return when(start_ns, "clock" if same_day else "day_clock")
