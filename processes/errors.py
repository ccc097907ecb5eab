"""Why a start failed, in one line for people, and the exit codes that say so to programs."""

from __future__ import annotations

EXIT_OK = 0
EXIT_CRASHED = 1
EXIT_BAD_SETTINGS = 2
EXIT_CANNOT_START = 3  # the process has already said why, in one line


class StartError(Exception):
    """What is in the way, where, and how to mend it."""
