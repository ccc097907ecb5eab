"""Rules as TOML: tables [[rule]] of what differs from the defaults, read with every mistake named.

A rule that stands in a file may have an `id`; without one it is named after its file and itself.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from alerting.edit import FIELDS, member_errors
from alerting.rule import FieldError, Rule, as_dict, check, from_dict
from alerting.steps import renamed

MAX_BYTES = 1_000_000  # of one file
ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
UNWRITTEN = ("revision",)  # belongs to the copy that is kept
HEAD = re.compile(r"\s*\[\[\s*\"?rule\"?\s*\]\]")
TABLE = "rule"
ABOUT = "# Rules of Flowglass. `python app.py rules check FILE` says what is wrong with them.\n\n"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and how to mend it. `rule` is its name, "" when it is about the whole file."""

    file: str
    line: int  # 0 where no line can be named
    rule: str
    field: str
    message: str

    @property
    def said(self) -> str:
        """rules/api.toml line 12: rule "Slow calls": warning: set a warning or a critical threshold"""
        place = f"{self.file} line {self.line}" if self.line else self.file
        about = [f'rule "{self.rule}"'] if self.rule else []
        return ": ".join([place, *about, *([self.field] if self.field else []), self.message])


@dataclass(frozen=True, slots=True)
class FileRule:
    """A rule that can be read. Its channels are named as in the file; `given` says whether its id is."""

    rule: Rule
    file: str
    line: int
    given: bool


@dataclass(frozen=True, slots=True)
class Found:
    """All that was read."""

    rules: tuple[FileRule, ...] = ()
    problems: tuple[Problem, ...] = ()

    def plus(self, other: Found) -> Found:
        """Both."""
        return Found(self.rules + other.rules, self.problems + other.problems)


def written(rules: Iterable[Rule], channels: Mapping[str, str]) -> str:
    """TOML of these rules; `channels` are names by id."""
    plain = {key: value for key, value in as_dict(Rule("")).items() if key != "kind"}
    tables = []  # each by itself: the writer puts short ones into one line, which nobody can review
    for rule in rules:
        named = replace(
            rule, channels=tuple(channels.get(id, id) for id in rule.channels),
            escalation=renamed(rule.escalation, lambda id: channels.get(id, id)),
        )  # fmt: skip
        fields = as_dict(named)
        head = {"id": rule.id, "name": rule.name, "kind": rule.kind} if rule.id else {"name": rule.name}
        differing = {
            key: value
            for key, value in fields.items()
            if key not in UNWRITTEN and value is not None and value != plain.get(key, rule.kind)
        }
        text = tomli_w.dumps(head | differing, multiline_strings=True)
        tables.append(f"[[{TABLE}]]\n" + text.replace("[[escalation]]", f"[[{TABLE}.escalation]]"))
    return ABOUT + "\n".join(tables)


def read_paths(paths: Sequence[Path]) -> Found:
    """The rules of files and folders, and what is wrong with each by itself."""
    found = Found()
    for path in paths:
        if path.is_dir():
            for file in sorted(path.glob("*.toml")):
                found = found.plus(read_file(file, f"{path.name}/{file.name}"))
        else:
            found = found.plus(read_file(path, str(path)))
    return found


def read_file(path: Path, name: str) -> Found:
    """The rules of one file, called `name`."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        text = raw.decode("utf-8")
    except OSError as error:
        return _wrong(name, f"cannot be read: {error.strerror}; mend the path or its permissions")
    except UnicodeDecodeError:
        return _wrong(name, "is not UTF-8 text; save it as UTF-8")
    if len(raw) > MAX_BYTES:
        return _wrong(name, f"has more than {MAX_BYTES:,} bytes; divide it")
    return read_text(text, name)


def read_text(text: str, file: str) -> Found:
    """The rules of a TOML text, and everything that is wrong with it."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"line (\d+)", str(error))
        return _wrong(file, f"is not valid TOML: {error}", int(where[1]) if where else 0)
    odd = next((key for key in document if key != TABLE), None)
    tables = document.get(TABLE, [])
    if odd is not None or not isinstance(tables, list) or not all(isinstance(one, dict) for one in tables):
        return _wrong(file, f"{odd or TABLE} is not known here; write each rule below a line [[rule]]")
    found, places = Found(), _places(text)
    for number, table in enumerate(tables):
        place = places[number] if number < len(places) else ()
        found = found.plus(_one(table, file, place))
    return found


def _wrong(file: str, message: str, line: int = 0) -> Found:
    return Found(problems=(Problem(file, line, "", "", message),))


Place = Sequence[tuple[int, str]]  # number and text of each line of a rule, its head first


def _places(text: str) -> list[list[tuple[int, str]]]:
    """The lines of each [[rule]]."""
    found: list[list[tuple[int, str]]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if HEAD.match(line):
            found.append([])
        if found:
            found[-1].append((number, line))
    return found


def _line(place: Place, field: str) -> int:
    """The line of a field, else that of its rule."""
    named = re.compile(rf"\s*\"?{re.escape(field)}\"?\s*=")
    first = place[0][0] if place else 0
    return next((number for number, line in place if field and named.match(line)), first)


def _one(table: Mapping[str, Any], file: str, place: Place) -> Found:
    name = table.get("name") if isinstance(table.get("name"), str) else ""
    errors = [error for key, value in table.items() if (error := _field_error(key, value))]
    id = str(table.get("id", "")) or f"{_slug(Path(file).stem)}-{_slug(str(name))}"
    if not ID.fullmatch(id):
        errors.append(FieldError("id", "at most 64 letters, digits, points, dashes and underscores"))
    if not errors:
        made = replace(from_dict({"name": "", **table}), id=id, revision=0)
        errors = list(check(made))
        if not errors:
            line = place[0][0] if place else 0
            return Found(rules=(FileRule(made, file, line, "id" in table),))
    named = [(one.field.removesuffix("_"), one.message) for one in errors]
    return Found(problems=tuple(Problem(file, _line(place, at), str(name), at, why) for at, why in named))


def _field_error(key: str, value: Any) -> FieldError | None:
    """What is wrong with a field by itself."""
    if key not in FIELDS or key in UNWRITTEN:
        near = difflib.get_close_matches(key, sorted(FIELDS - {*UNWRITTEN}), n=1)
        hint = f"did you mean {near[0]}?" if near else "see the user guide for those there are"
        return FieldError(key, f"no rule has such a field; {hint}")
    try:
        from_dict({key: value})
    except ValueError as error:
        return FieldError(key, str(error).partition(": ")[2])
    return None


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:30] or "rule"


def joined(found: Found, known: Mapping[str, Rule] | None = None) -> Found:
    """The same, with what is wrong between rules: two of one id, and what combinations are made of.

    `known` are rules that are not in these files.
    """
    first: dict[str, FileRule] = {}
    problems = list(found.problems)
    for one in found.rules:
        other = first.setdefault(one.rule.id, one)
        if other is not one:
            where = f"{other.file} line {other.line}"
            message = f"{one.rule.id} is the id of the rule in {where} too; give each its own"
            problems.append(_about(one, "id", message))
    there = {**(known or {}), **{id: one.rule for id, one in first.items()}}
    good = []
    for one in first.values():
        wrong = member_errors(one.rule, there)
        problems += [_about(one, error.field, error.message) for error in wrong]
        good += [] if wrong else [one]
    return Found(tuple(good), tuple(problems))


def _about(one: FileRule, field: str, message: str) -> Problem:
    return Problem(one.file, one.line, one.rule.name, field, message)


def resolved(found: Found, channels: Mapping[str, str]) -> Found:
    """The same with channels by id; those that nobody knows are problems too. `channels`: id → name."""
    each = [with_channels(one, channels) for one in found.rules]
    gone = tuple(problem for _, problems in each for problem in problems)
    return Found(tuple(one for one, _ in each), found.problems + gone)


def with_channels(one: FileRule, channels: Mapping[str, str]) -> tuple[FileRule, tuple[Problem, ...]]:
    """The rule with its channels by id, those that nobody knows left out and named."""
    by_name = {name: id for id, name in channels.items()}
    wanted = [(given, _id_of(given, channels, by_name)) for given in one.rule.channels]
    later = [(given, _id_of(given, channels, by_name)) for given in one.rule.every_channel]
    later = [pair for pair in later if pair not in wanted]
    names = ", ".join(sorted(by_name)) or "none yet"
    gone = tuple(
        _about(one, field, f"there is no channel {given}; make it first, or name one of: {names}")
        for field, pairs in (("channels", wanted), ("escalation", later))
        for given, id in pairs
        if not id
    )
    found = tuple(id for _, id in wanted if id)
    steps = renamed(one.rule.escalation, lambda given: _id_of(given, channels, by_name))
    return replace(one, rule=replace(one.rule, channels=found, escalation=steps)), gone


def _id_of(given: str, channels: Mapping[str, str], by_name: Mapping[str, str]) -> str:
    return given if given in channels else by_name.get(given, "")
