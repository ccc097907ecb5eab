"""One value of a function over time, from however many segments."""

from __future__ import annotations

from pathlib import Path

import pytest

from queries import series
from queries.series import value_over_time
from tests.data.made import NOON_NS, call
from tests.queries.made import RANGE, reader_of, store_of


def test_the_newest_points_come_from_as_many_segments_as_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(series, "POINTS", 7)
    writes = [[call(NOON_NS + 1_000 * n, n) for n in range(first, 30, 10)] for first in range(10)]
    span = writes[0][0]
    asked = (span.resource.group, span.name, span.scope.name, span.observations[0].name)
    with store_of(tmp_path, writes), reader_of(tmp_path) as reader:
        with reader.session() as session:
            assert len(session.segments) > 1
        found = value_over_time(reader, *asked, RANGE)
        assert [point.number for point in found.points] == [23, 24, 25, 26, 27, 28, 29]
        assert (found.calls, found.cut, found.distinct, found.type_changes) == (7, True, 7, ())
        monkeypatch.setattr(series, "POINTS", 50)
        whole = value_over_time(reader, *asked, RANGE)
        assert ([point.number for point in whole.points], whole.cut) == (list(range(30)), False)


def test_an_unknown_function_has_no_points(tmp_path: Path) -> None:
    with reader_of(tmp_path) as reader:
        assert value_over_time(reader, "nobody", "nothing", "", "x", RANGE).points == ()
