"""What the filter's spans look like as a whole: counts, charts, facets, and what sets some of them apart."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from dash import Input, Output, State, no_update

from callbacks import traces_query
from callbacks.binding import serve
from callbacks.searches import newest_only
from callbacks.traces_query import ListQuery
from dashboard import links, trace_filter, url
from dashboard.components import trace_difference, trace_facets, trace_hidden
from dashboard.components.states import Failure, failed
from dashboard.components.trace_charts import chart_data
from dashboard.components.trace_facets import Choice
from dashboard.ids import Shell, Traces
from queries import filters
from queries.difference import Region, difference
from queries.errors import FilterError
from queries.filter_tree import EMPTY, And, Filter, Not
from queries.limits import TimeRange
from queries.measures import SELF_GROUP
from queries.survey import FACETS, Survey, survey

if TYPE_CHECKING:
    from dash import Dash

    from callbacks.context import Context

Data = Mapping[str, Any]
KEPT_SECONDS = 5.0  # how long one survey serves everybody who asks the same
LISTED = Input(Traces.LISTED, "data")  # counted beside them, the rows came four times as late


def show_counts(ctx: Context, data: Data | None, *_: Any) -> tuple[Any, Any, Any]:
    """All that is counted of a list, in one answer: each of its own takes the page 30 ms more."""
    return *show_survey(ctx, data), show_hidden(ctx, data)


def show_survey(ctx: Context, data: Data | None) -> tuple[Any, Any]:
    """Charts and facets of the list that the URL asks for."""
    if not data:
        return no_update, no_update
    try:
        query = traces_query.of_url(ctx, data)
    except FilterError:
        return None, None
    whole = taken(ctx, query, query.q, FACETS)
    choices = [choice(ctx, query, whole, field) for field in FACETS]
    return chart_data(whole, query.range, query.serial), trace_facets.facets(choices)


def taken(ctx: Context, query: ListQuery, text: str, fields: tuple[str, ...]) -> Survey:
    """One survey for all who ask for the same within a few seconds."""
    wanted = traces_query.visible(filters.parse(text), query.noise)
    return kept(ctx, query, wanted, fields, 60)


def show_hidden(ctx: Context, data: Data | None) -> Any:
    """How many probes and own spans match the filter and are left out of the list."""
    if not data:
        return no_update
    try:
        query = traces_query.of_url(ctx, data)
    except FilterError:
        return None
    return [pill for pill in (noisy(ctx, query), own(ctx, query, data)) if pill] or None


def noisy(ctx: Context, query: ListQuery) -> Any:
    """The pill of the noise: it hides what is shown, and shows what is hidden."""
    patterns = ctx.settings.traces.noise
    noise = traces_query.noise(patterns)
    wanted = filters.parse(query.q)
    if noise == EMPTY or traces_query.names_noise(wanted, noise):
        return None
    found = counted(ctx, query, And((wanted, noise, Not(traces_query.OWN))))
    return trace_hidden.noise(found.spans, found.exact, patterns, shown=query.noise == EMPTY)


def own(ctx: Context, query: ListQuery, data: Data) -> Any:
    """The pill of Flowglass' own spans."""
    wanted = filters.parse(query.q)
    if traces_query.names_own(wanted):
        return None
    found = counted(ctx, query, And((wanted, traces_query.OWN)))
    text = f"{query.q} {links.clause('group', SELF_GROUP)}".strip()
    return trace_hidden.pill(found.spans, found.exact, links.calls(url.from_data(data), text))


def counted(ctx: Context, query: ListQuery, wanted: Filter) -> Survey:
    """How many spans match, nothing else."""
    return kept(ctx, query, wanted, (), 1)


def kept(ctx: Context, query: ListQuery, wanted: Filter, fields: tuple[str, ...], steps: int) -> Survey:
    """The survey of these spans that was taken within the last seconds, or a new one."""
    length, ended = query.range.length_ns, query.range.end_ns // round(KEPT_SECONDS * 10**9)
    key = ("survey", filters.to_text(wanted), length, ended, fields, steps)
    take = partial(survey, ctx.reader, wanted, query.range, steps=steps, facets=fields)
    return ctx.cache.get(key, take, KEPT_SECONDS)


def choice(ctx: Context, query: ListQuery, whole: Survey, field: str) -> Choice:
    """A facet counts as if the filter said nothing about its own field, so that more of it can be chosen."""
    included, excluded = trace_filter.picked(query.q, field)
    if included or excluded:
        whole = taken(ctx, query, trace_filter.without_field(query.q, field), (field,))
    return Choice(whole.facets[field], whole.exact, included, excluded)


def show_difference(ctx: Context, wish: Data | None, data: Data | None) -> Any:
    """What sets the spans of the selected region apart from the others."""
    if not wish or not data or not wish.get("start_ns"):
        return None
    query = traces_query.of_url(ctx, data)
    when = TimeRange(int(wish["start_ns"]), int(wish["end_ns"]))
    region = Region(when, int(wish["low_ns"]), int(wish["high_ns"]))
    found = difference(ctx.reader, query.filter, query.range, region)
    return trace_difference.shown(found, region)


def counts_failed(failure: Failure) -> tuple[Any, Any, Any]:
    return {"error": failure.what}, failed(failure), no_update


def register(app: Dash, ctx: Context) -> None:
    serve(
        app, ctx, newest_only(show_counts),
        Output(Traces.SURVEY, "data"), Output(Traces.FACETS, "view"), Output(Traces.HIDDEN, "view"),
        State(Traces.QUERY, "data"), Input(Shell.REFRESH_SLOW, "data"), LISTED, on_failure=counts_failed,
        with_page=False,
    )  # fmt: skip
    serve(
        app, ctx, newest_only(show_difference, at=1),
        Output(Traces.DIFFERENCE, "view"), Input(Traces.REGION, "data"), State(Traces.QUERY, "data"),
    )  # fmt: skip
