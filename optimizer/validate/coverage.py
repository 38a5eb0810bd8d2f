"""Can it be done at all? Visits beyond every worker's or station's means, found before any engine runs.

Only single visits are looked at, and every bound is a generous one: what is reported here cannot be served, what is not
reported may still fail in a plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from optimizer.errors import Issue
from optimizer.problem import Location, Problem, Shift, Station, Visit, Worker, service_duration_s
from optimizer.reading import format_windows, hands_over
from optimizer.travel import TravelMatrix
from optimizer.validate.codes import issue

_NEVER_S = 10**9


def coverage_issues(problem: Problem, travel: TravelMatrix | None) -> Iterator[Issue]:
    """Warnings about a sound problem; ways and radii are looked at only with `travel`."""
    meal_types_by_station_id = _meal_types(problem)
    for i, visit in enumerate(problem.visits):
        path = f"visits[{i}]"
        yield from _worker_issues(problem, travel, visit, path)
        yield from _demand_issues(problem, visit, path)
        if hands_over(visit) and not _has_supplier(problem, travel, visit, meal_types_by_station_id):
            meals = ", ".join(meal_type for meal_type, portions in visit.demand.items() if portions)
            message = f"no station that may supply visit {visit.visit_id!r} is in reach of it and has {meals}."
            hint = "Allow another station, widen a service radius, or add a wave."
            yield issue("visit-without-supplier", path, message, hint)
    yield from _shortages(problem)
    for i, worker in enumerate(problem.workers):
        if not worker.shifts:
            message = f"worker {worker.worker_id!r} has no shift and is never sent out."
            yield issue("worker-without-shift", f"workers[{i}].shifts", message, "Add a shift, or remove the worker.")


def _worker_issues(problem: Problem, travel: TravelMatrix | None, visit: Visit, path: str) -> Iterator[Issue]:
    """One warning where fewer workers than needed could ever do the visit, with the obstacles counted."""
    num_able = 0
    obstacles: Counter[str] = Counter()
    for worker in problem.workers:
        obstacle = _obstacle(problem, travel, visit, worker)
        if obstacle is None:
            num_able += 1
            if num_able == visit.num_workers:
                return
        else:
            obstacles[obstacle] += 1
    why = "; ".join(f"{count} {obstacle}" for obstacle, count in obstacles.items())
    able = "no worker" if num_able == 0 else f"only {num_able} of {visit.num_workers} workers needed"
    message = f"{able} can do visit {visit.visit_id!r}: {why or 'there are no workers'}."
    yield issue("visit-unservable", path, message, "Remove one of the obstacles, or expect it unassigned.")


def _obstacle(problem: Problem, travel: TravelMatrix | None, visit: Visit, worker: Worker) -> str | None:
    """The first thing that keeps `worker` from `visit`, worded to follow a number of workers."""
    for skill, level in visit.skills.items():
        if worker.skills.get(skill, 0) < level:
            return f"without skill {skill!r} at level {level}"
    elder = problem.elder_of(visit)
    if elder is not None and worker.worker_id in elder.forbidden_worker_ids:
        return "refused by the elder"
    if worker.reliability_share < visit.min_reliability_share:
        return f"less reliable than {visit.min_reliability_share}"
    pinned = visit.pinned_worker_ids
    if len(pinned) >= visit.num_workers and worker.worker_id not in pinned:
        return "not among the pinned"
    if not _fits_vehicle(problem, visit, worker):
        return "with a vehicle too small"
    return _time_obstacle(problem, travel, visit, worker)


def _fits_vehicle(problem: Problem, visit: Visit, worker: Worker) -> bool:
    capacities = worker.vehicle.capacities
    return all(used <= capacities.get(name, 0) for name, used in problem.vehicle_use_of(visit.demand).items())


def _time_obstacle(problem: Problem, travel: TravelMatrix | None, visit: Visit, worker: Worker) -> str | None:
    """Why no shift of `worker` has time for `visit`, had it nothing else to do."""
    spare_s = [_spare_s(problem, travel, visit, worker, shift) for shift in worker.shifts]
    if set(spare_s) == {None}:
        return f"without a way there and back by {worker.vehicle.mode!r}"
    if any(spare is not None and spare >= 0 for spare in spare_s):
        return None
    return f"without a shift that has time for it in {format_windows(visit.windows)}"


def _spare_s(problem: Problem, travel: TravelMatrix | None, visit: Visit, worker: Worker, shift: Shift) -> int | None:
    """Seconds left of `shift` when back from the visit, served first and alone; ``None`` where there is no way.

    Negative where the shift ends too soon or every window closes before the worker is there.
    """
    mode = worker.vehicle.mode
    there_s = _way_s(travel, mode, shift.start_place, problem.place_of(visit), shift.start_s)
    start_s = _first_start_s(visit, shift.start_s + (there_s or 0))
    end_s = start_s + service_duration_s(visit, worker)
    back_s = _way_s(travel, mode, problem.end_place_of(visit), shift.end_place, end_s)
    return None if there_s is None or back_s is None else shift.end_s - end_s - back_s


def _first_start_s(visit: Visit, arrival_s: int) -> int:
    """Earliest start in a window (a pinned start is the only one); far beyond every shift where all have closed."""
    if visit.pinned_start_s is not None:
        return visit.pinned_start_s if arrival_s <= visit.pinned_start_s else _NEVER_S
    starts = (max(window.start_s, arrival_s) for window in visit.windows if arrival_s <= window.end_s)
    return min(starts, default=_NEVER_S)


def _way_s(
    travel: TravelMatrix | None, mode: str, origin: Location | None, destination: Location | None, departure_s: int
) -> int | None:
    """Seconds of the way, 0 where it is not known, ``None`` where there is none."""
    if travel is None or origin is None or destination is None:
        return 0
    way = travel.way(mode, origin, destination, departure_s)
    return None if way is None else way[0]


def _meal_types(problem: Problem) -> dict[str, set[str]]:
    """Meal types that each station ever has, from its waves or by supply runs."""
    meal_types: dict[str, set[str]] = {station.station_id: set() for station in problem.stations}
    for station in problem.stations:
        for wave in station.waves:
            meal_types[station.station_id].update(name for name, portions in wave.portions.items() if portions)
    for visit in problem.visits:
        if visit.delivers_to_station_id is not None:
            meal_types[visit.delivers_to_station_id].update(name for name, portions in visit.demand.items() if portions)
    return meal_types


def _has_supplier(
    problem: Problem, travel: TravelMatrix | None, visit: Visit, meal_types_by_station_id: dict[str, set[str]]
) -> bool:
    """Whether one station has every meal type of the visit (a trip loads at one) and may bring it there."""
    needed = {meal_type for meal_type, portions in visit.demand.items() if portions}
    stations = [problem.station_by_id[name] for name in visit.station_ids] or problem.stations
    return any(
        needed <= meal_types_by_station_id[station.station_id] and _in_radius(problem, travel, visit, station)
        for station in stations
        if station.station_id != visit.delivers_to_station_id
    )


def _in_radius(problem: Problem, travel: TravelMatrix | None, visit: Visit, station: Station) -> bool:
    if travel is None or station.service_radius_m is None or visit.delivers_to_station_id is not None:
        return True
    return travel.walking_distance_m(station.place, problem.place_of(visit)) <= station.service_radius_m


def _demand_issues(problem: Problem, visit: Visit, path: str) -> Iterator[Issue]:
    limits = {"ready": visit.ready_s, "max_on_board_s": visit.max_on_board_s, "soft_on_board_s": visit.soft_on_board_s}
    for name, limit_s in limits.items():
        if limit_s is not None and not hands_over(visit):
            message = f"visit {visit.visit_id!r} has no portions that this could apply to."
            yield issue("limit-without-demand", f"{path}.{name}", message, "Give it portions, or remove the limit.")
    elder = problem.elder_of(visit)
    if elder is None or elder.diet == "normal":
        return
    for meal_type, portions in visit.demand.items():
        diet = problem.meal_type_by_id[meal_type].diet
        if portions and diet != elder.diet:
            message = f"elder {elder.elder_id!r} needs the diet {elder.diet!r}, but {meal_type!r} is {diet!r}."
            yield issue("diet-mismatch", f"{path}.demand.{meal_type}", message, "Order a meal of the elder's diet.")


def _shortages(problem: Problem) -> Iterator[Issue]:
    """Meal types of which all kitchens bring less than all visits demand; supply runs only move portions."""
    demand: Counter[str] = Counter()
    for visit in problem.visits:
        if visit.delivers_to_station_id is None:
            demand.update(visit.demand)
    supply: Counter[str] = Counter()
    for station in problem.stations:
        for wave in station.waves:
            supply.update(wave.portions)
    for meal_type, portions in demand.items():
        if portions > supply[meal_type]:
            message = f"{portions} portions of {meal_type!r} are demanded, but the waves bring {supply[meal_type]}."
            yield issue("supply-short", "stations", message, "Cook more, or expect visits unassigned.")
