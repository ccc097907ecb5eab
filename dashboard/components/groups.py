"""The table of process groups beside the pie: traffic, error rate, p95 and its change, health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash.development.base_component import Component

from config import ThresholdSettings
from dashboard import alert_place, links
from dashboard import format as show
from dashboard.components.bell import bell
from dashboard.components.marks import lamp
from dashboard.components.tables import Column, cell, row, table
from dashboard.figures.groups import shade
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.judge import Judged, Lamp, error_lamp, latency_lamp
from queries.overview import GroupTotals

COLUMNS = (
    Column("Group"),
    Column("Health"),
    Column("Spans/s", right=True, sorted=True),
    Column("Errors %", right=True),
    Column("p95 ms", right=True),
    Column("vs before", right=True, title="p95 against the equal range before"),
    Column("", title="Alert on this"),
)
NOTABLE = 0.2  # a change of p95 by this share is worth a colour
NS = 10**9


def total(per_second: float) -> list[Component]:
    """What all groups together send, in the middle of the pie."""
    number = show.rate(per_second) if per_second < 1000 else show.short_count(per_second)
    return [html.B(number), html.Span("spans/s")]


def group_table(
    groups: Sequence[GroupTotals],
    before: Mapping[str, GroupTotals],
    judged: Mapping[str, Judged],
    limits: ThresholdSettings,
    window_ns: int,
    state: PageState,
) -> Component:
    """Busiest first, as the pie; groups that have fallen silent stand at the end."""
    rows = [
        _row(at, totals, before.get(totals.group), judged[totals.group], limits, window_ns, state)
        for at, totals in enumerate(groups)
    ]
    here = {totals.group for totals in groups}
    rows += [_silent(one, state) for name, one in judged.items() if name not in here]
    return table(COLUMNS, rows, label="Process groups")


def _row(
    at: int,
    now: GroupTotals,
    before: GroupTotals | None,
    judged: Judged,
    limits: ThresholdSettings,
    window_ns: int,
    state: PageState,
) -> Component:
    few = judged.reason == "few calls"
    errors = "" if few else told(error_lamp(now.error_rate, limits))
    slow = "" if few else told(latency_lamp(now.p95_ns, limits))
    return row(
        [
            cell(_name(now.group, shade(at, judged.lamp), state)),
            cell(health(judged), "", judged.reason),
            cell(show.rate(now.spans / (window_ns / NS)), "r"),
            cell(show.percent(now.error_rate, 1), f"r {errors}"),
            cell(show.milliseconds(now.p95_ns), f"r {slow}"),
            cell(change(now, before), "r"),
            cell(_alert("errors", now.group, state), "r"),
        ],
        key=now.group,
    )


def _silent(judged: Judged, state: PageState) -> Component:
    empty = [cell(show.NONE, "r mut") for _ in range(4)]
    named, well = cell(_name(judged.name, "line-2", state)), cell(health(judged), "", judged.reason)
    return row([named, well, *empty, cell(_alert("silent", judged.name, state), "r")])


def _alert(template: str, group: str, state: PageState) -> Component:
    """A rule about this group alone: that its calls fail, or that they have stopped."""
    href = alert_place.new_href(state, template, q=links.clause("group", group), name=group)
    return bell(href, f"Alert on {group}")


def alert_on_all(state: PageState) -> Component:
    """A rule that judges the error rate of each group by itself."""
    href = alert_place.new_href(state, "errors", by="group", name="each group")
    return bell(href, "Alert on the error rate of each group")


def _name(group: str, colour: str, state: PageState) -> Component:
    swatch = html.Span(className="swatch", style={"background": f"var(--fl-{colour})"})
    link = dcc.Link(group, href=links.calls(state, links.clause("group", group)), className="clip")
    return html.Span([swatch, link], className="row-x")


def health(judged: Judged) -> Component:
    """Lamp and word."""
    word = html.Span(judged.health, className=told(judged.lamp))
    return html.Span([lamp(judged.lamp), word], className="row-x")


def told(lamp_: Lamp) -> str:
    """The colour of a word or number: none when all is well."""
    return lamp_ if lamp_ in ("warn", "bad") else ""


def change(now: GroupTotals, before: GroupTotals | None) -> Component:
    """p95 against the equal range before."""
    if before is None or not before.p95_ns or now.p95_ns is None:
        return html.Span("new" if before is None else show.NONE, className="delta mut")
    share = now.p95_ns / before.p95_ns - 1
    look = "bad" if share >= NOTABLE else "sub" if round(share * 100) else "mut"
    return html.Span(f"{show.signed(share * 100)} %", className=f"delta {look}")
