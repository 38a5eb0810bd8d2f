"""PyVRP (Wouda, Lan & Kool 2024): iterated local search, one seed per core side by side, the best answer counts.

PyVRP has one thread; ``pyvrp`` in our tables is the best of as many seeds as there are cores, run in parallel processes
at the same wall time, so that it uses the machine like everybody else.

States: several stations, reloading, release times, loading time, capacities, hard windows, shifts, working time,
range, pay, priced visits. Who may serve whom is stated as PyVRP's own reader of site-dependent instances states it: a
routing profile per set of allowed visits in which the ways to all others are far too long. Service that depends on the
worker is the shortest one at the visit and the rest on the way from it. A price per visit is put on the way to it, and
so excludes a range.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import time
from collections.abc import Hashable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
import pyvrp

from benchmarks.peers import Unsupported
from benchmarks.peers.tours import Clock, Job, Matrix, Question, Tour, read_question
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix

FORBIDDEN_S = 2**24
"""A way that nobody can travel within a shift: more than half a year."""
FORBIDDEN_M = 10**9
RESERVE_S = 0.1
"""Kept back for handing the answer over."""

VehicleTrips = list[tuple[int, list[list[int]]]]


class PyVrp:
    """A process per core, each with a seed of its own."""

    def __init__(self) -> None:
        self._num_processes = os.cpu_count() or 1
        self._pool = ProcessPoolExecutor(self._num_processes, mp_context=mp.get_context("spawn"))

    def warm_up(self) -> None:
        """Start the processes; each of them imports PyVRP."""
        for started in [self._pool.submit(time.sleep, 0.2) for _ in range(self._num_processes)]:
            started.result()

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """The best answer of all seeds: feasible ones first, then the cheapest."""
        clock = Clock(time_s)
        question = read_question(problem, travel)
        model = make_model(question)
        runs = [
            self._pool.submit(_run, model.data, model.penalty_scale, clock.deadline_s - RESERVE_S, number)
            for number in range(seed * self._num_processes, (seed + 1) * self._num_processes)
        ]
        _, _, vehicle_trips = min((run.result() for run in runs), key=lambda answer: answer[:2])
        return question.draft(model.trips_by_tour(vehicle_trips))


def make() -> PyVrp:
    """The adapter."""
    return PyVrp()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """PyVRP's data, and the numbers of the tours behind each of its vehicle types."""

    data: pyvrp.ProblemData
    tour_idxs_by_type: tuple[tuple[int, ...], ...]
    penalty_scale: float

    def trips_by_tour(self, vehicle_trips: VehicleTrips) -> dict[int, list[list[int]]]:
        """Trips by number of the tour: vehicles of a type take its tours in order."""
        waiting = [list(reversed(tour_idxs)) for tour_idxs in self.tour_idxs_by_type]
        return {waiting[vehicle_type].pop(): trips for vehicle_type, trips in vehicle_trips}


def make_model(question: Question) -> Model:
    """`question` in PyVRP's terms.

    Raises
    ------
    Unsupported
        If a worker has both a price per visit and a range.
    """
    groups = list(question.tours_by_kind.values())
    profiles = _Profiles(question)
    depots = _Depots(question)
    tour_idx = {id(tour): idx for idx, tour in enumerate(question.tours)}
    types = [_vehicle_type(question, group, depots, profiles) for group in groups]
    prices = [question.per_metre(tour) for tour in question.tours] + [question.per_second(t) for t in question.tours]
    data = pyvrp.ProblemData(
        locations=_locations(question),
        clients=[_client(question, idx, job, profiles.base_service_s[idx]) for idx, job in enumerate(question.jobs)],
        depots=depots.depots,
        vehicle_types=types,
        distance_matrices=profiles.distances,
        duration_matrices=profiles.durations,
    )
    return Model(
        data=data,
        tour_idxs_by_type=tuple(tuple(tour_idx[id(tour)] for tour in group) for group in groups),
        penalty_scale=float(max([1, *prices])),
    )


class _Depots:
    """A depot per place where tours begin or end and loading time there, located after the jobs."""

    def __init__(self, question: Question) -> None:
        self._first = len(question.jobs)
        self._end_idxs = end_places(question)
        self._number: dict[tuple[int | None, int], int] = {}
        self.depots: list[pyvrp.Depot] = []

    def number(self, place_idx: int | None, loading_s: int) -> int:
        """Number of the depot at a place with a loading time."""
        key = place_idx, loading_s
        if key not in self._number:
            self._number[key] = len(self.depots)
            location = self._first + self._end_idxs.index(place_idx)
            self.depots.append(pyvrp.Depot(location=location, service_duration=loading_s))
        return self._number[key]


class _Profiles:
    """A pair of matrices per mode, pace, price of visits and set of allowed jobs."""

    def __init__(self, question: Question) -> None:
        self._question = question
        services = [question.service_s(tour) for tour in {tour.pace: tour for tour in question.tours}.values()]
        self.base_service_s = np.min(services, axis=0) if services else np.zeros(len(question.jobs), dtype=np.int64)
        self._number: dict[Hashable, int] = {}
        self.distances: list[Matrix] = []
        self.durations: list[Matrix] = []

    def number(self, tour: Tour) -> int:
        """Number of the profile of a tour."""
        visit_price = self._question.per_visit(tour)
        key = tour.mode, tour.pace, tour.job_idxs, visit_price and (visit_price, self._question.per_metre(tour))
        if key not in self._number:
            self._number[key] = len(self.distances)
            self.distances.append(self._distances(tour))
            self.durations.append(self._durations(tour))
        return self._number[key]

    def _distances(self, tour: Tour) -> Matrix:
        question, num_jobs = self._question, len(self._question.jobs)
        distances = question.distances(tour.mode, end_places(question))
        barred = self._barred(tour, distances)
        if question.per_visit(tour):
            distances *= question.per_metre(tour)
            distances[:, :num_jobs] += question.per_visit(tour)
        distances[barred] = FORBIDDEN_M
        np.fill_diagonal(distances, 0)
        return distances

    def _durations(self, tour: Tour) -> Matrix:
        question, num_jobs = self._question, len(self._question.jobs)
        durations = question.durations(tour.mode, end_places(question))
        barred = self._barred(tour, durations)
        extra_s = np.array(question.service_s(tour), dtype=np.int64) - self.base_service_s
        durations[:num_jobs] += extra_s[:, None]
        durations[barred] = FORBIDDEN_S
        np.fill_diagonal(durations, 0)
        return durations

    def _barred(self, tour: Tour, arcs: Matrix) -> np.ndarray:
        """Arcs without a way, and all to and from jobs that the tour may not do."""
        barred = arcs < 0
        others = sorted(set(range(len(self._question.jobs))) - tour.job_idxs)
        barred[others, :] = barred[:, others] = True
        return barred


def end_places(question: Question) -> list[int | None]:
    """Places where tours begin or end, each once."""
    return list(dict.fromkeys(idx for tour in question.tours for idx in (tour.start_idx, tour.end_idx)))


def _locations(question: Question) -> list[pyvrp.Location]:
    places = question.travel.places
    rows = [job.begin_idx for job in question.jobs] + [idx or 0 for idx in end_places(question)]
    return [pyvrp.Location(x=places[idx].lon, y=places[idx].lat) for idx in rows]


def _client(question: Question, idx: int, job: Job, service_s: int) -> pyvrp.Client:
    is_servable = any(idx in group[0].job_idxs for group in question.tours_by_kind.values())
    is_required = job.visit.mandatory and is_servable
    return pyvrp.Client(
        location=idx,
        delivery=list(job.use),
        service_duration=int(service_s),
        tw_early=job.early_s,
        tw_late=job.late_s,
        release_time=job.ready_s,
        prize=question.unserved(job) if is_servable and not is_required else 0,
        required=is_required,
    )


def _vehicle_type(question: Question, group: Sequence[Tour], depots: _Depots, profiles: _Profiles) -> pyvrp.VehicleType:
    tour = group[0]
    max_distance_m = tour.worker.vehicle.max_distance_m
    visit_price = question.per_visit(tour)
    if visit_price and max_distance_m is not None:
        raise Unsupported("a price per visit together with a range")
    start = depots.number(tour.start_idx, tour.loading_s if question.has_loads else 0)
    limits: dict[str, int] = {}
    if tour.shift.max_work_s is not None:
        limits["shift_duration"] = tour.shift.max_work_s
    if max_distance_m is not None:
        limits["max_distance"] = max_distance_m
    if tour.max_loads is not None:
        limits["max_reloads"] = max(0, tour.max_loads - 1)
    may_reload = tour.station_id is not None and question.has_loads
    return pyvrp.VehicleType(
        num_available=len(group),
        capacity=list(tour.capacity),
        start_depot=start,
        end_depot=depots.number(tour.end_idx, 0) if tour.end_idx != tour.start_idx else start,
        fixed_cost=question.fixed(tour),
        tw_early=tour.shift.start_s,
        tw_late=tour.shift.end_s,
        unit_distance_cost=1 if visit_price else question.per_metre(tour),
        unit_duration_cost=question.per_second(tour),
        profile=profiles.number(tour),
        reload_depots=[start] if may_reload and tour.max_loads != 1 else [],
        **limits,
    )


def _run(data: pyvrp.ProblemData, penalty_scale: float, deadline_s: float, seed: int) -> tuple[bool, int, VehicleTrips]:
    """Whether the best answer of a seed is infeasible, its cost, and its trips by vehicle."""
    penalties = pyvrp.PenaltyParams(min_penalty=0.1 * penalty_scale, max_penalty=100_000.0 * penalty_scale)
    result = pyvrp.solve(
        data,
        stop=lambda best_cost: time.monotonic() >= deadline_s,
        seed=seed,
        collect_stats=False,
        params=pyvrp.SolveParams(penalty=penalties),
    )
    cost = int(result.cost()) if result.is_feasible() else 0
    return not result.is_feasible(), cost, [(r.vehicle_type(), _trips(r)) for r in result.best.routes()]


def _trips(route: pyvrp.Route) -> list[list[int]]:
    trips: list[list[int]] = []
    for activity in route.schedule():
        if activity.is_depot():
            trips.append([])
        else:
            trips[-1].append(activity.idx)
    return [trip for trip in trips if trip]
