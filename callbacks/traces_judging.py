"""How the open value series is judged for staleness: what is in force, and setting it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dash import Input, Output
from dash.exceptions import PreventUpdate

from alerting import judging
from alerting.edit import Invalid
from alerting.judging import Series
from callbacks.binding import serve
from callbacks.control import control_of
from dashboard import fn
from dashboard.components import series_judging
from dashboard.components.series_judging import Judging
from dashboard.components.states import Failure
from dashboard.ids import Traces
from data.control import WHO
from queries.series_rules import series_rule

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]


def series_of(wish: Data) -> Series | None:
    """The series that a wish of the page names."""
    function, data = fn.read(str(wish.get("fn") or "")), str(wish.get("data") or "")
    return Series(function.group, function.scope, function.name, data) if function and data else None


def in_force(ctx: Context, series: Series) -> Judging:
    """What decides over this series now."""
    rule = series_rule(ctx.reader, series.group, series.scope, series.process, series.data)
    plain = judging.as_json(rule)
    return Judging(
        plain["judged"], rule.repeats, rule.min_seconds, rule.float_tolerance, rule.changed_by,
        rule.changed_ns,
        judging.usual(ctx.settings.staleness),
    )  # fmt: skip


def set_judging(ctx: Context, wish: Data | None) -> dict[str, Any]:
    """What the form says is kept; what came of it, in words or by field."""
    series = series_of(wish or {})
    if series is None:
        raise PreventUpdate
    values = dict((wish or {}).get("values") or {})
    try:
        judging.judge(control_of(ctx), ctx.reader, series, values, ctx.now_ns(), WHO)
    except Invalid as error:
        return {
            "ok": False, "errors": {one.field: one.message for one in error.errors}, "typed": values,
            "at": str(ctx.now_ns()),
        }  # fmt: skip
    words = series_judging.said(in_force(ctx, series))
    return {"ok": True, "said": f"{series.process}.{series.data}: {words}", "at": str(ctx.now_ns())}


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, set_judging,
        Output(Traces.JUDGED, "data"), Input(Traces.JUDGE, "data"), on_failure=_failed, at_first=False,
    )  # fmt: skip


def _failed(failure: Failure) -> dict[str, Any]:
    return {"ok": False, "said": f"{failure.what} {failure.mend}"}
