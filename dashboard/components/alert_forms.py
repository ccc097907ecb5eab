"""Fields of the forms of the Alerts tab, drawn as plain data for a View.

The browser keeps what is typed (`defaultValue`), assets/js/alerts.js collects it by name, and a redraw leaves
it in place. A form of another thing has another key, so that React begins it anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.components.marks import attr, classes

Options = Sequence[tuple[str, str]]  # value, words


def element(kind: str, *children: Any, **props: Any) -> dict[str, Any]:
    """One element of the page; props as React names them."""
    inside: Any = list(children) if len(children) != 1 else children[0]
    named = {name: value for name, value in props.items() if value is not None}
    return {"type": kind, "namespace": "", "props": named | ({"children": inside} if children else {})}


def select(name: str, options: Options, value: str, label: str, *, wrong: str = "", look: str = "") -> Any:
    """A choice that reads as part of a sentence."""
    known = [one for one, _ in options]
    shown = [element("option", words, value=one, key=one) for one, words in options]
    if value not in known:
        shown.append(element("option", value, value=value, key=value))
    return element(
        "select", shown, name=name, defaultValue=value, key=name,
        className=classes("slot", look, "bad" if wrong else ""), **_said(label, wrong),
    )  # fmt: skip


def number(name: str, value: str, unit: str, label: str, *, wrong: str = "") -> Any:
    """A number with its unit behind it."""
    field = element(
        "input", name=name, defaultValue=value, type="text", inputMode="decimal", autoComplete="off",
        size=max(4, min(10, len(value) + 1)), className="slot-in", **_said(label, wrong),
    )  # fmt: skip
    look = classes("slot num", "bad" if wrong else "")
    return element("label", field, element("span", unit) if unit else None, className=look, key=name)


def text(
    name: str, value: str, label: str, *, wrong: str = "", look: str = "", placeholder: str = "",
    options: str = "", kind: str = "text",
) -> Any:  # fmt: skip
    """A line of text; `options` is the id of a datalist."""
    return element(
        "input", name=name, defaultValue=value, type=kind, autoComplete="off", spellCheck=False, key=name,
        placeholder=placeholder, list=options or None,
        className=classes("slot text", look, "bad" if wrong else ""), **_said(label, wrong),
    )  # fmt: skip


def _said(label: str, wrong: str) -> dict[str, Any]:
    return attr(aria_label=label, title=wrong or label, aria_invalid="true" if wrong else None)


def datalist(id: str, options: Sequence[str]) -> Any:
    """Suggestions of a line of text."""
    return element("datalist", [element("option", value=one, key=one) for one in options], id=id)


def button(words: str, act: str, *, look: str = "", label: str = "", **data: str) -> Any:
    """A button that does something with the form it stands in; Enter presses the primary one."""
    named = {f"data-{key.replace('_', '-')}": value for key, value in data.items()}
    kind = "submit" if look == "pri" else "button"
    return element(
        "button", words, type=kind, className=classes("btn-x", look), title=label or None,
        **{"data-act": act} | named,
    )  # fmt: skip


def messages(errors: Mapping[str, str], words: Mapping[str, str]) -> Any:
    """What is wrong, slot by slot, below the sentence."""
    lines = [
        element("div", element("b", words.get(name, name)), f": {message}", key=name)
        for name, message in errors.items()
    ]
    return element("div", lines, className="fieldmsg bad", role="alert") if lines else None
