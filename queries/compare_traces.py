"""Two traces, or two calls with all below them, side by side: what was called, what it saw, how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.ids import span_from_hex, span_hex, start_of, trace_from_hex
from queries.base import Reader, Session
from queries.first_bad import SPANS
from queries.rows import AnyValue, SpanObservation
from queries.seen import observations

COMPARED = 1_000  # calls of each side
MAX_DEPTH = 200


@dataclass(frozen=True, slots=True)
class ComparedCall:
    """One call of one side."""

    span_id: str
    duration_ns: int
    error: bool


@dataclass(frozen=True, slots=True)
class ValueDifference:
    """One observation on both sides; a side that lacks it has None as its type."""

    name: str
    left: AnyValue
    left_type: str | None
    right: AnyValue
    right_type: str | None


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One place in the two trees; a side that did not make this call is None."""

    depth: int
    process: str
    group: str
    left: ComparedCall | None
    right: ComparedCall | None
    differing: tuple[ValueDifference, ...]
    equal_values: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows in the order of the right side's calls, calls of the left alone where they would have been."""

    rows: tuple[ComparedRow, ...]
    left_calls: int
    right_calls: int
    cut: bool  # a side has more calls than are compared


@dataclass(slots=True)
class _Node:
    span: int
    parent: int | None
    process: int
    start_ns: int
    duration_ns: int
    error: bool
    seen: tuple[SpanObservation, ...]
    kids: list[_Node]


NODES = SPANS.replace("body\nFROM", "body, duration_ns, status = 2\nFROM")


def compare(
    reader: Reader, left: tuple[str, str], right: tuple[str, str], *, whole: bool = False
) -> Comparison | None:
    """Two (trace id, span id) with what they called, or their whole traces; None when one is not stored."""
    with reader.session() as session:
        one, one_cut = _tree(session, left, whole)
        other, other_cut = _tree(session, right, whole)
        if one is None or other is None:
            return None
        rows: list[ComparedRow] = []
        _aligned(session, [one], [other], 0, rows, set())
    counts = [sum(getattr(row, side) is not None for row in rows) for side in ("left", "right")]
    return Comparison(tuple(rows), counts[0], counts[1], one_cut or other_cut)


def _tree(session: Session, of: tuple[str, str], whole: bool) -> tuple[_Node | None, bool]:
    """The node of a span with all below it, or the root above it; and whether calls were left out."""
    try:
        (high, low), wanted = trace_from_hex(of[0]), span_from_hex(of[1])
    except ValueError:
        return None, False
    params = {"high": high, "low": low, "limit": COMPARED + 1}
    rows = [row for segment in session.segments for row in session.segment(segment, NODES, params)]
    rows.sort(key=lambda row: (row[0], row[2]))
    nodes = {node.span: node for node in (_node(session, row) for row in reversed(rows[:COMPARED]))}
    for node in sorted(nodes.values(), key=lambda node: node.start_ns):
        caller = nodes.get(node.parent) if node.parent is not None else None
        if caller is not None and caller is not node:
            caller.kids.append(node)
    found = nodes.get(wanted)
    passed = set[int]()
    while whole and found is not None and found.parent in nodes and found.span not in passed:
        passed.add(found.span)
        found = nodes[found.parent]
    return found, len(rows) > COMPARED


def _node(session: Session, row: tuple[Any, ...]) -> _Node:
    id_, off, span, parent, process, data, type_, value, text, duration, failed = row
    seen = observations(session.names, data, type_, value, text)
    return _Node(span, parent, process, start_of(id_, off), duration, bool(failed), seen, [])


def _aligned(
    session: Session,
    left: Sequence[_Node],
    right: Sequence[_Node],
    depth: int,
    rows: list[ComparedRow],
    done: set[int],
) -> None:
    """Pairs calls of the same function in their order; depth first, so rows read like the tree.

    `done` are the calls that have their row: callers that go in a circle would never come to an end.
    """
    for one, other in _pairs(_left_of(left, done), _left_of(right, done)):
        done.update(id(node) for node in (one, other) if node)
        if len(rows) >= 2 * COMPARED or depth > MAX_DEPTH:
            return
        rows.append(_row(session, one, other, depth))
        _aligned(session, one.kids if one else (), other.kids if other else (), depth + 1, rows, done)


def _left_of(nodes: Sequence[_Node], done: set[int]) -> list[_Node]:
    return [node for node in nodes if id(node) not in done]


def _pairs(left: Sequence[_Node], right: Sequence[_Node]) -> list[tuple[_Node | None, _Node | None]]:
    """The n-th call of a function on one side stands beside its n-th call on the other."""
    places = _numbered(left)
    if len(left) == len(right) == 1:  # the two that are compared, whatever they are
        return [(left[0], right[0])]
    pairs: list[tuple[_Node | None, _Node | None]] = []
    taken = set[int]()
    counts: Counter[int] = Counter()
    for node in right:
        one = places.get((node.process, counts[node.process]))
        counts[node.process] += 1
        pairs.append((one, node))
        if one is not None:
            taken.add(id(one))
    for at, node in enumerate(left):
        if id(node) not in taken:
            pairs.insert(min(at, len(pairs)), (node, None))
    return pairs


def _numbered(nodes: Sequence[_Node]) -> Mapping[tuple[int, int], _Node]:
    counts: Counter[int] = Counter()
    found: dict[tuple[int, int], _Node] = {}
    for node in nodes:
        found[node.process, counts[node.process]] = node
        counts[node.process] += 1
    return found


def _row(session: Session, one: _Node | None, other: _Node | None, depth: int) -> ComparedRow:
    shown = other or one
    assert shown is not None
    process = session.names.processes[shown.process]
    differing, equal = _values(one, other) if one and other else ((), 0)
    return ComparedRow(depth, process.name, process.group, _side(one), _side(other), differing, equal)


def _side(node: _Node | None) -> ComparedCall | None:
    return None if node is None else ComparedCall(span_hex(node.span), node.duration_ns, node.error)


def _values(one: _Node, other: _Node) -> tuple[tuple[ValueDifference, ...], int]:
    """Observations that differ, and how many are equal."""
    left = {seen.name: seen for seen in one.seen}
    right = {seen.name: seen for seen in other.seen}
    found: list[ValueDifference] = []
    equal = 0
    for name in dict.fromkeys((*right, *left)):
        a, b = left.get(name), right.get(name)
        if a and b and a.type == b.type and a.value == b.value:
            equal += 1
            continue
        found.append(
            ValueDifference(
                name,
                a.value if a else None,
                a.type if a else None,
                b.value if b else None,
                b.type if b else None,
            )
        )
    return tuple(found), equal
