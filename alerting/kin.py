"""What a message says of its cause and of what is affected, in words and as data."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from alerting.state import NS
from data.control_ties import Kin, Tie
from flowglass.redact import Redactor

MOST_NAMED = 8


def facts(kin: Kin, redactor: Redactor) -> list[str]:
    """affected: checkout fails, pay_order fails (told 14:02); an effect of charge fails."""
    found = []
    if kin.affected:
        names = [_affected(one, redactor) for one in kin.affected[:MOST_NAMED]]
        more = len(kin.affected) - len(names)
        found.append(f"affected: {', '.join(names)}" + (f" and {more} more" if more else ""))
    if kin.cause is not None:
        name = named(kin.cause.cause_name, kin.cause.cause_key, redactor)
        over = kin.cause.ended_ns
        found.append(f"began as an effect of {name}, which is over" if over else f"an effect of {name}")
    return found


def _affected(one: Tie, redactor: Redactor) -> str:
    told = f" (told {datetime.fromtimestamp(one.told_ns // NS, UTC):%H:%M} UTC)" if one.told_ns else ""
    return named(one.rule_name, one.key, redactor) + told


def named(name: str, key: str, redactor: Redactor) -> str:
    """A rule with its group key, masked."""
    return f"{name} ({redactor.text(key)})" if key else name


def plain(kin: Kin, redactor: Redactor) -> dict[str, Any]:
    """The same as data: `affected` and `cause`."""
    affected = [
        {
            "rule": {"id": one.rule_id, "name": one.rule_name}, "group": redactor.text(one.key),
            "severity": one.severity, "since": _time(one.episode_ns), "told": _time(one.told_ns),
        }
        for one in kin.affected
    ]  # fmt: skip
    one = kin.cause
    cause = None if one is None else {
        "rule": {"id": one.cause_id, "name": one.cause_name}, "group": redactor.text(one.cause_key),
        "since": _time(one.cause_episode_ns), "over": _time(one.ended_ns),
    }  # fmt: skip
    return {"affected": affected, "cause": cause}


def time_text(at_ns: int) -> str:
    """RFC 3339, UTC, to the second."""
    return f"{datetime.fromtimestamp(at_ns // NS, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _time(at_ns: int) -> str | None:
    return time_text(at_ns) if at_ns else None
