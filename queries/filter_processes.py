"""The processes that a filter names, for what is kept by process and not by span."""

from __future__ import annotations

from queries.base import Session
from queries.filter_compiler import ALWAYS, Compiler, Facts, Processes
from queries.filter_sql import compile_filter
from queries.filter_tree import Filter, active


def processes_of(session: Session, tree: Filter) -> frozenset[int] | None:
    """The processes that a filter of process, group and scope names; None for all of them."""
    compiler = Compiler(session.refresh_names(), Facts(tuple, list))
    condition = compile_filter(compiler, active(tree))
    if isinstance(condition, Processes):
        return condition.ids
    return None if condition == ALWAYS else frozenset()
