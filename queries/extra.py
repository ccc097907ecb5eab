"""Values for further columns of a list: attributes and observations that its rows do not carry themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from data import body
from data.ids import first_row_id, span_from_hex, trace_from_hex
from queries.base import Reader, Session
from queries.bodies import source_of
from queries.errors import TooManyRows
from queries.limits import MAX_PAGE
from queries.rows import AnyValue, SpanRow
from queries.scan import SPILL_US

FIND = """
SELECT data, type, value, resource, body FROM span
WHERE id >= :low AND id < :high AND span_id = :span AND trace_lo = :trace
"""
MAX_FIELDS = 12
PREFIXES = ("attr.", "data.", "resource.")


def extra_values(
    reader: Reader, rows: Sequence[SpanRow], fields: Sequence[str]
) -> tuple[Mapping[str, AnyValue], ...]:
    """For each row the values of those fields (attr.…, data.…, resource.…, return) that it has."""
    if len(rows) > MAX_PAGE or len(fields) > MAX_FIELDS:
        raise TooManyRows(f"values of at most {MAX_PAGE} rows and {MAX_FIELDS} fields at once")
    if not fields:
        return tuple({} for _ in rows)
    with reader.session() as session:
        return tuple(_values(session, row, fields) for row in rows)


def _values(session: Session, row: SpanRow, fields: Sequence[str]) -> Mapping[str, AnyValue]:
    start = row.timestamp_ns
    params = {
        "low": first_row_id(start),
        "high": first_row_id(start + (1 + SPILL_US) * 1000),
        "span": span_from_hex(row.span_id),
        "trace": trace_from_hex(row.trace_id)[1],
    }
    for segment in session.segments:
        if segment.min_id < params["high"] and segment.max_id >= params["low"]:
            for stored in session.segment(segment, FIND, params):
                return _picked(session, stored, fields)
    return {}


def _picked(session: Session, stored: tuple[Any, ...], fields: Sequence[str]) -> Mapping[str, AnyValue]:
    data, type_, value, resource, text = stored
    decoded, names = body.decode(text), session.names
    seen = {
        names.data_names.get(one.name_id, ""): one.value
        for one in decoded.all_observations(data, type_, value)
    }
    found: dict[str, AnyValue] = {}
    for field in fields:
        prefix, _, name = field.partition(".")
        source = seen if prefix in ("data", "return") else decoded.attributes
        if prefix == "resource":
            source = dict(source_of(names.resources.get(resource, "{}")).attributes)
        key = "return" if field == "return" else name
        if key in source:
            found[field] = source[key]
    return found
