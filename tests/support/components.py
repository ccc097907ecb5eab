"""Reads components: their texts in order, the components of one kind, the rows of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dash.development.base_component import Component


def walk(part: Any) -> Iterator[Any]:
    """The part and everything below it, in order."""
    if isinstance(part, list | tuple):
        for child in part:
            yield from walk(child)
        return
    yield part
    if isinstance(part, Component):
        yield from walk(getattr(part, "children", None))


def texts(part: Any) -> list[str]:
    """Every text, in reading order, empty ones left out."""
    return [str(found) for found in walk(part) if isinstance(found, str | int | float) and str(found)]


def find(part: Any, kind: str) -> list[Any]:
    """Every component of this kind, such as "Link" or "Tr"."""
    return [found for found in walk(part) if isinstance(found, Component) and type(found).__name__ == kind]


def by_class(part: Any, name: str) -> list[Any]:
    """Every component that has this class."""
    return [
        found
        for found in walk(part)
        if isinstance(found, Component) and name in str(getattr(found, "className", "")).split()
    ]


def rows_of(part: Any) -> list[Any]:
    """The body rows of a table."""
    return [row for body in find(part, "Tbody") for row in find(body, "Tr")]
