"""Everything a sender wrote passes here before it is stored: secrets masked, then cut to size."""

from __future__ import annotations

from typing import Protocol

from collector.limits import LIMITS, Limits, cut
from collector.recent import Recent
from data.records import AnyValue

NAMES_REMEMBERED = 20_000  # names repeat for as long as a program runs


class Masker(Protocol):
    """What is used of `flowglass.redact.Redactor`."""

    def name_is_secret(self, name: str, /) -> bool: ...

    def text(self, text: str, /) -> str: ...

    def code(self, source: str, /) -> str: ...

    def value(self, name: str, value: AnyValue, /) -> AnyValue: ...


class Cleaner:
    """Masks first and cuts after, so that no secret slips through by being cut in half."""

    def __init__(self, masker: Masker, limits: Limits = LIMITS) -> None:
        self.masker = masker
        self.limits = limits
        self._names: Recent[str, str] = Recent(NAMES_REMEMBERED)

    def name(self, name: str) -> str:
        """Of spans, scopes, services, events: few and often repeated, so remembered."""
        known = self._names.get(name)
        if known is None:
            known = cut(self.masker.text(name), self.limits.name)
            if len(name) <= self.limits.name:
                self._names.put(name, known)
        return known

    def key(self, key: str) -> str:
        return cut(self.name(key), self.limits.key)

    def text(self, text: str) -> str:
        return cut(self.masker.text(text), self.limits.text) if text else ""

    def source(self, source: str) -> str:
        """A function's source, its code left alone but for keys written into it."""
        return cut(self.masker.code(source), self.limits.source)

    def value(self, name: str, value: AnyValue) -> AnyValue:
        """The value of what is called `name`, secrets masked at every depth."""
        return self._cut(self.masker.value(name, value))

    def _cut(self, value: AnyValue) -> AnyValue:
        if type(value) is str:
            return cut(value, self.limits.text)
        if type(value) is bytes:
            return value[: self.limits.text]
        if type(value) is list:
            return [self._cut(inner) for inner in value]
        if type(value) is dict:
            return {self.key(key): self._cut(inner) for key, inner in value.items()}
        return value
