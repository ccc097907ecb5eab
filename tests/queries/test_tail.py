"""The tail follows arrival, not time, and says when it has fallen behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.records import SpanIn
from queries import tail as tails
from queries.filters import EMPTY, Filter, parse, to_text
from queries.tail import tail
from tests.data.made import NOON_NS, ask_main, call
from tests.queries.made import RANGE, batches, reader_of, store_of
from tests.queries.made_filters import filters
from tests.queries.oracle import World, key, matches
from tests.queries.test_traces import STALE, flat, row_key


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(batches, st.lists(filters, min_size=1, max_size=4), st.integers(1, 100))
def test_what_arrived_is_told_in_the_order_it_came(
    writes: list[list[SpanIn]], trees: list[Filter], limit: int
) -> None:
    writes, spans = flat(writes)
    writes = [write for write in writes if write]
    with tempfile.TemporaryDirectory() as name, store_of(Path(name), writes), reader_of(Path(name)) as reader:
        world = World(spans, RANGE, ask_main(Path(name), STALE))
        for tree in [EMPTY, *trees]:
            if "is:new" in to_text(tree):
                continue  # new is a word about a range
            found = tail(reader, 0, tree, limit)
            wanted = [key(span) for write in writes for span in write if matches(world, span, tree)]
            assert (found.batch, found.matched, found.gap) == (len(writes), len(wanted), False), to_text(tree)
            got = [row_key(row) for row in found.rows]
            assert sorted(got) == sorted(wanted[-limit:]) if len(wanted) <= limit else len(got) == limit


def test_a_slow_parent_arrives_last_though_it_began_first(tmp_path: Path) -> None:
    child, parent = call(NOON_NS + 10, 1), call(NOON_NS, 2)
    with store_of(tmp_path, [[child]], 10**6) as store, reader_of(tmp_path) as reader:
        first = tail(reader, None, EMPTY)
        assert (first.rows, first.batch, first.gap) == ((), 1, False)
        assert tail(reader, 1, EMPTY).rows == ()
        store.write([parent])
        news = tail(reader, first.batch, EMPTY)
        assert [row.data_value for row in news.rows] == [2]
        assert (news.batch, news.matched) == (2, 1)


def test_rows_of_one_commit_keep_their_order_of_arrival(tmp_path: Path) -> None:
    values = [5, 3, 9, 1]
    with (
        store_of(tmp_path, [[call(NOON_NS + value, value) for value in values]]),
        reader_of(tmp_path) as reader,
    ):
        assert [row.data_value for row in tail(reader, 0, EMPTY).rows] == values
        assert [row.data_value for row in tail(reader, 0, EMPTY, 2).rows] == [9, 1]
        assert [row.data_value for row in tail(reader, 0, parse("value:>4")).rows] == [5, 9]


def test_who_asks_too_late_is_told_of_the_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = [[call(NOON_NS + n, n)] for n in range(6)]
    with store_of(tmp_path, writes, 10**6), reader_of(tmp_path) as reader:
        assert not tail(reader, 0, EMPTY).gap
        monkeypatch.setattr(tails, "LOOKED_AT", 2)
        late = tail(reader, 0, EMPTY)
        assert late.gap
        assert [row.data_value for row in late.rows] == [4, 5]
        assert not tail(reader, 4, EMPTY).gap
        assert tail(reader, 99, EMPTY).gap  # the store is another one than the asker knew


def test_arrivals_that_are_forgotten_are_a_gap(tmp_path: Path) -> None:
    from data.sqlite import connect_writer

    with store_of(tmp_path, [[call(NOON_NS + n, n)] for n in range(4)], 10**6), reader_of(tmp_path) as reader:
        writer = connect_writer(tmp_path / "main.db")
        writer.execute("DELETE FROM arrivals WHERE batch <= 2")
        writer.close()
        assert tail(reader, 1, EMPTY).gap
        assert not tail(reader, 2, EMPTY).gap
        assert [row.data_value for row in tail(reader, 1, EMPTY).rows] == [2, 3]


def test_without_a_store_there_is_no_news(tmp_path: Path) -> None:
    with reader_of(tmp_path / "nowhere") as reader:
        assert tail(reader, None, EMPTY).batch == 0
        assert tail(reader, 0, EMPTY).rows == ()
