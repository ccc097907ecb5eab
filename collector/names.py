"""The names taken in one place where their number is bounded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from collector.folding import fold

OTHER: Final = "(other)"
FOLD_FROM = 0.9  # of a bound: what is left from there is kept for folded names
MOST_OFFENDERS = 1_000


class Names:
    """Takes a new name as it is while there is room, folded when room runs short, else as "(other)"."""

    __slots__ = ("_known", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = {OTHER}

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def __len__(self) -> int:
        return len(self._known) - 1

    def add(self, name: str) -> None:
        """A name that is there already, whether there is room or not."""
        self._known.add(name)

    def take(self, name: str) -> str:
        """The name to use for this one."""
        if name in self._known:
            return name
        if len(self) < self._most * FOLD_FROM:
            self._known.add(name)
            return name
        folded = fold(name)
        if folded in self._known:
            return folded
        if folded == name or len(self) >= self._most:
            return OTHER
        self._known.add(folded)
        return folded


@dataclass(slots=True)
class Offences:
    """What met one bound, and whose names they were."""

    folded: int = 0
    other: int = 0
    by: Counter[str] = field(default_factory=Counter)

    def count(self, became: str, whose: str) -> bool:
        """Notes one; True when it is the first."""
        if became == OTHER:
            self.other += 1
        else:
            self.folded += 1
        if whose in self.by or len(self.by) < MOST_OFFENDERS:
            self.by[whose] += 1
        return self.folded + self.other == 1

    def worst(self) -> tuple[str, int] | None:
        """Who met it most often. Any thread may ask."""
        return max(list(self.by.items()), key=lambda item: item[1], default=None)
