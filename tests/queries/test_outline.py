"""The outline of a trace: every call once, in start order, whatever the parts and segments."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Settings
from data.store import Store
from queries.base import Reader
from queries.errors import BadCursor, TooManyRows
from queries.outline import outline
from tests.support import shop

NOW = 1_795_269_755_900_000_000
SECOND = 10**9


def test_each_call_has_its_names_times_and_caller(tmp_path: Path) -> None:
    reader = Reader.open(shop.shop(tmp_path, shop.failing_order(NOW), NOW))
    found = outline(reader, shop.TRACE)
    first, last = found.rows[0], found.rows[-1]
    assert (first.process, first.group, first.scope, first.parent_span_id) == (
        "create_order",
        "orders",
        "shop.orders",
        "",
    )
    assert (first.start_ns, first.duration_ns, first.error, first.exception) == (
        NOW,
        3280 * 10**6,
        True,
        "GatewayTimeout",
    )
    assert (last.process, last.parent_span_id) == ("acquirer.post", shop.CHARGE.zfill(16))
    assert (found.spans, found.next_cursor) == (5, None)


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
def test_the_parts_together_hold_every_call_once(tmp_path: Path, limit: int) -> None:
    """Many calls start in the same microsecond, and two days lie in two segments."""
    midnight = NOW - NOW % (86_400 * SECOND)
    spans = [
        shop.span(shop.TRACE, f"{at + 1:x}", "", "line", "orders", midnight - 5_000 + at // 4 * 1_000, 1)
        for at in range(40)
    ]
    reader = Reader.open(shop.shop(tmp_path, spans, NOW))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        part = outline(reader, shop.TRACE, cursor=cursor, limit=limit)
        seen += [row.span_id for row in part.rows]
        cursor = part.next_cursor
        assert part.spans == 40
        if cursor is None:
            break
    assert sorted(seen) == sorted(f"{at + 1:016x}" for at in range(40))


def test_a_value_in_a_stale_run_is_marked(tmp_path: Path) -> None:
    spans = [
        shop.span(f"{at + 1:032x}", f"{at + 1:x}", "", "fx_rate", "pricing", NOW - (9 - at) * SECOND, 1,
                  primary=0, observations=(shop.seen("return", 1.0842, source="return"),))
        for at in range(8)
    ]  # fmt: skip
    settings = Settings()
    store = Store.open(tmp_path, settings.store, settings.staleness, lambda: NOW)
    store.write(spans)
    store.close()
    (row,) = outline(Reader.open(tmp_path), f"{8:032x}").rows
    assert row.stale


def test_other_traces_that_share_half_an_id_are_kept_apart(tmp_path: Path) -> None:
    other = "ff" * 8 + shop.TRACE[16:]
    spans = [*shop.failing_order(NOW), shop.span(other, "b1", "", "stranger", "orders", NOW, 1)]
    found = outline(Reader.open(shop.shop(tmp_path, spans, NOW)), shop.TRACE)
    assert "stranger" not in {row.process for row in found.rows}
    assert found.spans == 5


def test_what_is_not_a_trace_has_no_outline(tmp_path: Path) -> None:
    reader = Reader.open(tmp_path)
    assert outline(reader, shop.TRACE).rows == ()
    assert outline(reader, "not hex").rows == ()
    with pytest.raises(BadCursor):
        outline(reader, shop.TRACE, cursor="nonsense")
    with pytest.raises(TooManyRows):
        outline(reader, shop.TRACE, limit=10_001)
