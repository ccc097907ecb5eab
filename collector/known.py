"""Tells a guard which names the store holds already, so that a restart changes no name."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from collector.cardinality import Guard
from data.sqlite import connect_reader, named_errors

VERSIONS = """
    SELECT g.name, p.scope, p.name, v.hash FROM process p
    JOIN process_group g ON g.id = p.group_id
    LEFT JOIN code_version v ON v.process_id = p.id
"""
SERIES = """
    SELECT g.name, p.scope, p.name, d.name FROM series s
    JOIN process p ON p.id = s.process_id
    JOIN process_group g ON g.id = p.group_id
    JOIN data_name d ON d.id = s.data_name_id
"""


def know(guard: Guard, directory: Path) -> Guard:
    """Reads main.db once; the store is open, so the file is there. Raises StoreError."""
    main = directory / "main.db"
    with named_errors(main), closing(connect_reader(main)) as connection:
        for group, scope, name, version in connection.execute(VERSIONS):
            guard.know_process(group, scope, name)
            if version is not None:
                guard.know_version(group, scope, name, version)
        for row in connection.execute(SERIES):
            guard.know_series(*row)
    return guard
