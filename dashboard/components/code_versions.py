"""The versions of one function: numbered by their first day, listed youngest first, one of them open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dash.development.base_component import Component

from dashboard import format, links
from dashboard.components.marks import Children, classes, icon
from dashboard.components.states import empty
from dashboard.components.tables import Column, cell, row, table
from dashboard.fn import Fn
from dashboard.light import dcc, html
from dashboard.url import PageState
from queries.code import CodeVersion
from queries.code_history import VersionFigures

NOTABLE = 0.10  # a percentile a tenth above the version before is marked
NOTABLE_ERRORS = 1.5  # times the error rate of the version before


@dataclass(frozen=True)
class Numbered:
    """A version with its number: v1 is the one that was seen first."""

    number: int
    version: CodeVersion

    @property
    def label(self) -> str:
        return f"v{self.number}"


@dataclass(frozen=True)
class Opened:
    """The function that is open, its versions oldest first, and which of them is shown."""

    fn: Fn
    versions: tuple[Numbered, ...]
    at: int  # index into versions; -1 when there are none
    against: int = -1  # index of the version it is compared with, -1 when it is not

    @property
    def shown(self) -> Numbered | None:
        return self.versions[self.at] if self.versions else None

    @property
    def before(self) -> Numbered | None:
        """The version before the one shown."""
        return self.versions[self.at - 1] if self.at > 0 else None

    @property
    def compared(self) -> Numbered | None:
        return self.versions[self.against] if self.against >= 0 else None

    @property
    def latest(self) -> bool:
        return self.at == len(self.versions) - 1


def opened(fn: Fn, versions: Sequence[CodeVersion], chosen: str = "", against: str = "") -> Opened:
    """Versions in any order become numbered ones. `chosen` and `against` are hashes, or their beginnings."""
    ordered = sorted(versions, key=lambda version: (version.first_seen_ns, version.hash))
    numbered = tuple(Numbered(at + 1, version) for at, version in enumerate(ordered))
    youngest = max(range(len(ordered)), key=lambda at: ordered[at].last_seen_ns, default=-1)
    return Opened(fn, numbered, _index(ordered, chosen, youngest), _index(ordered, against, -1))


def _index(versions: Sequence[CodeVersion], hash: str, otherwise: int) -> int:
    found = [at for at, version in enumerate(versions) if hash and version.hash.startswith(hash)]
    return found[0] if found else otherwise


def listed(opened: Opened, figures: Sequence[VersionFigures], state: PageState, over: str) -> Component:
    """Version, when it was seen, calls, percentiles, error rate; a click opens the version's source.

    `over` says in words which time the figures are of.
    """
    if not opened.versions:
        return empty("No version is known", "Only calls recorded with flowglass say which source they ran.")
    by_hash = {figure.hash: figure for figure in figures}
    heads = [
        Column("Version"), Column("Seen from, to"), Column("Calls", right=True), Column("p50", right=True),
        Column("p95", right=True), Column("p99", right=True), Column("Err %", right=True), Column(""),
    ]  # fmt: skip
    rows = [_row(opened, at, by_hash, state) for at in reversed(range(len(opened.versions)))]
    note = html.Div(f"Times in ms, of the {over}.", className="t1 mut versions-note")
    return html.Div([table(heads, rows, label="Versions"), note], className="versions")


def _row(opened: Opened, at: int, by_hash: Mapping[str, VersionFigures], state: PageState) -> Component:
    numbered = opened.versions[at]
    figure = by_hash.get(numbered.version.hash)
    before = by_hash.get(opened.versions[at - 1].version.hash) if at else None
    name = dcc.Link(html.B(numbered.label), href=version_href(opened, numbered, state), className="plain")
    cells = [
        cell(name),
        cell(_seen(opened, at), "sub nw", title=_seen_title(numbered.version)),
        *_figures(figure, before),
        cell(_compare(opened, at, state), "diff"),
    ]
    return row(cells, look="sel" if at == opened.at else "", key=numbered.version.hash)  # fmt: skip


def _seen(opened: Opened, at: int) -> str:
    """From when to when: times on the day anything was last seen, days before it."""
    version = opened.versions[at].version
    today = format.moment(max(one.version.last_seen_ns for one in opened.versions)).date()
    first, last = format.moment(version.first_seen_ns), format.moment(version.last_seen_ns)
    if first.date() == last.date() == today:
        return format.window(version.first_seen_ns, version.last_seen_ns)
    if first.date() == last.date():
        return f"{first.day} {first:%b %H:%M} {format.NONE} {last:%H:%M}"
    end = f"{last:%H:%M}" if last.date() == today else f"{last.day} {last:%b}"
    return f"{first.day} {first:%b} {format.NONE} {end}"


def _seen_title(version: CodeVersion) -> str:
    first, last = format.day_clock(version.first_seen_ns), format.day_clock(version.last_seen_ns)
    return f"First seen {first}, last seen {last}"


def since_text(opened: Opened, numbered: Numbered) -> str:
    """When a version was first seen: the time alone when that was on the last day anything was seen."""
    first = numbered.version.first_seen_ns
    last = max(one.version.last_seen_ns for one in opened.versions)
    today = format.moment(first).date() == format.moment(last).date()
    return (format.clock if today else format.day_clock)(first)


def _figures(figure: VersionFigures | None, before: VersionFigures | None) -> list[Component]:
    if figure is None:
        return [cell(format.NONE, "r mut") for _ in range(5)]
    then = (before.p50_ns, before.p95_ns, before.p99_ns) if before else (None, None, None)
    pairs = zip((figure.p50_ns, figure.p95_ns, figure.p99_ns), then, strict=True)
    shown = [cell(format.milliseconds(now), classes("r", _slower(now, old))) for now, old in pairs]
    worse = before is not None and figure.error_rate > max(before.error_rate * NOTABLE_ERRORS, 0.001)
    errors = cell(format.percent(figure.error_rate), classes("r", "bad" if worse else ""))
    return [cell(format.count(figure.calls), "r"), *shown, errors]


def _slower(now: int, then: int | None) -> str:
    return "bad" if then and now > then * (1 + NOTABLE) else ""


def _compare(opened: Opened, at: int, state: PageState) -> Children:
    """Against which version the open one can be laid."""
    if at == opened.at or opened.shown is None:
        return None
    other = opened.versions[at]
    href = compare_href(opened, opened.shown, other, state)
    title = f"Compare {opened.shown.label} with {other.label}"
    return dcc.Link(icon("file-diff"), href=href, className="plain", title=title)


def version_href(opened: Opened, numbered: Numbered, state: PageState) -> str:
    """The page with this version's source open."""
    at = numbered.number - 1
    extra = {} if at == len(opened.versions) - 1 else {"v": numbered.version.hash}
    return links.code(state, opened.fn.group, opened.fn.scope, opened.fn.name, **extra)


def compare_href(opened: Opened, shown: Numbered, other: Numbered, state: PageState) -> str:
    """The page with the text difference between two versions."""
    extra = {"v": shown.version.hash, "with": other.version.hash}
    return links.code(state, opened.fn.group, opened.fn.scope, opened.fn.name, **extra)
