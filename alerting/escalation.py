"""Escalation: what nobody acknowledges is told to further channels, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from alerting.message import span_text
from alerting.rule import Rule
from alerting.state import ALIVE, NS, Event, State


def due(rule: Rule, state: State, at_ns: int) -> tuple[State, tuple[Event, ...], tuple[str, ...]]:
    """The steps whose time has come: as one event, with the channels that it goes to."""
    if not (state.status in ALIVE and state.told) or state.held or state.flapping:
        return state, (), ()
    waited = at_ns - (state.heard_ns or state.told_ns)
    taken = sum(one.after * NS <= waited for one in rule.escalation)
    if taken <= state.steps:
        return state, (), ()
    channels = [id for one in rule.escalation[state.steps : taken] for id in one.channels]
    event = Event("unacknowledged", at_ns, state.severity, state.value, state.text, state.episode_ns)
    return replace(state, steps=taken), (event,), tuple(dict.fromkeys(channels))


def audience(rule: Rule, state: State) -> tuple[str, ...]:
    """Channels that hear more of this episode: those of the rule, and of the steps that were taken."""
    later = [id for one in rule.escalation[: state.steps] for id in one.channels]
    return tuple(dict.fromkeys([*rule.channels, *later]))


def timeline(rule: Rule, names: Mapping[str, str]) -> str:
    """Who is told when: at once: mail · after 10 min without acknowledgement: phone."""

    def said(channels: tuple[str, ...]) -> str:
        return ", ".join(names.get(one, "a channel that is gone") for one in channels) or "nobody"

    parts = [f"at once: {said(rule.channels)}" if rule.escalation else said(rule.channels)]
    parts += [
        f"after {span_text(one.after)} without acknowledgement: {said(one.channels)}"
        for one in rule.escalation
    ]
    return " · ".join(parts)
