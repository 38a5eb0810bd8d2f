"""The clock of a simulated day: what is to happen when, one thing after the other."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count


class Clock:
    """A queue of things to do; of those due at the same time the lower rank comes first, then the one put in first."""

    def __init__(self) -> None:
        self.now_s = 0
        self._queue: list[tuple[int, int, int, Callable[[], None]]] = []
        self._number = count()

    def at(self, time_s: int, act: Callable[[], None], rank: int = 1) -> None:
        """Have `act` done at a time, or now if that is past."""
        heapq.heappush(self._queue, (max(time_s, self.now_s), rank, next(self._number), act))

    def run(self) -> None:
        """Do everything, and whatever comes of it, until nothing is left to do."""
        while self._queue:
            self.now_s, _, _, act = heapq.heappop(self._queue)
            act()
