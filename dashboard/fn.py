"""One function in a link: the URL's `fn` key, written group/scope/name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fn:
    """What identifies a process: its group, its scope (module, may be empty) and its name."""

    group: str
    scope: str
    name: str


def write(group: str, scope: str, name: str) -> str:
    """group/scope/name. Slashes inside group and scope are escaped; the name stays as it is."""
    return f"{_escaped(group)}/{_escaped(scope)}/{name}"


def read(text: str) -> Fn | None:
    """The function again, None when the text does not name one."""
    parts = text.split("/", 2)
    if len(parts) < 3 or not parts[2]:
        return None
    return Fn(_plain(parts[0]), _plain(parts[1]), parts[2])


def short(name: str) -> str:
    """The last part of a qualified name: Cart.total.<locals>.<lambda> is <lambda>."""
    return name.rsplit(".", 1)[-1] or name


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("/", "%2F")


def _plain(part: str) -> str:
    return part.replace("%2F", "/").replace("%25", "%")
