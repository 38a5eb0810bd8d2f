"""What every adapter is told: jobs, tours, prices and arcs as plain numbers, read from a problem that peers can state.

A *tour* is one shift of one worker, the "vehicle" of the peers; a *job* is a visit. Loading happens at the station
where the shift begins (:mod:`benchmarks.peers.stations`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers.limits import refuse_unstated
from benchmarks.peers.stations import home_station
from optimizer.judge import unserved_cents
from optimizer.plan import Draft, RouteDraft, Step, load_step, visit_step
from optimizer.problem import Problem, Shift, Visit, Worker, missing_skills, service_duration_s
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR

UNITS_PER_CENT = 18_000
"""Common multiple of seconds per hour and metres per kilometre: a price per second or metre is whole in these units."""

Matrix = NDArray[np.int64]


class Clock:
    """Seconds left of a time limit, counted from the call."""

    def __init__(self, time_s: float) -> None:
        self.deadline_s = time.monotonic() + time_s

    def left_s(self, reserve_s: float = 0.0) -> float:
        """Seconds left, `reserve_s` kept back; never less than a hundredth of a second."""
        return max(0.01, self.deadline_s - reserve_s - time.monotonic())


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A visit: where it begins and ends (rows of the travel matrix), when it starts, what it takes of each capacity."""

    visit: Visit
    begin_idx: int
    end_idx: int
    early_s: int
    late_s: int
    use: tuple[int, ...]
    ready_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """A shift as a vehicle.

    Attributes
    ----------
    start_idx, end_idx
        Rows of the travel matrix; ``None``: wherever the first job begins, or the last one ends.
    station_id
        Where it loads; ``None``: it carries nothing.
    max_loads
        Loadings at most; ``None``: any number.
    job_idxs
        Jobs that the worker may do at all.
    """

    worker: Worker
    shift: Shift
    start_idx: int | None
    end_idx: int | None
    station_id: str | None
    loading_s: int
    capacity: tuple[int, ...]
    max_loads: int | None
    job_idxs: frozenset[int]

    @property
    def mode(self) -> str:
        """How the worker moves."""
        return self.worker.vehicle.mode

    @property
    def pace(self) -> Hashable:
        """Equal for workers who take equally long for everything."""
        worker = self.worker
        return worker.duration_percent, tuple(sorted(worker.duration_percent_by_service.items()))

    @property
    def kind(self) -> Hashable:
        """Equal for tours that differ in name only."""
        worker, shift = self.worker, self.shift
        return (
            *(self.mode, self.pace, worker.pay, worker.vehicle.max_distance_m, shift.start_s, shift.end_s),
            *(shift.max_work_s, self.start_idx, self.end_idx, self.station_id, self.loading_s, self.capacity),
            *(self.max_loads, self.job_idxs),
        )


@dataclass(frozen=True, kw_only=True)
class Question:
    """A problem as every adapter reads it."""

    problem: Problem
    travel: TravelMatrix
    jobs: tuple[Job, ...]
    tours: tuple[Tour, ...]

    @cached_property
    def has_loads(self) -> bool:
        """Whether anything is carried."""
        return any(job.visit.demand for job in self.jobs)

    @cached_property
    def tours_by_kind(self) -> dict[Hashable, list[Tour]]:
        """Tours that differ in name only, together."""
        groups: dict[Hashable, list[Tour]] = {}
        for tour in self.tours:
            groups.setdefault(tour.kind, []).append(tour)
        return groups

    @cached_property
    def unit(self) -> int:
        """Largest amount of 1/18000 cent of which every price is a multiple."""
        pays = {tour.worker.pay for tour in self.tours}
        prices = [5 * pay.cents_per_hour for pay in pays] + [18 * pay.cents_per_km for pay in pays]
        prices += [UNITS_PER_CENT * amount for pay in pays for amount in (pay.fixed_cents, pay.cents_per_visit)]
        prices += [UNITS_PER_CENT * v.unserved_cents for v in self.problem.visits if not v.mandatory]
        return math.gcd(*prices) or 1

    def per_second(self, tour: Tour) -> int:
        """Price of a second from departure to return."""
        return UNITS_PER_CENT * tour.worker.pay.cents_per_hour // SECONDS_PER_HOUR // self.unit

    def per_metre(self, tour: Tour) -> int:
        """Price of a metre."""
        return UNITS_PER_CENT * tour.worker.pay.cents_per_km // 1000 // self.unit

    def fixed(self, tour: Tour) -> int:
        """Price of using the tour."""
        return UNITS_PER_CENT * tour.worker.pay.fixed_cents // self.unit

    def per_visit(self, tour: Tour) -> int:
        """Price of a visit."""
        return UNITS_PER_CENT * tour.worker.pay.cents_per_visit // self.unit

    def unserved(self, job: Job) -> int:
        """Price of leaving a job out."""
        return UNITS_PER_CENT * unserved_cents(self.problem, job.visit) // self.unit

    def service_s(self, tour: Tour) -> list[int]:
        """Seconds that the tour's worker takes for each job."""
        return [service_duration_s(job.visit, tour.worker) for job in self.jobs]

    def durations(self, mode: str, ends: Sequence[int | None]) -> Matrix:
        """Seconds between jobs and, after them, `ends` (no place: no seconds); -1 where there is no way."""
        return self._arcs(self.travel.duration_s[mode], ends)

    def distances(self, mode: str, ends: Sequence[int | None]) -> Matrix:
        """Metres, likewise."""
        return self._arcs(self.travel.distance_m[mode], ends)

    def _arcs(self, matrix: NDArray[np.int32], ends: Sequence[int | None]) -> Matrix:
        """The matrix from where things end to where things begin, zero within a row."""
        rows = [job.end_idx for job in self.jobs] + [idx or 0 for idx in ends]
        columns = [job.begin_idx for job in self.jobs] + [idx or 0 for idx in ends]
        arcs = matrix[np.ix_(rows, columns)].astype(np.int64)
        for position, idx in enumerate(ends, start=len(self.jobs)):
            if idx is None:
                arcs[position, :] = arcs[:, position] = 0
        np.fill_diagonal(arcs, 0)
        return arcs

    def draft(self, trips_by_tour: Mapping[int, Sequence[Sequence[int]]]) -> Draft:
        """The answer from job numbers by trip, by number of the tour; trips that carry something begin with a load."""
        routes = []
        for tour_idx, trips in sorted(trips_by_tour.items()):
            tour = self.tours[tour_idx]
            steps = tuple(step for trip in trips for step in self._steps(tour, trip))
            routes.append(RouteDraft(worker_id=tour.worker.worker_id, shift_id=tour.shift.shift_id, steps=steps))
        return Draft(routes=tuple(route for route in routes if route.steps))

    def _steps(self, tour: Tour, trip: Sequence[int]) -> list[Step]:
        visits = [self.jobs[job_idx].visit for job_idx in trip]
        loads = [load_step(tour.station_id)] if tour.station_id and any(visit.demand for visit in visits) else []
        return [*loads, *(visit_step(visit.visit_id) for visit in visits)]


def read_question(problem: Problem, travel: TravelMatrix) -> Question:
    """`problem` as adapters read it.

    Raises
    ------
    Unsupported
        If it has a rule that no peer can state.
    """
    refuse_unstated(problem, travel)
    uses = [problem.vehicle_use_of(visit.demand) for visit in problem.visits]
    names = sorted({name for use in uses for name in use})
    jobs = tuple(
        _job(problem, travel, visit, tuple(use.get(name, 0) for name in names))
        for visit, use in zip(problem.visits, uses, strict=True)
    )
    may_do = _Eligible(problem, travel, jobs)
    tours = tuple(_tour(worker, shift, names, may_do) for worker in problem.workers for shift in worker.shifts)
    return Question(problem=problem, travel=travel, jobs=jobs, tours=tours)


def _job(problem: Problem, travel: TravelMatrix, visit: Visit, use: tuple[int, ...]) -> Job:
    (window,) = visit.windows
    pinned_s = visit.pinned_start_s
    return Job(
        visit=visit,
        begin_idx=travel.idx_by_place[problem.place_of(visit)],
        end_idx=travel.idx_by_place[problem.end_place_of(visit)],
        early_s=window.start_s if pinned_s is None else pinned_s,
        late_s=window.end_s if pinned_s is None else pinned_s,
        use=use,
        ready_s=(visit.ready_s or 0) if visit.demand else 0,
    )


def _tour(worker: Worker, shift: Shift, names: Sequence[str], may_do: _Eligible) -> Tour:
    problem, row = may_do.problem, may_do.travel.idx_by_place
    capacity = tuple(worker.vehicle.capacities.get(name, 0) for name in names)
    station_id = home_station(problem, worker, shift) if any(capacity) else None
    return Tour(
        worker=worker,
        shift=shift,
        start_idx=None if shift.start_place is None else row[shift.start_place],
        end_idx=None if shift.end_place is None else row[shift.end_place],
        station_id=station_id,
        loading_s=0 if station_id is None else problem.station_by_id[station_id].loading_duration_s,
        capacity=capacity,
        max_loads=shift.max_trips,
        job_idxs=may_do(worker, station_id, capacity),
    )


class _Eligible:
    """Which jobs a worker may do at all; equal workers are asked about once."""

    def __init__(self, problem: Problem, travel: TravelMatrix, jobs: Sequence[Job]) -> None:
        self.problem, self.travel, self._jobs = problem, travel, jobs
        self._known: dict[Hashable, frozenset[int]] = {}

    def __call__(self, worker: Worker, station_id: str | None, capacity: tuple[int, ...]) -> frozenset[int]:
        key = tuple(sorted(worker.skills.items())), worker.reliability_share, station_id, capacity
        if key not in self._known:
            fitting = (idx for idx, job in enumerate(self._jobs) if self._fits(job, worker, station_id, capacity))
            self._known[key] = frozenset(fitting)
        named = (idx for idx, job in enumerate(self._jobs) if self._is_barred(job.visit, worker.worker_id))
        return self._known[key] - frozenset(named)

    def _fits(self, job: Job, worker: Worker, station_id: str | None, capacity: tuple[int, ...]) -> bool:
        visit = job.visit
        if missing_skills(worker, visit.skills) or worker.reliability_share < visit.min_reliability_share:
            return False
        return not visit.demand or (
            all(amount <= room for amount, room in zip(job.use, capacity, strict=True))
            and station_id is not None
            and station_id in (visit.station_ids or {station_id})
            and self._is_near(visit, station_id)
        )

    def _is_near(self, visit: Visit, station_id: str) -> bool:
        station = self.problem.station_by_id[station_id]
        radius_m = station.service_radius_m
        place = self.problem.place_of(visit)
        return radius_m is None or self.travel.walking_distance_m(station.place, place) <= radius_m

    def _is_barred(self, visit: Visit, worker_id: str) -> bool:
        elder = self.problem.elder_of(visit)
        is_refused = elder is not None and worker_id in elder.forbidden_worker_ids
        return is_refused or bool(visit.pinned_worker_ids and worker_id not in visit.pinned_worker_ids)
