"""Links from one tab into another, keeping the range that is on the screen."""

from __future__ import annotations

from urllib.parse import quote

from dashboard import fn, url
from dashboard.url import PageState


def code(state: PageState, group: str, scope: str, name: str, **extra: str) -> str:
    """Code Inspector on this function; `extra` are keys of that tab, such as `v`."""
    return url.href(_fresh(state, "code"), fn=fn.write(group, scope, name), extra=extra)


def calls(state: PageState, q: str) -> str:
    """Trace Explorer with this filter text."""
    return url.href(_fresh(state, "traces"), q=q)


def tab(state: PageState, key: str) -> str:
    """That tab with the range that is on the screen."""
    return url.href(_fresh(state, key))


def clause(field: str, value: str, operator: str = ":=") -> str:
    """One clause of a filter text, quoted so that any value survives."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{field}{operator}"{escaped}"'


def calls_text(group: str, name: str, *more: str) -> str:
    """The filter text for the calls of one process, further clauses added."""
    return " ".join([clause("process", name), clause("group", group), *more])


def calls_of(state: PageState, group: str, name: str, *more: str) -> str:
    """Trace Explorer on the calls of one process, further clauses added."""
    return calls(state, calls_text(group, name, *more))


def external(template: str, trace_id: str, span_id: str) -> str:
    """The address of this trace in the tool that the settings name, "" when they name none."""
    ids = {"{trace_id}": trace_id, "{span_id}": span_id}
    for place, id in ids.items():
        template = template.replace(place, quote(id, safe=""))
    return template


def _fresh(state: PageState, tab: str) -> PageState:
    return PageState(tab, state.range, state.start_ns, state.end_ns)
