"""Tokens: what a route can hold, by number."""

from __future__ import annotations

from collections import defaultdict

from optimizer.problem import Problem


class Tokens:
    """Names of the problem by token and the other way round.

    A visit of several workers is as many tokens, one after the other: ``copies[visit_id]``.
    """

    def __init__(self, problem: Problem) -> None:
        self.visits = tuple(visit for visit in problem.visits for _ in range(visit.num_workers))
        self.shifts = [(worker, shift) for worker in problem.workers for shift in worker.shifts]
        self.breaks = [(route, rest) for route, (_, shift) in enumerate(self.shifts) for rest in shift.breaks]
        self.num_visits, self.num_stations = len(self.visits), len(problem.stations)
        self.station_ids = [station.station_id for station in problem.stations]
        self.copies: dict[str, list[int]] = defaultdict(list)
        for token, visit in enumerate(self.visits):
            self.copies[visit.visit_id].append(token)
        self.station_token = {name: self.num_visits + idx for idx, name in enumerate(self.station_ids)}
        self.first_break = self.num_visits + self.num_stations
        self.break_token = {
            (route, rest.break_id): self.first_break + idx for idx, (route, rest) in enumerate(self.breaks)
        }
        self.route_idx = {(worker.worker_id, shift.shift_id): idx for idx, (worker, shift) in enumerate(self.shifts)}

    @property
    def num_tokens(self) -> int:
        """Visits, stations and breaks."""
        return self.first_break + len(self.breaks)
