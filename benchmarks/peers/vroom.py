"""VROOM (Coupey, Nicod & Varnier), by pyvroom: its highest exploration level on all cores.

It ends by itself and often long before the time limit; the seconds of the table tell.

States: several stations, capacities, hard windows, shifts, range, pace by worker, who may serve whom (as skills), pay
per kilometre, shift and visit. Pay per hour is put on the ways and, where workers differ, on the services at their
end; hours waited cost it nothing. It serves all that it can, dearer visits first, and weighs no visit against its
price.

Refuses: several loadings per shift, goods that are ready only after a shift begins, loading time, limits of working
time, tours without any given end.
"""

from __future__ import annotations

import os
from collections.abc import Hashable
from datetime import timedelta

import numpy as np
import vroom

from benchmarks.peers import Unsupported
from benchmarks.peers.tours import Clock, Job, Matrix, Question, Tour, read_question
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.travel import TravelMatrix

EXPLORATION_LEVEL = 5
MAX_PRIORITY = 100
MAX_ARC_COST = 10_000_000
"""Dearer arcs are counted in coarser units: VROOM multiplies costs by 360,000 within 64 bits."""
FORBIDDEN_S = 2**24


class Vroom:
    """VROOM at its most thorough."""

    def warm_up(self) -> None:
        """Nothing beside the import."""

    def solve(self, problem: Problem, travel: TravelMatrix, time_s: float, seed: int) -> Draft:
        """VROOM's answer; it knows no seed."""
        clock = Clock(time_s)
        question = read_question(problem, travel)
        _refuse(question)
        model = make_model(question)
        solution = model.solve(
            exploration_level=EXPLORATION_LEVEL,
            nb_threads=os.cpu_count() or 1,
            timeout=timedelta(milliseconds=int(1000 * clock.left_s())),
        )
        routes = solution.routes
        jobs = routes[routes["type"] == "job"]
        return question.draft(
            {int(tour): [group["id"].astype(int).tolist()] for tour, group in jobs.groupby("vehicle_id")}
        )


def make() -> Vroom:
    """The adapter."""
    return Vroom()


def make_model(question: Question) -> vroom.Input:
    """`question` in VROOM's terms."""
    model = vroom.Input()
    places = list(dict.fromkeys(idx for tour in question.tours for idx in (tour.start_idx, tour.end_idx)))
    place_number = {idx: len(question.jobs) + number for number, idx in enumerate(places)}
    profiles: dict[Hashable, str] = {}
    costs: dict[str, Matrix] = {}
    for tour in question.tours:
        name = profiles.setdefault(_profile_key(tour), f"p{len(profiles)}")
        if name not in costs:
            durations, distances = question.durations(tour.mode, places), question.distances(tour.mode, places)
            costs[name] = _arc_costs(question, tour, durations, distances)
            model.set_durations_matrix(name, np.where(durations < 0, FORBIDDEN_S, durations))
            model.set_distances_matrix(name, np.where(distances < 0, FORBIDDEN_S, distances))
    step = max(1, -(-max((int(matrix.max()) for matrix in costs.values()), default=0) // MAX_ARC_COST))
    for name, matrix in costs.items():
        model.set_costs_matrix(name, matrix // step)
    skill_of = _skills(question)
    for idx, tour in enumerate(question.tours):
        model.add_vehicle(
            _vehicle(
                idx,
                tour,
                place_number=place_number,
                profile=profiles[_profile_key(tour)],
                skills={skill_of[job_idx] for job_idx in tour.job_idxs},
                fixed=question.fixed(tour) // step,
            )
        )
    types = {_pace_name(tour): question.service_s(tour) for tour in question.tours}
    top_price = max((question.unserved(job) for job in question.jobs), default=0) or 1
    for idx, job in enumerate(question.jobs):
        services = {name: service_s[idx] for name, service_s in types.items()}
        priority = MAX_PRIORITY if job.visit.mandatory else MAX_PRIORITY * question.unserved(job) // top_price
        model.add_job(_job(idx, job, services=services, skill=skill_of[idx], priority=priority))
    return model


def _refuse(question: Question) -> None:
    for tour in question.tours:
        if tour.station_id is not None and question.has_loads and tour.max_loads != 1:
            raise Unsupported("several loadings per shift")
        if tour.station_id is not None and question.has_loads and tour.loading_s:
            raise Unsupported("loading time")
        if tour.shift.max_work_s is not None and tour.shift.max_work_s < tour.shift.end_s - tour.shift.start_s:
            raise Unsupported("a limit of working time")
        if tour.start_idx is None and tour.end_idx is None:
            raise Unsupported("tours that neither begin nor end at a given place")
        if any(question.jobs[idx].ready_s > tour.shift.start_s for idx in tour.job_idxs):
            raise Unsupported("goods that are ready only after the shift has begun")


def _profile_key(tour: Tour) -> Hashable:
    return tour.mode, tour.pace, tour.worker.pay


def _pace_name(tour: Tour) -> str:
    return repr(tour.pace)


def _arc_costs(question: Question, tour: Tour, durations: Matrix, distances: Matrix) -> Matrix:
    """Price of every way, with the visit and the service at its end."""
    num_jobs = len(question.jobs)
    costs = question.per_second(tour) * durations + question.per_metre(tour) * distances
    service_s = np.array(question.service_s(tour), dtype=np.int64)
    costs[:, :num_jobs] += question.per_visit(tour) + _service_price(question, tour, service_s)
    np.fill_diagonal(costs, 0)
    return np.where(durations < 0, MAX_ARC_COST, costs)


def _service_price(question: Question, tour: Tour, service_s: Matrix) -> Matrix:
    """Pay for the services, where workers differ in it; the same for all, it does not matter."""
    if len({(each.pace, question.per_second(each)) for each in question.tours}) == 1:
        return np.zeros_like(service_s)
    return question.per_second(tour) * service_s


def _skills(question: Question) -> list[int]:
    """A skill per set of tours that may do a job, by job; equal sets share one."""
    tours_by_job: list[list[int]] = [[] for _ in question.jobs]
    for number, group in enumerate(question.tours_by_kind.values()):
        for job_idx in group[0].job_idxs:
            tours_by_job[job_idx].append(number)
    number_of: dict[tuple[int, ...], int] = {}
    return [number_of.setdefault(tuple(sorted(numbers)), len(number_of) + 1) for numbers in tours_by_job]


def _vehicle(
    idx: int, tour: Tour, *, place_number: dict[int | None, int], profile: str, skills: set[int], fixed: int
) -> vroom.Vehicle:
    limits = {}
    if tour.worker.vehicle.max_distance_m is not None:
        limits["max_distance"] = tour.worker.vehicle.max_distance_m
    return vroom.Vehicle(
        idx,
        start=None if tour.start_idx is None else place_number[tour.start_idx],
        end=None if tour.end_idx is None else place_number[tour.end_idx],
        profile=profile,
        capacity=list(tour.capacity),
        skills=skills,
        time_window=(tour.shift.start_s, tour.shift.end_s),
        costs=vroom.VehicleCosts(fixed=fixed),
        type=_pace_name(tour),
        **limits,
    )


def _job(idx: int, job: Job, *, services: dict[str, int], skill: int, priority: int) -> vroom.Job:
    return vroom.Job(
        idx,
        location=idx,
        default_service=max(services.values(), default=0),
        delivery=list(job.use),
        skills={skill},
        priority=priority,
        time_windows=[(job.early_s, job.late_s)],
        service_per_type=services if len(set(services.values())) > 1 else None,
    )
