"""Words of one's own for a message: text with names in braces, and no logic."""

from __future__ import annotations

import re
from collections.abc import Mapping

# What a template may name; each is "" where an event has no such thing.
VARIABLES: Mapping[str, str] = {
    "rule": "name of the rule",
    "group": "group key, masked",
    "state": "what happened: firing, resolved …",
    "severity": "info, warning or critical",
    "value": "the value with its unit",
    "threshold": "the threshold that was crossed, with its unit",
    "metric": "what is measured",
    "text": "what was seen, where that is not a number",
    "since": "when it began, UTC",
    "duration": "how long it has lasted",
    "owner": "owner of the rule",
    "runbook": "the rule's runbook link",
    "function": "the process of the evidence",
    "file": "its file",
    "line": "its line",
    "exception": "what it raised",
    "last_values": "the last five values, newest first",
    "trace": "trace id of the evidence",
}
_NAME = re.compile(r"\{(\w+)\}")


def unknown(template: str) -> tuple[str, ...]:
    """Names in braces that no message can fill."""
    return tuple(name for name in dict.fromkeys(_NAME.findall(template)) if name not in VARIABLES)


def filled(template: str, values: Mapping[str, str]) -> str:
    """The template with its names filled in; what is filled in is not looked at again."""
    return _NAME.sub(lambda found: values.get(found[1], "") if found[1] in VARIABLES else found[0], template)
