"""How much of a search is done, and how hot it is meanwhile."""

from __future__ import annotations

import math
import time

_ROUND_S = 0.25
_NUM_STEP_ROUNDS = 40


class Clock:
    """How much of a search is done, by time or by steps."""

    def __init__(self, deadline_s: float | None, step_limit: int | None) -> None:
        self.began_s = time.monotonic()
        self.step_limit = step_limit
        self.duration_s = math.inf if deadline_s is None else max(1e-3, deadline_s - self.began_s)
        self._deadline_s = math.inf if deadline_s is None else deadline_s
        self._is_stopped = False
        self.num_steps = 0
        self.cycle_ends: tuple[float, ...] = (1.0,)
        self.exchanges: tuple[float, ...] = ()
        self._num_exchanges = 0

    def keep_back(self, duration_s: float) -> None:
        """End the search so much earlier."""
        if self.step_limit is None:
            self.duration_s = max(1e-3, self.duration_s - duration_s)

    @property
    def num_cycles_done(self) -> int:
        """How many times the temperature has fallen to the end."""
        return sum(end <= self.share_done for end in self.cycle_ends)

    def cooling(self, share: float) -> tuple[int, float]:
        """The cycle at a share of the search, and how much of the cycle is done."""
        number = min(sum(end <= share for end in self.cycle_ends), len(self.cycle_ends) - 1)
        first = self.cycle_ends[number - 1] if number else 0.0
        return number, min(1.0, (share - first) / (self.cycle_ends[number] - first))

    def exchange_is_due(self) -> bool:
        """Whether threads should go on from where the best one stands: once at each share of :attr:`exchanges`."""
        num_due = sum(share <= self.share_done for share in self.exchanges)
        is_due, self._num_exchanges = num_due > self._num_exchanges, num_due
        return is_due

    @property
    def share_done(self) -> float:
        """From 0 on; 1 and above: over."""
        if self.step_limit is not None:
            return self.num_steps / max(1, self.step_limit)
        return (time.monotonic() - self.began_s) / self.duration_s

    def stop(self) -> None:
        """End the search now, wherever it is."""
        self._is_stopped = True

    @property
    def is_over(self) -> bool:
        """Whether no further step may begin: stopped, or the deadline has come before the steps were done."""
        return self._is_stopped or time.monotonic() >= self._deadline_s

    @property
    def recombine_time(self) -> float | None:
        """CP-SAT's deterministic time for a recombination; none where the clock counts."""
        return None if self.step_limit is None else 1.0

    def next_round(self, share: float) -> float:
        """The share at which the round that begins at `share` ends."""
        if self.step_limit is not None:
            return min(1.0, share + 1.0 / _NUM_STEP_ROUNDS)
        return min(1.0, share + max(_ROUND_S / self.duration_s, 0.01))

    def count(self, num_steps: int) -> None:
        """Count steps that are done."""
        self.num_steps += num_steps
