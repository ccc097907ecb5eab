from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard import fn

NAMES = st.text(min_size=1)


@given(st.text(), st.text(), NAMES)
def test_a_function_written_into_a_link_is_read_back(group: str, scope: str, name: str) -> None:
    assert fn.read(fn.write(group, scope, name)) == fn.Fn(group, scope, name)


def test_a_name_with_slashes_stays_readable_in_the_link() -> None:
    assert fn.write("shop", "", "GET /users/{id}") == "shop//GET /users/{id}"


def test_text_that_names_no_function_is_none() -> None:
    assert [fn.read(text) for text in ("", "shop", "shop/core", "shop/core/")] == [None] * 4


def test_the_short_name_is_the_last_part() -> None:
    assert fn.short("Cart.total.<locals>.<lambda>") == "<lambda>"
    assert fn.short("price_order") == "price_order"
