"""How often one may ask: requests of a key, and wrong keys of an address (moving windows, per process)."""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter, SlidingWindowCounterRateLimiter

from api.errors import Refusal


class RateLimits:
    """The limits of one process."""

    def __init__(self, requests: str, failed_logins: str) -> None:
        self._requests, self._failed_logins = parse(requests), parse(failed_logins)
        storage = MemoryStorage()
        # The counter is constant in memory whatever the limit is; the exact window is for the few wrong keys.
        self._counter = SlidingWindowCounterRateLimiter(storage)
        self._window = MovingWindowRateLimiter(storage)

    def count_request(self, key_id: str) -> None:
        """Count a request of a key, or refuse it."""
        if not self._counter.hit(self._requests, "request", key_id):
            raise _too_many(
                self._requests, self._counter.get_window_stats(self._requests, "request", key_id).reset_time
            )

    def require_logins_left(self, address: str) -> None:
        """Refuse an address that has tried too many wrong keys."""
        if not self._window.test(self._failed_logins, "login", address):
            stats = self._window.get_window_stats(self._failed_logins, "login", address)
            raise _too_many(self._failed_logins, stats.reset_time)

    def count_failed_login(self, address: str) -> None:
        """Count a wrong key of an address."""
        self._window.hit(self._failed_logins, "login", address)


def _too_many(limit: RateLimitItem, reset_time: float) -> Refusal:
    wait_s = max(1, math.ceil(reset_time - time.time()))
    detail = f"more than {limit}. Try again in {wait_s} s."
    return Refusal(429, "too-many-requests", detail, headers={"Retry-After": str(wait_s)})
