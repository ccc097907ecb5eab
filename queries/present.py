"""Whether anybody has ever sent a span: what the first visit waits for."""

from __future__ import annotations

from queries.base import Reader
from queries.measures import SELF_GROUP


def first_group(reader: Reader) -> str:
    """A process group that is not Flowglass' own, "" when there is none yet."""
    with reader.session() as session:
        return next((name for name in session.names.groups.values() if name != SELF_GROUP), "")
