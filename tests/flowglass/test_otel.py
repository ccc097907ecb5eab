"""Spans of the OpenTelemetry API and ours are one tree, whichever is inside."""

from __future__ import annotations

import textwrap

import pytest

from tests.flowglass.conftest import Program
from tests.flowglass.sink import Sink

# The SDK in a program of its own: its spans go to the same sink, by its own exporter.
SETUP = """
{first}
from opentelemetry import trace as otel
from opentelemetry.propagate import inject
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
provider = TracerProvider({options})
provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
otel.set_tracer_provider(provider)
tracer = otel.get_tracer("theirs")
from flowglass import trace, flush
def theirs(name, **kwargs): return tracer.start_as_current_span(name, **kwargs)
"""


@pytest.fixture
def tree(server: Sink, program: Program) -> Tree:
    return Tree(server, program)


class Tree:
    """Runs a program and tells who is whose parent, by name."""

    def __init__(self, server: Sink, program: Program) -> None:
        self.server = server
        self.program = program

    def of(self, text: str, first: str = "", options: str = "") -> dict[str, str]:
        self.program(SETUP.format(first=first, options=options) + textwrap.dedent(text))
        by_id = {one.span_id: one.name for one in self.server.spans}
        return {one.name: by_id.get(one.parent_id, one.parent_id) for one in self.server.spans}


@pytest.mark.parametrize(
    "first", ["import flowglass; flowglass.trace(print)", ""], ids=["ours first", "theirs first"]
)
def test_they_nest_in_both_directions_and_deeply(tree: Tree, first: str) -> None:
    parents = tree.of(
        """
        @trace
        def inner():
            with theirs("c"):
                with trace("d"):
                    with trace("e"): pass
                with trace("f"): pass
            with trace("g"): pass
        with theirs("a"):
            with trace("b"):
                inner()
            with theirs("h"): pass
        with trace("i"):
            with theirs("j"): pass
        """,
        first,
    )
    assert parents == {
        "a": "", "b": "a", "inner": "b", "c": "inner", "d": "c", "e": "d", "f": "c", "g": "inner", "h": "a",
        "i": "", "j": "i",
    }  # fmt: skip
    traces = {one.name: one.trace_id for one in tree.server.spans}
    assert len({traces[name] for name in "abcdefgh"}) == 1
    assert traces["i"] == traces["j"] != traces["a"]


def test_their_span_stays_the_one_that_gets_attributes(tree: Tree) -> None:
    tree.of(
        """
        with theirs("a"):
            with trace("b"):
                otel.get_current_span().set_attribute("kept", "yes")
        """
    )
    (a,) = [one for one in tree.server.spans if one.name == "a"]
    assert a.attributes["kept"] == "yes"


def test_a_header_written_by_their_propagator_names_our_span(tree: Tree) -> None:
    tree.of(
        """
        import flowglass
        with trace("b"):
            headers = {}
            inject(headers)
            assert headers["traceparent"] == flowglass.traceparent(), headers
        with theirs("a"):
            with trace("b2"):
                headers = {}
                inject(headers)
                assert headers["traceparent"] == flowglass.traceparent(), headers
                with theirs("c"):
                    inner = {}
                    inject(inner)
                    assert inner["traceparent"] != headers["traceparent"]
        """
    )


def test_a_context_that_is_given_is_the_one_that_counts(tree: Tree) -> None:
    parents = tree.of(
        """
        from opentelemetry.context import Context
        with trace("b"):
            with theirs("root", context=Context()): pass
        """
    )
    assert parents == {"b": "", "root": ""}


def test_baggage_changes_nothing(tree: Tree) -> None:
    parents = tree.of(
        """
        from opentelemetry import baggage, context
        with theirs("a"):
            with trace("b"):
                token = context.attach(baggage.set_baggage("k", "v"))
                with trace("c"): pass
                context.detach(token)
        """
    )
    assert parents == {"a": "", "b": "a", "c": "b"}


def test_what_they_do_not_sample_we_do_not_record(tree: Tree) -> None:
    parents = tree.of(
        """
        with theirs("a"):
            with trace("b"): pass
        with trace("c"): pass
        """,
        "from opentelemetry.sdk.trace.sampling import ALWAYS_OFF",
        "sampler=ALWAYS_OFF",
    )
    assert parents == {"c": ""}
