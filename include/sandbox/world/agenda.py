"""What is due when: actions run in the order of their instants, then of their entry."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count


class Agenda:
    def __init__(self) -> None:
        self._due: list[tuple[datetime, int, Callable[..., object], tuple[object, ...]]] = []
        self._entries = count()

    def at(self, moment: datetime, action: Callable[..., object], *arguments: object) -> None:
        """Do `action(*arguments)` when that instant comes."""
        heapq.heappush(self._due, (moment, next(self._entries), action, arguments))

    def run_until(self, end: datetime) -> None:
        """Do everything due before `end`, also what such actions add."""
        while self._due and self._due[0][0] < end:
            _, _, action, arguments = heapq.heappop(self._due)
            action(*arguments)
