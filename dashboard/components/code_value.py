"""One name of a function: its types, values, bounds and unusual calls, each of them a way to the calls."""

from __future__ import annotations

from collections.abc import Sequence

from dash.development.base_component import Component

from dashboard import format, links
from dashboard.components.marks import Child, Children, icon
from dashboard.components.sparkline import sparkline
from dashboard.components.states import empty
from dashboard.fn import Fn
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code_stale import StaleHere
from queries.code_values import MAX_TEXT, Seen, Unusual, ValueSeries

MAX_VALUE = 48  # characters
SOURCES = {"arg": "argument", "observe": "observed inside", "local": "local of a raising frame"}


def href(series: ValueSeries, of: Fn, state: PageState) -> str:
    """The page with this name open in the panel of values."""
    extra = {key: text for key, text in state.extra.items() if key not in ("value", "values")}
    return links.code(state, of.group, of.scope, of.name, **extra, value=f"{series.source}.{series.name}")


def chosen(series: Sequence[ValueSeries], wanted: str) -> ValueSeries | None:
    """The series that the address names."""
    return next((one for one in series if f"{one.source}.{one.name}" == wanted), None)


def detail(series: ValueSeries, run: StaleHere | None, of: Fn, state: PageState) -> Component:
    """Everything that was seen of the name in the calls that were read."""
    return html.Div(
        [
            _head(series, of, state),
            html.Dl([part for pair in _facts(series, run) for part in pair], className="val-facts"),
            html.H3("Values"),
            html.Ul([_common(series, seen, count, of, state) for seen, count in series.common]),
            html.H3("Unusual"),
            _unusual(series, of, state),
        ],
        className="value-detail",
    )


def gone(wanted: str, of: Fn, state: PageState) -> Component:
    """The address names a value that no call of the range had."""
    why = [html.Span(wanted.partition(".")[2], className="mono"), " was in none of the calls that were read."]
    return empty("Not seen in this range", why, [_back(of, state)])


def _head(series: ValueSeries, of: Fn, state: PageState) -> Component:
    kind = SOURCES.get(series.source, "")
    with_it = dcc.Link(
        [icon("list-nested"), "Open calls"], href=calls(series.name, "*", of, state), className="btn-x sm"
    )
    return html.Div(
        [
            _back(of, state),
            html.B(series.name, className="mono clip"),
            html.Span(kind, className="t1 mut clip"),
            with_it,
        ],
        className="row-x",
    )


def _back(of: Fn, state: PageState) -> Component:
    extra = {key: text for key, text in state.extra.items() if key != "value"}
    back = links.code(state, of.group, of.scope, of.name, **extra)
    return dcc.Link([icon("chevron-left"), "All values"], href=back, className="btn-x sm")


def _facts(series: ValueSeries, run: StaleHere | None) -> list[tuple[Component, Component]]:
    types = ", ".join(f"{name} {format.count(count)}" for name, count in series.types)
    facts: list[tuple[str, Children]] = [
        ("Types", html.Span(types, className="mono")),
        ("Distinct", f"{format.count(series.distinct)} in {format.count(series.seen)} calls"),
        ("None", f"{format.percent(series.nulls / series.seen, 1)} %" if series.nulls else "never"),
    ]
    if series.low is not None and series.high is not None:
        bounds = f"{number_text(series.low)} to {number_text(series.high)}"
        facts.append(("Range", html.Span(bounds, className="mono")))
    if len(series.bars) > 1:
        bars = sparkline(series.bars, "text-3", kind="bars", label=_spread(series))
        facts.append(("Spread", html.Span(bars, title=_spread(series))))
    last = ", ".join(format.shortened(value_text(one), MAX_VALUE) for one in series.last)
    facts.append(("Last", html.Span(last, className="mono", title="Newest first")))
    if run is not None:
        words = f"the same for {format.count(run.run)} calls, since {format.day_clock(run.since_ns)}"
        facts.append(("Stale", html.Span(words, className="stale-ink")))
    return [(html.Dt(name), html.Dd(text)) for name, text in facts]


def _spread(series: ValueSeries) -> str:
    if series.low is None or series.high is None:
        return f"Calls of each of the {len(series.bars)} commonest values"
    return f"Calls in {len(series.bars)} equal parts from smallest to largest"


def _common(series: ValueSeries, seen: Seen, count: int, of: Fn, state: PageState) -> Component:
    share = count / series.seen
    text = format.shortened(value_text(seen), MAX_VALUE)
    shown: Child = html.Span(text, className="mono clip")
    if seen.type != "NoneType":
        shown = dcc.Link(
            text, href=calls(series.name, exactly(seen.value), of, state), className="mono clip plain"
        )
    bar = html.I(style={"width": f"{max(1, round(share * 100))}%"})
    figure = f"{format.count(count)}, {format.percent(share, 0)} %"
    return html.Li([shown, html.Span(bar, className="share"), html.Span(figure, className="t1 mut nw")])


def _unusual(series: ValueSeries, of: Fn, state: PageState) -> Component:
    if not series.unusual:
        return html.Div("No call stands out from the others.", className="t1 mut")
    return html.Ul([html.Li(_odd(one, series, of, state)) for one in series.unusual])


def _odd(one: Unusual, series: ValueSeries, of: Fn, state: PageState) -> list[Child]:
    """What was unusual, leading to these calls where a filter can say so."""
    count = html.Span(_calls_text(one.calls), className="t1 mut nw")
    if one.kind == "type":
        return [html.Span([f"type {one.seen.type}, ", value_text(one.seen)], className="mono clip"), count]
    if one.bound is None:
        words, test = value_text(one.seen), exactly(one.seen.value)
    else:
        sign = ">" if one.kind == "above" else "<"
        words, test = f"{one.kind} {number_text(one.bound)}", f"{sign}{one.bound:.12g}"
    shown = format.shortened(words, MAX_VALUE)
    return [dcc.Link(shown, href=calls(series.name, test, of, state), className="mono clip"), count]


def _calls_text(count: int) -> str:
    return "1 call" if count == 1 else f"{format.count(count)} calls"


def field(name: str) -> str:
    """The filter's name of a value."""
    return "return" if name == "return" else f"data.{name}"


def calls(name: str, test: str, of: Fn, state: PageState, *more: str) -> str:
    """The function's calls whose value passes a test, further clauses added."""
    return links.calls_of(state, of.group, of.name, f"{field(name)}:{test}", *more)


def exactly(value: object) -> str:
    """The test that finds this very value; of a long one, the values that hold its beginning."""
    text = str(value)
    operator, text = ("", text[:-1]) if len(text) >= MAX_TEXT else ("=", text)
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{operator}"{escaped}"'


def value_text(one: Seen) -> str:
    return format.value(one.value, one.type)


def number_text(number: float) -> str:
    return f"{number:,.6g}"
