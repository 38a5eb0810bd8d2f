"""Figures for Prometheus: requests, solves and the queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

SOLVE_BUCKETS_S = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)


class Metrics:
    """The figures of one process, and of the queue it shares."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "yizhan_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry
        )
        self._request_s = Histogram(
            "yizhan_request_seconds", "Time to answer a request.", ["method", "route"], registry=self.registry
        )
        self._solves = Counter("yizhan_solves", "Plans finished, by how.", ["state"], registry=self.registry)
        self._solve_s = Histogram(
            "yizhan_solve_seconds", "Time to make a plan.", buckets=SOLVE_BUCKETS_S, registry=self.registry
        )
        self._unserved_share = Histogram(
            "yizhan_unserved_share",
            "Unserved share of the visits of finished plans.",
            buckets=(0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1),
            registry=self.registry,
        )

    def count_request(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one request by its route's pattern (never its path: that has ids)."""
        self._requests.labels(method, route, str(status)).inc()
        self._request_s.labels(method, route).observe(duration_s)

    def count_solve(self, state: str, duration_s: float, unserved_share: float | None) -> None:
        """Count one finished solve."""
        self._solves.labels(state).inc()
        self._solve_s.observe(duration_s)
        if unserved_share is not None:
            self._unserved_share.observe(unserved_share)

    def watch_queue(self, count: Callable[[], Mapping[str, int]]) -> None:
        """Let every reading ask `count` how many plans there are by state."""
        self.registry.register(_QueueCollector(count))

    def exposition(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


class _QueueCollector:
    """The queue's length, asked for when figures are read."""

    def __init__(self, count: Callable[[], Mapping[str, int]]) -> None:
        self._count = count

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead of time: the store may not be there yet."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """The number of plans by state."""
        family = GaugeMetricFamily("yizhan_plans_pending", "Plans queued or being made.", labels=["state"])
        for state, number in self._count().items():
            family.add_metric([state], number)
        yield family
