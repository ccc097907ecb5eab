"""One attribute off the wire: decoded, cleaned, and told apart (plain, observation, the tracer's own)."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

from collector.clean import Cleaner
from collector.errors import Malformed
from collector.limits import Limits
from collector.recent import Recent
from collector.values import Values, key_and_value
from data.records import AnyValue, Observation

PLAIN: Final = 0  # value is an AnyValue
OBSERVATION: Final = 1  # value is an Observation
OWN: Final = 2  # value belongs to a field of SpanIn, named by key
OVERFLOW: Final = 3  # value is an AnyValue, kept with others under one key: there are too many keys

PREFIX = "flowglass."
SOURCES = ("arg", "observe", "local")
VERSION, SOURCE, MEMORY = "flowglass.code.version", "flowglass.source", "flowglass.memory_delta"
PRIMARY, TYPES, RETURN = "flowglass.primary", "flowglass.types", "flowglass.return"
OWN_TYPES = {VERSION: str, SOURCE: str, MEMORY: int, PRIMARY: str, TYPES: str}

HASH = re.compile("[0-9a-f]{1,64}")  # never masked: one that is all digits may look like a card's number

IMPLIED = {
    str: "str",
    bool: "bool",
    int: "int",
    float: "float",
    bytes: "bytes",
    list: "list",
    dict: "dict",
    type(None): "NoneType",
}
REMEMBERED = 50_000  # attributes; about 20 MB
KEYS_REMEMBERED = 10_000
REMEMBERED_BYTES = 200  # longer ones seldom repeat

# Offsets of the common shape: 0x0a, key length, key, 0x12, value length, value's tag, value.
KEY_TAG, VALUE_TAG = 0x0A, 0x12
STRING_TAG, INT_TAG, DOUBLE_TAG = 0x0A, 0x18, 0x21
SMALLEST_CARD = 10**12  # below, no whole number can be a payment card's
DOUBLE = struct.Struct("<d")
SHORT_TYPES = {STRING_TAG: "str", INT_TAG: "int", DOUBLE_TAG: "float"}


class Entry(NamedTuple):
    """An attribute ready for its place in a span."""

    kind: int
    key: str  # of an observation: where it was seen, as `flowglass.primary` names it ("arg.amount")
    value: Any


class Plan(NamedTuple):
    """What is known of an attribute from its key alone."""

    kind: int
    key: str
    source: str = ""  # of an observation
    name: str = ""  # by which its value is judged secret; of an observation, its name
    secret: bool = False


class Attributes:
    """Turns attributes into entries, remembering those that repeat."""

    def __init__(
        self, cleaner: Cleaner, limits: Limits, has_room: Callable[[str], bool] = lambda key: True
    ) -> None:
        """`has_room` is asked once for each key whether it may be one of a span's own."""
        self.cleaner = cleaner
        self.has_room = has_room
        self.values = Values(limits)
        self.remembered: Recent[bytes, Entry] = Recent(REMEMBERED)
        self._remembered_json: Recent[tuple[str, str], Entry] = Recent(REMEMBERED)
        self._masked = cleaner.masker.text
        self._plans: Recent[str, Plan] = Recent(KEYS_REMEMBERED)
        self._wire_plans: Recent[bytes, Plan] = Recent(KEYS_REMEMBERED)

    def from_wire(self, raw: bytes) -> Entry:
        """An encoded KeyValue; what repeats is found in `remembered` before this is called."""
        entry = self._short_way(raw) or self.entry(*self.pair(raw))
        if len(raw) <= REMEMBERED_BYTES:
            self.remembered.put(raw, entry)
        return entry

    def _short_way(self, raw: bytes) -> Entry | None:
        """A number or short text under a key met before: no message object, no question asked twice."""
        end = raw.find(VALUE_TAG, 2)  # where the value begins, if the key has no such byte in it
        plan, size = self._wire_plans.get(raw[:end]), len(raw)
        if plan is None or plan.secret or size < end + 4 or raw[end + 1] != size - end - 2:
            return None
        tag, start = raw[end + 2], end + 3
        value: str | int | float
        if tag == DOUBLE_TAG and size == start + 8:
            value = DOUBLE.unpack_from(raw, start)[0]
        elif tag == STRING_TAG and raw[start] == size - start - 1 and size < end + 130:
            try:
                value = self._masked(raw[start + 1 :].decode())
            except UnicodeDecodeError:
                return None  # the generated class says what is malformed
        elif tag == INT_TAG:
            value = _varint(raw, start)
            if not 0 <= value < SMALLEST_CARD:
                return None
        else:
            return None
        kind, key, source, name, _ = plan
        if kind == PLAIN:
            return Entry(PLAIN, key, value)
        number = None if isinstance(value, str) else value
        return Entry(OBSERVATION, key, Observation(source, name, SHORT_TYPES[tag], value, number))

    def pair(self, raw: bytes) -> tuple[str, AnyValue]:
        """Key and value of an encoded KeyValue, the common shapes without a message object."""
        size = len(raw)
        try:
            if size > 5 and raw[0] == KEY_TAG and raw[1] < 128:
                end = 2 + raw[1]
                if raw[end] == VALUE_TAG and raw[end + 1] == size - end - 2 < 128:
                    key = raw[2:end].decode()
                    tag, start = raw[end + 2], end + 3
                    self._learn(raw[:end], key)
                    if tag == STRING_TAG and raw[start] == size - start - 1 < 128:
                        return key, raw[start + 1 :].decode()
                    if tag == DOUBLE_TAG and size == start + 8:
                        return key, DOUBLE.unpack_from(raw, start)[0]
        except (IndexError, UnicodeDecodeError):
            pass  # the generated class says whether it is malformed
        return self._whole_pair(raw)

    def _learn(self, prefix: bytes, key: str) -> None:
        """Opens the short way to a key, unless the byte that ends keys is part of it or it is our own."""
        if VALUE_TAG not in prefix[2:] and prefix not in self._wire_plans:
            plan = self.plan(key)
            if plan.kind in (PLAIN, OBSERVATION):
                self._wire_plans.put(prefix, plan)

    def _whole_pair(self, raw: bytes) -> tuple[str, AnyValue]:
        try:
            message = KeyValue.FromString(raw)
        except DecodeError as error:
            raise Malformed(f"an attribute is malformed: {error}") from None
        return message.key, self.values.from_message(message.value)

    def plain_from_wire(self, raws: Sequence[bytes]) -> dict[str, AnyValue]:
        """All of a resource, scope, event or link, where nothing is told apart."""
        return dict(map(self._clean, map(self.pair, raws)))

    def plain_from_json(self, pairs: Sequence[Any]) -> dict[str, AnyValue]:
        return dict(
            self._clean((key, self.values.from_json(value))) for key, value in map(key_and_value, pairs)
        )

    def _clean(self, pair: tuple[str, AnyValue]) -> tuple[str, AnyValue]:
        return self.cleaner.key(pair[0]), self.cleaner.value(*pair)

    def from_json(self, pair: Any) -> Entry:
        """A KeyValue of OTLP's JSON."""
        key, value = key_and_value(pair)
        plain = value.get("stringValue") if type(value) is dict and len(value) == 1 else None
        if type(plain) is not str or len(plain) > REMEMBERED_BYTES:
            return self.entry(key, self.values.from_json(value))
        entry = self._remembered_json.get((key, plain))
        if entry is None:
            entry = self.entry(key, plain)
            self._remembered_json.put((key, plain), entry)
        return entry

    def plan(self, key: str) -> Plan:
        """What the key says about the attribute."""
        plan = self._plans.get(key)
        if plan is None:
            plan = self._new_plan(key)
            if len(key) <= REMEMBERED_BYTES:
                self._plans.put(key, plan)
        return plan

    def _new_plan(self, key: str) -> Plan:
        secret = self.cleaner.masker.name_is_secret
        if key in OWN_TYPES:
            return Plan(OWN, key)
        source, _, name = key.removeprefix(PREFIX).partition(".")
        if key.startswith(PREFIX) and ((source in SOURCES and name) or key == RETURN):
            spot = self.cleaner.key(name or source)
            return Plan(
                OBSERVATION, f"{source}.{spot}" if name else source, source, spot, secret(name or source)
            )
        clean = self.cleaner.key(key)
        return Plan(PLAIN if self.has_room(clean) else OVERFLOW, clean, "", key, secret(key))

    def entry(self, key: str, value: AnyValue) -> Entry:
        """Cleaned, and told apart by its key."""
        plan = self.plan(key)
        if plan.kind == OWN:
            if type(value) is OWN_TYPES[key]:
                return self._own(key, value)
            return Entry(PLAIN, key, self.cleaner.value(key, value))
        clean = self.cleaner.value(plan.name, value)
        if plan.kind != OBSERVATION:
            return Entry(plan.kind, plan.key, clean)
        kind = IMPLIED[type(clean)]
        return Entry(
            OBSERVATION, plan.key, Observation(plan.source, plan.name, kind, clean, number(kind, clean))
        )

    def _own(self, key: str, value: Any) -> Entry:
        if key == TYPES:
            return Entry(OWN, key, self._types(value))
        if key == SOURCE:
            return Entry(OWN, key, self.cleaner.source(value))
        if key == PRIMARY or (key == VERSION and not HASH.fullmatch(value)):
            return Entry(OWN, key, self.cleaner.key(value))
        return Entry(OWN, key, value)

    def _types(self, text: str) -> dict[str, str]:
        """`arg.amount=Decimal;return=NoneType` as {"arg.amount": "Decimal", …}."""
        halves = (part.rpartition("=") for part in self.cleaner.text(text).split(";"))
        return {self.cleaner.key(spot): self.cleaner.key(kind) for spot, _, kind in halves if spot and kind}


def _varint(raw: bytes, start: int) -> int:
    """The number that the bytes from `start` are, all of them; -1 for what is left to the generated class."""
    size, last = len(raw) - start, raw[-1]
    if last > 127:
        return -1
    if size == 1:
        return last
    if size == 2:
        return raw[start] - 128 + (last << 7) if raw[start] > 127 else -1
    value = shift = 0
    for byte in raw[start:-1]:
        if byte < 128:
            return -1
        value |= (byte & 127) << shift
        shift += 7
    return value | last << shift if shift < 56 else -1


def number(kind: str, value: AnyValue) -> int | float | None:
    """What the value is to a comparison, or None when it is no number."""
    if type(value) is int or type(value) is float:
        return value
    if kind == "Decimal" and type(value) is str:
        try:
            return float(Decimal(value))
        except (InvalidOperation, ValueError, OverflowError):
            return None
    return None


def retyped(observation: Observation, kind: str) -> Observation:
    """The same value under the type name its program gave it."""
    value = observation.value
    return observation._replace(type=kind, number=number(kind, value))
