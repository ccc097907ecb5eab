"""The parts of a page that no callback names, as plain nodes of the document.

Dash wraps each component it mounts, and each of hundreds of dispatches of a load looks at all of them. Two
thirds of a page are headings, boxes, icons and buttons of menus that only the own scripts know; React draws
those by itself, from the same data (assets/js/view.js).
"""

from __future__ import annotations

from collections.abc import Container
from itertools import groupby
from typing import Any

from dash.development.base_component import Component

from dashboard.components.view import plain
from dashboard.light import Own

DRAWN = ("dash_html_components", "Link")  # namespace or type


class Fixed(Own):
    """`view` is a list of components; they stand where this stands, in no element of its own."""

    _type = "Fixed"
    _prop_names = ["view"]  # noqa: RUF012 - Dash reads them from the class


def fix(page: Any, named: Container[str]) -> None:
    """Makes what no callback names plain, in place: below this component, which stays one itself."""
    children = getattr(page, "children", None)
    if isinstance(children, Component):
        children = [children]
    if not isinstance(children, list | tuple):
        return
    page.children = []
    for is_plain, run in groupby(children, lambda child: _is_plain(child, named)):
        if is_plain:
            page.children.append(Fixed(view=plain(list(run))))
        else:
            for child in run:
                fix(child, named)
                page.children.append(child)


def _is_plain(node: Any, named: Container[str]) -> bool:
    if isinstance(node, list | tuple):
        return all(_is_plain(child, named) for child in node)
    if not isinstance(node, Component):
        return True
    if node._namespace not in DRAWN and node._type not in DRAWN:
        return False
    return getattr(node, "id", None) not in named and _is_plain(getattr(node, "children", None), named)
