"""What becomes of attributes: plain ones, observations, and the tracer's own fields."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from collector.attributes import PLAIN as PLAIN_KIND
from collector.attributes import Attributes
from collector.clean import Cleaner
from collector.decode import PROTOBUF, Decoder
from collector.errors import Malformed
from collector.limits import Limits
from data.records import Observation, SpanIn
from flowglass.redact import MASK, Redactor
from tests.collector.making import NOW_NS
from tests.support.otlp import Plain, request, span


def decoded(made: Span, limits: Limits | None = None, redactor: Redactor | None = None) -> SpanIn:
    """Decoded twice by one decoder, so that what it remembers is looked at too."""
    used = Decoder(redactor or Redactor(), 30, 10, lambda: NOW_NS, limits or Limits())
    body = request([made])
    first, second = (used.decode(body, PROTOBUF).spans[0] for _ in range(2))
    assert repr(first) == repr(second)
    return first


def spanned(attributes: Mapping[str, Plain], *, error: str = "", limits: Limits | None = None) -> SpanIn:
    return decoded(
        span("work", start_ns=NOW_NS - 5, duration_ns=4, attributes=attributes, error=error), limits
    )


def test_what_the_tracer_saw_becomes_observations_in_order() -> None:
    got = spanned(
        {
            "flowglass.arg.order": "A-7",
            "flowglass.arg.amount": 12.5,
            "flowglass.observe.stock.left": 3,
            "flowglass.local.ok": True,
            "flowglass.return": 0.25,
        }
    )
    assert got.observations == (
        Observation("arg", "order", "str", "A-7", None),
        Observation("arg", "amount", "float", 12.5, 12.5),
        Observation("observe", "stock.left", "int", 3, 3),
        Observation("local", "ok", "bool", True, None),
        Observation("return", "return", "float", 0.25, 0.25),
    )
    assert got.attributes == {}


def test_the_program_s_own_type_names_replace_the_implied_ones() -> None:
    got = spanned(
        {
            "flowglass.arg.amount": "12.50",
            "flowglass.arg.when": "2026-11-20",
            "flowglass.arg.n": 5,
            "flowglass.return": "None",
            "flowglass.types": "arg.amount=Decimal;arg.when=date;return=NoneType;arg.absent=X;=;;broken",
        }
    )
    assert [(one.type, one.value, one.number) for one in got.observations] == [
        ("Decimal", "12.50", 12.5),
        ("date", "2026-11-20", None),
        ("int", 5, 5),
        ("NoneType", "None", None),
    ]


@pytest.mark.parametrize("text", ["", "about 5", "NaN-ish", "1" * 10_000 + "x"])
def test_a_decimal_that_is_no_number_is_text(text: str) -> None:
    got = spanned({"flowglass.arg.amount": text, "flowglass.types": "arg.amount=Decimal"})
    assert got.observations[0].number is None


@pytest.mark.parametrize(
    ("primary", "index"), [("arg.a", 0), ("return", 1), ("observe.b", 2), ("observe.absent", 1), ("", 1)]
)
def test_the_row_shows_what_the_tracer_named_else_the_return(primary: str, index: int) -> None:
    named = {"flowglass.primary": primary} if primary else {}
    got = spanned({"flowglass.arg.a": 1, "flowglass.return": 2, "flowglass.observe.b": 3, **named})
    assert (got.primary, got.primary_attribute) == (index, "")


def test_without_a_return_the_row_shows_the_first_observation() -> None:
    assert spanned({"http.route": "/a", "flowglass.arg.a": 1, "flowglass.arg.b": 2}).primary == 0


@pytest.mark.parametrize(
    ("attributes", "key"),
    [
        ({}, ""),
        ({"b": 1, "c": 1}, "b"),
        ({"thread.id": 5, "code.line.number": 7}, ""),
        ({"thread.id": 5, "b": 1}, "b"),
        ({"thread.id": 5, "http.response.status_code": 200}, "http.response.status_code"),
        ({"http.response.status_code": 200, "url.path": "/a", "http.route": "/{x}"}, "http.route"),
        ({"a": 1, "db.statement": "x", "db.query.text": "y"}, "db.query.text"),
        ({"a": 1, "gen_ai.request.model": "m"}, "gen_ai.request.model"),
    ],
)
def test_a_stock_span_shows_its_most_telling_attribute(attributes: dict[str, Plain], key: str) -> None:
    got = spanned(attributes)
    assert (got.primary, got.primary_attribute) == (-1, key)


CODE = {"code.function.name": "shop.price", "code.file.path": "/srv/shop.py", "code.line.number": 7}


def test_function_file_and_line_belong_to_the_code_version() -> None:
    got = spanned({**CODE, "flowglass.code.version": "00ff", "flowglass.source": "def price(): …", "x": 1})
    assert (got.code_version, got.source) == ("00ff", "def price(): …")
    assert (got.function, got.file, got.line) == ("shop.price", "/srv/shop.py", 7)
    assert got.attributes == {"x": 1}


def test_without_a_version_they_stay_attributes() -> None:
    got = spanned(CODE)
    assert got.attributes == CODE
    assert (got.code_version, got.function, got.file, got.line, got.source) == ("", "", "", 0, None)


def test_a_version_of_digits_is_never_taken_for_a_card() -> None:
    assert spanned({"flowglass.code.version": "4111111111111111"}).code_version == "4111111111111111"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("flowglass.memory_delta", "4096"),
        ("flowglass.memory_delta", True),
        ("flowglass.source", 5),
        ("flowglass.code.version", 5),
        ("flowglass.types", 1.5),
        ("flowglass.unheard_of", "x"),
        ("flowglass.arg.", 5),
    ],
)
def test_what_is_not_of_the_tracer_s_shape_stays_an_attribute(key: str, value: Plain) -> None:
    got = spanned({key: value})
    assert got.attributes == {key: value}
    assert (got.memory_delta, got.source, got.code_version, got.observations) == (None, None, "", ())


def test_memory_is_a_field() -> None:
    assert spanned({"flowglass.memory_delta": -4096}).memory_delta == -4096


@pytest.mark.parametrize(
    "number", [0, 1, 127, 128, 300, 2**31, 10**12 - 1, 10**12, 2**56, 2**63 - 1, -1, -(2**63)]
)
def test_whole_numbers_of_every_length_are_exact_also_when_met_again(number: int) -> None:
    for key in ("n", "flowglass.arg.n"):
        used = Decoder(Redactor(enabled=False), 30, 10, lambda: NOW_NS)
        for value in (1, number, number):
            made = span("s", start_ns=NOW_NS - 5, duration_ns=4, attributes={key: value})
            got = used.decode(request([made]), PROTOBUF).spans[0]
            seen = got.attributes.get(key, got.observations and got.observations[0].value)
            assert seen == value


PLAIN = KeyValue(key="n", value=AnyValue(int_value=5)).SerializeToString()
REDUNDANT = PLAIN[:4] + bytes([3]) + PLAIN[5:-1] + b"\x85\x00"  # the 5 in two bytes


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        REDUNDANT,
        *(PLAIN[:length] for length in range(len(PLAIN))),
        PLAIN[:3] + PLAIN[3:].replace(b"\x18", b"\x21"),
        KeyValue(key="n", value=AnyValue(string_value="x" * 127)).SerializeToString(),
        KeyValue(key="n", value=AnyValue(string_value="x" * 300)).SerializeToString(),
        KeyValue(key="n", value=AnyValue(string_value="")).SerializeToString(),
        PLAIN[:3] + b"\x12\x03\x0a\x01\xff",
        PLAIN + b"\x0a\x01m",
    ],
)
def test_the_short_way_reads_what_the_stock_parser_reads(raw: bytes) -> None:
    attributes = Attributes(Cleaner(Redactor(enabled=False)), Limits())
    attributes.from_wire(PLAIN)  # from here on the key "n" is known
    try:
        expected = KeyValue.FromString(raw)
    except DecodeError:
        with pytest.raises(Malformed):
            attributes.from_wire(raw)
        return
    kind = expected.value.WhichOneof("value")
    value = getattr(expected.value, kind) if kind else None
    assert attributes.from_wire(raw) == (PLAIN_KIND, expected.key, value)


def test_the_last_exception_event_is_the_span_s_exception() -> None:
    got = spanned({}, error="no stock")
    assert (got.exception_type, got.exception_message, got.status) == ("ValueError", "no stock", 2)


def test_more_than_the_limits_is_cut_and_counted() -> None:
    limits = Limits(attributes=3, events=1, links=1, key=10, name=12, text=200, elements=4)
    made = span(
        "a name that is too long",
        start_ns=NOW_NS - 5,
        duration_ns=4,
        attributes={"a key that is too long": 1, "b": "x" * 300, "c": 1, "d": 1, "e": 1},
    )
    for _ in range(3):
        made.events.add(name="e", attributes=made.attributes)
        made.links.add(trace_id=b"t" * 20, span_id=b"s" * 20, attributes=made.attributes)
    made.attributes[2].value.array_value.values.extend([AnyValue(int_value=1)] * 9)
    got = decoded(made, limits)
    assert got.name == "a name that…"
    assert got.attributes == {"a key tha…": 1, "b": "x" * 199 + "…", "c": [1, 1, 1, 1, "…"]}
    assert (got.dropped_attributes, got.dropped_events, got.dropped_links) == (2, 2, 2)
    assert len(got.events) == len(got.links) == 1
    assert len(got.events[0].attributes) == len(got.links[0].attributes) == 3
    assert got.events[0].dropped_attributes == got.links[0].dropped_attributes == 2
    assert (len(got.links[0].trace_id), len(got.links[0].span_id)) == (16, 8)


def test_masking_keeps_the_place_of_what_it_masks() -> None:
    got = spanned(
        {
            "flowglass.arg.password": "hunter2",
            "flowglass.arg.pin_token": 12345,
            "flowglass.primary": "arg.password",
            "http.request.header.authorization": "Bearer abcdefghijkl",
            "note": "write to jane@example.org",
        }
    )
    assert [(one.name, one.type, one.value, one.number) for one in got.observations] == [
        ("password", "str", MASK, None),
        ("pin_token", "str", MASK, None),
    ]
    assert got.primary == 0
    assert got.attributes == {"http.request.header.authorization": MASK, "note": f"write to {MASK}"}


def test_a_secret_number_is_masked_also_when_its_key_is_known() -> None:
    used = Decoder(Redactor(), 30, 10, lambda: NOW_NS)
    for value in (1.5, 2.5, 3):
        made = span(
            "s", start_ns=NOW_NS - 5, duration_ns=4, attributes={"flowglass.arg.token": value, "otp": value}
        )
        got = used.decode(request([made]), PROTOBUF).spans[0]
        assert got.observations[0].value == got.attributes["otp"] == MASK


def test_a_card_number_is_masked_as_text_and_as_number_also_when_its_key_is_known() -> None:
    used = Decoder(Redactor(), 30, 10, lambda: NOW_NS)
    for value in ("none", "4111 1111 1111 1111", 4111111111111111):
        made = span("s", start_ns=NOW_NS - 5, duration_ns=4, attributes={"flowglass.arg.paid_with": value})
        got = used.decode(request([made]), PROTOBUF).spans[0]
        assert got.observations[0].value == ("none" if value == "none" else MASK)
