"""What a filter means, said a second time over the spans that were sent: slow, plain, no SQL."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from data.body import encode_value
from data.records import AnyValue, Observation, SpanIn
from data.rows import UNSEARCHED
from queries.base import TimeRange
from queries.filters import And, Clause, Filter, Not, Off

TEXT_LIMIT = 4_096  # characters of a span that words are looked for in
KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
UNITS = {
    "ns": 1,
    "us": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "b": 1,
    "kb": 1000,
    "mb": 10**6,
    "kib": 1024,
}


@dataclass
class World:
    """All that was sent, and what more a filter may ask about it."""

    spans: Sequence[SpanIn]
    range: TimeRange
    stale: list[tuple[str, str, str, str, Any, int, int]] = field(default_factory=list)

    def first_seen(self, span: SpanIn) -> int:
        mine = [one.start_ns for one in self.spans if process_of(one) == process_of(span)]
        return min(mine)


def process_of(span: SpanIn) -> tuple[str, str, str]:
    return span.resource.group, span.name, span.scope.name


def key(span: SpanIn) -> tuple[int, str, str]:
    return span.start_ns, span.span_id.hex(), span.trace_id.hex()


def expected(world: World, tree: Filter) -> list[tuple[int, str, str]]:
    """The keys of what matches in the range, oldest first."""
    inside = (one for one in world.spans if world.range.start_ns <= one.start_ns < world.range.end_ns)
    return sorted(key(one) for one in inside if matches(world, one, tree))


def matches(world: World, span: SpanIn, tree: Filter) -> bool:
    found = _matches(world, span, tree)
    return found is None or found


def _matches(world: World, span: SpanIn, tree: Filter) -> bool | None:
    """None: nothing of it is switched on."""
    if isinstance(tree, Off):
        return None
    if isinstance(tree, Clause):
        return clause(world, span, tree)
    if isinstance(tree, Not):
        below = _matches(world, span, tree.child)
        return None if below is None else not below
    parts = [part for part in (_matches(world, span, child) for child in tree.children) if part is not None]
    if not parts:
        return None
    return all(parts) if isinstance(tree, And) else any(parts)


def clause(world: World, span: SpanIn, one: Clause) -> bool:
    prefix, point, name = one.field.partition(".")
    if one.field == "is":
        return flag(world, span, one.value)
    if one.field == "has":
        return has(span, one.value)
    if not one.field:
        return bare(span, one)
    if point and prefix == "data":
        return any(value(one, v, n) for v, n in observed(span, name))
    if point and prefix == "attr":
        return name in span.attributes and value(one, span.attributes[name])
    if point:
        return name in span.resource.attributes and value(one, span.resource.attributes[name])
    if one.field == "return":
        return any(
            value(one, seen.value, seen.number) for seen in span.observations if seen.source == "return"
        )
    if one.field == "value":
        return primary(span) is not None and value(one, *primary_value(span))
    if one.field in ("duration", "memory", "time"):
        return amount(span, one)
    return any(text(one, candidate) for candidate in texts(span, one.field))


def texts(span: SpanIn, name: str) -> list[str]:
    """The texts that a field stands for; None of them when the span has no such thing."""
    data, kind = primary(span) or ("", "")
    message = span.exception_message or (span.status_message if span.status == 2 else "")
    known: dict[str, list[str]] = {
        "process": [span.name],
        "group": [span.resource.group],
        "scope": [span.scope.name],
        "data": [data] if primary(span) else [],
        "type": [kind] if primary(span) else [],
        "status": ["error" if span.status == 2 else "ok"],
        "exception": [span.exception_type] * bool(span.exception_type) + [message] * bool(message),
        "trace": [span.trace_id.hex()],
        "span": [span.span_id.hex()],
        "parent": [span.parent_span_id.hex()] if span.parent_span_id else [],
        "kind": [KINDS[span.kind]],
        "version": [span.code_version] if span.code_version else [],
        "file": [span.file] if span.code_version else [],
    }
    return known[name]


def primary(span: SpanIn) -> tuple[str, str] | None:
    """Name and type of the row's data."""
    if span.primary >= 0:
        seen = span.observations[span.primary]
        return seen.name, seen.type
    if span.primary_attribute:
        return span.primary_attribute, type(span.attributes[span.primary_attribute]).__name__
    return None


def primary_value(span: SpanIn) -> tuple[AnyValue, Any]:
    if span.primary >= 0:
        return span.observations[span.primary].value, span.observations[span.primary].number
    return span.attributes[span.primary_attribute], None


def observed(span: SpanIn, name: str) -> list[tuple[AnyValue, Any]]:
    found: list[tuple[AnyValue, Any]] = [
        (seen.value, seen.number) for seen in span.observations if seen.name == name
    ]
    if span.primary_attribute == name:
        found.append((span.attributes[name], None))
    return found


def text(one: Clause, candidate: str) -> bool:
    if one.op == "equals":
        digits = one.field in ("trace", "span", "parent")
        return candidate == (one.value.lower() if digits else one.value)
    flags = re.DOTALL | re.IGNORECASE | (re.ASCII if one.value.isascii() else 0)
    if not one.value.isascii():
        candidate = candidate.casefold()
    fold = one.value.casefold() if not one.value.isascii() else one.value
    if one.op == "contains":
        return re.search(re.escape(fold), candidate, flags) is not None
    pattern = "".join(
        ".*" if part == "*" else re.escape(part[-1]) for part in re.findall(r"\\[*\\]|.", fold, re.DOTALL)
    )
    return re.fullmatch(pattern, candidate, flags) is not None


def number(written: str) -> int | float | None:
    if re.fullmatch(r"[+-]?\d+", written):
        return int(written)
    return float(written) if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", written) else None


def value(one: Clause, found: AnyValue, as_number: Any = None) -> bool:
    if as_number is None and isinstance(found, int | float) and not isinstance(found, bool):
        as_number = found
    wanted = number(one.value)
    if as_number is not None and as_number == as_number:
        if one.op in (">", ">=", "<", "<="):
            signs = {">": as_number > wanted, ">=": as_number >= wanted, "<": as_number < wanted}
            return bool(signs.get(one.op, as_number <= wanted))
        return one.op != "glob" and wanted is not None and as_number == wanted
    if one.op in (">", ">=", "<", "<="):
        return False
    shown = shown_text(found)
    return shown is not None and text(one, shown)


def shown_text(found: AnyValue) -> str | None:
    if found is None:
        return None
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, float):
        return "NaN"
    return encode_value(found)


def amount(span: SpanIn, one: Clause) -> bool:
    have = {
        "duration": span.end_ns - span.start_ns, "memory": span.memory_delta, "time": span.start_ns
    }[one.field]  # fmt: skip
    if have is None:
        return False
    digits, unit = re.fullmatch(r"([\d.]+)([a-z]*)", one.value.lower()).groups()  # type: ignore[union-attr]
    wanted = int(float(digits) * UNITS[unit]) if unit else int(digits)
    return {
        ">": have > wanted,
        ">=": have >= wanted,
        "<": have < wanted,
        "<=": have <= wanted,
        "equals": have == wanted,
    }[one.op]


def flag(world: World, span: SpanIn, name: str) -> bool:
    if name == "root":
        return not span.parent_span_id
    if name == "new":
        return world.range.start_ns <= world.first_seen(span) < world.range.end_ns
    found = primary(span)
    if found is None or span.primary < 0:
        return False
    seen = span.observations[span.primary]
    shown = seen.number if seen.number is not None and seen.number == seen.number else shown_text(seen.value)
    return any(
        run[:4] == (*process_of(span), found[0]) and run[4] == shown and run[5] <= span.start_ns <= run[6]
        for run in world.stale
    )


def has(span: SpanIn, what: str) -> bool:
    prefix, point, name = what.partition(".")
    if point:
        return bool(
            {
                "data": observed(span, name),
                "attr": name in span.attributes,
                "resource": name in span.resource.attributes,
            }[prefix]
        )
    return {
        "data": primary(span) is not None,
        "exception": bool(span.exception_type or span.exception_message),
        "memory": span.memory_delta is not None,
        "parent": bool(span.parent_span_id),
        "version": bool(span.code_version),
        "file": bool(span.code_version and span.file),
        "return": any(seen.source == "return" for seen in span.observations),
    }[what]


# bare words ------------------------------------------------------------------------------------------


def bare(span: SpanIn, one: Clause) -> bool:
    if one.op == "id":
        same = one.value in (span.trace_id.hex(), span.span_id.hex())
        return same or (one.value.isdigit() and has_number(span, one.value))
    if one.op == "number":
        return has_number(span, one.value)
    wanted = tokens(one.value)
    names = [span.name, span.resource.group, span.scope.name, *([primary(span)[0]] if primary(span) else [])]  # type: ignore[index]
    indexed = indexed_texts(span)
    in_index = tokens(" ".join(indexed)[:TEXT_LIMIT])
    if one.op == "word":
        every = [token for name in names for token in tokens(name)] + in_index
        return all(token in every for token in wanted[:-1]) and any(t.startswith(wanted[-1]) for t in every)
    there = all(token in in_index for token in wanted[:-1]) and any(
        t.startswith(wanted[-1]) for t in in_index
    )
    message = span.exception_message or (span.status_message if span.status == 2 else "")
    own = [shown_text(primary_value(span)[0])] if primary(span) else []
    strings = [*indexed, message, *own]
    return any(in_a_row(wanted, name) for name in names) or (
        there and any(isinstance(s, str) and in_a_row(wanted, s) for s in strings)
    )


def has_number(span: SpanIn, written: str) -> bool:
    wanted = number(written)
    seen: list[Any] = [one.number for one in span.observations]
    if span.primary_attribute:
        seen.append(span.attributes[span.primary_attribute])
    return any(isinstance(n, int | float) and not isinstance(n, bool) and n == wanted for n in seen)


def indexed_texts(span: SpanIn) -> list[str]:
    """What the text index holds of a span: string observations, most attributes, the exception."""
    found = [
        one.value for one in span.observations if is_text(one) and one.value
    ] + [
        value for key, value in span.attributes.items()
        if isinstance(value, str) and (key not in UNSEARCHED or key == span.primary_attribute)
    ]  # fmt: skip
    return found + ([span.exception_type, span.exception_message] if span.exception_type else [])


def is_text(one: Observation) -> bool:
    return isinstance(one.value, str) and one.number is None


def in_a_row(wanted: list[str], within: str) -> bool:
    found = tokens(within)
    return any(
        found[at : at + len(wanted) - 1] == wanted[:-1] and found[at + len(wanted) - 1].startswith(wanted[-1])
        for at in range(len(found) - len(wanted) + 1)
    )


def tokens(within: str) -> list[str]:
    return re.findall(r"[^\W_]+", "".join(unaccented(char) for char in within.lower()))


def unaccented(char: str) -> str:
    plain = "".join(one for one in unicodedata.normalize("NFD", char) if not unicodedata.combining(one))
    return char if len(plain) > 1 else plain
