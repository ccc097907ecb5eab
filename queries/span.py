"""All of one span, as a record and as the OTLP JSON that it came as."""

from __future__ import annotations

from typing import Literal

from data import body
from data.ids import span_from_hex, trace_from_hex
from queries.base import Reader, Session
from queries.bodies import source_of
from queries.fetch import Key, fetch
from queries.otlp import otlp_json
from queries.rows import SpanDetail, SpanEvent, SpanLink, SpanObservation, SpanRow

__all__ = ["otlp_json", "span_detail"]

FIND = """
SELECT id FROM span INDEXED BY span_trace
WHERE trace_lo = :low AND trace_hi = :high AND span_id = :span ORDER BY id
"""
REST = "SELECT data, type, value, resource, scope, status, version, body FROM span WHERE id = ?"
RESOURCE = "SELECT body FROM resource WHERE id = ?"
SCOPE = "SELECT body, name FROM scope WHERE id = ?"
CODES: tuple[Literal["UNSET", "OK", "ERROR"], ...] = ("UNSET", "OK", "ERROR")


def span_detail(
    reader: Reader, trace_id: str, span_id: str, timestamp_ns: int | None = None
) -> SpanDetail | None:
    """All of a span; the start tells apart spans that were sent under the same ids, else it is the first."""
    try:
        (high, low), span = trace_from_hex(trace_id), span_from_hex(span_id)
    except ValueError:
        return None
    with reader.session() as session:
        keys = _keys(session, {"high": high, "low": low, "span": span})
        rows = fetch(session, keys)
        for key, row in zip(keys, rows, strict=False):
            if timestamp_ns in (None, row.timestamp_ns):
                return _detail(session, key, row)
    return None


def _keys(session: Session, params: dict[str, int]) -> list[Key]:
    keys = [
        Key(segment, row[0]) for segment in session.segments for row in session.segment(segment, FIND, params)
    ]
    return sorted(keys, key=lambda key: (key.id, key.segment.id))[:100]


def _detail(session: Session, key: Key, row: SpanRow) -> SpanDetail | None:
    found = session.segment(key.segment, REST, (key.id,))
    if not found:
        return None
    data, type_id, value, resource, scope, status, version, text = found[0]
    names, decoded = session.names, body.decode(text)
    ((resource_body,),) = session.main(RESOURCE, (resource,))
    ((scope_body, scope_name),) = session.main(SCOPE, (scope,))
    known = names.versions.get(version) if version is not None else None
    function, file, line = decoded.code or (
        (known.function, known.file, known.line) if known else ("", "", 0)
    )
    return SpanDetail(
        row=row,
        observations=tuple(
            SpanObservation(
                one.source, names.data_names[one.name_id], names.data_types[one.type_id], one.value
            )
            for one in decoded.all_observations(data, type_id, value)
        ),
        attributes=decoded.attributes,
        events=tuple(SpanEvent(*event) for event in decoded.events),
        links=tuple(SpanLink(link.trace_id.hex(), link.span_id.hex(), *link[2:]) for link in decoded.links),
        resource=source_of(resource_body),
        scope=source_of(scope_body, scope_name),
        status_code=CODES[status],
        status_message=decoded.status_message,
        end_ns=row.timestamp_ns + row.duration_ns,
        trace_state=decoded.trace_state,
        flags=decoded.flags,
        dropped_attributes=decoded.dropped_attributes,
        dropped_events=decoded.dropped_events,
        dropped_links=decoded.dropped_links,
        function=function,
        file=file,
        line=line,
        primary=-1 if data is None else decoded.primary_index,
    )
