"""How each kind of value is shown, and that no value can hurt."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import io
import math
import pathlib
import re
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

import flowglass
from flowglass.redact import MASK
from flowglass.summary import LONGEST_SUMMARY, LONGEST_TEXT, summarise


class Colour(enum.Enum):
    RED = 1


class Rank(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Order:
    id: int
    items: list[int]
    password: str = "hunter2"
    hidden: str = dataclasses.field(default="x", repr=False)


@dataclasses.dataclass(slots=True)
class Slotted:
    a: int
    b: str = "b"


class Point(NamedTuple):
    x: int
    y: int


class Model(pydantic.BaseModel):
    name: str
    key: pydantic.SecretStr = pydantic.SecretStr("hunter2")


class MyInt(int):
    pass


class MyStr(str):
    pass


class Plain:
    def __init__(self) -> None:
        self.a = 1
        self._private = "hunter2"


def numbers() -> Iterator[int]:
    yield 1


@pytest.mark.parametrize("value", [0, -5, 2**62, 1.5, math.inf, "", "text", True, False, None])
def test_small_values_are_themselves(value: Any) -> None:
    assert summarise(value) is value


@pytest.mark.parametrize(
    ("value", "type_name", "text"),
    [
        ([1, "a", None], "list", "[1, 'a', None]"),
        (list(range(100)), "list", "[0, 1, 2, 3, 4, … 95 more]"),
        ((1,), "tuple", "(1,)"),
        ((1, 2.5), "tuple", "(1, 2.5)"),
        ({"a": 1}, "dict", "{'a': 1}"),
        ({"password": "x", "n": 1}, "dict", f"{{'password': {MASK}, 'n': 1}}"),
        ({3}, "set", "{3}"),
        (frozenset({3}), "frozenset", "{3}"),
        (collections.deque([1]), "deque", "deque([1])"),
        (collections.OrderedDict(a=1), "OrderedDict", "OrderedDict({'a': 1})"),
        (collections.defaultdict(list, {1: [2]}), "defaultdict", "defaultdict({1: [2]})"),
        (b"abc", "bytes", "b'abc'"),
        (b"x" * 2_000, "bytes", f"b'{'x' * 32}'… 2,000 bytes"),
        (bytearray(b"abc"), "bytearray", "b'abc'"),
        (memoryview(b"abc"), "memoryview", "b'abc'"),
        (array.array("i", [1, 2]), "array", "array('i', [1, 2])"),
        (decimal.Decimal("1.50"), "Decimal", "1.50"),
        (fractions.Fraction(1, 3), "Fraction", "1/3"),
        (3j, "complex", "3j"),
        (Colour.RED, "Colour", "Colour.RED"),
        (Rank.HIGH, "Rank", "Rank.HIGH"),
        (MyInt(7), "MyInt", 7),
        (MyStr("x"), "MyStr", "x"),
        (np.float64(2.5), "float64", 2.5),
        (np.int32(3), "int32", 3),
        (np.bool_(True), "bool", True),
        (Point(1, 2), "Point", "Point(x=1, y=2)"),
        (Order(1, [2]), "Order", f"Order(id=1, items=[2], password={MASK})"),
        (Slotted(1), "Slotted", "Slotted(a=1, b='b')"),
        (Model(name="m"), "Model", "Model(name='m', key=<SecretStr>)"),
        (Plain(), "Plain", "Plain(a=1)"),
        (object(), "object", "<object>"),
        (ValueError("no", 3), "ValueError", "ValueError('no', 3)"),
        (dt.datetime(2025, 1, 2, 3, 4, tzinfo=dt.UTC), "datetime", "2025-01-02T03:04:00+00:00"),
        (dt.date(2025, 1, 2), "date", "2025-01-02"),
        (dt.time(3, 4), "time", "03:04:00"),
        (dt.timedelta(seconds=90), "timedelta", "0:01:30"),
        (uuid.UUID(int=5), "UUID", str(uuid.UUID(int=5))),
        (pathlib.PurePosixPath("/tmp/x"), "PurePosixPath", "/tmp/x"),
        (re.compile("a+"), "Pattern", "re.compile('a+')"),
        (range(3), "range", "range(0, 3)"),
        (slice(1), "slice", "slice of NoneType"),
        (int, "type", "<class builtins.int>"),
        (Order, "type", f"<class {__name__}.Order>"),
        (len, "builtin_function_or_method", "<function len>"),
        (numbers, "function", f"<function {__name__}.numbers>"),
        (Plain().__init__, "method", "<method Plain.__init__>"),
        (math, "module", "<module math>"),
        (io.StringIO("abc"), "StringIO", "<StringIO>"),
        (np.arange(6.0).reshape(2, 3), "ndarray", "2 x 3, float64 [0.0, 1.0, 2.0, 3.0, 4.0, …]"),
        (np.array([object()]), "ndarray", "1, object"),
        (np.array(3), "ndarray", "one value, int64 [3]"),
        (np.zeros((0, 3)), "ndarray", "0 x 3, float64"),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "DataFrame", "2 x 2: a, b"),
        (pd.Series([1.0, 2.0]), "Series", "2, float64"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_kind_has_its_short_form(value: Any, type_name: str, text: Any) -> None:
    assert summarise(value) == (type_name, text)


def test_a_file_tells_where_it_is_and_is_not_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with path.open() as file:
        assert summarise(file) == ("TextIOWrapper", f"<TextIOWrapper {str(path)!r} r>")
        assert file.read() == "hello"


def test_a_generator_is_not_consumed() -> None:
    made = numbers()
    assert summarise(made) == ("generator", "<generator numbers>")
    assert next(made) == 1


def test_an_iterator_is_not_consumed() -> None:
    made = iter([1, 2])
    assert summarise(made) == ("list_iterator", "<list_iterator>")
    assert next(made) == 1


def test_long_strings_say_how_long_they_are() -> None:
    type_name, text = summarise("x" * 10_000)
    assert type_name == "str"
    assert text.endswith("… 10,000 characters")
    assert len(text) < LONGEST_TEXT + 200
    assert summarise({"a": "y" * 1_000})[1] == f"{{'a': '{'y' * 60}'…}}"


def test_enormous_numbers_are_short() -> None:
    assert summarise(1 << 1_000_000)[1] == "0x8000000000000000… 1,000,001 bits"
    assert len(str(summarise(decimal.Decimal("9" * 5_000))[1])) < 40


def test_cycles_end() -> None:
    loop: list[Any] = [1]
    loop.append(loop)
    assert summarise(loop) == ("list", "[1, <cycle>]")
    node = Plain()
    node.me = node  # type: ignore[attr-defined]
    assert summarise(node) == ("Plain", "Plain(a=1, me=<cycle>)")


def test_depth_and_breadth_are_bounded() -> None:
    deep: Any = 0
    for _ in range(10_000):
        deep = [deep]
    assert summarise(deep) == ("list", "[[[list(…)]]]")
    wide = {f"key{i}": [list(range(50))] * 50 for i in range(1_000)}
    assert len(summarise(wide)[1]) <= LONGEST_SUMMARY


class Money:
    def __init__(self, cents: int) -> None:
        self.cents = cents


class Price(Money):
    pass


def test_a_type_can_be_shown_in_ones_own_way() -> None:
    assert summarise(Price(5)) == ("Price", "Price(cents=5)")

    @flowglass.summariser(Money)
    def short(money: Money) -> str:
        return f"{money.cents / 100:.2f}"

    assert summarise(Price(550)) == ("Price", "5.50")
    assert summarise([Money(1)]) == ("list", "[0.01]")
    flowglass.summariser(Money)(lambda money: money.cents)
    assert summarise(Price(550)) == ("Price", 550)
    flowglass.summariser(Money)(lambda money: 1 / 0)
    assert summarise(Price(550)) == ("Price", "<not readable>")


class Duck:
    shape = (3, 4)
    dtype = "float16"


def test_whatever_has_a_shape_and_a_type_is_an_array() -> None:
    assert summarise(Duck()) == ("Duck", "3 x 4, float16")


class Nasty:
    """Raises wherever Python lets it."""

    def _no(self, *args: Any) -> Any:
        raise SystemExit("host code was run")

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = __getattr__ = _no
    __getattribute__ = _no
    __class__ = property(_no)  # type: ignore[assignment]


class NastyMeta(type):
    def __getattribute__(cls, name: str) -> Any:
        raise SystemExit("host code was run")

    def __instancecheck__(cls, other: Any) -> bool:
        raise SystemExit("host code was run")


class NastyShape:
    dtype = "x"

    @property
    def shape(self) -> Any:
        raise SystemExit("host code was run")


def lists_of_nasty() -> list[Any]:
    class NastyList(list):  # type: ignore[type-arg]
        __len__ = __iter__ = __repr__ = Nasty._no

    class NastyDict(dict):  # type: ignore[type-arg]
        __len__ = __iter__ = items = __repr__ = Nasty._no

    class NastyStr(str):
        __len__ = __str__ = __repr__ = __getitem__ = Nasty._no

    class NastyInt(int):
        __int__ = __index__ = __repr__ = __str__ = __add__ = Nasty._no

    class NastyError(Exception):
        args = property(Nasty._no)  # type: ignore[assignment]

    return [NastyList([1]), NastyDict(a=1), NastyStr("x"), NastyInt(3), NastyError("x")]


@pytest.mark.parametrize("place", range(7))
def test_a_value_that_raises_from_everywhere_does_not_reach_the_host(place: int) -> None:
    # By place: pytest itself does not survive such values as parameters.
    value = [Nasty(), NastyShape(), *lists_of_nasty()][place]
    for one in (value, [value], {"a": value}, (value,)):
        type_name, text = summarise(one)
        assert type_name and text != ""


def test_a_class_whose_class_raises_does_not_reach_the_host() -> None:
    made = type.__call__(NastyMeta, "Made", (), {})
    value = object.__new__(made)
    assert summarise(value) == ("Made", "<Made>")
    assert summarise(made)[0] == "NastyMeta"


def test_an_interrupt_is_never_swallowed() -> None:
    class Interrupting:
        dtype = "x"

        @property
        def shape(self) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        summarise(Interrupting())
    with pytest.raises(KeyboardInterrupt):
        summarise([Interrupting()])


@given(
    st.recursive(
        st.one_of(
            st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(), st.decimals()
        ),
        lambda inner: st.one_of(
            st.lists(inner),
            st.tuples(inner, inner),
            st.dictionaries(st.text(), inner),
            st.frozensets(st.text()),
        ),
    )
)
def test_whatever_comes_the_answer_is_small(value: Any) -> None:
    made = summarise(value)
    if type(made) is tuple:
        assert len(str(made[1])) <= LONGEST_SUMMARY + 200
    else:
        assert made is value
