"""The three states of the writer and every way from one to another."""

from __future__ import annotations

from collector.writer_status import CIRCUIT_OPEN, DELAYED, OK, StatusMachine, WriterStatus

T0 = 1_795_000_000_000_000_000
SECOND = 10**9


def machine() -> StatusMachine:
    return StatusMachine(T0)


def test_it_begins_as_ok() -> None:
    assert machine().look(T0, 0.0, 0.0) == WriterStatus(OK, T0, "")


def test_it_is_ok_until_the_oldest_entry_is_two_seconds_old() -> None:
    assert machine().look(T0, 1_999.0, 0.49).status == OK
    assert machine().look(T0, 2_000.0, 0.0).status == DELAYED


def test_a_delay_counts_from_the_moment_the_entry_was_two_seconds_old() -> None:
    assert machine().look(T0 + 10 * SECOND, 5_000.0, 0.0).since_ns == T0 + 7 * SECOND


def test_half_a_queue_is_a_delay() -> None:
    assert machine().look(T0, 0.0, 0.5).status == DELAYED


def test_since_stays_while_the_state_does() -> None:
    looked = machine()
    looked.look(T0 + 1, 0.0, 0.6)
    assert looked.look(T0 + 9, 0.0, 0.7).since_ns == T0 + 1
    assert looked.look(T0 + 12, 0.0, 0.1) == WriterStatus(OK, T0 + 12, "")


def test_the_third_failure_in_a_row_opens_the_circuit() -> None:
    looked = machine()
    assert [looked.failed(T0 + n, "locked") for n in range(3)] == [False, False, True]
    assert looked.look(T0 + 9, 0.0, 0.0) == WriterStatus(CIRCUIT_OPEN, T0 + 2, "locked")


def test_a_commit_in_between_starts_the_count_anew() -> None:
    looked = machine()
    for _ in range(2):
        assert not looked.failed(T0, "locked")
        assert not looked.failed(T0, "locked")
        looked.succeeded(T0)


def test_a_full_disk_opens_it_at_once() -> None:
    looked = machine()
    assert looked.failed(T0, "full", disk_full=True)
    assert looked.is_open


def test_nothing_but_a_commit_or_a_probe_closes_it() -> None:
    looked = machine()
    looked.failed(T0, "full", disk_full=True)
    assert looked.look(T0 + 60 * SECOND, 0.0, 0.0).status == CIRCUIT_OPEN
    looked.probed(T0 + 61 * SECOND)
    assert looked.look(T0 + 62 * SECOND, 0.0, 0.0) == WriterStatus(OK, T0 + 61 * SECOND, "")


def test_after_a_probe_one_failure_opens_it_again() -> None:
    looked = machine()
    looked.failed(T0, "full", disk_full=True)
    looked.probed(T0 + 1)
    assert looked.failed(T0 + 2, "locked")


def test_after_a_commit_it_takes_three_failures_again() -> None:
    looked = machine()
    looked.failed(T0, "full", disk_full=True)
    looked.probed(T0 + 1)
    looked.succeeded(T0 + 2)
    assert not looked.failed(T0 + 3, "locked")
