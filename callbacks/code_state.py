"""What every handler of Code Inspector asks first: the state of the page, and the function that is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dash.exceptions import PreventUpdate

from callbacks.window import window
from dashboard import fn, url
from dashboard.components import code_versions
from dashboard.components.code_versions import Opened
from dashboard.fn import Fn
from dashboard.url import PageState
from queries import calls, code, code_sample, source_files
from queries.code_sample import Newest
from queries.code_tree import Relations, relations
from queries.limits import TimeRange
from queries.source_files import DiskSource

if TYPE_CHECKING:
    from callbacks.context import Context
    from live.collector_status import Tracer

Data = Mapping[str, Any] | None


def open_state(data: Data) -> PageState:
    """The state of the page; nothing is answered while another tab is open."""
    state = url.from_data(data)
    if state.tab != "code":
        raise PreventUpdate
    return state


def open_function(ctx: Context, state: PageState) -> Opened | None:
    """The function that the address names, with its versions; None when it names none that is known.

    Every handler of the tab asks for it, so one reads it for all.
    """
    chosen = fn.read(state.fn)
    if chosen is None or not calls.is_known(ctx.reader, chosen.group, chosen.name, chosen.scope):
        return None
    picked = state.extra.get("v", ""), state.extra.get("with", "")
    every = ctx.settings.refresh.vital_seconds
    return ctx.cache.get(("code function", chosen, picked), lambda: _opened(ctx, chosen, picked), every)


def _opened(ctx: Context, chosen: Fn, picked: tuple[str, str]) -> Opened:
    """With the texts of the versions that are looked at, and of no others: there may be many."""
    ask = (ctx.reader, chosen.group, chosen.name, chosen.scope)
    plain = code_versions.opened(chosen, code.versions(*ask, texts_of=()), *picked)
    read = [one.version.hash for one in (plain.shown, plain.before, plain.compared) if one]
    return code_versions.opened(chosen, code.versions(*ask, texts_of=read), *picked) if read else plain


def identity(opened: Opened) -> tuple[str, str, str]:
    """Group, name and scope, as queries take them."""
    return opened.fn.group, opened.fn.name, opened.fn.scope


def relations_of(ctx: Context, opened: Opened, range: TimeRange) -> Relations:
    """Callers and callees, one computation for all panels and viewers."""
    every = ctx.settings.refresh.trends_seconds
    key = ("code relations", *identity(opened), range)
    return ctx.cache.get(key, lambda: relations(ctx.reader, newest_of(ctx, opened, range)), every)


def newest_of(ctx: Context, opened: Opened, range: TimeRange) -> Newest:
    """The newest calls of the function, read once for all that looks at single calls."""
    ask = (ctx.reader, *identity(opened), range)
    every = ctx.settings.refresh.trends_seconds
    return ctx.cache.get(("code newest", *ask[1:]), lambda: code_sample.newest(*ask), every)


def disk_source(ctx: Context, opened: Opened, state: PageState) -> DiskSource | None:
    """The text of a function of another SDK, read below the configured roots, keys in it masked."""
    roots, every = ctx.settings.code.source_roots, ctx.settings.refresh.trends_seconds
    if not roots or opened.versions:
        return None
    ask = (ctx.reader, *identity(opened), window(state, ctx.now_ns(), every))
    place = ctx.cache.get(("code place", *ask[1:]), lambda: source_files.place_of(*ask), every)
    found = source_files.read_source(roots, place) if place else None
    return replace(found, text=ctx.mask_code(found.text)) if found else None


def counted_calls(ctx: Context, opened: Opened) -> int:
    """Calls that the running programs only counted, without spans, since they started."""
    return sum(one.counted.get(_full_name(opened), 0) for one in _tracers(ctx, opened))


def braked_to(ctx: Context, opened: Opened) -> str:
    """The level that a tracer stepped this function down to, because of what it cost; "" when none did."""
    return next(
        (one.braked[name] for one in _tracers(ctx, opened) if (name := _full_name(opened)) in one.braked), ""
    )


def _tracers(ctx: Context, opened: Opened) -> list[Tracer]:
    return [one for one in ctx.status().tracers if one.service == opened.fn.group]


def _full_name(opened: Opened) -> str:
    return f"{opened.fn.scope}.{opened.fn.name}".lstrip(".")


def chosen_function(ctx: Context, data: Data) -> tuple[PageState, Opened]:
    """State and open function; nothing is answered while none is open."""
    state = open_state(data)
    opened = open_function(ctx, state)
    if opened is None:
        raise PreventUpdate
    return state, opened
