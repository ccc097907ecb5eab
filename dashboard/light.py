"""The elements of dash.html, and dcc.Link, made in a twentieth of Dash's time.

Dash formats the message of an error for each property that it checks, which is 40 µs an element, and as long
again to write it as JSON: 140 ms for the slow half of the Overview, for each viewer (decision 007).
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from dash import dcc as dash_dcc
from dash import html as dash_html
from dash.development.base_component import Component

WILDCARDS = ("data-", "aria-")


class Light:
    """What is put before a class of Dash: its properties are what was given. A class says `_prop_names`."""

    _type: str
    _namespace: str
    _prop_names: list[str]
    _known: frozenset[str]
    _valid_wildcard_attributes: Any = WILDCARDS
    available_wildcard_properties: Any = WILDCARDS

    def __init_subclass__(cls) -> None:
        cls._known = frozenset(cls._prop_names)
        cls.available_properties = cls._prop_names  # type: ignore[attr-defined]  # as Dash names them again

    def __init__(self, children: Any = None, **properties: Any) -> None:
        for name in properties:
            if name not in self._known and not name.startswith(WILDCARDS):
                raise TypeError(f"{self._type} has no {name!r}, but {', '.join(self._prop_names)}")
        self.__dict__.update(properties, children=children)

    def to_plotly_json(self) -> dict[str, Any]:
        return {"props": self.__dict__, "type": self._type, "namespace": self._namespace}


class Own(Light, Component):
    """A component of assets/js/view.js: Dash sees no children in it."""

    _children_props: list[str] = []  # noqa: RUF012 - Dash reads them from the class
    _base_nodes: list[str] = []  # noqa: RUF012
    _namespace = "flowglass_view"
    _type = "Own"
    _prop_names: list[str] = []  # noqa: RUF012

    def __init__(self, **properties: Any) -> None:
        super().__init__(**properties)
        del self.children


def light(made: type[Component]) -> type[Component]:
    """This class of Dash, light."""
    names = [name for name in inspect.signature(made.__init__).parameters if name not in ("self", "kwargs")]
    inside = {"__module__": "builtins", "_prop_names": names}  # else Dash would look for its scripts here
    kind: Any = type(made)
    found: type[Component] = kind(made.__name__, (Light, made), inside)
    return found


class Elements:
    """A module of Dash whose classes are made light when they are first named, those of `names` or all."""

    def __init__(self, module: Any, names: tuple[str, ...] = ()) -> None:
        self._module = module
        self._names = names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if isinstance(found, type) and (not self._names or name in self._names):
            found = light(found)
        setattr(self, name, found)
        return found


if TYPE_CHECKING:
    from dash import dcc, html
else:
    html = Elements(dash_html)
    dcc = Elements(dash_dcc, ("Link",))

__all__ = ["dcc", "html"]
