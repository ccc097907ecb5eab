"""The resident set of this process, from a file that stays open: opening it costs more than reading it."""

from __future__ import annotations

import os
from typing import Any

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096

_memory_file = -1


def memory() -> int:
    """The resident set of this process in bytes; -1 where it cannot be read."""
    global _memory_file
    try:
        if _memory_file < 0:
            _memory_file = os.open("/proc/self/statm", os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
        return int(os.pread(_memory_file, 64, 0).split(b" ", 2)[1]) * PAGE
    except (OSError, ValueError, IndexError, AttributeError):
        _memory_file = -1
        return -1


def end_memory(extra: dict[str, Any]) -> None:
    """Replaces the resident set at the start by its change, when both could be read."""
    before, after = extra.pop("memory"), memory()
    if before >= 0 and after >= 0:
        extra["memory_delta"] = after - before


def after_fork() -> None:
    """The child's own memory is behind another file."""
    global _memory_file
    _memory_file = -1
