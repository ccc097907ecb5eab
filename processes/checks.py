"""What must hold before anything is started: free ports, a folder that can be written and has room."""

from __future__ import annotations

import errno
import math
import os
import socket
import tempfile
from pathlib import Path

from data.lock import is_locked, owner_of
from processes.errors import StartError

# The write-ahead logs alone need a few MiB before the first span is kept.
LEAST_FREE_BYTES = 16 * 2**20
BACKLOG = 512


def listen(host: str, port: int, what: str, variable: str) -> socket.socket:
    """A listening socket; StartError names the variable that moves it elsewhere."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise StartError(f"{what} cannot listen on {host}:{port}: {_reason(error, port, variable)}") from None


def _reason(error: OSError, port: int, variable: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"the port is taken; stop what uses it, or set {variable} to a free port"
    if error.errno == errno.EACCES:
        return f"ports below 1024 need root; set {variable} to a port above, not {port}"
    return f"{error.strerror or error}"


def check_port(host: str, port: int, what: str, variable: str) -> None:
    """Refuses a port that another program holds."""
    listen(host, port, what, variable).close()


def check_not_running(folder: Path) -> None:
    """Refuses a folder that a collector already writes to."""
    if is_locked(folder):
        owner = owner_of(folder)
        who = f"process {owner}" if owner else "another process"
        mend = "stop it, or set FLOWGLASS_DATA_DIR to another folder"
        raise StartError(f"Flowglass already runs on {folder} ({who}); {mend}")


def check_folder(folder: Path, least_free: int = LEAST_FREE_BYTES) -> None:
    """Makes the data folder if need be, and refuses one that cannot be written or is full."""
    mend = "set FLOWGLASS_DATA_DIR to a folder you may write to"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StartError(_full(folder, 0, least_free)) from None
        raise StartError(f"data folder {folder} cannot be written: {error.strerror}; {mend}") from None
    free = free_bytes(folder)
    if free < least_free:
        raise StartError(_full(folder, free, least_free))


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary user may still write there."""
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize


def _full(folder: Path, free: int, least: int) -> str:
    needed = math.ceil(least / 2**20)
    return (
        f"data folder {folder} is full: {free / 2**20:.0f} MiB free, at least {needed} needed; "
        "free some space or set FLOWGLASS_DATA_DIR to a folder with room"
    )
