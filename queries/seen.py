"""The observations of a stored row as records."""

from __future__ import annotations

from typing import Any

from data import body
from queries.names import Names
from queries.rows import SpanObservation


def observations(
    names: Names, data: int | None, type_: int | None, value: Any, text: str | None
) -> tuple[SpanObservation, ...]:
    """What a row's columns data, type and value and its body have seen, in order."""
    return tuple(
        SpanObservation(
            one.source,
            names.data_names.get(one.name_id, ""),
            names.data_types.get(one.type_id, ""),
            one.value,
        )
        for one in body.decode(text).all_observations(data, type_, value)
    )
