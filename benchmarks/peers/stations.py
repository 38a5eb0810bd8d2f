"""Where workers load, as peers see it: at the station where the shift begins."""

from __future__ import annotations

from optimizer.problem import Problem, Shift, Station, Visit, Worker
from optimizer.travel.coordinates import great_circle_m


def supplies(station: Station) -> bool:
    """Whether `station` has portions to give."""
    return bool(station.waves)


def home_station(problem: Problem, worker: Worker, shift: Shift) -> str | None:
    """Id of the supplying station where `shift` begins, the worker's own first; ``None`` where there is none."""
    here = [s.station_id for s in problem.stations if supplies(s) and s.place == shift.start_place]
    return worker.station_id if worker.station_id in here else next(iter(here), None)


def loading_stations(problem: Problem) -> frozenset[str | None]:
    """Stations where workers with a vehicle for portions load; ``None`` among them: some begin elsewhere."""
    carriers = (worker for worker in problem.workers if worker.vehicle.capacities)
    return frozenset(home_station(problem, worker, shift) for worker in carriers for shift in worker.shifts)


def nearest_station(problem: Problem, visit: Visit) -> Station | None:
    """The station nearest to `visit` (as the crow flies) that may supply it and where somebody loads."""
    place, loading = problem.place_of(visit), loading_stations(problem)
    return min(
        (
            station
            for station in problem.stations
            if station.station_id in loading and station.station_id in (visit.station_ids or {station.station_id})
        ),
        key=lambda station: great_circle_m(station.place.lon, station.place.lat, place.lon, place.lat),
        default=None,
    )
