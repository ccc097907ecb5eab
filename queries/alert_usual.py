"""How many calls failed in past hours, by what a rule is grouped by: from the rollups, never from spans."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from queries.alert_rows import key_of
from queries.base import Reader
from queries.filter_processes import processes_of
from queries.filter_tree import Filter

HOUR_NS = 3_600 * 10**9
HOURS = """
SELECT t, process_id, sum(calls), sum(errors) FROM rollup_process
WHERE tier = 1 AND t IN (SELECT value FROM json_each(:hours))
    AND (:every OR process_id IN (SELECT value FROM json_each(:only)))
GROUP BY t, process_id
"""
Counted = Mapping[str, tuple[int, int]]  # group key → calls and errors


def failures(reader: Reader, tree: Filter, hours: Iterable[int], group_by: str) -> dict[int, Counted]:
    """Calls and errors of each hour (counted since 1970, UTC) by process, by group, or under the key ""."""
    wanted = sorted(set(hours))
    found: dict[int, dict[str, tuple[int, int]]] = {hour: {} for hour in wanted}
    with reader.session() as session:
        if not session.there:
            return dict(found)
        only = processes_of(session, tree)
        params = {"hours": json.dumps(wanted), "every": only is None, "only": json.dumps(sorted(only or ()))}
        rows = session.main(HOURS, params)
        names = session.refresh_names()
    for hour, process, calls, errors in rows:
        one = names.processes[process]
        key = key_of(group_by, one.name, one.group)
        before = found[hour].get(key, (0, 0))
        found[hour][key] = before[0] + calls, before[1] + errors
    return dict(found)
