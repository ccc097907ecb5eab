"""Whole programs: threads, executors, forks, pools, signals, and every way to end."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from tests.flowglass.conftest import ROOT, Program
from tests.flowglass.sink import Seen, Sink


def names(spans: list[Seen]) -> list[str]:
    return sorted(one.name for one in spans)


def parent_of(spans: list[Seen], name: str) -> str:
    by_id = {one.span_id: one.name for one in spans}
    (child,) = [one for one in spans if one.name == name]
    return by_id.get(child.parent_id, "")


def test_a_program_that_just_ends_loses_nothing(server: Sink, program: Program) -> None:
    program("""
        from flowglass import trace
        @trace
        def work(n): return n
        for n in range(1000): work(n)
    """)
    assert sorted(one.value("arg.n") for one in server.spans) == list(range(1000))
    assert server.spans[0].resource["service.name"] == "program"


@pytest.mark.parametrize("ending", ["raise SystemExit(3)", "sys.exit(3)", "1 / 0", "raise KeyboardInterrupt"])
def test_a_program_that_ends_badly_loses_nothing(server: Sink, program: Program, ending: str) -> None:
    done = program(
        f"""
        import sys
        from flowglass import trace
        @trace
        def work(): return 1
        @trace
        def end():
            {ending}
        work()
        end()
        """,
        expect=None,
    )
    assert done.returncode != 0
    assert names(server.spans) == ["end", "work"]


def test_os_exit_ends_at_once(server: Sink, program: Program) -> None:
    done = program(
        """
        import os
        from flowglass import trace
        @trace
        def work(): return 1
        work()
        os._exit(7)
        """,
        expect=7,
    )
    assert done.stderr == ""


def test_threads_executors_and_tasks_keep_their_parent(server: Sink, program: Program) -> None:
    program("""
        import asyncio, threading
        from concurrent.futures import ThreadPoolExecutor
        from flowglass import trace
        def named(name):
            with trace(name): pass
        class Mine(threading.Thread):
            def run(self): named("subclass")
        pool = ThreadPoolExecutor(1)
        with trace("first"):
            pool.submit(named, "executor").result()
            list(pool.map(named, ["map"]))
            one = threading.Thread(target=named, args=("thread",)); one.start(); one.join()
            two = Mine(); two.start(); two.join()
        pool.submit(named, "without").result()
        with trace("second"):
            pool.submit(named, "again").result()
        async def main():
            with trace("loop"):
                await asyncio.to_thread(named, "to_thread")
                await asyncio.get_running_loop().run_in_executor(None, named, "run_in_executor")
                await asyncio.create_task(task())
        async def task(): named("task")
        asyncio.run(main())
    """)
    parents = {name: parent_of(server.spans, name) for name in names(server.spans)}
    assert parents == {
        "first": "", "second": "", "loop": "", "without": "", "again": "second",
        "executor": "first", "map": "first", "thread": "first", "subclass": "first",
        "to_thread": "loop", "run_in_executor": "loop", "task": "loop",
    }  # fmt: skip


def test_work_left_behind_is_no_child_of_what_ended(server: Sink, program: Program) -> None:
    program("""
        import threading
        from flowglass import trace
        ended, go = threading.Event(), threading.Event()
        def later():
            with trace("outlives"):
                go.set(); ended.wait()
            with trace("after"): pass
        with trace("root"):
            thread = threading.Thread(target=later); thread.start(); go.wait()
        ended.set(); thread.join()
    """)
    spans = {one.name: one for one in server.spans}
    assert spans["outlives"].parent_id == spans["after"].parent_id == ""
    assert spans["outlives"].trace_id == spans["root"].trace_id
    assert spans["after"].trace_id != spans["root"].trace_id


def test_a_forked_child_sends_its_own_and_knows_its_parent(server: Sink, program: Program) -> None:
    program("""
        import os
        import flowglass
        from flowglass import trace
        @trace
        def before(): pass
        before()
        with trace("parent"):
            pid = os.fork()
            if pid == 0:
                with trace("child"): pass
                flowglass.flush(10)
                os._exit(0)
            os.waitpid(pid, 0)
    """)
    spans = server.spans
    assert names(spans) == ["before", "child", "parent"]
    assert parent_of(spans, "child") == "parent"
    pids = {one.name: one.resource["process.pid"] for one in spans}
    assert pids["before"] == pids["parent"] != pids["child"]
    assert len({one.span_id for one in spans}) == 3


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_send_before_they_end(
    server: Sink, program: Program, method: str
) -> None:
    program(f"""
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        from flowglass import trace
        def named(name):
            with trace(name): pass
            return name
        if __name__ == "__main__":
            context = multiprocessing.get_context({method!r})
            with trace("parent"):
                one = context.Process(target=named, args=("process",)); one.start(); one.join()
                with ProcessPoolExecutor(1, mp_context=context) as pool:
                    assert pool.submit(named, "executor").result() == "executor"
                with context.Pool(1) as pool:
                    assert pool.apply(named, ("apply",)) == "apply"
                    assert pool.map(named, ["map"]) == ["map"]
                    pool.close(); pool.join()
    """)
    spans = server.spans
    assert names(spans) == ["apply", "executor", "map", "parent", "process"]
    assert {name: parent_of(spans, name) for name in names(spans)} == {
        "parent": "", "process": "parent", "executor": "parent", "apply": "parent", "map": "parent",
    }  # fmt: skip


def test_sigterm_sends_first_and_then_ends_as_before(server: Sink, program: Program) -> None:
    done = program(
        """
        import os, signal
        from flowglass import trace
        @trace
        def work(): return 1
        work()
        os.kill(os.getpid(), signal.SIGTERM)
        """,
        expect=-signal.SIGTERM,
    )
    assert done.stderr == ""
    assert names(server.spans) == ["work"]


def test_the_hosts_own_sigterm_handler_still_runs(server: Sink, program: Program) -> None:
    program(
        """
        import os, signal, sys
        from flowglass import trace
        signal.signal(signal.SIGTERM, lambda *args: sys.exit(5))
        @trace
        def work(): return 1
        work()
        os.kill(os.getpid(), signal.SIGTERM)
        """,
        expect=5,
    )
    assert names(server.spans) == ["work"]


def test_an_ignored_sigterm_stays_ignored(server: Sink, program: Program) -> None:
    program("""
        import os, signal
        from flowglass import trace
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        with trace("work"): pass
        os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    """)
    assert names(server.spans) == ["work"]


def test_a_dead_collector_does_not_hold_up_the_end(program: Program) -> None:
    done = program(
        """
        import time
        from flowglass import trace, stats
        @trace
        def work(): return 1
        for _ in range(100_000): work()
        print(stats()["recorded"])
        """,
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9",
    )
    assert done.stdout == "100000\n"
    assert done.stderr == ""


def test_a_collector_that_never_answers_is_waited_for_with_a_deadline(program: Program) -> None:
    done = program("""
        import socket, os
        listener = socket.create_server(("127.0.0.1", 0))
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        from flowglass import trace, flush
        with trace("work"): pass
        assert flush(0.2) is False
    """)
    assert done.stderr == ""


def test_recursion_ten_thousand_deep(server: Sink, program: Program) -> None:
    program(
        """
        import sys, threading
        from flowglass import trace, stats, flush
        sys.setrecursionlimit(50_000)
        threading.stack_size(512 * 1024 * 1024)
        @trace
        def down(n): return down(n - 1) if n else 0
        thread = threading.Thread(target=lambda: down(10_000)); thread.start(); thread.join()
        assert flush(30)
        assert stats() == {**stats(), "recorded": 10_001, "sent": 10_001, "dropped": 0}, stats()
        """,
        OTEL_BSP_MAX_QUEUE_SIZE="20000",
    )
    spans = server.spans
    assert len({one.trace_id for one in spans}) == 1
    parents = {one.parent_id for one in spans}
    assert len(parents) == 10_001


def test_too_deep_a_recursion_fails_as_it_did(server: Sink, program: Program) -> None:
    program("""
        from flowglass import trace, flush
        @trace
        def down(n): return down(n + 1)
        for _ in range(3):
            try: down(0)
            except RecursionError: pass
            else: raise AssertionError
        @trace
        def after(): return "fine"
        after()
        flush(20)
    """)
    assert "after" in names(server.spans)


def test_a_clock_that_is_faked_or_set_back_does_not_tear_spans_apart(server: Sink, program: Program) -> None:
    program("""
        import time, sys
        from flowglass import trace
        import flowglass.state
        real = time.time_ns
        time.time_ns = lambda: 0
        time.perf_counter_ns = lambda: 0
        time.time = time.monotonic = time.perf_counter = lambda: 0.0
        with trace("outer"):
            with trace("inner"): pass
    """)
    spans = {one.name: one for one in server.spans}
    outer, inner = spans["outer"], spans["inner"]
    assert outer.start_ns <= inner.start_ns <= inner.end_ns <= outer.end_ns
    assert outer.start_ns > 1_700_000_000_000_000_000


def test_signals_in_the_middle_of_calls_do_no_harm(server: Sink, program: Program) -> None:
    program(
        """
        import signal
        from flowglass import trace, stats, flush
        fired = 0
        @trace
        def handler(number, frame):
            global fired
            fired += 1
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
        @trace
        def work(n): return n
        calls = 0
        while fired < 200:
            work(calls); calls += 1
        signal.setitimer(signal.ITIMER_REAL, 0)
        assert flush(30)
        assert stats()["recorded"] == calls + fired
        """,
        OTEL_BSP_MAX_QUEUE_SIZE="10000000",
    )
    assert names(server.spans).count("handler") >= 200


def test_sigterm_while_the_queue_is_being_filled_never_hangs(server: Sink, program: Program) -> None:
    for _ in range(3):
        program(
            """
            import os, signal, threading
            from flowglass import trace
            @trace
            def work(n): return n
            work(0)
            threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
            while True: work(1)
            """,
            expect=-signal.SIGTERM,
        )


def test_disabled_is_a_true_no_op(server: Sink, program: Program) -> None:
    program(
        """
        import threading
        from flowglass import trace, stats
        def work(): return 1
        class Shop:
            def sell(self): return 2
        sell = Shop.sell
        assert trace(work) is work
        assert trace(Shop) is Shop and Shop.sell is sell
        with trace("block") as span: span.observe(a=1)
        assert threading.active_count() == 1
        assert stats()["recorded"] == 0
        """,
        OTEL_SDK_DISABLED="true",
    )
    assert not server.requests


def test_off_records_nothing_and_starts_nothing(server: Sink, program: Program) -> None:
    program(
        """
        import threading
        from flowglass import trace, stats
        @trace
        def work(): return 1
        assert work() == 1
        assert threading.active_count() == 1 and stats()["recorded"] == 0
        """,
        FLOWGLASS_LEVEL="off",
    )
    assert not server.requests


def test_importing_does_nothing(program: Program) -> None:
    program("""
        import signal, sys, threading
        before = threading.Thread.start, signal.getsignal(signal.SIGTERM)
        import flowglass
        assert threading.active_count() == 1
        assert (threading.Thread.start, signal.getsignal(signal.SIGTERM)) == before
        heavy = {"asyncio", "http.client", "ssl", "inspect", "multiprocessing"} & set(sys.modules)
        print(sorted(heavy))
    """)


def test_it_works_where_nothing_but_the_standard_library_is(server: Sink, tmp_path: object) -> None:
    code = "import flowglass\nwith flowglass.trace('bare'): pass\n"
    env = {"PYTHONPATH": str(ROOT), "OTEL_EXPORTER_OTLP_ENDPOINT": server.url}
    subprocess.run([sys.executable, "-S", "-c", code], env=env, check=True, timeout=60, cwd=str(tmp_path))
    assert names(server.spans) == ["bare"]
