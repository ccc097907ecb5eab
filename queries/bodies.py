"""The JSON bodies of resources and scopes as records."""

from __future__ import annotations

import orjson

from data import body
from queries.rows import SpanSource


def source_of(text: str, name: str = "") -> SpanSource:
    """A resource or scope from its stored text."""
    raw = orjson.loads(text)
    attributes = raw.get("attributes", {})
    if '"$' in text:  # bytes, NaN and the like are spelled out as in the body of a span
        attributes = body.decode(orjson.dumps({"a": attributes}).decode()).attributes
    return SpanSource(
        attributes=attributes,
        dropped_attributes=raw.get("dropped_attributes", 0),
        schema_url=raw.get("schema_url", ""),
        name=name,
        version=raw.get("version", ""),
    )
