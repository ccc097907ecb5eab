"""How the values of each type are shown: builtins, the standard library, data classes, arrays, the rest."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from flowglass.summary import ITEMS, KINDS, LONGEST_TEXT, Budget, Kind, Text, fields, items, pairs

_read = type.__getattribute__  # a metaclass may put anything before it
Summariser = Callable[[Any], Any]
REGISTERED: dict[type, Summariser] = {}
PLAIN_DTYPES = "biufcSUMm"  # numpy kinds whose items are plain values
_DEFAULT_SLOTS = frozenset({"__dict__", "__weakref__"})


def choose(kind: type, name: str) -> Kind:
    """How values of a type are shown, from the type alone."""
    mro = _read(kind, "__mro__")
    for base in mro:
        if base in REGISTERED:
            return Kind(name, None, _registered(REGISTERED[base]))
    if (scalar := _scalar(kind, name, mro)) is not None:
        return Kind(name, None, scalar)
    for base in mro:
        if base in _BUILTIN:
            return Kind(name, _BUILTIN[base](name))
    if (text := _standard(mro) or _data(mro)) is not None:
        return Kind(name, text)
    return Kind(name, _object(name, mro))


def _where(kind: type) -> str:
    return f"{_read(kind, '__module__')}.{_read(kind, '__name__')}"


def summariser(kind: type) -> Callable[[Summariser], Summariser]:
    """Shows values of a type and its subclasses in your own way: `@summariser(Order)` on a function of one.

    It runs inside the traced call, so it should be quick; what it raises stays here. A number stays one.
    """

    def register(function: Summariser) -> Summariser:
        REGISTERED[kind] = function
        KINDS.clear()  # what was worked out without it
        return function

    return register


def _registered(summariser: Summariser) -> Callable[[Any], Any]:
    def scalar(value: Any) -> Any:
        result = summariser(value)
        if type(result) in (int, float, bool):
            return result
        return (result if type(result) is str else str(result))[:LONGEST_TEXT]

    return scalar


def _scalar(kind: type, name: str, mro: tuple[type, ...]) -> Callable[[Any], Any] | None:
    """Number-like types travel as numbers (or, for exact decimals, as their digits)."""
    if any(_where(base) == "enum.Enum" for base in mro):
        return lambda value: f"{name}.{object.__getattribute__(value, '_name_')}"
    if int in mro:
        return lambda value: int.__add__(value, 0)
    if float in mro:
        return float.__float__
    if str in mro:
        return lambda value: str.__str__(value)[:LONGEST_TEXT]
    where = _where(kind)
    if where in ("decimal.Decimal", "fractions.Fraction"):
        return lambda value: str(value) if sys.getsizeof(value) < 512 else f"{value:.20e}"
    if any(_where(base) == "numpy.generic" for base in mro):
        return lambda value: value.item() if value.dtype.kind in "biuf" else str(value)[:LONGEST_TEXT]
    return None


def _sequence(base: type, opening: str, closing: str) -> Callable[[str], Text]:
    size, iterate = base.__dict__["__len__"], base.__dict__["__iter__"]  # never a subclass's own

    def of(name: str) -> Text:
        head = opening if name == base.__name__ else f"{name}({opening}"
        tail = closing if name == base.__name__ else f"{closing})"
        return lambda value, budget: f"{head}{items(iterate(value), size(value), budget)}{tail}"

    return of


def _tuple(name: str) -> Text:
    if name == "tuple":
        return lambda value, budget: f"({items(value, len(value), budget)}{',' if len(value) == 1 else ''})"

    def text(value: Any, budget: Budget) -> str:
        names = getattr(type(value), "_fields", None)
        stored = tuple.__iter__(value)
        if type(names) is tuple:
            return f"{name}({fields(zip(names, stored), budget)})"  # noqa: B905 - as many as there are
        return f"{name}({items(stored, tuple.__len__(value), budget)})"

    return text


def _dict(name: str) -> Text:
    def text(value: Any, budget: Budget) -> str:
        inside = f"{{{pairs(dict.items(value), dict.__len__(value), budget)}}}"
        return inside if name == "dict" else f"{name}({inside})"

    return text


def _bytes(name: str) -> Text:
    def text(value: Any, budget: Budget) -> str:
        size = len(memoryview(value).cast("B")) if name == "memoryview" else len(value)
        start = bytes(memoryview(value).cast("B")[:32])
        return repr(start) if size <= 32 else f"{start!r}… {size:,} bytes"

    return text


def _constant(of: Callable[[Any], str]) -> Callable[[str], Text]:
    return lambda name: lambda value, budget: of(value)


def _qualified(value: Any) -> str:
    return f"{value.__module__}.{value.__qualname__}"[:200]


def _module(value: Any) -> str:
    return f"<module {types.ModuleType.__getattribute__(value, '__name__')}>"


def _type_text(value: Any) -> str:
    return f"<class {_read(value, '__module__')}.{_read(value, '__qualname__')}>"[:200]


_ARGS: Any = BaseException.__dict__["args"]


def _exception(name: str) -> Text:
    def text(value: Any, budget: Budget) -> str:
        args = _ARGS.__get__(value)
        return f"{name}({items(args, len(args), budget)})"

    return text


_BUILTIN: dict[type, Callable[[str], Text]] = {
    tuple: _tuple,
    dict: _dict,
    list: _sequence(list, "[", "]"),
    set: _sequence(set, "{", "}"),
    frozenset: _sequence(frozenset, "{", "}"),
    bytes: _bytes,
    bytearray: _bytes,
    memoryview: _bytes,
    BaseException: _exception,
    type: _constant(_type_text),
    complex: _constant(complex.__repr__),
    range: _constant(repr),
    slice: _constant(lambda value: f"slice of {type(value.start).__name__}"),
    types.FunctionType: _constant(lambda value: f"<function {_qualified(value)}>"),
    types.BuiltinFunctionType: _constant(lambda value: f"<function {value.__qualname__}>"[:200]),
    types.MethodType: _constant(lambda value: f"<method {value.__func__.__qualname__}>"[:200]),
    types.ModuleType: _constant(_module),
    types.GeneratorType: _constant(lambda value: f"<generator {value.__qualname__}>"[:200]),
    types.CoroutineType: _constant(lambda value: f"<coroutine {value.__qualname__}>"[:200]),
    types.AsyncGeneratorType: _constant(lambda value: f"<async generator {value.__qualname__}>"[:200]),
}  # fmt: skip


def _standard(mro: tuple[type, ...]) -> Text | None:
    """Types of the standard library whose own text is short and safe, found without importing them."""
    for base in mro:
        where = _where(base)
        if where in _ISO:
            iso = base.__dict__["isoformat"]
            return lambda value, budget: str(iso(value))
        if where in _OWN_TEXT:
            own: Any = base.__str__
            return lambda value, budget: str(own(value))[:LONGEST_TEXT]
        if where in _FILES:
            return _file(where)
        if where == "collections.deque":
            size, iterate = base.__dict__["__len__"], base.__dict__["__iter__"]
            return lambda value, budget: f"deque([{items(iterate(value), size(value), budget)}])"
        if where == "array.array":
            return lambda value, budget: (
                f"array('{value.typecode}', [{items(value[:ITEMS], len(value), budget)}])"
            )
    return None


_ISO = frozenset({"datetime.datetime", "datetime.date", "datetime.time"})
_OWN_TEXT = frozenset(
    {"datetime.timedelta", "datetime.timezone", "uuid.UUID", "pathlib.PurePath", "pathlib._local.PurePath",
     "zoneinfo.ZoneInfo", "ipaddress.IPv4Address", "ipaddress.IPv6Address", "ipaddress.IPv4Network",
     "ipaddress.IPv6Network", "re.Pattern"}
)  # fmt: skip
_FILES = frozenset(
    f"_io.{name}" for name in ("TextIOWrapper", "BufferedReader", "BufferedWriter", "FileIO")
) | {"_io.BufferedRandom"}


def _file(where: str) -> Text:
    """A file: where it is and how it is open; nothing is read."""
    short = where.rpartition(".")[2]

    def text(value: Any, budget: Budget) -> str:
        return f"<{short} {text_of_name(value)}>"

    def text_of_name(value: Any) -> str:
        name = value.name
        return f"{name[:200]!r} {value.mode}" if type(name) is str else f"descriptor {name}"

    return text


def _data(mro: tuple[type, ...]) -> Text | None:
    """Arrays, frames and anything else that has a shape."""
    names = {f"{_read(base, '__module__').partition('.')[0]}.{_read(base, '__name__')}" for base in mro}
    if "numpy.ndarray" in names:
        return _array if _where(mro[0]) == "numpy.ndarray" else _shaped
    if names & {"pandas.DataFrame", "polars.DataFrame"}:
        return _frame
    stored = set().union(*(_read(base, "__dict__") for base in mro))
    return _shaped if {"shape", "dtype"} <= stored else None


def _array(value: Any, budget: Budget) -> str:
    head = _shaped(value, budget)
    if value.dtype.kind not in PLAIN_DTYPES or not value.size:
        return head
    first = ", ".join(str(one)[:40] for one in value.flat[:ITEMS].tolist())
    return f"{head} [{first}{', …' if value.size > ITEMS else ''}]"


def _shaped(value: Any, budget: Budget) -> str:
    shape = " x ".join(f"{int(size):,}" for size in islice(value.shape, 8))
    return f"{shape or 'one value'}, {str(value.dtype)[:60]}"


def _frame(value: Any, budget: Budget) -> str:
    rows, columns = value.shape
    names = ", ".join(str(name)[:40] for name in islice(value.columns, FRAME_COLUMNS))
    return f"{rows:,} x {columns:,}: {names}{', …' if columns > FRAME_COLUMNS else ''}"


FRAME_COLUMNS = 8


def _object(name: str, mro: tuple[type, ...]) -> Text:
    """Any other object: its public stored fields."""
    hidden = _hidden(mro)
    slots = tuple(
        (slot, member)
        for base in reversed(mro)
        for slot, member in _read(base, "__dict__").items()
        if "__slots__" in _read(base, "__dict__")
        and type(member) is types.MemberDescriptorType and not slot.startswith("_") and slot not in hidden
    )  # fmt: skip

    def stored(value: Any) -> Iterator[tuple[str, Any]]:
        for slot, member in slots:
            try:
                yield slot, member.__get__(value)
            except AttributeError:
                continue  # never set
        try:
            inside = object.__getattribute__(value, "__dict__")
        except AttributeError:
            return
        if type(inside) is dict:
            for key, one in list(islice(inside.items(), 64)):
                if type(key) is str and not key.startswith("_") and key not in hidden:
                    yield key, one

    def text(value: Any, budget: Budget) -> str:
        inside = fields(stored(value), budget)
        return f"{name}({inside})" if inside else f"<{name}>"

    return text


def _hidden(mro: tuple[type, ...]) -> frozenset[str]:
    """Fields a data class keeps out of its own repr."""
    for base in mro:
        declared = _read(base, "__dict__").get("__dataclass_fields__")
        if type(declared) is dict:
            return frozenset(name for name, one in declared.items() if not getattr(one, "repr", True))
    return frozenset()
