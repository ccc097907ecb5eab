"""Which index a filter goes by, proved by SQLite's own plan; every statement prepared against the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from data.migrate import migrate_main, migrate_segment
from data.sqlite import Connection, connect_writer
from queries import (
    cells,
    code,
    code_history,
    code_sample,
    fetch,
    health,
    measures,
    names,
    overview,
    plan,
    scan,
    span,
    stale,
    tail,
)
from queries.base import Reader, Session
from queries.filters import Filter, parse
from queries.limits import BODY_SECONDS, SEARCH_SECONDS
from queries.plan import Plan, make_plan
from tests.data.made import NOON_NS, call, seen
from tests.data.made import span as made
from tests.queries.made import RANGE, RESOURCES, SCOPES, reader_of, store_of
from tests.queries.made_filters import filters

SPANS = [
    made(
        NOON_NS + n,
        name=f"{'load' if n % 2 else 'price'}_order_{n % 150}",
        resource=RESOURCES[n % 3],
        scope=SCOPES[n % 3],
        observations=(seen("amount", n), seen("return", f"gold {n}", source="return")),
        primary=0,
        attributes={"tier": "gold"},
        status=2 if n % 10 == 0 else 0,
        exception_type="ValueError" if n % 10 == 0 else "",
        end_ns=NOON_NS + n + n * 10**6,
    )
    for n in range(600)
]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("plans")
    with (
        store_of(folder, [SPANS, [call(NOON_NS + n, 7, "stuck") for n in range(3)]], 10**9),
        reader_of(folder) as opened,
    ):
        yield opened


@pytest.fixture
def session(reader: Reader) -> Iterator[Session]:
    with reader.session() as opened:
        yield opened


def planned(session: Session, text: str) -> Plan:
    return make_plan(session, parse(text), RANGE)


@pytest.mark.parametrize(
    ("text", "sources", "settled"),
    [
        ("", [], True),
        ("value:>5", [], False),
        ("process:=load_order_7", [plan.BY_PROCESS], True),
        ("process:=load_order_7 value:>5", [plan.BY_PROCESS], False),
        ("group:shop process:=load_order_3", [plan.BY_PROCESS], True),
        ("process:order", [], False),  # all of them: reading on is faster
        ("process:=load_order_7 OR process:=price_order_8", [plan.BY_PROCESS], True),
        ("status:error", [plan.BY_ERROR], True),
        ("-status:ok", [], False),
        ("status:error group:shop duration:>50ms", [plan.BY_ERROR], True),
        ("duration:>=250ms", [plan.BY_SLOW], True),
        ("duration:>=250ms process:price", [plan.BY_SLOW], True),
        ("duration:=1s", [plan.BY_SLOW], True),
        ("duration:>249ms", [], False),
        ("duration:<1s", [], False),
        ("gold", [plan.BY_TEXT], True),
        ("gold valueerr", [plan.BY_TEXT], True),
        ("gold status:error", [plan.BY_TEXT], False),
        ("load", [plan.BY_TEXT, plan.BY_PROCESS], False),
        ("order", [], False),  # part of too many names
        ("amount", [], False),  # the name of data, which no index knows
        ("order_7", [plan.BY_TEXT, plan.BY_PROCESS], False),
        ("trace:=" + "0" * 31 + "1", [plan.BY_TRACE], False),
        ("0" * 30 + "ff", [plan.BY_TRACE], False),
        ("gold ~status:error", [plan.BY_TEXT], True),
        ("gold OR status:error", [], False),
        ("is:stale", [plan.BY_PROCESS], False),
    ],
)
def test_a_filter_goes_by_the_narrowest_index(
    session: Session, text: str, sources: list[str], settled: bool
) -> None:
    found = planned(session, text)
    assert list(dict.fromkeys(stream.source for stream in found.streams)) == sources
    assert found.keeps_all == settled


@pytest.mark.parametrize(
    "text", ["process:=nobody", "data.nobody:5", "group:shop group:=bank", "kind:server has:data.nobody"]
)
def test_what_cannot_match_is_not_looked_for(session: Session, text: str) -> None:
    assert planned(session, text).never


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *[(text, SEARCH_SECONDS) for text in ("", "42", "gold", '"gold card"', "value:>5", "has:exception")],
        *[
            (text, BODY_SECONDS)
            for text in ("attr.tier:gold", "data.amount:5", "return:gold", "has:attr.tier")
        ],
        *[(text, BODY_SECONDS) for text in ("group:shop -data.amount:5", "x OR return:5")],
    ],
)
def test_only_what_is_asked_of_bodies_by_name_is_worth_waiting_for(
    session: Session, text: str, seconds: float
) -> None:
    assert planned(session, text).seconds == seconds


def explained(session: Session, sql: str, params: dict[str, Any]) -> str:
    """SQLite's plan of a statement on the first segment."""
    rows = session.segment(session.segments[0], f"EXPLAIN QUERY PLAN {sql}", params)
    return "; ".join(row[3] for row in rows)


@pytest.mark.parametrize("order", ["DESC", "ASC"])
@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("process:=load_order_7", "USING COVERING INDEX span_process (process=? AND rowid>? AND rowid<?)"),
        ("status:error", "USING COVERING INDEX span_error (id>? AND id<?)"),
        ("status:error group:shop duration:>50ms", "USING COVERING INDEX span_error (id>? AND id<?)"),
        ("duration:>1s process:price", "USING COVERING INDEX span_slow (id>? AND id<?)"),
        ("gold", "span_text VIRTUAL TABLE INDEX"),
        ("0" * 30 + "ff", "USING COVERING INDEX span_trace (trace_lo=? AND rowid>? AND rowid<?)"),
    ],
)
def test_streams_read_only_the_index_and_never_sort(
    session: Session, text: str, index: str, order: str
) -> None:
    found = planned(session, text)
    stream = found.streams[0]
    sql = scan.TAKE.format(id=stream.id, source=stream.source, test=stream.test, order=order)
    params = {**found.params, "key": stream.key, "low": 0, "high": 2**62, "limit": 10}
    shown = explained(session, sql, params)
    assert index in shown
    assert "TEMP B-TREE FOR ORDER BY" not in shown


@pytest.mark.parametrize("order", ["DESC", "ASC"])
def test_reading_everything_goes_by_the_row_id(session: Session, order: str) -> None:
    found = planned(session, "value:>5")
    params = {**found.params, "low": 0, "high": 2**62, "limit": 10, "rows": 10}
    for sql in (scan.READ.format(where=found.where, edge="1", order=order), scan.NTH.format(order=order)):
        shown = explained(session, sql, params)
        assert "SEARCH span USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in shown
        assert "ORDER BY" not in shown


CALLS = {"process": 1, "low": 0, "high": 9, "version": None, "limit": 1}
ERRORS = {"low": 0, "high": 9, "start": 0, "end": 9, "hidden": "[]", "limit": 1}
FIXED = [
    (fetch.PARENTS, {"traces": "[]", "spans": "[]"}, "USING INDEX span_trace (trace_lo=?)"),
    (span.FIND, {"low": 1, "high": 1, "span": 1}, "USING INDEX span_trace (trace_lo=?)"),
    (fetch.ROWS, ("[]",), "SEARCH span USING INTEGER PRIMARY KEY (rowid=?)"),
    (span.REST, (1,), "SEARCH span USING INTEGER PRIMARY KEY (rowid=?)"),
    (overview.ERRORS, ERRORS, "USING INDEX span_error (id>? AND id<?)"),
    (measures.SCAN, (0, 9), "SEARCH span USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)"),
    (measures.OF_PROCESS, (1, 0, 9), "USING INDEX span_process (process=? AND rowid>? AND rowid<?)"),
    (code.MEMORY, (1, 0, 9), "USING INDEX span_process (process=? AND rowid>? AND rowid<?)"),
    (
        code_history.FAILED.format(within=code_history.BETWEEN), CALLS,
        "USING COVERING INDEX span_error (id>? AND id<?)",
    ),
    (code_history.FAILED.format(within="TRUE"), CALLS, "SCAN span USING COVERING INDEX span_error"),
    (code_sample.SAMPLE, CALLS, "USING INDEX span_process (process=? AND rowid>? AND rowid<?)"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "params", "index"), FIXED)
def test_each_statement_goes_by_its_index(session: Session, sql: str, params: Any, index: str) -> None:
    shown = explained(session, sql, params)
    assert index in shown
    assert "ORDER BY" not in shown


CELLS = [
    (cells.GROUPS.format(memories="x''"), "SEARCH rollup_group USING PRIMARY KEY (tier=? AND t>? AND t<?)"),
    (
        cells.PROCESSES.format(memories="memories"),
        "SEARCH rollup_process USING PRIMARY KEY (tier=? AND t>? AND t<?)",
    ),
    (cells.SOME_PROCESSES, "SEARCH rollup_process USING PRIMARY KEY (tier=? AND t>? AND t<?)"),
    (
        cells.BY_PROCESS.format(durations=cells.DURATIONS),
        "SEARCH rollup_process USING PRIMARY KEY (tier=? AND t>? AND t<?)",
    ),
    (cells.TOGETHER, "SEARCH rollup_group USING PRIMARY KEY (tier=? AND t>? AND t<?)"),
    (
        cells.ONE_PROCESS.format(memories="x''"),
        "SEARCH c USING PRIMARY KEY (tier=? AND t=? AND process_id=?)",
    ),
]


@pytest.mark.parametrize(("sql", "key"), CELLS)
def test_cells_go_by_tier_and_time(session: Session, sql: str, key: str) -> None:
    params = {"tier": 0, "first": 0, "end": 9, "process": 1, "only": "[1]", "groups": "[1]", "inside": 1}
    shown = "; ".join(row[3] for row in session.main(f"EXPLAIN QUERY PLAN {sql}", params))
    assert key in shown


def test_stale_values_go_by_their_index(session: Session) -> None:
    shown = session.main(f"EXPLAIN QUERY PLAN {stale.STALE_NOW}", (1,))
    assert [row[3] for row in shown] == ["SCAN series USING INDEX series_stale"]
    shown = session.main(f"EXPLAIN QUERY PLAN {stale.RUNS}", {"start": 0, "end": 9, "limit": 1})
    assert shown[0][3] == "SEARCH stale_run USING INDEX stale_run_last (last_ns>?)"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[dict[str, Connection]]:
    """Both kinds of file, with the schema of today and nothing in them."""
    opened = {name: connect_writer(tmp_path / f"{name}.db") for name in ("main", "segment")}
    migrate_main(opened["main"], tmp_path / "main.db")
    migrate_segment(opened["segment"], tmp_path / "segment.db")
    yield opened
    for connection in opened.values():
        connection.close()


MAIN = [
    *(value for name, value in vars(names).items() if name.isupper() and isinstance(value, str)),
    plan.NEW_PROCESSES, plan.STALE_RUNS, fetch.RUNS, span.RESOURCE, span.SCOPE, stale.STALE_NOW, stale.COUNT,
    code.VERSIONS, health.ARRIVALS, health.HOURLY, tail.BATCH, tail.OLDEST, tail.BEFORE,
    tail.ARRIVED,
]  # fmt: skip


@pytest.mark.parametrize("sql", MAIN)
def test_every_statement_on_main_can_be_prepared(empty: dict[str, Connection], sql: str) -> None:
    named = dict.fromkeys(re.findall(r"(?<!:):([a-z]\w*)", sql), 1)
    empty["main"].execute(f"EXPLAIN {sql}", named or (1,) * sql.count("?"))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(tree=filters)
def test_every_filter_can_be_prepared(reader: Reader, tree: Filter) -> None:
    with reader.session() as session:
        found = make_plan(session, tree, RANGE)
        params = {**found.params, "low": 0, "high": 9, "ids": "[]"}
        session.segment(session.segments[0], f"EXPLAIN {tail.SIFT.format(where=found.whole)}", params)


def test_what_a_filter_says_is_bound_and_never_part_of_the_statement(session: Session) -> None:
    wicked = "x' OR 1=1 --"
    asks = ("process:{}", "value:={}", "attr.{}:={}", "data.{}:1", "{}", "exception:{}", "resource.{}:1")
    for ask in (*asks, "trace:{}", "file:{}", 'has:"attr.' + wicked + '"'):
        text = ask.format(f'"{wicked}"', f'"{wicked}"')
        found = planned(session, text)
        assert "1=1" not in found.whole + "".join(stream.source + stream.test for stream in found.streams)
