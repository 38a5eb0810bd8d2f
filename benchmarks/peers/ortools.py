"""Plain OR-Tools routing: the compact model that its own examples teach, with guided local search.

It has one thread. States: several stations, reloading at optional copies of the station (as in the example
``cvrp_reload``), release times, loading time, capacities, hard windows, shifts, working time, range, pace by worker,
pay and priced visits. A mandatory visit is one with a price beyond all others, so that there is an answer to begin
from.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from benchmarks.peers.tours import Clock, Matrix, Question, Tour, read_question
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix

FORBIDDEN_S = 2**24
RESERVE_S = 0.05
"""Kept back for handing the answer over."""
SPARE_RELOADS = 2
"""Reloads of a tour beyond its share of what the station's tours need at the least to carry everything."""
SKIPPED_RELOAD = 1
"""Price of leaving a reload out: unneeded ones wait at the end of their route, ready to be filled."""
MANDATORY = 1000
"""A mandatory visit is worth so many of the dearest ways."""


class OrTools:
    """Guided local search from a cheap insertion."""

    def warm_up(self) -> None:
        """Nothing beside the import."""

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """The answer of the search, which draws no random numbers that a seed would change."""
        clock = Clock(time_s)
        model = _Model(read_question(problem, travel))
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        strategies = routing_enums_pb2.FirstSolutionStrategy
        parameters.first_solution_strategy = (
            strategies.PARALLEL_CHEAPEST_INSERTION if model.reloads else strategies.PATH_CHEAPEST_ARC
        )
        parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        parameters.time_limit.FromMilliseconds(int(1000 * clock.left_s(RESERVE_S)))
        assignment = model.routing.SolveWithParameters(parameters)
        return Draft() if assignment is None else model.draft(assignment)


def make() -> OrTools:
    """The adapter."""
    return OrTools()


@dataclass(frozen=True, slots=True)
class Reload:
    """An optional further loading of one tour: a copy of the station where it begins."""

    tour_idx: int
    place_idx: int
    loading_s: int


class _Model:
    """Nodes are the jobs, then the reloads, then the places where tours begin or end."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.reloads = _reloads(question)
        self.num_jobs = len(question.jobs)
        self._first_end = self.num_jobs + len(self.reloads)
        ends = list(dict.fromkeys(idx for tour in question.tours for idx in (tour.start_idx, tour.end_idx)))
        self._places: list[int | None] = [*(reload.place_idx for reload in self.reloads), *ends]
        numbers = {idx: self._first_end + number for number, idx in enumerate(ends)}
        starts = [numbers[tour.start_idx] for tour in question.tours]
        self.manager = pywrapcp.RoutingIndexManager(
            self._first_end + len(ends), len(question.tours), starts, [numbers[t.end_idx] for t in question.tours]
        )
        self.routing = pywrapcp.RoutingModel(self.manager)
        self._callbacks: dict[Hashable, int] = {}
        self._horizon_s = max((tour.shift.end_s for tour in question.tours), default=0)
        self._add_costs()
        self.time = self._add_time()
        self._add_capacities()
        self._add_ranges()
        self._add_eligibility()
        if any(job.ready_s for job in question.jobs):
            self._add_releases()

    def _index(self, node: int) -> int:
        index: int = self.manager.NodeToIndex(node)
        return index

    def _matrix_callback(self, key: Hashable, matrix: Matrix) -> int:
        if key not in self._callbacks:
            self._callbacks[key] = self.routing.RegisterTransitMatrix(matrix.tolist())
        return self._callbacks[key]

    def _add_costs(self) -> None:
        """Ways and visits per tour, its fixed price, and the price of leaving jobs out."""
        question, dearest = self.question, 1
        for number, tour in enumerate(question.tours):
            matrix = question.per_metre(tour) * np.maximum(question.distances(tour.mode, self._places), 0)
            matrix[:, : self.num_jobs] += question.per_visit(tour)
            dearest = max(dearest, int(matrix.max()), question.per_second(tour) * self._horizon_s)
            key = "cost", tour.mode, question.per_metre(tour), question.per_visit(tour)
            self.routing.SetArcCostEvaluatorOfVehicle(self._matrix_callback(key, matrix), number)
            self.routing.SetFixedCostOfVehicle(question.fixed(tour), number)
        for idx, job in enumerate(question.jobs):
            penalty = MANDATORY * dearest if job.visit.mandatory else question.unserved(job)
            self.routing.AddDisjunction([self._index(idx)], penalty)
        for node in range(self.num_jobs, self._first_end):
            self.routing.AddDisjunction([self._index(node)], SKIPPED_RELOAD)

    def _add_time(self) -> Any:
        """Times of arrival; services and loadings are on the way from their node."""
        question = self.question
        callbacks = [self._time_callback(tour) for tour in question.tours]
        self.routing.AddDimensionWithVehicleTransits(callbacks, self._horizon_s, self._horizon_s, False, "time")
        dimension = self.routing.GetDimensionOrDie("time")
        for idx, job in enumerate(question.jobs):
            dimension.CumulVar(self._index(idx)).SetRange(job.early_s, job.late_s)
        for number, tour in enumerate(question.tours):
            dimension.CumulVar(self.routing.Start(number)).SetRange(tour.shift.start_s, tour.shift.end_s)
            dimension.CumulVar(self.routing.End(number)).SetRange(tour.shift.start_s, tour.shift.end_s)
            dimension.SetSpanCostCoefficientForVehicle(question.per_second(tour), number)
            if tour.shift.max_work_s is not None:
                dimension.SetSpanUpperBoundForVehicle(tour.shift.max_work_s, number)
            for end in (self.routing.Start(number), self.routing.End(number)):
                self.routing.AddVariableMinimizedByFinalizer(dimension.CumulVar(end))
        return dimension

    def _time_callback(self, tour: Tour) -> int:
        question, start_loading_s = self.question, tour.loading_s if self.question.has_loads else 0
        key = "time", tour.mode, tour.pace, tour.start_idx, start_loading_s
        if key in self._callbacks:
            return self._callbacks[key]
        matrix = question.durations(tour.mode, self._places)
        barred = matrix < 0
        matrix[: self.num_jobs] += np.array(question.service_s(tour), dtype=np.int64)[:, None]
        for position, reload in enumerate(self.reloads, start=self.num_jobs):
            matrix[position] += reload.loading_s
        matrix[self._first_end + self._places[len(self.reloads) :].index(tour.start_idx)] += start_loading_s
        matrix[barred] = FORBIDDEN_S
        return self._matrix_callback(key, matrix)

    def _add_capacities(self) -> None:
        """Portions handed over since the last loading; a reload takes away as much as it likes."""
        question = self.question
        for dimension in range(len(question.jobs[0].use) if question.jobs else 0):
            capacities = [tour.capacity[dimension] for tour in question.tours]
            largest = max(capacities, default=0)
            uses = [job.use[dimension] for job in question.jobs]
            demands = [*uses, *(-largest for _ in self.reloads), *(0 for _ in self._places[len(self.reloads) :])]
            callback = self.routing.RegisterUnaryTransitVector(demands)
            name = f"capacity {dimension}"
            self.routing.AddDimensionWithVehicleCapacity(callback, largest, capacities, True, name)
            loads = self.routing.GetDimensionOrDie(name)
            for idx in range(self.num_jobs):
                loads.SlackVar(self._index(idx)).SetValue(0)

    def _add_ranges(self) -> None:
        """Metres, where a vehicle has a range."""
        tours = self.question.tours
        limits = [tour.worker.vehicle.max_distance_m for tour in tours]
        if all(limit is None for limit in limits):
            return
        callbacks = []
        for tour in tours:
            metres = np.maximum(self.question.distances(tour.mode, self._places), 0)
            callbacks.append(self._matrix_callback(("metres", tour.mode), metres))
        self.routing.AddDimensionWithVehicleTransits(callbacks, 0, 10**9, True, "metres")
        dimension = self.routing.GetDimensionOrDie("metres")
        for number, limit in enumerate(limits):
            if limit is not None:
                dimension.CumulVar(self.routing.End(number)).SetMax(limit)

    def _add_eligibility(self) -> None:
        """Who may do a job, and whose each reload is."""
        tours = self.question.tours
        for idx in range(self.num_jobs):
            allowed = [number for number, tour in enumerate(tours) if idx in tour.job_idxs]
            if len(allowed) < len(tours):
                self.routing.VehicleVar(self._index(idx)).SetValues([-1, *allowed])
        for node, reload in enumerate(self.reloads, start=self.num_jobs):
            self.routing.VehicleVar(self._index(node)).SetValues([-1, reload.tour_idx])

    def _add_releases(self) -> None:
        """No job before its goods were ready: every node knows a time not after the last loading's start."""
        routing, horizon_s = self.routing, self._horizon_s
        steps = [0] * self.num_jobs + [-horizon_s] * len(self.reloads) + [0] * (len(self._places) - len(self.reloads))
        callback = routing.RegisterUnaryTransitVector(steps)
        routing.AddDimension(callback, horizon_s, horizon_s, False, "loaded")
        loaded, solver = routing.GetDimensionOrDie("loaded"), routing.solver()
        for idx, job in enumerate(self.question.jobs):
            loaded.CumulVar(self._index(idx)).SetMin(job.ready_s)
            loaded.SlackVar(self._index(idx)).SetValue(0)
        for node in range(self.num_jobs, self._first_end):
            index = self._index(node)
            after = loaded.CumulVar(index) + loaded.SlackVar(index) - horizon_s
            solver.Add(after <= self.time.CumulVar(index))
        for number in range(len(self.question.tours)):
            start = routing.Start(number)
            loaded.SlackVar(start).SetValue(0)
            solver.Add(loaded.CumulVar(start) <= self.time.CumulVar(start))

    def draft(self, assignment: Any) -> Draft:
        """The answer, cut into trips at the reloads."""
        trips_by_tour: dict[int, list[list[int]]] = {}
        for number in range(len(self.question.tours)):
            trips: list[list[int]] = [[]]
            index = self.routing.Start(number)
            while not self.routing.IsEnd(index):
                node = self.manager.IndexToNode(index)
                if node < self.num_jobs:
                    trips[-1].append(node)
                elif node < self._first_end:
                    trips.append([])
                index = assignment.Value(self.routing.NextVar(index))
            trips_by_tour[number] = [trip for trip in trips if trip]
        return self.question.draft(trips_by_tour)


def _reloads(question: Question) -> list[Reload]:
    """Copies of its station for every tour that may load again."""
    reloads: list[Reload] = []
    for tour_idx, tour in enumerate(question.tours):
        if tour.station_id is not None and question.has_loads:
            assert tour.start_idx is not None, "a tour that loads begins at its station"
            reloads += [Reload(tour_idx, tour.start_idx, tour.loading_s)] * _num_reloads(question, tour)
    return reloads


def _num_reloads(question: Question, tour: Tour) -> int:
    """Reloads that share out everything among the station's tours, and some to spare."""
    sharing = [other for other in question.tours if other.station_id == tour.station_id]
    totals = np.sum([question.jobs[idx].use for idx in tour.job_idxs], axis=0) if tour.job_idxs else ()
    loads = max((-(-int(total) // max(1, room)) for total, room in zip(totals, tour.capacity, strict=True)), default=0)
    num_reloads = -(-loads // len(sharing)) + SPARE_RELOADS
    return num_reloads if tour.max_loads is None else min(num_reloads, max(0, tour.max_loads - 1))
