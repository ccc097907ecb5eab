"""The decorator and the context manager: what is recorded of each kind of function, what stays the same."""

from __future__ import annotations

import asyncio
import copy
import functools
import inspect
import pickle
import traceback
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import flowglass
from flowglass import observe, trace
from tests.flowglass.sink import Sink


@trace
def total(amount: int, tax: float = 0.5, *more: int, currency: str = "EUR", **rest: Any) -> float:
    """Adds."""
    return amount + tax + sum(more)


@trace
def nothing() -> None:
    return None


@trace
def broken(amount: int) -> None:
    raise ValueError(f"no {amount}")


@trace
def outer() -> None:
    nothing()
    nothing()


class Shop:
    kind = "shop"

    def __init__(self, name: str) -> None:
        self.name = name

    @trace
    def sell(self, item: str) -> str:
        return f"{self.name} {item}"

    @trace
    @classmethod
    def open(cls, name: str) -> Shop:
        return cls(name)

    @staticmethod
    @trace
    def price(item: str) -> int:
        return len(item)

    @trace
    @property
    def title(self) -> str:
        return self.name.title()

    @functools.cached_property
    def cached(self) -> str:
        return self.name


def flushed(sink: Sink) -> list[Any]:
    assert flowglass.flush(20)
    return sink.spans


def test_a_call_is_recorded_with_arguments_defaults_and_return(sink: Sink) -> None:
    assert total(2, 1.5) == 3.5
    flushed(sink)
    span = sink.named("total")
    assert (span.name, span.scope) == ("total", __name__)
    assert (span.value("arg.amount"), span.value("arg.tax"), span.value("arg.currency")) == (2, 1.5, "EUR")
    assert span.value("return") == 3.5
    assert span.attributes["flowglass.primary"] == "return"
    assert span.attributes["code.function.name"] == f"{__name__}.total"
    assert span.attributes["code.file.path"] == __file__
    assert span.attributes["code.line.number"] == total.__wrapped__.__code__.co_firstlineno
    assert len(span.attributes["flowglass.code.version"]) == 16
    assert span.end_ns >= span.start_ns > 1_700_000_000_000_000_000
    assert span.resource["service.name"] == "tests"
    assert span.resource["telemetry.sdk.name"] == "flowglass"
    assert span.status == 0


def test_more_arguments_are_kept_together_and_keywords_by_name(sink: Sink) -> None:
    total(1, 2, 3, 4, currency="USD", note="x")
    flushed(sink)
    span = sink.named("total")
    assert (span.value("arg.more"), span.types["arg.more"]) == ("(3, 4)", "tuple")
    assert (span.value("arg.note"), span.value("arg.currency")) == ("x", "USD")


def test_the_source_travels_once_per_version(sink: Sink) -> None:
    @trace
    def fresh() -> int:
        return 1

    fresh()
    fresh()
    spans = flushed(sink)
    assert ["flowglass.source" in one.attributes for one in spans] == [True, False]
    assert spans[0].attributes["flowglass.source"].startswith("@trace\ndef fresh() -> int:")


def test_a_collector_that_lost_a_source_is_sent_it_again(sink: Sink) -> None:
    nothing()
    spans = flushed(sink)
    sink.levels = {"levels": [], "sources": [spans[-1].attributes["flowglass.code.version"]]}
    flowglass.configure()  # asks at once
    flowglass.flush(20)
    nothing()
    assert "flowglass.source" in flushed(sink)[-1].attributes


def test_an_exception_is_recorded_and_passes_unchanged(sink: Sink) -> None:
    with pytest.raises(ValueError, match="no 3") as caught:
        broken(3)
    flushed(sink)
    span = sink.named("broken")
    assert span.status == 2
    (event,) = span.events
    assert (event["exception.type"], event["exception.message"]) == ("ValueError", "no 3")
    assert 'raise ValueError(f"no {amount}")' in event["exception.stacktrace"]
    assert "<flowglass>" not in event["exception.stacktrace"]
    assert span.attributes["flowglass.primary"] == "arg.amount"
    assert span.value("return") is None
    frames = traceback.extract_tb(caught.value.__traceback__)
    assert frames[-1].name == "broken" and len(frames) <= 4


def test_none_is_told_apart_from_nothing(sink: Sink) -> None:
    nothing()
    flushed(sink)
    span = sink.named("nothing")
    assert (span.value("return"), span.types["return"]) == ("None", "NoneType")


def test_calls_nest_and_children_stay_inside(sink: Sink) -> None:
    outer()
    spans = flushed(sink)
    parent = sink.named("outer")
    children = [one for one in spans if one.name == "nothing"]
    assert [one.parent_id for one in children] == [parent.span_id] * 2
    assert {one.trace_id for one in spans} == {parent.trace_id}
    assert parent.parent_id == ""
    assert all(parent.start_ns <= one.start_ns <= one.end_ns <= parent.end_ns for one in children)


def test_roots_have_traces_of_their_own(sink: Sink) -> None:
    nothing()
    nothing()
    spans = flushed(sink)
    assert len({one.trace_id for one in spans}) == len({one.span_id for one in spans}) == 2


def test_observed_values_are_recorded_on_the_call_and_are_the_row(sink: Sink) -> None:
    @trace
    def work(n: int) -> int:
        observe(half=n / 2, items=[n])
        nothing()
        observe(late="yes")
        return n

    work(3)
    flushed(sink)
    span = sink.named("work")
    assert (span.value("observe.half"), span.value("observe.items")) == (1.5, "[3]")
    assert span.value("observe.late") == "yes"
    assert span.attributes["flowglass.primary"] == "observe.half"
    assert span.types["observe.items"] == "list"


def test_observing_outside_of_a_call_does_nothing(sink: Sink) -> None:
    observe(a=1)
    assert not flushed(sink)


def test_methods_leave_out_the_object_itself(sink: Sink) -> None:
    shop = Shop.open("Corner")
    assert (shop.sell("tea"), Shop.price("tea"), shop.title) == ("Corner tea", 3, "Corner")
    spans = flushed(sink)
    assert [one.name for one in spans] == ["Shop.open", "Shop.sell", "Shop.price", "Shop.title"]
    assert [sorted(key for key in one.attributes if "flowglass.arg" in key) for one in spans] == [
        ["flowglass.arg.name"], ["flowglass.arg.item"], ["flowglass.arg.item"], [],
    ]  # fmt: skip
    assert spans[0].types["return"] == "Shop"


def test_a_class_has_its_methods_traced(sink: Sink) -> None:
    @trace
    class Counter:
        def __init__(self) -> None:
            self.n = 0

        def add(self, n: int) -> None:
            self.n += n

        @property
        def now(self) -> int:
            return self.n

        @staticmethod
        def zero() -> int:
            return 0

        def __repr__(self) -> str:
            return "not traced"

    counter = Counter()
    counter.add(2)
    assert (counter.now, Counter.zero(), repr(counter)) == (2, 0, "not traced")
    names = [one.name.rpartition(".")[2] for one in flushed(sink)]
    assert names == ["__init__", "add", "now", "zero"]


def test_a_block_is_a_span(sink: Sink) -> None:
    with trace("load", path="/tmp/x") as span:
        nothing()
        span.observe(rows=7)
    with pytest.raises(KeyError), trace("fails"):
        raise KeyError("gone")
    flushed(sink)
    block = sink.named("load")
    assert (block.value("observe.path"), block.value("observe.rows")) == ("/tmp/x", 7)
    assert sink.named("nothing").parent_id == block.span_id
    assert sink.named("fails").status == 2


def test_a_name_decorates_too(sink: Sink) -> None:
    @trace("billing step")
    def step() -> int:
        return 1

    step()
    assert [one.name for one in flushed(sink)] == ["billing step"]


def test_a_coroutine_is_one_span_from_first_step_to_last(sink: Sink) -> None:
    @trace
    async def child(n: int) -> int:
        await asyncio.sleep(0)
        return n

    @trace
    async def parent() -> list[int]:
        with trace("inside"):
            return list(await asyncio.gather(child(1), child(2)))

    assert inspect.iscoroutinefunction(parent)
    assert asyncio.run(parent()) == [1, 2]
    spans = flushed(sink)
    inside = sink.named("inside")
    children = [one for one in spans if one.name.endswith("child")]
    assert {one.parent_id for one in children} == {inside.span_id}
    assert len({one.attributes["flowglass.task"] for one in children}) == 2


def test_a_cancelled_coroutine_is_recorded_as_that(sink: Sink) -> None:
    @trace
    async def forever() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    flushed(sink)
    (event,) = sink.named("forever").events
    assert event["exception.type"] == "asyncio.exceptions.CancelledError"


def test_a_generator_is_current_only_while_it_works(sink: Sink) -> None:
    @trace
    def numbers(n: int) -> Iterator[int]:
        for i in range(n):
            with trace("make"):
                pass
            yield i

    assert inspect.isgeneratorfunction(numbers)
    with trace("consumer"):
        for _ in numbers(2):
            with trace("use"):
                pass
    spans = flushed(sink)
    made = sink.named("numbers")
    assert made.attributes["flowglass.items"] == 2
    parents = {one.name: one.parent_id for one in spans}
    assert (parents["make"], parents["use"]) == (made.span_id, sink.named("consumer").span_id)
    assert made.parent_id == sink.named("consumer").span_id


def test_a_generator_keeps_its_protocol(sink: Sink) -> None:
    seen: list[Any] = []

    @trace
    def echo() -> Iterator[Any]:
        try:
            while True:
                try:
                    seen.append((yield len(seen)))
                except KeyError as error:
                    seen.append(error)
                    if len(seen) == 3:
                        return "done"
        finally:
            seen.append("closed")

    made = echo()
    assert next(made) == 0
    assert made.send("a") == 1
    assert made.throw(KeyError("b")) == 2
    with pytest.raises(StopIteration) as stop:
        made.throw(KeyError("c"))
    assert stop.value.value == "done"
    early = echo()
    next(early)
    early.close()
    assert seen[-2:] == ["closed", "closed"]
    assert [one.status for one in flushed(sink)] == [0, 0]


def test_an_async_generator_keeps_its_protocol(sink: Sink) -> None:
    @trace
    async def numbers() -> AsyncIterator[int]:
        with trace("make"):
            await asyncio.sleep(0)
        yield 1
        yield 2

    async def main() -> list[int]:
        return [one async for one in numbers()]

    assert inspect.isasyncgenfunction(numbers)
    assert asyncio.run(main()) == [1, 2]
    flushed(sink)
    assert sink.named("make").parent_id == sink.named("numbers").span_id


def test_a_traced_function_looks_as_it_did() -> None:
    assert (total.__name__, total.__doc__, total.__module__) == ("total", "Adds.", __name__)
    assert str(inspect.signature(total)).startswith("(amount: 'int', tax: 'float' = 0.5, *more")
    assert total.__defaults__ == (0.5,)
    assert trace(total) is total


def test_a_wrong_call_fails_as_before() -> None:
    def plain(a: int, *, b: int) -> None: ...

    for args, kwargs in [((), {}), ((1,), {}), ((1, 2), {"b": 1}), ((1,), {"b": 1, "c": 2})]:
        with pytest.raises(TypeError) as before:
            plain(*args, **kwargs)
        with pytest.raises(TypeError) as after:
            trace(plain)(*args, **kwargs)
        assert str(after.value) == str(before.value)


@pytest.mark.parametrize(
    "function",
    [
        lambda: (),
        lambda a, /, b, *, c=3: (a, b, c),
        lambda *args, **kwargs: (args, kwargs),
        lambda a, b=2, *args, c, d=4, **kwargs: (a, b, args, c, d, kwargs),
        lambda _fg_site, self=1: (_fg_site, self),
        lambda get, clock=0, record=1, mode=2: (get, clock, record, mode),
    ],
)
def test_every_shape_of_parameters_is_passed_on(sink: Sink, function: Any) -> None:
    wrapped = trace(function)
    for args, kwargs in [((), {}), ((1, 2), {"c": 5}), ((1, 2, 3), {"c": 5, "e": 6}), ((1,), {})]:
        outcomes = []
        for one in (function, wrapped):
            try:
                outcomes.append(one(*args, **kwargs))
            except TypeError as error:
                outcomes.append(str(error))
        assert outcomes[0] == outcomes[1]


def test_builtins_and_callable_objects_are_traced_in_the_general_way(sink: Sink) -> None:
    class Doubler:
        def __call__(self, n: int) -> int:
            return 2 * n

    assert trace(len)([1, 2]) == 2
    assert trace(Doubler())(4) == 8
    assert trace(functools.partial(total, 1))(2) == 3
    names = {one.name for one in flushed(sink)}
    assert {"len", "Doubler"} <= names


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(TypeError, match="colour"):
        trace(colour="red")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="level must be one of"):
        trace(level="loud")


def test_a_generator_keeps_nothing_alive_that_it_did_not_before(sink: Sink) -> None:
    class Item:
        pass

    @trace
    def items(first: Item) -> Iterator[Item]:
        del first
        for _ in range(3):
            yield Item()

    given = Item()
    watched = weakref.ref(given)
    made = items(given)
    seen = weakref.ref(next(made))
    del given
    assert (watched(), seen()) == (None, None)
    assert len(list(made)) == 2


def test_a_traceback_shows_the_tracer_once_at_most_however_deep(sink: Sink) -> None:
    @trace
    def down(n: int) -> None:
        if not n:
            raise ValueError("bottom")
        down(n - 1)

    for _ in range(70):  # also the calls that are looked at closely
        with pytest.raises(ValueError, match="bottom") as caught:
            down(3)
        frames = [one.filename for one in traceback.extract_tb(caught.value.__traceback__)]
        assert len([name for name in frames if "flowglass" not in name.rpartition("/")[2]]) >= 5
        ours = [name for name in frames if name == "<flowglass>" or "/flowglass/wrappers" in name]
        assert len(ours) <= 2
        assert len(frames) <= 7


def test_a_traced_function_can_be_pickled_copied_and_its_source_read() -> None:
    assert pickle.loads(pickle.dumps(total)) is total
    assert copy.deepcopy(total) is total
    assert inspect.getsource(total).startswith("@trace\ndef total(")
