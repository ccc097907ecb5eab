"""What can be wrong with a request, or with the collector when one comes."""

from __future__ import annotations


class CollectorError(Exception):
    """Root of the tree."""


class Malformed(CollectorError):
    """The bytes are not what their content type says. Answered 400; sending them again is no use."""


class TooLarge(CollectorError):
    """More than one request may carry. Answered 413."""


class TooSlow(CollectorError):
    """The body did not come in time. Answered 408."""


class ClientGone(CollectorError):
    """The sender hung up; nobody is there to be answered."""


class Unstorable(CollectorError):
    """The store refused these spans, though it works. Answered 400, so that they are not sent for ever."""


class Unavailable(CollectorError):
    """Cannot be taken now; try again after `retry_seconds`."""

    def __init__(self, why: str, retry_seconds: int) -> None:
        super().__init__(why)
        self.retry_seconds = retry_seconds


class QueueFull(Unavailable):
    """The writer is behind. Answered 429."""


class CircuitOpen(Unavailable):
    """The store cannot be written. Answered 503."""


class CannotListen(CollectorError):
    """A port is taken or not allowed; one line for the person who started us."""
