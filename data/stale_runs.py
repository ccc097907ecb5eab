"""The history of stale values: every run that was flagged, and when the flag was cleared."""

from __future__ import annotations

from typing import Any

from data.sqlite import Connection

SAVE = (
    "INSERT INTO stale_run "
    "(process_id, data_name_id, run_start_ns, flagged_ns, value, type_id, run, last_ns) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (process_id, data_name_id, run_start_ns) "
    "DO UPDATE SET value = excluded.value, run = excluded.run, last_ns = excluded.last_ns, ended_ns = NULL"
)
GO_ON = (  # of a run that is written: its end is not touched, for that is indexed
    "UPDATE stale_run SET value = ?, run = ?, last_ns = ? "
    "WHERE process_id = ? AND data_name_id = ? AND run_start_ns = ?"
)
END = "UPDATE stale_run SET ended_ns = ? WHERE process_id = ? AND data_name_id = ? AND run_start_ns = ?"
OPEN = "SELECT process_id, data_name_id, run_start_ns FROM stale_run WHERE ended_ns IS NULL"
Series = tuple[int, int]  # process, data name


class StaleRuns:
    """Which runs are open, and what of them is not yet written."""

    def __init__(self) -> None:
        self._open: dict[Series, int] = {}  # start of the run when it was flagged
        self._written: set[Series] = set()
        self._ended: list[tuple[Series, int]] = []

    def load(self, main: Connection) -> None:
        """Reads the runs that still stand."""
        for process, name, start_ns in main.execute(OPEN):
            self._open[process, name] = start_ns
            self._written.add((process, name))

    def judged(self, series: Series, stale: bool, run_start_ns: int) -> None:
        """Takes in what was found of a series; a run that began anew is another run."""
        known = self._open.get(series)
        if known is not None and (not stale or run_start_ns > known):
            del self._open[series]
            if series in self._written:  # else nobody ever saw it
                self._ended.append((series, known))
                self._written.discard(series)
            known = None
        if stale and known is None:
            self._open[series] = run_start_ns

    def is_open(self, series: Series) -> bool:
        """Whether a run of the series is noted as standing."""
        return series in self._open

    def save(self, main: Connection, changed: list[tuple[Series, Any, int, int, int]], now_ns: int) -> None:
        """Writes ends, and open runs among the changed series: (series, value, type, run, last_ns)."""
        main.executemany(END, [(now_ns, *series, start) for series, start in self._ended])
        standing = [one for one in changed if one[0] in self._open]
        main.executemany(
            SAVE,
            [
                (*series, self._open[series], now_ns, value, type_, run, last)
                for series, value, type_, run, last in standing
                if series not in self._written
            ],
        )
        main.executemany(
            GO_ON,
            [
                (value, run, last, *series, self._open[series])
                for series, value, _, run, last in standing
                if series in self._written
            ],
        )

    def saved(self) -> None:
        """To be called once the transaction of `save` is committed."""
        self._ended.clear()
        self._written = set(self._open)
