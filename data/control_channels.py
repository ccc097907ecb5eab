"""Channels in control.db: ways to tell somebody. An edit names the revision that it saw."""

from __future__ import annotations

import json
from dataclasses import dataclass

from data import control_edits
from data.control import WHO, Control, EditConflict, NotThere


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A way to tell somebody. `body` is JSON without secrets, `secret` is encrypted."""

    id: str
    kind: str
    name: str
    body: str
    secret: bytes | None
    changed_ns: int
    revision: int = 1
    created_ns: int = 0
    changed_by: str = WHO


COLUMNS = "id, kind, name, body, secret, changed_ns, revision, created_ns, changed_by"
CHANNELS = f"SELECT {COLUMNS} FROM alert_channel ORDER BY name, id"  # noqa: S608 - fixed names
CHANNEL = f"SELECT {COLUMNS} FROM alert_channel WHERE id = ?"  # noqa: S608
ADD = f"INSERT INTO alert_channel ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
CHANGE = """
UPDATE alert_channel SET kind = ?, name = ?, body = ?, secret = ?, changed_ns = ?, changed_by = ?,
    revision = revision + 1
WHERE id = ? AND revision = ?
"""
DELETE = "DELETE FROM alert_channel WHERE id = ?"
SUBJECT = "channel"
DROP = """
UPDATE alert_outbox SET state = 'dropped', answer = 'the channel was deleted'
WHERE channel_id = ? AND state IN ('waiting', 'sending')
"""


def channels(control: Control) -> tuple[StoredChannel, ...]:
    """Every channel by name."""
    return tuple(StoredChannel(*row) for row in control.rows(CHANNELS))


def names(control: Control) -> dict[str, str]:
    """The name of every channel by its id."""
    return {one.id: one.name for one in channels(control)}


def channel(control: Control, id: str) -> StoredChannel:
    """One channel; raises NotThere."""
    found = control.rows(CHANNEL, (id,))
    if not found:
        raise NotThere(id)
    return StoredChannel(*found[0])


def add_channel(control: Control, one: StoredChannel) -> None:
    """A new channel."""
    with control.write() as connection:
        row = (one.id, one.kind, one.name, one.body, one.secret, one.changed_ns)
        connection.execute(ADD, (*row, one.revision, one.created_ns or one.changed_ns, one.changed_by))
        control_edits.note(connection, one.id, one.changed_ns, one.changed_by, "", _told(one), SUBJECT)


def change_channel(control: Control, one: StoredChannel) -> None:
    """Replaces the channel at the revision that the editor saw; raises EditConflict or NotThere."""
    with control.write() as connection:
        found = connection.execute(CHANNEL, (one.id,)).fetchone()
        if found is None:
            raise NotThere(one.id)
        row = (one.kind, one.name, one.body, one.secret, one.changed_ns, one.changed_by)
        if not connection.execute(CHANGE, (*row, one.id, one.revision)).rowcount:
            raise EditConflict(one.id)
        there = StoredChannel(*found)
        before, after = _told(there), _told(one, another=there.secret)
        control_edits.note(connection, one.id, one.changed_ns, one.changed_by, before, after, SUBJECT)


def delete_channel(control: Control, id: str, now_ns: int, by: str) -> None:
    """Takes a channel away; what waits for it is dropped. Raises NotThere."""
    with control.write() as connection:
        found = connection.execute(CHANNEL, (id,)).fetchone()
        if found is None:
            raise NotThere(id)
        connection.execute(DELETE, (id,))
        connection.execute(DROP, (id,))
        control_edits.note(connection, id, now_ns, by, _told(StoredChannel(*found)), "", SUBJECT)


def _told(one: StoredChannel, another: bytes | None = None) -> str:
    """What the log of edits keeps: of a secret only whether there is one, and that it is not `another`."""
    secret = "" if not one.secret else "kept" if another in (None, one.secret) else "another one"
    return json.dumps({"name": one.name, "kind": one.kind, **json.loads(one.body), "secret": secret})
