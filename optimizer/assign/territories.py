"""Whose territory is where: the station each worker sets out from, and the staff behind stations without their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from optimizer.problem import Location, Problem, Station, Visit, Worker
from optimizer.travel import TravelMatrix


def home_station_ids(problem: Problem, travel: TravelMatrix) -> dict[str, str]:
    """Station of each worker: the worker's own, else the nearest on foot to where the first shift starts.

    A worker without station and start place belongs to the first station. Workers are absent where there are none.
    """
    if not problem.stations:
        return {}
    return {worker.worker_id: _home_station_id(problem, travel, worker) for worker in problem.workers}


def _home_station_id(problem: Problem, travel: TravelMatrix, worker: Worker) -> str:
    if worker.station_id is not None:
        return worker.station_id
    start = next((shift.start_place for shift in worker.shifts if shift.start_place is not None), None)
    return problem.stations[0].station_id if start is None else nearest(problem.stations, travel, start).station_id


def nearest(stations: Iterable[Station], travel: TravelMatrix, place: Location) -> Station:
    """The station nearest to `place` on foot; the first of equals."""
    return min(stations, key=lambda station: travel.walking_distance_m(station.place, place))


def staff_by_station_id(
    problem: Problem, home: Mapping[str, str], workers: Iterable[Worker]
) -> dict[str, list[Worker]]:
    """Those of `workers` who set out from each station; stations without any are absent."""
    staff: dict[str, list[Worker]] = {}
    for worker in workers:
        staff.setdefault(home[worker.worker_id], []).append(worker)
    return {
        station.station_id: staff[station.station_id] for station in problem.stations if station.station_id in staff
    }


def backing_station_ids(problem: Problem, travel: TravelMatrix, staffed_ids: Collection[str]) -> dict[str, str]:
    """Whose staff serves the territory of each station.

    A staffed station serves its own; others are backed by the first staffed centre above them, or else by the nearest
    staffed station on foot. Empty where no station is staffed.
    """
    staffed = [problem.station_by_id[station_id] for station_id in staffed_ids]
    if not staffed:
        return {}
    return {
        station.station_id: next(
            (above.station_id for above in centres_above(problem, station) if above.station_id in staffed_ids),
            None,
        )
        or nearest(staffed, travel, station.place).station_id
        for station in problem.stations
    }


def centres_above(problem: Problem, station: Station) -> Iterator[Station]:
    """`station` itself, its centre, the centre's centre and so on."""
    seen: set[str] = set()
    above: Station | None = station
    while above is not None and above.station_id not in seen:
        seen.add(above.station_id)
        yield above
        above = None if above.parent_station_id is None else problem.station_by_id[above.parent_station_id]


def able_worker_ids(problem: Problem) -> dict[str, frozenset[str]]:
    """Who could give each visit, time apart: by skill, vehicle, reliability, refusal and pin."""
    able_by_needs: dict[tuple[object, ...], frozenset[str]] = {}
    able: dict[str, frozenset[str]] = {}
    for visit in problem.visits:
        elder = problem.elder_of(visit)
        refused = () if elder is None else elder.forbidden_worker_ids
        use = problem.vehicle_use_of(visit.demand)
        needs = (
            tuple(sorted(visit.skills.items())),
            tuple(sorted(use.items())),
            visit.min_reliability_share,
            _allowed_pins(visit),
            refused,
        )
        if needs not in able_by_needs:
            able_by_needs[needs] = frozenset(
                worker.worker_id for worker in problem.workers if _is_able(worker, visit, use, refused)
            )
        able[visit.visit_id] = able_by_needs[needs]
    return able


def _allowed_pins(visit: Visit) -> tuple[str, ...]:
    """The only workers that a visit with a pin for each of its workers admits; empty where others may join."""
    return visit.pinned_worker_ids if len(visit.pinned_worker_ids) >= visit.num_workers else ()


def _is_able(worker: Worker, visit: Visit, use: Mapping[str, int], refused: Collection[str]) -> bool:
    pins = _allowed_pins(visit)
    return (
        all(worker.skills.get(skill, 0) >= level for skill, level in visit.skills.items())
        and worker.reliability_share >= visit.min_reliability_share
        and worker.worker_id not in refused
        and (not pins or worker.worker_id in pins)
        and all(worker.vehicle.capacities.get(name, 0) >= amount for name, amount in use.items())
    )
