"""Spans out of the store as OTLP's JSON, made comparable with what was sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.sqlite import connect_reader
from queries.base import Reader
from queries.span import otlp_json, span_detail

ENTITIES = "otel.entity_refs"  # where the store keeps a resource's entityRefs


def plain(value: Any) -> Any:
    """OTLP's JSON with attributes by key and without empty fields, whose order and presence mean nothing."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        made = {key: by_key(inner) if key == "attributes" else plain(inner) for key, inner in value.items()}
        return {key: inner for key, inner in made.items() if inner not in ("", "0", 0, [], {}, None)}
    return value


def by_key(attributes: Any) -> Any:
    """As a mapping; one that is a mapping already stays as it is."""
    if isinstance(attributes, dict):
        return attributes
    return {item.get("key", ""): plain_value(item.get("value", {})) for item in attributes}


def plain_value(value: Any) -> Any:
    """An AnyValue as a pair of its kind and content, where empty is not the same as absent."""
    if not value:
        return ("none",)
    ((kind, inner),) = value.items()
    if kind in ("arrayValue", "kvlistValue"):
        items = inner.get("values", [])
        return (kind, tuple(map(plain_value, items)) if kind == "arrayValue" else by_key(items))
    return (kind, str(inner))


def each_span(document: Any) -> Iterator[dict[str, Any]]:
    """One document per span, with its own resource and scope."""
    for group in document.get("resourceSpans", []):
        for batch in group.get("scopeSpans", []):
            for one in batch.get("spans", []):
                alone = {**batch, "spans": [one]}
                yield plain({"resourceSpans": [{**group, "scopeSpans": [alone]}]})


def span_of(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    return found


def read_back(reader: Reader, sent: dict[str, Any]) -> dict[str, Any]:
    """The same span out of the store, as OTLP's JSON."""
    one = span_of(sent)
    detail = span_detail(reader, one["traceId"], one["spanId"], int(one["startTimeUnixNano"]))
    assert detail is not None
    got = plain(otlp_json(detail))
    resource = got["resourceSpans"][0].get("resource", {})
    kept = resource.get("attributes", {}).pop(ENTITIES, None)
    if kept:
        resource["entityRefs"] = [entity(one) for one in kept[1]]
    return plain(got)


def entity(kept: Any) -> dict[str, Any]:
    """An entity reference out of the attribute that keeps it."""
    fields = kept[1]
    texts = {key: fields[key][1] for key in ("schema_url", "type")}
    lists = {key: [item[1] for item in fields[key][1]] for key in ("id_keys", "description_keys")}
    return {
        "schemaUrl": texts["schema_url"],
        "type": texts["type"],
        "idKeys": lists["id_keys"],
        "descriptionKeys": lists["description_keys"],
    }


def count_spans(directory: Path) -> int:
    """Rows of all segments."""
    total = 0
    for file in directory.glob("spans-*.db"):
        connection = connect_reader(file)
        total += connection.execute("SELECT count(*) FROM span").fetchone()[0]
        connection.close()
    return total
