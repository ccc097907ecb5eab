"""A part of the page that is redrawn in place: nodes, focus, scroll and selection stay.

Dash mounts children anew at every update, which loses all of these. A View takes components as plain data
in its `view` property and lets React compare them (assets/js/view.js). They may be html components and
dcc.Link; ids inside are plain ids of the document, no callback can name them.
"""

from __future__ import annotations

from typing import Any

from dash.development.base_component import Component

from dashboard.light import Own

PROPERTIES = ["id", "view", "className", "tag", "hidden", "role"]


def plain(node: Any) -> Any:
    """Components as the data that a callback would send."""
    if isinstance(node, Component):
        return plain(node.to_plotly_json())  # type: ignore[no-untyped-call]
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items()}
    return [plain(child) for child in node] if isinstance(node, list | tuple) else node


class View(Own):
    """`tag` is the element to be; a div when it is not said."""

    _type = "View"
    _prop_names = PROPERTIES

    def __init__(
        self,
        view: Any = None,
        *,
        id: Any = None,
        className: str = "",
        tag: str = "div",
        hidden: bool | None = None,
        **wild: Any,
    ) -> None:
        given = {"id": id, "view": plain(view), "className": className, "tag": tag, "hidden": hidden, **wild}
        super().__init__(**{name: value for name, value in given.items() if value is not None})
