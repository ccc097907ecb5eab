"""The JSON text of a span row: everything of the OTLP span that has no column of its own.

Keys, all optional, so that SQLite's JSON functions can be used on the same text:
  o  observations but the primary one, in order: [[source, name id, type id, value], …]
  p  [source, place] of the primary observation (columns data, type, value), 0 when the row's data is an
     attribute; absent when it is the return and the last of the observations, as nearly always
  v  exact value of the primary observation, when the column `value` cannot hold it
  a  attributes {key: value}
  e  events [[time_ns, name, attributes, dropped], …]
  z  the same as base64 of deflated JSON, when they are long: a traceback comes to a quarter
  l  links [[trace hex, span hex, trace_state, attributes, dropped, flags], …]
  m  status message      s  trace state
  f  flags, unless they are USUAL_FLAGS
  x  [dropped attributes, dropped events, dropped links]
  w  [function, file, line] where they differ from those of the code version
  c  1: the store already held these ids and this start with different content
A source is its place in SOURCES. Bytes are {"$b": base64}, NaN and ±Inf {"$f": "NaN"}, and an object of
the sender's whose only key begins with $ is {"$d": object}.
"""

from __future__ import annotations

import base64
import math
import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from data.records import AnyValue, Event, Link

SOURCES = ("arg", "return", "observe", "local")
SOURCE_CODES = {name: code for code, name in enumerate(SOURCES)}
RETURN = SOURCE_CODES["return"]
LONG_EVENTS = 512  # bytes of JSON; shorter ones hardly shrink
USUAL_FLAGS = 0x101  # sampled, and known to have no parent elsewhere: nearly all spans
_MISSING = object()
_BETWEEN = secrets.token_hex(16)  # stands between bodies encoded together; no sender can know it


class StoredObservation(NamedTuple):
    """One value seen in a span, with dictionary ids for its name and type."""

    source: str
    name_id: int
    type_id: int
    value: AnyValue


@dataclass(frozen=True, slots=True)
class Body:
    """A decoded body. `observations` leaves out the primary one: `all_observations` puts it back."""

    observations: tuple[StoredObservation, ...] = ()
    primary_source: str = "return"  # "" when the row's data is an attribute
    primary_index: int = 0  # its place among all observations
    primary_value: Any = _MISSING
    attributes: dict[str, AnyValue] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    status_message: str = ""
    trace_state: str = ""
    flags: int = USUAL_FLAGS
    dropped_attributes: int = 0
    dropped_events: int = 0
    dropped_links: int = 0
    code: tuple[str, str, int] | None = None  # function, file, line when not those of the code version
    conflict: bool = False  # the same ids and start were already stored with different content

    def exact_value(self, column: AnyValue) -> AnyValue:
        """The value of the row's data: the column's, unless the column could not hold it."""
        return column if self.primary_value is _MISSING else self.primary_value

    def all_observations(
        self, data: int | None, type_id: int | None, value: AnyValue
    ) -> tuple[StoredObservation, ...]:
        """All observations in their order, given the row's columns data, type and value."""
        if not self.primary_source or data is None or type_id is None:
            return self.observations
        primary = StoredObservation(self.primary_source, data, type_id, self.exact_value(value))
        at = self.primary_index
        return (*self.observations[:at], primary, *self.observations[at:])


def pack_events(events: Sequence[Event]) -> tuple[str, Any]:
    """The key under which a body holds events, and what stands there."""
    plain = [tuple(event) for event in events]
    try:
        text = orjson.dumps(plain, default=_plain)
    except TypeError:
        return "e", plain
    if len(text) < LONG_EVENTS:
        return "e", plain
    if b"null" in text or b'"$' in text:
        text = orjson.dumps(_tagged(plain), default=_plain)
    return "z", base64.b64encode(zlib.compress(text, 3)).decode()


def encode(fields: dict[str, Any]) -> str | None:
    """The text of these keys; None when there is nothing to say."""
    if not fields:
        return None
    try:
        text = orjson.dumps(fields, default=_plain)
    except TypeError:  # a lone surrogate, or nesting beyond what JSON text may have
        return orjson.dumps(_tagged(fields), default=_plain).decode()
    if b"null" in text or b'"$' in text:  # perhaps NaN, which orjson writes as null, or a key to protect
        text = orjson.dumps({key: _tagged(value) for key, value in fields.items()}, default=_plain)
    return text.decode()


def encode_many(bodies: Sequence[dict[str, Any]]) -> list[str]:
    """The texts of many bodies, "" for an empty one; a third of the time that one by one would take."""
    mixed: list[Any] = [_BETWEEN] * (2 * len(bodies) - 1)
    mixed[::2] = bodies
    try:
        text = orjson.dumps(mixed, default=_plain).decode()
    except TypeError:
        return [encode(body) or "" for body in bodies]
    texts = text[1:-1].split(f',"{_BETWEEN}",')
    if "null" in text or '"$' in text:
        for at, one in enumerate(texts):
            if "null" in one or '"$' in one:
                texts[at] = encode(bodies[at]) or ""
    return ["" if one == "{}" else one for one in texts]


def encode_value(value: AnyValue) -> str:
    """One value as text, as it stands in a body."""
    return orjson.dumps(_tagged(value), default=_plain).decode()


_MARK = '"c":1}'


def mark_conflict(text: str | None) -> str:
    """The same body, marked as contradicting one that is stored already."""
    return f"{text[:-1]},{_MARK}" if text else f"{{{_MARK}"


def without_mark(text: str | None) -> str | None:
    """The same body without that mark. The mark comes last, where nothing of the sender's can stand."""
    if not text or not text.endswith(_MARK):
        return text
    return text[: -len(_MARK) - 1] + "}" if len(text) > len(_MARK) + 1 else None


def decode(text: str | None) -> Body:
    """The record that a row's body stands for."""
    if not text:
        return Body()
    raw = _raw(text)
    others = raw.get("o", ())
    source, place = raw.get("p", (RETURN, len(others))) or (None, -1)
    dropped = raw.get("x", (0, 0, 0))
    return Body(
        observations=tuple(
            StoredObservation(SOURCES[code], name, type_, value) for code, name, type_, value in others
        ),
        primary_source="" if source is None else SOURCES[source],
        primary_index=place,
        primary_value=raw.get("v", _MISSING),
        attributes=raw.get("a", {}),
        events=_events(raw),
        links=tuple(
            Link(bytes.fromhex(trace), bytes.fromhex(span), *rest) for trace, span, *rest in raw.get("l", ())
        ),
        status_message=raw.get("m", ""),
        trace_state=raw.get("s", ""),
        flags=raw.get("f", USUAL_FLAGS),
        dropped_attributes=dropped[0],
        dropped_events=dropped[1],
        dropped_links=dropped[2],
        code=tuple(raw["w"]) if "w" in raw else None,
        conflict=bool(raw.get("c", 0)),
    )


def observed(
    text: str | None, data: int | None, type_id: int | None, value: AnyValue
) -> Sequence[Sequence[Any]]:
    """All observations of a row in order: place in SOURCES, name id, type id, value.

    Of the body only these are read, in an eighth of the time that `decode` takes.
    """
    raw = _raw(text) if text else {}
    others: list[Sequence[Any]] = raw.get("o", [])
    primary = raw.get("p", (RETURN, len(others)))
    if primary and data is not None and type_id is not None:
        source, at = primary
        others.insert(at, (source, data, type_id, raw.get("v", value)))
    return others


def events(text: str | None) -> tuple[Event, ...]:
    """The events of a body, the rest of which is not read."""
    return _events(_raw(text)) if text else ()


def _raw(text: str) -> dict[str, Any]:
    """The keys of a body, as the sender's values."""
    raw: dict[str, Any] = orjson.loads(text)
    return {key: _untagged(value) for key, value in raw.items()} if '"$' in text else raw


def _events(raw: dict[str, Any]) -> tuple[Event, ...]:
    return tuple(Event(*event) for event in (_long_events(raw["z"]) if "z" in raw else raw.get("e", ())))


def _long_events(packed: str) -> Any:
    text = zlib.decompress(base64.b64decode(packed))
    found = orjson.loads(text)
    return _untagged(found) if b'"$' in text else found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$b": base64.b64encode(value).decode()}
    raise TypeError(f"{type(value).__name__} cannot travel as an OTLP value")


def _tagged(value: Any) -> Any:
    """The same value with everything that JSON cannot say spelled out."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"$f": "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"}
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    if isinstance(value, (list, tuple)):
        return [_tagged(item) for item in value]
    if isinstance(value, dict):
        inner = {_tagged(key): _tagged(item) for key, item in value.items()}
        return {"$d": inner} if len(inner) == 1 and next(iter(inner)).startswith("$") else inner
    return value


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        tag, inner = next(iter(value.items()))
        if tag == "$b":
            return base64.b64decode(inner)
        if tag == "$f":
            return float(inner)
        if tag == "$d":
            return {key: _untagged(item) for key, item in inner.items()}
    return {key: _untagged(item) for key, item in value.items()}
