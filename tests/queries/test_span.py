"""All of one span comes back, as a record and as OTLP that a collector reads as the very same span."""

from __future__ import annotations

import tempfile
from pathlib import Path

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.decode import JSON, Decoder
from data.records import Event, Link, Observation, Resource, Scope, SpanIn
from flowglass.redact import Redactor
from queries.span import otlp_json, span_detail
from tests.data.made import NOON_NS, seen, span
from tests.queries.made import VALUES, attributes, observations, reader_of, store_of

plain = st.dictionaries(st.sampled_from(("a", "b c", "é")), st.sampled_from(VALUES), max_size=2)


def each_once(found: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """Of observations at the same spot the first: a sender has one attribute for each."""
    return tuple({(one.source, one.name): one for one in reversed(found)}.values())


@st.composite
def rich_span(draw: st.DrawFn) -> SpanIn:
    """A span with every field of OTLP in use."""
    found, given_attributes = each_once(draw(observations)), draw(attributes)
    start = NOON_NS + draw(st.integers(0, 10**9))
    events = tuple(
        Event(start + n, draw(st.sampled_from(("exception", "tick"))), draw(plain), draw(st.integers(0, 3)))
        for n in range(draw(st.integers(0, 2)))
    )
    links = tuple(
        Link(draw(st.binary(min_size=16, max_size=16)), b"\x01" * 8, "k=v", draw(plain), 1, 3)
        for _ in range(draw(st.integers(0, 2)))
    )
    versioned = draw(st.booleans())
    primary = draw(st.integers(0, len(found) - 1)) if found else -1
    return span(
        start,
        end_ns=start + draw(st.integers(0, 10**10)),
        kind=draw(st.integers(0, 5)),
        status=draw(st.integers(0, 2)),
        status_message=draw(st.sampled_from(("", "it fell"))),
        resource=Resource(
            "shop", {"service.name": "shop", **draw(plain)}, draw(st.integers(0, 2)), "http://schema"
        ),
        scope=Scope("orders", "1.0", draw(plain), draw(st.integers(0, 2)), "http://scope"),
        observations=found,
        primary=primary,
        primary_attribute="" if primary >= 0 or not given_attributes else next(iter(given_attributes)),
        attributes=given_attributes,
        parent_span_id=draw(st.sampled_from((b"", b"\xfe" * 8))),
        code_version="ab12" if versioned else "",
        function="load" if versioned else "",
        file="a.py" if versioned else "",
        line=draw(st.sampled_from((3, 4))) if versioned else 0,
        memory_delta=draw(st.sampled_from((None, -4096))),
        events=events,
        links=links,
        trace_state=draw(st.sampled_from(("", "vendor=1"))),
        flags=draw(st.sampled_from((0, 257))),
        dropped_attributes=draw(st.integers(0, 2)),
        dropped_events=draw(st.integers(0, 2)),
        dropped_links=draw(st.integers(0, 2)),
    )


def same(one: object, other: object) -> bool:
    """Equal, and NaN equal to itself."""
    return repr(one) == repr(other)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(rich_span(), min_size=1, max_size=5))
def test_a_collector_reads_the_json_of_a_span_as_the_span_that_was_stored(spans: list[SpanIn]) -> None:
    decoder = Decoder(Redactor(enabled=False), 30, 100, lambda: NOON_NS + 10**9)
    with (
        tempfile.TemporaryDirectory() as name,
        store_of(Path(name), [spans]),
        reader_of(Path(name)) as reader,
    ):
        for sent in spans:
            detail = span_detail(reader, sent.trace_id.hex(), sent.span_id.hex())
            assert detail is not None
            (read,) = decoder.decode(orjson.dumps(otlp_json(detail)), JSON).spans
            for field, before, after in zip(SpanIn._fields, sent, read, strict=True):
                if field == "primary_attribute" and sent.primary < 0:
                    continue  # chosen by the collector from the attributes, which are compared
                if field == "observations":  # whether a number is whole is known from its value
                    before = tuple(one._replace(number=None) for one in before)
                    after = tuple(one._replace(number=None) for one in after)
                assert same(before, after), field


def test_every_field_of_the_record_is_filled(tmp_path: Path) -> None:
    sent = span(
        NOON_NS,
        end_ns=NOON_NS + 5,
        observations=(seen("a", 1), seen("price", "1.50", "Decimal"), seen("return", True, source="return")),
        primary=1,
        attributes={"tier": b"\x00"},
        status=1,
        status_message="fine",
        code_version="ab12",
        function="f",
        file="f.py",
        line=2,
        events=(Event(NOON_NS + 1, "tick", {"n": 1}, 2),),
        links=(Link(b"\x01" * 16, b"\x02" * 8, "s", {"k": "v"}, 3, 4),),
        trace_state="t",
        flags=5,
        dropped_attributes=6,
        dropped_events=7,
        dropped_links=8,
    )
    with store_of(tmp_path, [[sent]]), reader_of(tmp_path) as reader:
        detail = span_detail(reader, sent.trace_id.hex(), sent.span_id.hex())
    assert detail is not None
    assert [(one.source, one.name, one.type, one.value) for one in detail.observations] == [
        ("arg", "a", "int", 1),
        ("arg", "price", "Decimal", "1.50"),
        ("return", "return", "bool", True),
    ]
    assert (detail.primary, detail.row.data, detail.row.data_value) == (1, "price", 1.5)
    assert detail.attributes == {"tier": b"\x00"}
    assert (detail.status_code, detail.status_message, detail.row.status) == ("OK", "fine", "OK")
    assert (detail.function, detail.file, detail.line, detail.end_ns) == ("f", "f.py", 2, NOON_NS + 5)
    assert [(one.time_ns, one.name, one.attributes, one.dropped_attributes) for one in detail.events] == [
        (NOON_NS + 1, "tick", {"n": 1}, 2)
    ]
    assert [(one.trace_id, one.span_id, one.attributes, one.flags) for one in detail.links] == [
        ("01" * 16, "02" * 8, {"k": "v"}, 4)
    ]
    assert (detail.trace_state, detail.flags) == ("t", 5)
    assert (detail.dropped_attributes, detail.dropped_events, detail.dropped_links) == (6, 7, 8)
    assert (detail.resource.attributes["process.pid"], detail.scope.name, detail.scope.version) == (
        7,
        "shop.orders",
        "1.0",
    )


def test_file_and_line_are_those_of_this_span_even_when_its_version_was_first_seen_elsewhere(
    tmp_path: Path,
) -> None:
    code = {"code_version": "ab12", "function": "f"}
    first, moved = (
        span(NOON_NS, file="old.py", line=1, **code),
        span(NOON_NS + 1, file="new.py", line=9, **code),
    )
    with store_of(tmp_path, [[first, moved]]), reader_of(tmp_path) as reader:
        detail = span_detail(reader, moved.trace_id.hex(), moved.span_id.hex())
    assert detail is not None
    assert (detail.file, detail.line, detail.row.file) == ("new.py", 9, "old.py")


def test_spans_sent_under_the_same_ids_are_told_apart_by_their_start(tmp_path: Path) -> None:
    ids = {"trace_id": b"\x01" * 16, "span_id": b"\x02" * 8}
    spans = [span(NOON_NS + n, name=f"n{n}", **ids) for n in range(3)]
    with store_of(tmp_path, [spans]), reader_of(tmp_path) as reader:
        for n, sent in enumerate(spans):
            detail = span_detail(reader, "01" * 16, "02" * 8, sent.start_ns)
            assert detail is not None
            assert detail.row.process == f"n{n}"
        first = span_detail(reader, "01" * 16, "02" * 8)
        assert first is not None
        assert first.row.process == "n0"
        assert span_detail(reader, "01" * 16, "02" * 8, 5) is None


def test_ids_that_are_none_or_unknown_find_nothing(tmp_path: Path) -> None:
    with store_of(tmp_path, [[span(NOON_NS)]]), reader_of(tmp_path) as reader:
        for trace, one in (("", ""), ("x" * 32, "0" * 16), ("0" * 32, "0" * 15), ("f" * 32, "f" * 16)):
            assert span_detail(reader, trace, one) is None
