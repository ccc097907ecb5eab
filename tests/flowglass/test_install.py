"""Tracing whole modules by name, before and after they are imported, and leaving no trace of it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import flowglass
from flowglass.importing import WATCHER
from flowglass.install import Installed
from tests.flowglass.sink import Sink

Install = Callable[..., Installed]
SHOP = '''
"""A shop."""
import functools
ROUTES = {}

def route(function):
    ROUTES[function.__name__] = function
    return function

def njit(function):
    assert not hasattr(function, "__wrapped__"), "a compiler was given a wrapper"
    return function

@route
def index(page):
    return f"page {page}"

@njit
def fast(x):
    return x

if True:
    def conditional():
        return 1

class Till:
    limit = 3
    def add(self, amount):
        """Adds."""
        return amount
    @property
    def name(self):
        return "till"
    @staticmethod
    def zero():
        return 0
    def __eq__(self, other):
        return True
    class Drawer:
        def open(self):
            return "open"

def where():
    raise ValueError("line 42")
'''


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a package that can be imported and is not yet."""
    package = tmp_path / "corner_shop"
    package.mkdir()
    (package / "__init__.py").write_text(SHOP)
    (package / "till.py").write_text("from corner_shop import Till\ndef sell(n):\n    return Till().add(n)\n")
    (package / "broken.py").write_text("def a(:\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield "corner_shop"
    for name in [name for name in sys.modules if name.startswith("corner_shop")]:
        del sys.modules[name]


@pytest.fixture
def install() -> Iterator[Install]:
    """`flowglass.install`, undone at the end."""
    made: list[Installed] = []

    def installing(*patterns: str, **options: Any) -> Installed:
        made.append(flowglass.install(*patterns, **options))
        return made[-1]

    yield installing
    for one in made:
        one.remove()


def names(sink: Sink) -> list[str]:
    assert flowglass.flush(20)
    # The module's own decorators ran while it was imported.
    return [f"{one.scope}:{one.name}" for one in sink.spans if one.name not in ("route", "njit")]


def test_modules_imported_later_are_traced(sink: Sink, shop: str, install: Install) -> None:
    install("corner_shop.*")
    till = importlib.import_module("corner_shop.till")
    assert till.sell(3) == 3
    seen = names(sink)
    assert seen == ["corner_shop:Till.add", "corner_shop.till:sell"]
    assert sink.spans[-2].parent_id == sink.spans[-1].span_id


def test_what_a_decorator_registered_is_traced(sink: Sink, shop: str, install: Install) -> None:
    install("corner_shop")
    module = importlib.import_module(shop)
    assert module.ROUTES["index"](2) == "page 2"
    assert names(sink) == ["corner_shop:index"]


def test_every_kind_of_member_is_traced_but_comparison(sink: Sink, shop: str, install: Install) -> None:
    install("corner_shop")
    module = importlib.import_module(shop)
    till = module.Till()
    assert (module.conditional(), till.name, till.zero(), till.Drawer().open()) == (1, "till", 0, "open")
    assert till == 3
    assert module.fast(4) == 4
    assert names(sink) == [
        "corner_shop:conditional", "corner_shop:Till.name",
        "corner_shop:Till.zero", "corner_shop:Till.Drawer.open",
    ]  # fmt: skip


def test_nothing_of_it_is_left_in_the_module_and_lines_stay(sink: Sink, shop: str, install: Install) -> None:
    install("corner_shop")
    module = importlib.import_module(shop)
    assert not [name for name in vars(module) if "flowglass" in name]
    assert type(module.__loader__).__name__ == type(module.__spec__.loader).__name__ == "SourceFileLoader"
    assert module.Till.add.__doc__ == "Adds."
    with pytest.raises(ValueError, match="line 42") as caught:
        module.where()
    flowglass.flush(20)
    line = SHOP.splitlines().index('    raise ValueError("line 42")') + 1
    assert caught.traceback[-1].lineno + 1 == line
    assert f"line {line}, in where" in sink.spans[-1].events[0]["exception.stacktrace"]
    assert sink.spans[-1].attributes["code.line.number"] == line - 1


def test_loaded_modules_are_traced_by_name_and_put_back(sink: Sink, shop: str, install: Install) -> None:
    module = importlib.import_module(shop)
    before = dict(vars(module)), dict(vars(module.Till))
    installed = install("corner_*", level="timing")
    module.conditional()
    module.Till().add(3)
    installed.remove()
    module.conditional()
    assert (dict(vars(module)), dict(vars(module.Till))) == before
    assert names(sink) == ["corner_shop:conditional", "corner_shop:Till.add"]
    assert sink.spans[1].value("arg.amount") is None


def test_what_is_excluded_stays_out(sink: Sink, shop: str, install: Install) -> None:
    install("corner_shop.*", exclude=["corner_shop"])
    till = importlib.import_module("corner_shop.till")
    till.sell(1)
    assert names(sink) == ["corner_shop.till:sell"]


def test_what_is_removed_records_no_more(sink: Sink, shop: str, install: Install) -> None:
    installed = install("corner_shop.*")
    till = importlib.import_module("corner_shop.till")
    installed.remove()
    till.sell(1)
    assert names(sink) == []


def test_short_calls_are_left_out_when_asked(sink: Sink, shop: str, install: Install) -> None:
    install("corner_shop.*", min_duration=60)
    importlib.import_module("corner_shop.till").sell(1)
    assert names(sink) == []


def test_a_module_that_cannot_be_compiled_fails_as_before(shop: str, install: Install) -> None:
    install("corner_shop.*")
    with pytest.raises(SyntaxError) as caught:
        importlib.import_module("corner_shop.broken")
    assert caught.value.filename is not None and caught.value.filename.endswith("broken.py")


def test_a_wrong_call_says_what_is_wrong() -> None:
    with pytest.raises(TypeError, match="needs the name"):
        flowglass.install()
    with pytest.raises(ValueError, match="level must be one of"):
        flowglass.install("x", level="loud")


def test_the_finder_goes_when_nobody_is_interested(shop: str, install: Install) -> None:
    before = list(WATCHER.interests)
    installed = install("corner_shop")
    assert WATCHER in sys.meta_path
    installed.remove()
    assert WATCHER.interests == before


def test_the_tracer_never_traces_itself(install: Install) -> None:
    installed = install("flowglass.*", "threading")
    assert installed.replaced == []
