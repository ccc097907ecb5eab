"""The controls beside the filter text: what they show of it, and the text after one of them was used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from queries import filters
from queries.filter_tree import And, Clause, Filter, Not, Or

NO_BOUND = 10**15  # nanoseconds: a selection that reaches this far has no upper bound
FAILED = Clause("status", "equals", "error")


@dataclass(frozen=True)
class Controls:
    """What the group list, the process search and the errors switch show."""

    group: str = ""
    several: bool = False  # more groups than one are chosen
    process: str = ""
    errors: bool = False


def controls(text: str) -> Controls:
    """What the controls show of this filter."""
    parts = parts_of(text)
    groups = [group for part in parts for group in chosen("group", part)]
    return Controls(
        group=groups[0] if len(groups) == 1 else "",
        several=len(groups) > 1,
        process=next(filter(None, map(searched, parts)), ""),
        errors=FAILED in parts,
    )


def parts_of(text: str) -> tuple[Filter, ...]:
    """The parts that must all hold, switched-off ones among them."""
    tree = filters.parse(text)
    return tree.children if isinstance(tree, And) else (tree,)


def chosen(field: str, part: Filter) -> tuple[str, ...]:
    """The values of a field that this part alone chooses among, as a facet does: a, or a OR b."""
    if isinstance(part, Clause):
        return (part.value,) if part.field == field and part.op == "equals" else ()
    if isinstance(part, Or):
        inner = [chosen(field, child) for child in part.children]
        return tuple(value for found in inner for value in found) if all(inner) else ()
    return ()


def picked(text: str, field: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The values of a field that the filter chooses among, and those it leaves out."""
    parts = parts_of(text)
    included = [value for part in parts for value in chosen(field, part)]
    excluded = [value for part in parts if isinstance(part, Not) for value in chosen(field, part.child)]
    return tuple(included), tuple(excluded)


def without_field(text: str, field: str) -> str:
    """The text without what its facet wrote about this field."""
    included, excluded = ({*values} for values in picked(text, field))

    def is_other(part: Filter) -> bool:
        inner = part.child if isinstance(part, Not) else part
        return not chosen(field, inner)

    return _kept(text, is_other) if included or excluded else text


def searched(part: Filter) -> str:
    """What the process search wrote into this part, "" when it is another part."""
    if isinstance(part, Clause) and part.field == "process" and part.op == "contains":
        return part.value
    return ""


def edited(text: str, edit: Mapping[str, Any]) -> str:
    """The text after an edit; raises FilterError when text or edit cannot be read."""
    return EDITS[str(edit.get("do"))](text, edit)


def _choose_group(text: str, edit: Mapping[str, Any]) -> str:
    kept = _kept(text, lambda part: not chosen("group", part))
    return _added(kept, "group", "equals", edit)


def _search_process(text: str, edit: Mapping[str, Any]) -> str:
    kept = _kept(text, lambda part: not searched(part))
    return _added(kept, "process", "contains", edit)


def _switch_errors(text: str, edit: Mapping[str, Any]) -> str:
    if FAILED in parts_of(text):
        return filters.without(text, filters.to_text(FAILED))
    return filters.with_clause(text, "status", "equals", "error")


def _add(text: str, edit: Mapping[str, Any]) -> str:
    field, op, value = (str(edit.get(key) or "") for key in ("field", "op", "value"))
    return filters.with_clause(text, field, op, value, exclude=bool(edit.get("exclude")))


def _include(text: str, edit: Mapping[str, Any]) -> str:
    """One more value, or one fewer, of those a field is chosen from; no value left is no clause left."""
    field, value = str(edit.get("field")), str(edit.get("value") or "")
    before = [each for part in parts_of(text) for each in chosen(field, part)]
    after = [each for each in before if each != value] if value in before else [*before, value]
    gone = Not(Clause(field, "equals", value))
    kept = tuple(part for part in parts_of(text) if not chosen(field, part) and part != gone)
    either = Or(tuple(Clause(field, "equals", each) for each in after))
    return filters.to_text(And((*kept, either) if after else kept))


def _exclude(text: str, edit: Mapping[str, Any]) -> str:
    """Leave one value of a field out, or in again."""
    field, value = str(edit.get("field")), str(edit.get("value") or "")
    clause = filters.to_text(Not(Clause(field, "equals", value)))
    if filters.parse(clause) in parts_of(text):
        return filters.without(text, clause)
    before = [each for part in parts_of(text) for each in chosen(field, part)]
    base = _include(text, edit) if value in before else text
    return filters.with_clause(base, field, "equals", value, exclude=True)


def _only(text: str, edit: Mapping[str, Any]) -> str:
    """This one value of the field and no other clause about the field."""
    field = str(edit.get("field"))
    return _add(
        _kept(text, lambda part: all(clause.field != field for clause in filters.clauses(part))), edit
    )


def _region(text: str, edit: Mapping[str, Any]) -> str:
    """The durations and times of a selection as clauses, in place of what was said of them before."""
    kept = _kept(text, lambda part: all(c.field not in ("duration", "time") for c in filters.clauses(part)))
    low, high = int(edit["low_ns"]), int(edit["high_ns"])
    bounds = [("time", ">=", str(edit["start_ns"])), ("time", "<", str(edit["end_ns"]))]
    bounds += [("duration", ">=", f"{low}ns")] if low else []
    bounds += [("duration", "<", f"{high}ns")] if high < NO_BOUND else []
    for field, op, value in bounds:
        kept = filters.with_clause(kept, field, op, value)
    return kept


def _remove(text: str, edit: Mapping[str, Any]) -> str:
    return filters.without(text, str(edit.get("part") or ""))


def _switch(text: str, edit: Mapping[str, Any]) -> str:
    return filters.toggle(text, str(edit.get("part") or ""))


def _kept(text: str, wanted: Callable[[Filter], bool]) -> str:
    return filters.to_text(And(tuple(part for part in parts_of(text) if wanted(part))))


def _added(text: str, field: str, op: str, edit: Mapping[str, Any]) -> str:
    value = str(edit.get("value") or "")
    return filters.with_clause(text, field, op, value) if value else text


EDITS: dict[str, Callable[[str, Mapping[str, Any]], str]] = {
    "group": _choose_group,
    "process": _search_process,
    "errors": _switch_errors,
    "add": _add,
    "include": _include,
    "exclude": _exclude,
    "only": _only,
    "remove": _remove,
    "switch": _switch,
    "region": _region,
}
