"""A request's bytes and content type into spans that may be stored."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from collector.admit import Admitted, Window
from collector.attributes import Attributes
from collector.cardinality import Guard
from collector.clean import Cleaner, Masker
from collector.limits import LIMITS, Limits
from collector.otlp_json import JsonDecoder
from collector.protobuf import ProtobufDecoder

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"


class Decode(Protocol):
    """One encoding."""

    def decode(self, body: bytes, window: Window, most_spans: int) -> Admitted: ...


class Decoder:
    """Decodes, cleans, admits. One thread at a time uses it: it remembers what repeats."""

    def __init__(
        self,
        masker: Masker,
        kept_days: int,
        most_spans: int,
        now_ns: Callable[[], int],
        limits: Limits = LIMITS,
        guard: Guard | None = None,
    ) -> None:
        self.guard = guard or Guard()
        cleaner = Cleaner(masker, limits)
        attributes = Attributes(cleaner, limits, self.guard.has_room_for_key)
        self.kept_days = kept_days
        self.most_spans = most_spans
        self.now_ns = now_ns
        self._decoders: dict[str, Decode] = {
            PROTOBUF: ProtobufDecoder(attributes, cleaner, limits),
            JSON: JsonDecoder(attributes, cleaner, limits),
        }

    def decode(self, body: bytes, content_type: str) -> Admitted:
        """Raises Malformed or TooLarge; a refused span is counted, not raised."""
        window = Window.at(self.now_ns(), self.kept_days)
        admitted = self._decoders[content_type].decode(body, window, self.most_spans)
        self.guard.bound(admitted.spans)
        return admitted
