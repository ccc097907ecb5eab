"""The strip of vital signs: four sight glasses on one pipe, the same for every viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from config import ThresholdSettings
from dashboard import format as show
from dashboard.components.marks import SPOKEN, Child, Kind, classes, lamp, spoken
from dashboard.components.sparkline import Scale, sparkline
from dashboard.light import dcc, html
from live.collector_status import CollectorStatus
from queries.judge import error_lamp, latency_lamp
from queries.overview import Bucket, VitalTotals

NOW = "last 5 min, the last hour behind glass"
ZERO_BASED = Scale()


@dataclass(frozen=True)
class Vital:
    """One glass. `twin`: the Overview shows this figure in its grid, so the strip leaves it out there."""

    key: str
    label: str
    lamp: Kind
    value: str
    unit: str
    values: Sequence[float | None]
    colour: str
    href: str
    scale: Scale = ZERO_BASED
    twin: bool = False


def strip(vitals: Sequence[Vital]) -> list[Component]:
    return [_glass(vital) for vital in vitals]


def _glass(vital: Vital) -> Component:
    words: list[Child] = [lamp(vital.lamp), vital.label, spoken(f": {SPOKEN[vital.lamp]}")]
    number = html.Div([vital.value, html.Small(vital.unit)], className="val")
    picture = sparkline(vital.values, vital.colour, kind="area", scale=vital.scale, grid=True, look="wide")
    return dcc.Link(
        [html.Div([html.Div(words, className="lab"), number]), html.Div(picture, className="glass")],
        href=vital.href,
        className=classes("vital", "twin" if vital.twin else ""),
        title=f"{vital.label}, {NOW}",
    )


def readings(
    now: VitalTotals,
    hour: Sequence[Bucket],
    rates: Sequence[float | None],
    status: CollectorStatus,
    limits: ThresholdSettings,
) -> tuple[Vital, ...]:
    """Latency, traffic, errors, saturation.

    `now` is the last minutes, `hour` the steps behind the glass, `rates` the traces per second of each.
    """
    full = [sample.queue_spans / (status.queue_max_spans or 1) * 100 for sample in status.samples[-60:]]
    p95 = [None if bucket.p95_ns is None else bucket.p95_ns / 1e6 for bucket in hour]
    errors = [bucket.errors / bucket.spans * 100 if bucket.spans else None for bucket in hour]
    slower = f"/traces?q=duration:>{now.p95_ns / 1e6:.0f}ms" if now.p95_ns else "/traces"
    return (
        Vital(
            "latency",
            "Latency p95",
            latency_lamp(now.p95_ns, limits),
            show.milliseconds(now.p95_ns),
            "ms",
            p95,
            "p95",
            slower,
            Scale(None),
        ),
        Vital(
            "traffic",
            "Traffic",
            "ok" if now.traces else "off",
            show.rate(now.traces_per_second),
            "/s",
            rates,
            "thr",
            "/traces?q=is:root",
            twin=True,
        ),
        Vital(
            "errors",
            "Error rate",
            error_lamp(now.error_rate, limits) if now.spans else "off",
            show.percent(now.error_rate if now.spans else None, 1),
            "%",
            errors,
            "p99",
            "/traces?q=status:error",
            twin=True,
        ),
        Vital(
            "saturation",
            "Saturation",
            saturation_lamp(status),
            show.percent(status.saturation if status.reachable else None, 0),
            "%",
            full,
            "p50",
            "/",
            Scale(0, max([*full, 10.0])),
        ),
    )


def saturation_lamp(status: CollectorStatus) -> Kind:
    """How full the collector's queue is; from half full its writer counts as DELAYED."""
    if not status.reachable:
        return "off"
    return "bad" if status.saturation >= 0.9 else "warn" if status.saturation >= 0.5 else "ok"
