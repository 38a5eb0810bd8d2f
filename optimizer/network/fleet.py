"""Fleets: workers told apart by what they can do, how they move and when, in numbers that can be chosen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from optimizer.problem import Problem, Worker
from optimizer.study.changes.change import fresh_id
from optimizer.study.changes.workers import without_workers
from optimizer.units import SECONDS_PER_HOUR, format_clock, price

Fleet = Mapping[str, int]
"""Number of workers by type."""


def type_of(worker: Worker) -> str:
    """Skills, mode and shifts in words: workers of one type can stand in for each other but for where they start."""
    hours = ", ".join(f"{format_clock(shift.start_s)}-{format_clock(shift.end_s)}" for shift in worker.shifts)
    return f"{'+'.join(sorted(worker.skills)) or 'no skill'}, {worker.vehicle.mode}, {hours}"


def fleet_of(problem: Problem) -> dict[str, int]:
    """The problem's own fleet, dearest types first."""
    by_type = _by_type(problem)
    dearest = sorted(by_type, key=lambda name: -max(_day_cents(worker) for worker in by_type[name]))
    return {name: len(by_type[name]) for name in dearest}


def with_fleet(problem: Problem, fleet: Fleet) -> Problem:
    """`problem` with as many workers of each type as `fleet` says; types that it does not name stay.

    Fewer are spread over the stations as the present ones are, and a smaller fleet is always part of a larger one; more
    are copies of the present ones, whom no elder knows yet. A type that nobody has cannot grow.
    """
    leaving: set[str] = set()
    joining: dict[str, Worker] = {}
    for name, workers in _by_type(problem).items():
        number = fleet.get(name, len(workers))
        ranked = _spread(workers)
        leaving |= {worker.worker_id for worker in ranked[number:]}
        for extra in range(number - len(ranked)):
            model = ranked[extra % len(ranked)]
            worker_id = fresh_id(model.worker_id, problem.worker_by_id.keys() | joining.keys())
            joining[worker_id] = replace(model, worker_id=worker_id, phone="")
    grown = replace(problem, workers=(*problem.workers, *joining.values()))
    return without_workers(grown, leaving) if leaving else grown


def day_cents(problem: Problem, fleet: Fleet) -> int:
    """What `fleet` is paid if everybody works the whole shift: fixed pay and hours."""
    mean = {name: sum(map(_day_cents, workers)) / len(workers) for name, workers in _by_type(problem).items()}
    return round(sum(number * mean.get(name, 0.0) for name, number in fleet.items()))


def _by_type(problem: Problem) -> dict[str, list[Worker]]:
    by_type: dict[str, list[Worker]] = defaultdict(list)
    for worker in problem.workers:
        by_type[type_of(worker)].append(worker)
    return by_type


def _spread(workers: list[Worker]) -> list[Worker]:
    """The workers in an order of which every beginning is spread over the stations as all of them are."""
    by_station: dict[str, list[Worker]] = defaultdict(list)
    for worker in workers:
        by_station[worker.station_id or ""].append(worker)
    place = {
        worker.worker_id: ((number + 0.5) / len(of_station), -len(of_station))
        for of_station in by_station.values()
        for number, worker in enumerate(of_station)
    }
    return sorted(workers, key=lambda worker: place[worker.worker_id])


def _day_cents(worker: Worker) -> int:
    paid_s = sum(shift.end_s - shift.start_s for shift in worker.shifts)
    return len(worker.shifts) * worker.pay.fixed_cents + price(paid_s, worker.pay.cents_per_hour, SECONDS_PER_HOUR)
