"""Where settings come from: the TOML file and the environment, each value with its place, typos named."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

PREFIX = "FLOWGLASS_"
CONFIG_VARIABLE = "FLOWGLASS_CONFIG"
SHORT_NAMES = {
    "FLOWGLASS_HOST": ("dashboard", "host"),
    "FLOWGLASS_PORT": ("dashboard", "port"),
    "FLOWGLASS_OTLP_HOST": ("collector", "host"),
    "FLOWGLASS_OTLP_PORT": ("collector", "port"),
    "FLOWGLASS_OTLP_GRPC_PORT": ("collector", "grpc_port"),
    "FLOWGLASS_DATA_DIR": ("store", "data_dir"),
}
PATHS = (("store", "data_dir"), ("alerts", "rules_folder"))  # in a file, relative to it
TRUE_WORDS = frozenset({"1", "true", "yes", "on"})
FALSE_WORDS = frozenset({"0", "false", "no", "off"})

Tables = Mapping[str, type[BaseModel]]


class ConfigError(Exception):
    """A setting that cannot be used, told in one line: where, what, how to mend it."""


class Source:
    """The values found so far, and for each where it was set."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.values: dict[str, dict[str, Any]] = {}
        self.origin: dict[tuple[str, str], str] = {}

    def put(self, table: str, key: str, value: Any, origin: str) -> None:
        self.values.setdefault(table, {})[key] = value
        self.origin[table, key] = origin

    def keys(self, table: str) -> Iterable[str]:
        return self.tables[table].model_fields

    def owner(self, key: str) -> str:
        """The first table that has such a key, "" when none has."""
        return next((table for table in self.tables if key in self.keys(table)), "")


def read_file(source: Source, file: Path) -> None:
    """Puts every key of a TOML file into the source."""
    try:
        text = file.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except OSError as error:
        raise ConfigError(
            f"{file}: cannot be read: {error.strerror}; mend the path in {CONFIG_VARIABLE}"
        ) from None
    except UnicodeDecodeError:
        raise ConfigError(f"{file}: is not UTF-8 text; save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        place = f"{file} line {where[1]}" if where else str(file)
        raise ConfigError(f"{place}: is not valid TOML: {error}") from None
    for table, content in document.items():
        _read_table(source, file, text, table, content)


def _read_table(source: Source, file: Path, text: str, table: str, content: Any) -> None:
    if table not in source.tables:
        place = _place(file, text, table, "") if isinstance(content, dict) else _place(file, text, "", table)
        raise ConfigError(f"{place}: {_unknown_table(source, table, content)}")
    if not isinstance(content, dict):
        place = _place(file, text, "", table)
        raise ConfigError(f"{place}: {table} is a table; write its keys below a line [{table}]")
    for key, value in content.items():
        place = _place(file, text, table, key)
        if key not in source.keys(table):
            raise ConfigError(f"{place}: {_unknown_key(source, table, key)}")
        if (table, key) in PATHS and isinstance(value, str) and value:
            value = str(file.resolve().parent / Path(value).expanduser())
        source.put(table, key, value, place)


def _place(file: Path, text: str, table: str, key: str) -> str:
    """`file line N` of a key, or of a table's head when key is empty; the file alone when not found."""
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[\[?\s*\"?([^\]\"]+?)\"?\s*\]", line)
        current = head[1] if head else current
        if key and not head:
            found = current == table and re.match(rf"\s*\"?{re.escape(key)}\"?\s*=", line)
            dotted = not current and re.match(
                rf"\s*{re.escape(table)}\s*\.\s*\"?{re.escape(key)}\"?\s*=", line
            )
            if found or dotted:
                return f"{file} line {number}"
        elif head and not key and current == table:
            return f"{file} line {number}"
    return str(file)


def _unknown_table(source: Source, name: str, content: Any) -> str:
    owner = source.owner(name)
    if owner and not isinstance(content, dict):
        return f"{name} stands outside a table; did you mean [{owner}] {name}?"
    near = difflib.get_close_matches(name, source.tables, n=1)
    hint = f"did you mean [{near[0]}]?" if near else f"the tables are {_listing(source.tables)}"
    return f"[{name}] is not a table of settings; {hint}"


def _unknown_key(source: Source, table: str, key: str) -> str:
    near = difflib.get_close_matches(key, source.keys(table), n=1)
    owner = source.owner(key)
    if near:
        hint = f"did you mean {near[0]}?"
    elif owner:
        hint = f"did you mean [{owner}] {key}?"
    else:
        hint = f"its keys are {_listing(source.keys(table))}"
    return f"[{table}] {key} is not a setting; {hint}"


def _listing(names: Iterable[str]) -> str:
    return ", ".join(names)


def read_environment(source: Source, env: Mapping[str, str]) -> None:
    """Puts every FLOWGLASS_* variable of ours into the source; names of the tracer are left alone."""
    for name in sorted(env):
        if name.startswith(PREFIX) and name != CONFIG_VARIABLE:
            target = SHORT_NAMES.get(name) or _long_name(source, name)
            if target:
                table, key = target
                default = source.tables[table].model_fields[key].default
                if env[name] or isinstance(default, tuple):  # set to nothing is not set, except for lists
                    source.put(table, key, _from_text(default, env[name]), name)


def _long_name(source: Source, name: str) -> tuple[str, str] | None:
    """Table and key of FLOWGLASS_<TABLE>__<KEY>; None for a name that is not ours."""
    table, double, key = name.removeprefix(PREFIX).lower().partition("__")
    if not double:
        near = difflib.get_close_matches(name, [*SHORT_NAMES, CONFIG_VARIABLE], n=1, cutoff=0.9)
        if near:
            raise ConfigError(f"{name} is not a setting; did you mean {near[0]}?")
        return None
    if table not in source.tables:
        near = difflib.get_close_matches(table, source.tables, n=1)
        tables = f"the tables are {_listing(source.tables)}"
        hint = f"did you mean {_variable(near[0], key)}?" if near else tables
        raise ConfigError(f"{name}: [{table}] is not a table of settings; {hint}")
    if key not in source.keys(table):
        near = difflib.get_close_matches(key, source.keys(table), n=1)
        keys = f"its keys are {_listing(source.keys(table))}"
        hint = f"did you mean {_variable(table, near[0])}?" if near else keys
        raise ConfigError(f"{name}: [{table}] {key} is not a setting; {hint}")
    return table, key


def _variable(table: str, key: str) -> str:
    return f"{PREFIX}{table.upper()}__{key.upper()}"


def _from_text(default: Any, text: str) -> Any:
    """A variable's text as the type its key has; left as text when it does not fit, for the check to name."""
    if isinstance(default, bool):
        word = text.strip().lower()
        return word in TRUE_WORDS if word in TRUE_WORDS | FALSE_WORDS else text
    if isinstance(default, tuple):
        return _list_from_text(text)
    if isinstance(default, Path):
        return str(Path(text).expanduser().absolute())
    if isinstance(default, (int, float)):
        try:
            return type(default)(text)
        except ValueError:
            return text
    return text


def _list_from_text(text: str) -> Any:
    """A TOML list, or names parted by commas."""
    if not text.lstrip().startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
