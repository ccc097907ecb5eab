"""What is known of one traced function, and how much of its calls is recorded."""

from __future__ import annotations

import hashlib
import inspect
import itertools
import linecache
import textwrap
import time
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import Any

from flowglass.settings import LEVELS, OFF, TIMING

SPECIAL = 8  # added to a level: something beyond it must be looked at on every call
MEMORY_EVERY = 64  # calls of a function between two looks at the memory
CLOSE_LOOKS = 15  # kept of each function
MOST_SITES = 20_000
LONGEST_SOURCE = 512 * 1024  # characters; 5,000 lines of a hundred
STARTED = time.time()  # of this process, as far as files are concerned


class Site:
    """One traced function. `mode` is what the calling thread reads; the rest is for the sender."""

    __slots__ = (
        "__weakref__", "asked_sample", "brake", "chosen", "code", "counter", "defaults", "file",
        "function", "keep", "least", "line", "looked_at", "marks", "min_ns", "mode", "module",
        "names", "order", "ready", "receiver", "sample", "slow", "source", "spread", "tick",
        "version",
    )  # fmt: skip

    def __init__(self, function: str, module: str, code: CodeType | None) -> None:
        self.function = function
        self.module = module
        self.code = code
        self.file = code.co_filename if code else ""
        self.line = code.co_firstlineno if code else 0
        self.source: str | None = None  # None: not looked at yet
        self.version = ""
        self.names: tuple[str, ...] = ()  # of positional parameters
        self.order: tuple[str, ...] = ()  # of all parameters, as a generated wrapper records them
        self.spread = ""  # name of *args
        self.keep = 0  # positional arguments that have a name
        self.receiver = False  # whether the first one is self or cls, and is left out
        self.defaults: dict[str, Any] = {}
        self.tick: Callable[[], bool] = itertools.cycle((True,) + (False,) * (MEMORY_EVERY - 1)).__next__
        self.counter = itertools.count()
        self.chosen: str | None = None  # level asked for in the code
        self.brake = 0  # levels it was stepped down because it cost too much
        self.least: float | None = None  # seconds, min_duration asked for in the code
        self.asked_sample: float | None = None  # in the code
        self.sample = 1.0
        self.min_ns = 0
        self.slow = False  # its last calls took 5 ms or more
        self.looked_at: list[tuple[int, int]] = []  # nanoseconds of the summaries and of the call itself
        self.marks: dict[str, Any] = {}  # what the encoder prepares once
        self.ready = False  # its mode was worked out
        self.mode = OFF

    @property
    def name(self) -> str:
        """How the site is called in settings: module.function."""
        return f"{self.module}.{self.function}"

    @property
    def level(self) -> int:
        """The level without its special mark."""
        return self.mode & ~SPECIAL

    def counted(self) -> int:
        """Calls at the level that only counts."""
        return int(repr(self.counter)[len("count(") : -1])  # all a count tells without counting on

    def learn(self, cost_ns: int, own_ns: int) -> None:
        """Takes in one call that was looked at closely."""
        self.looked_at.append((cost_ns, own_ns))
        del self.looked_at[:-CLOSE_LOOKS]

    def typical(self) -> tuple[float, float]:
        """Nanoseconds of a call's summaries and of the call itself: the middle of the last close looks."""
        costs, owns = (sorted(one[place] for one in self.looked_at) for place in (0, 1))
        return costs[len(costs) // 2], owns[len(owns) // 2]

    def set_level(self, level: int, special: bool) -> None:
        """Switches the site; the next call sees it."""
        self.mode = level | SPECIAL if special and level >= TIMING else level


# By code, so that a function defined again and again inside another is one site.
SITES: dict[tuple[CodeType | str, str, str], Site] = {}


def describe(target: Callable[..., Any]) -> Site:
    """The site of a function, added to the known ones."""
    code = getattr(inspect.unwrap(target), "__code__", None)
    code = code if isinstance(code, CodeType) else None
    name = str(getattr(target, "__qualname__", None) or getattr(target, "__name__", type(target).__name__))
    if name.endswith("<lambda>") and code is not None:
        name = f"{name}:{code.co_firstlineno}"  # a module has several; their numbers must not be mixed
    module = str(getattr(target, "__module__", "") or "")
    known = SITES.get(identity := (code or "", name, module))
    if known is not None:
        return known
    site = Site(name, module, code)
    _learn_parameters(site, target)
    return SITES.setdefault(identity, site)


def named(name: str, module: str, code: CodeType, line: int) -> Site:
    """The site of a block that was given a name."""
    known = SITES.get(identity := (code, f"{name}:{line}", module))
    if known is None:
        known = Site(name, module, None)
        known.file, known.line = code.co_filename, line
        if len(SITES) >= MOST_SITES:
            return known  # a program that makes names without end
        known = SITES.setdefault(identity, known)
    return known


def _learn_parameters(site: Site, target: Callable[..., Any]) -> None:
    try:
        parameters = inspect.signature(target, follow_wrapped=True).parameters.values()
    except (TypeError, ValueError):
        site.spread = "args"
        return
    names = []
    for one in parameters:
        if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD):
            names.append(one.name)
        elif one.kind is one.VAR_POSITIONAL:
            site.spread = one.name
        if one.default is not one.empty:
            site.defaults[one.name] = one.default
    site.receiver = bool(names) and names[0] in ("self", "cls") and "." in site.function
    site.names = tuple(names)
    site.keep = len(names)


def load_source(site: Site) -> None:
    """Reads the source and its version: 16 hex digits of its hash. Runs on the sender's thread."""
    if site.source is not None:
        return
    text = _source_of(site.code) if site.code else ""
    identity = text or (_without_source(site.code) if site.code else "")
    site.source = _cut(text)
    site.version = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:16] if identity else ""


def _source_of(code: CodeType) -> str:
    """The text that this code was made of; none when nobody has it, or the file was edited since."""
    try:
        text = textwrap.dedent(inspect.getsource(code))
        return "" if _written_since(code.co_filename) and not _still_there(code) else text
    except (OSError, TypeError, ValueError, SyntaxError, IndexError, RecursionError, MemoryError):
        return ""


def _written_since(file: str) -> bool:
    """Whether the file is younger than this process. What is no file, such as a notebook's cell, is not."""
    try:
        return Path(file).stat().st_mtime >= STARTED
    except OSError:
        return False


def _still_there(code: CodeType) -> bool:
    """Whether the file as it is now makes this very code, in this place."""
    text = "".join(linecache.getlines(code.co_filename))
    return code in _made_of(text, code.co_filename)


@lru_cache(maxsize=4)
def _made_of(text: str, file: str) -> frozenset[CodeType]:
    """Every code object of a module."""
    return frozenset(_within(compile(text, file, "exec", dont_inherit=True)))


def _within(code: CodeType) -> Iterator[CodeType]:
    yield code
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield from _within(one)


def _without_source(code: CodeType) -> str:
    """What tells one generated function from another: its instructions and the names they use."""
    return " ".join([code.co_code.hex(), *code.co_names, *code.co_varnames])


def _cut(text: str) -> str:
    """At most LONGEST_SOURCE characters, at the end of a line, with a word that there were more."""
    if len(text) <= LONGEST_SOURCE:
        return text
    kept = text[: text.rfind("\n", 0, LONGEST_SOURCE) + 1] or text[:LONGEST_SOURCE] + "\n"
    return f"{kept}# … {text.count(chr(10), len(kept)):,} further lines were not captured\n"


def level_number(name: str) -> int:
    """The number of a level; an unknown name is an error of the caller."""
    if name not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, not {name!r}")
    return LEVELS.index(name)


def matching(patterns: dict[str, Any], site: Site) -> Any:
    """The setting of the longest pattern that matches the site's name; None when none does."""
    found = [pattern for pattern in patterns if fnmatchcase(site.name, pattern)]
    return patterns[max(found, key=len)] if found else None
