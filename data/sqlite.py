"""The only place that knows the SQLite driver: connections, their pragmas, and its errors made ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

import pysqlite3 as sqlite3  # Python's own links SQLite 3.40, which has the WAL-reset bug

from data.errors import DiskFull, StoreBusy, StoreDamaged, StoreError, StoreReadOnly

Connection: TypeAlias = sqlite3.Connection
Row: TypeAlias = tuple[Any, ...]
Durability = Literal["process", "power"]

LEAST_VERSION = (3, 51, 3)  # the first with the WAL-reset bug fixed
BUSY_TIMEOUT_MS = 10_000
CONTROL_TIMEOUT_MS = 5_000
READER_TIMEOUT_MS = 2_000  # only a program that keeps everybody out makes a reader wait, and a page with it
PAGE_BYTES = 8192  # 10 % more rows/s than 4096 at the price of a little space
WRITER_CACHE_KIB = 32_768
READER_CACHE_KIB = 4_096
WAL_LIMIT_BYTES = 64 * 2**20

Error = sqlite3.Error
OperationalError = sqlite3.OperationalError
DatabaseError = sqlite3.DatabaseError

_CODES = {
    "SQLITE_CORRUPT": StoreDamaged,
    "SQLITE_NOTADB": StoreDamaged,
    "SQLITE_FULL": DiskFull,
    "SQLITE_READONLY": StoreReadOnly,
    "SQLITE_CANTOPEN": StoreReadOnly,
    "SQLITE_PERM": StoreReadOnly,
    "SQLITE_BUSY": StoreBusy,
    "SQLITE_LOCKED": StoreBusy,
}


def check_version() -> None:
    """Refuses a SQLite that can lose data when two connections checkpoint at once."""
    if sqlite3.sqlite_version_info < LEAST_VERSION:
        wanted = ".".join(str(part) for part in LEAST_VERSION)
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old, {wanted} needed; reinstall pysqlite3")


def connect_writer(path: Path, durability: Durability = "process") -> Connection:
    """The one connection that may write and checkpoint this file; transactions are begun by hand."""
    check_version()
    connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        f"page_size = {PAGE_BYTES}",  # before the first table
        "journal_mode = WAL",
        f"synchronous = {'FULL' if durability == 'power' else 'NORMAL'}",
        "secure_delete = OFF",
        "wal_autocheckpoint = 0",  # the store checkpoints when it suits
        f"journal_size_limit = {WAL_LIMIT_BYTES}",
        f"cache_size = -{WRITER_CACHE_KIB}",
        "temp_store = MEMORY",
        "foreign_keys = OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def connect_control(path: Path) -> Connection:
    """A connection to control.db, which two processes write: durable, and patient for 5 s."""
    check_version()
    connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    for pragma in (
        f"busy_timeout = {CONTROL_TIMEOUT_MS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def connect_copy(path: Path) -> Connection:
    """A connection to a new file that takes over another one's pages as they are."""
    check_version()
    connection = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = OFF")  # nothing is lost with a copy that was not finished
    return connection


def connect_reader(path: Path, *, cache_kib: int = READER_CACHE_KIB, immutable: bool = False) -> Connection:
    """A connection that cannot write; budgets (progress handler) are the caller's."""
    uri = f"file:{quote(str(path.absolute()))}?mode=ro" + ("&immutable=1" if immutable else "")
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in (
        f"busy_timeout = {READER_TIMEOUT_MS}",
        "query_only = ON",
        "wal_autocheckpoint = 0",
        f"cache_size = -{cache_kib}",
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def code_of(error: BaseException) -> str:
    """The driver's primary result code such as SQLITE_BUSY, "" when there is none."""
    name: str = getattr(error, "sqlite_errorname", None) or ""
    match = re.match(r"SQLITE_(IOERR_|[A-Z]+)", name)
    return match[0].rstrip("_") if match else ""


def translate(error: BaseException, file: Path) -> Exception:
    """What this error of the driver means for the store; an unknown one comes back as it is."""
    kind = _CODES.get(code_of(error))
    if kind is StoreDamaged:
        return StoreDamaged(file, str(error))
    if kind is StoreBusy:
        return StoreBusy(f"{file} is locked by another program: {error}")
    if kind is DiskFull or (code_of(error) == "SQLITE_IOERR" and "full" in str(error)):
        return DiskFull(file)
    if kind is StoreReadOnly:
        return StoreReadOnly(file)
    if isinstance(error, sqlite3.Error):
        return StoreError(f"{file}: {error}")
    return error if isinstance(error, Exception) else StoreError(str(error))


@contextmanager
def named_errors(file: Path) -> Iterator[None]:
    """Raises the driver's errors as the store's own."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error, file) from error


@contextmanager
def transaction(connection: Connection, file: Path) -> Iterator[None]:
    """One write transaction: committed at the end, rolled back on any error."""
    with named_errors(file):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
