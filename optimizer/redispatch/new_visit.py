"""A new visit by itself, so that its faults can be told without going through all facts of a day."""

from __future__ import annotations

from dataclasses import replace

from optimizer.problem import Elder, Problem, Visit


def alone(problem: Problem, visit: Visit, elder: Elder | None, *, is_short: bool) -> Problem:
    """The facts with this visit alone; cut down to what it names, or with all names that might have been meant."""
    known = problem.elder_by_id.get(visit.elder_id or "") if elder is None else elder
    elders = problem.elders if known is None else (known,)
    if not is_short:
        return replace(problem, visits=(visit,), links=(), elders=elders if known else problem.elders)
    named = {*visit.pinned_worker_ids, *(() if visit.promise is None else visit.promise.worker_ids)}
    if known is not None:
        named |= {*known.preferred_worker_ids, *known.forbidden_worker_ids, *known.worker_history}
    stations = {*visit.station_ids, visit.delivers_to_station_id, None if known is None else known.station_id}
    workers = (problem.worker_by_id[name] for name in sorted(named & problem.worker_by_id.keys()))
    return replace(
        problem,
        visits=(visit,),
        links=(),
        elders=() if known is None else (known,),
        workers=tuple(replace(worker, shifts=(), station_id=None) for worker in workers),
        stations=tuple(
            replace(station, parent_station_id=None) for station in problem.stations if station.station_id in stations
        ),
    )
