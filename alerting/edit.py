"""Rules, channels and silences as people edit them: checked field by field, with who and at which revision.

The page and the HTTP API both come through here.
"""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from alerting.channel_check import channel_errors
from alerting.channels import Channel
from alerting.combination import circle
from alerting.rule import FieldError, Rule, as_dict, check, from_dict
from alerting.secrets import FROM_ENVIRONMENT, Secrets
from data import control_alerts, control_channels, control_silences
from data.control import Control, NotThere
from data.control_alerts import StoredRule
from data.control_channels import StoredChannel
from data.control_silences import FOREVER_NS, Silence
from data.hours import wrong
from queries.alerts import SEVERITIES

MAX_SILENCE_NS = 366 * 86_400 * 10**9
MAX_TEXT = 500
UNSEEN = ("id", "kind", "name", "secret")  # of a channel, not in its body


class Invalid(Exception):
    """What cannot be kept, and why, field by field."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{one.field}: {one.message}" for one in errors))
        self.errors = errors


@dataclass(frozen=True)
class SavedRule:
    """A rule with when it was made and changed (nanoseconds), and by whom; `source` is its file, if any."""

    rule: Rule
    created_ns: int
    changed_ns: int
    changed_by: str
    source: str = ""


@dataclass(frozen=True)
class SavedChannel:
    """A channel without its secret. `secret_from`: "" none, "stored" or the name of a variable, env:NAME."""

    channel: Channel
    secret_from: str
    revision: int
    created_ns: int
    changed_ns: int
    changed_by: str


def rules(control: Control) -> tuple[SavedRule, ...]:
    """Every rule that can be read, the oldest first."""
    found = (_saved(one) for one in control_alerts.rules(control))
    return tuple(one for one in found if one is not None)


def rules_by_id(control: Control) -> dict[str, Rule]:
    """The same rules by id, without when they were made."""
    return {one.rule.id: one.rule for one in rules(control)}


def rule(control: Control, id: str) -> SavedRule:
    """One rule; raises NotThere."""
    found = _saved(control_alerts.rule(control, id))
    if found is None:
        raise NotThere(id)
    return found


def _saved(stored: StoredRule) -> SavedRule | None:
    try:
        read = from_dict(json.loads(stored.body) | {"id": stored.id, "revision": stored.revision})
    except (ValueError, TypeError):
        return None
    return SavedRule(read, stored.created_ns, stored.changed_ns, stored.changed_by, stored.source)


def checked(control: Control, plain: Mapping[str, Any], id: str = "") -> Rule:
    """The rule that these fields make, under its id if it has one already; raises Invalid.

    Keys that no rule has are refused too.
    """
    unknown = [FieldError(str(key), "no such field") for key in plain if str(key) not in FIELDS]
    if unknown:
        raise Invalid(*unknown)
    try:
        made = replace(from_dict(plain), id=id)
    except ValueError as error:
        field, _, message = str(error).partition(": ")
        raise Invalid(FieldError(field, message)) from None
    there = control_channels.names(control)
    gone = [
        FieldError("channels" if one in made.channels else "escalation", f"there is no channel {one}")
        for one in made.every_channel
        if one not in there
    ]
    errors = (*check(made), *gone, *_members(control, made))
    if errors:
        raise Invalid(*errors)
    return made


FIELDS = frozenset(as_dict(Rule("")))


def _members(control: Control, made: Rule) -> list[FieldError]:
    """What is wrong with the rules that a rule is made of."""
    if not made.members:
        return []
    return member_errors(made, rules_by_id(control))


def member_errors(made: Rule, there: Mapping[str, Rule]) -> list[FieldError]:
    """The same, among these rules."""
    found = []
    for field in ("all_of", "any_of", "none_of"):
        for id in getattr(made, field):
            member = there.get(id)
            if member is None:
                found.append(FieldError(field, f"there is no rule {id}"))
            elif made.group_by and member.group_by not in ("", made.group_by):
                other = f"{member.name} is judged for each {member.group_by}, this one for {made.group_by}"
                found.append(FieldError("group_by", other))
    way = circle(made.id, {**there, made.id: made}) if made.id else ()
    if way:
        names = " → ".join(made.name if id == made.id else there[id].name for id in way)
        found.append(FieldError("all_of", f"they go in a circle: {names}"))
    return found


class InUse(Exception):
    """A rule cannot go while others are made of it; the message names them."""


class ReadOnly(Exception):
    """The rule stands in a file, and is changed there; the message is the file's name."""


def _writable(control: Control, id: str) -> StoredRule:
    """The rule as it is stored; raises NotThere, or ReadOnly when it is from a file."""
    there = control_alerts.rule(control, id)
    if there.source:
        raise ReadOnly(there.source)
    return there


def delete_rule(control: Control, id: str, now_ns: int, by: str) -> None:
    """Takes a rule away; raises InUse, ReadOnly or NotThere."""
    _writable(control, id)
    users = [one.rule.name for one in rules(control) if id in one.rule.members]
    if users:
        raise InUse(", ".join(users))
    control_alerts.delete_rule(control, id, now_ns, by)


def add_rule(control: Control, plain: Mapping[str, Any], now_ns: int, by: str) -> SavedRule:
    """A new rule under an id of its own; raises Invalid."""
    made = replace(checked(control, plain), id=new_id(), revision=1)
    control_alerts.add_rule(control, made.id, json.dumps(as_dict(made)), now_ns, by)
    return SavedRule(made, now_ns, now_ns, by)


def change_rule(
    control: Control, id: str, revision: int, plain: Mapping[str, Any], now_ns: int, by: str
) -> SavedRule:
    """Replaces a rule at the revision the editor saw; raises Invalid, EditConflict, ReadOnly or NotThere."""
    _writable(control, id)
    made = replace(checked(control, plain, id), revision=revision + 1)
    control_alerts.change_rule(control, id, revision, json.dumps(as_dict(made)), now_ns, by)
    return rule(control, id)


def put_rule(control: Control, rule: Rule, revision: int, now_ns: int, by: str) -> None:
    """Keeps a rule that was checked already, under its own id: new at revision 0, else over that one."""
    body = json.dumps(as_dict(replace(rule, revision=revision + 1)))
    if revision:
        control_alerts.change_rule(control, rule.id, revision, body, now_ns, by)
    else:
        control_alerts.add_rule(control, rule.id, body, now_ns, by)


def restore(control: Control, id: str, fields: Mapping[str, Any], now_ns: int, by: str) -> SavedRule:
    """A rule as it was, also one that was deleted; raises Invalid, EditConflict or ReadOnly."""
    plain = {key: value for key, value in fields.items() if key in FIELDS - {"id", "revision"}}
    try:
        revision = _writable(control, id).revision
    except NotThere:
        revision = 0
    put_rule(control, checked(control, plain, id), revision, now_ns, by)
    return rule(control, id)


def pause_rule(control: Control, id: str, paused: bool, now_ns: int, by: str) -> SavedRule:
    """Switches a rule off or on; raises EditConflict when it is being edited, ReadOnly or NotThere."""
    _writable(control, id)
    there = rule(control, id).rule
    body = json.dumps(as_dict(replace(there, enabled=not paused)))
    control_alerts.change_rule(control, id, there.revision, body, now_ns, by)
    return rule(control, id)


def new_id() -> str:
    """Twelve random characters."""
    return random.token_hex(6)


def channels(control: Control) -> tuple[SavedChannel, ...]:
    """Every channel by name."""
    return tuple(_shown(one) for one in control_channels.channels(control))


def channel(control: Control, id: str) -> SavedChannel:
    """One channel; raises NotThere."""
    return _shown(control_channels.channel(control, id))


def _shown(stored: StoredChannel) -> SavedChannel:
    known = {key: value for key, value in json.loads(stored.body).items() if key in CHANNEL_FIELDS}
    known["to"] = tuple(known.get("to", ()))
    shown = Channel(**known | {"id": stored.id, "kind": stored.kind, "name": stored.name, "secret": ""})
    named = (stored.secret or b"").startswith(FROM_ENVIRONMENT.encode())
    source = (stored.secret or b"").decode() if named else "stored" if stored.secret else ""
    return SavedChannel(
        shown, source, stored.revision, stored.created_ns, stored.changed_ns, stored.changed_by
    )


CHANNEL_FIELDS = frozenset(asdict(Channel("", "webhook", "")))


def add_channel(
    control: Control, secrets: Secrets, plain: Mapping[str, Any], now_ns: int, by: str
) -> SavedChannel:
    """A new channel; raises Invalid. A secret is encrypted, or named as env:NAME; it is never shown again."""
    made = _channel(plain, new_id(), has_secret=bool(plain.get("secret")))
    sealed = secrets.sealed(made.secret)
    stored = StoredChannel(made.id, made.kind, made.name, _body(made), sealed, now_ns, 1, now_ns, by)
    control_channels.add_channel(control, stored)
    return _shown(stored)


def change_channel(
    control: Control, secrets: Secrets, id: str, revision: int, plain: Mapping[str, Any], now_ns: int, by: str
) -> SavedChannel:
    """Replaces a channel; raises Invalid, EditConflict or NotThere.

    Without a `secret`, or with None, the one it has stays; "" takes it away.
    """
    there = control_channels.channel(control, id)
    given = plain.get("secret")
    has_secret = bool(there.secret) if given is None else bool(given)
    made = _channel(plain, id, has_secret=has_secret)
    sealed = there.secret if given is None else secrets.sealed(made.secret)
    row = StoredChannel(id, made.kind, made.name, _body(made), sealed, now_ns, revision, changed_by=by)
    control_channels.change_channel(control, row)
    return channel(control, id)


def _channel(plain: Mapping[str, Any], id: str, *, has_secret: bool) -> Channel:
    errors = channel_errors(plain, has_secret=has_secret)
    if errors:
        raise Invalid(*errors)
    given = {key: value for key, value in plain.items() if value is not None} | {"id": id}
    return Channel(**given | {"to": tuple(given.get("to", ()))})


def _body(one: Channel) -> str:
    return json.dumps({key: value for key, value in asdict(one).items() if key not in UNSEEN})


def add_silence(
    control: Control, now_ns: int, by: str, *, ends_ns: int = 0, reason: str, rule_id: str = "",
    key: str = "", severity: str = "", starts_ns: int = 0, hours: str = "",
) -> Silence:  # fmt: skip
    """Keeps messages back until `ends_ns`; raises Invalid. A snooze names rule and key.

    With `hours` it is a maintenance window that repeats, without an end unless one is given.
    """
    starts_ns, hours = starts_ns or now_ns, hours.strip()
    ends_ns = ends_ns or (FOREVER_NS if hours else 0)
    errors = _hours(hours)
    latest = FOREVER_NS if hours else now_ns + MAX_SILENCE_NS
    if not max(now_ns, starts_ns) < ends_ns <= latest:
        within = "" if hours else ", and within a year"
        errors.append(FieldError("ends", f"after its start and now{within}"))
    if not reason.strip():
        errors.append(FieldError("reason", "say why, for those who wonder at the quiet"))
    if len(reason) > MAX_TEXT or len(key) > MAX_TEXT:
        errors.append(
            FieldError("reason" if len(reason) > MAX_TEXT else "key", f"at most {MAX_TEXT} characters")
        )
    if severity not in ("", *SEVERITIES):
        errors.append(FieldError("severity", "info, warning, critical, or none for all"))
    if rule_id and rule_id not in {one.id for one in control_alerts.rules(control)}:
        errors.append(FieldError("rule_id", "there is no such rule"))
    if errors:
        raise Invalid(*errors)
    made = Silence(new_id(), rule_id, key, by, reason.strip(), starts_ns, ends_ns, now_ns, severity, hours)
    control_silences.add_silence(control, made)
    return made


def _hours(text: str) -> list[FieldError]:
    why = wrong(text)
    return [FieldError("hours", why)] if why else []
