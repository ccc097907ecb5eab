"""Log lines on stderr: JSON for machines, text for people, secrets masked in both."""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
from typing import Any, Protocol, TextIO

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# What every LogRecord carries by itself; anything else was passed as `extra`.
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}
# These tell each request or each job they run; the access log and job records say it better.
QUIET = ("werkzeug", "hypercorn.access", "apscheduler", "geventwebsocket", "urllib3")


class Masker(Protocol):
    """What a log line needs of `flowglass.redact.Redactor`."""

    def text(self, text: str, /) -> str: ...

    def value(self, name: str, value: Any, /) -> Any: ...


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, process: str, masker: Masker) -> None:
        super().__init__()
        self.process = process
        self.masker = masker

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _utc(record),
            "level": record.levelname.lower(),
            "process": self.process,
            "logger": record.name,
            "message": self.masker.text(record.getMessage()),
        }
        for name, value in extras(record).items():
            line.setdefault(name, self.masker.value(name, value))
        if record.exc_info:
            line["exception"] = self.masker.text(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=lambda value: self.masker.text(str(value)))


class TextFormatter(logging.Formatter):
    """One line for people; a traceback follows on its own lines."""

    def __init__(self, process: str, masker: Masker) -> None:
        super().__init__()
        self.process = process
        self.masker = masker

    def format(self, record: logging.LogRecord) -> str:
        parts = [_utc(record), record.levelname.lower(), self.process, self.masker.text(record.getMessage())]
        parts += [f"{name}={self.masker.value(name, value)}" for name, value in extras(record).items()]
        text = " ".join(parts)
        if record.exc_info:
            text += "\n" + self.masker.text(self.formatException(record.exc_info))
        return text


def _utc(record: logging.LogRecord) -> str:
    moment = dt.datetime.fromtimestamp(record.created, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def extras(record: logging.LogRecord) -> dict[str, Any]:
    """The fields a caller passed as `extra`."""
    return {name: value for name, value in vars(record).items() if name not in STANDARD}


def set_up(format: str, level: str, process: str, masker: Masker, stream: TextIO | None = None) -> None:
    """Sends every logger of this process to one handler; replaces what was set up before."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter({"json": JsonFormatter, "text": TextFormatter}[format](process, masker))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level])
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
