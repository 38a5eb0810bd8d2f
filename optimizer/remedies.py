"""The single changes of the facts that can make room for an unserved visit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from optimizer.plan import Remedy, RemedyKind, Source
from optimizer.problem import Problem, Shift, Station, SupplyWave, TimeWindow, Visit, Worker
from optimizer.travel import TravelMatrix

CHANGES_ROUTES = frozenset({RemedyKind.INSERT, RemedyKind.SWAP})
"""Remedies that change no facts."""


def apply_remedy(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    """The problem with the one change that `remedy` proposes for a visit.

    Raises
    ------
    ValueError
        If the remedy changes the plan rather than the problem (insertion and swap).
    """
    apply = _APPLY.get(remedy.kind)
    if apply is None:
        raise ValueError(f"remedy {remedy.kind!r} changes the plan, not the problem.")
    return apply(problem, visit_id, remedy)


def widened(problem: Problem, visit: Visit, change_s: int) -> tuple[TimeWindow, ...]:
    """Windows grown at both ends; starting outside the old ones is late or early in the soft sense."""
    return tuple(
        replace(
            window,
            start_s=max(0, window.start_s - change_s),
            end_s=min(problem.horizon.duration_s, window.end_s + change_s),
            soft_start_s=window.start_s if window.soft_start_s is None else window.soft_start_s,
            soft_end_s=window.end_s if window.soft_end_s is None else window.soft_end_s,
        )
        for window in visit.windows
    )


def suppliers_by_distance(problem: Problem, travel: TravelMatrix, visit: Visit) -> list[Station]:
    """Stations with waves that may supply `visit`, nearest first."""
    place = problem.place_of(visit)
    allowed = [
        (travel.walking_distance_m(station.place, place), station.station_id)
        for station in problem.stations
        if station.waves and (not visit.station_ids or station.station_id in visit.station_ids)
    ]
    return [
        problem.station_by_id[station_id]
        for distance_m, station_id in sorted(allowed)
        if _is_within(problem.station_by_id[station_id], distance_m)
    ]


def _is_within(station: Station, distance_m: int) -> bool:
    return station.service_radius_m is None or distance_m <= station.service_radius_m


def source_after(problem: Problem, remedy: Remedy, visit: Visit) -> Source:
    """Supply of `visit` from the portions that `remedy` adds."""
    assert remedy.station_id is not None
    wave = _wave_to_enlarge(problem.station_by_id[remedy.station_id], visit)
    return Source(station_id=remedy.station_id, ready_s=max(wave.ready_s, visit.ready_s or 0))


def _wave_to_enlarge(station: Station, visit: Visit) -> SupplyWave:
    """The first wave that cooks one of the visit's meal types, else the last one ready before its windows close."""
    cooking = [wave for wave in station.waves if wave.portions.keys() & visit.demand.keys()]
    if cooking:
        return min(cooking, key=lambda wave: wave.ready_s)
    latest_s = max(window.end_s for window in visit.windows)
    in_time = [wave for wave in station.waves if wave.ready_s <= latest_s]
    return max(in_time or station.waves[:1], key=lambda wave: wave.ready_s)


def with_visit(problem: Problem, visit: Visit) -> Problem:
    """The problem with `visit` in place of the one of the same id."""
    return replace(problem, visits=tuple(visit if old.visit_id == visit.visit_id else old for old in problem.visits))


def _with_worker(problem: Problem, worker: Worker) -> Problem:
    return replace(
        problem, workers=tuple(worker if old.worker_id == worker.worker_id else old for old in problem.workers)
    )


def _widen_window(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    visit = problem.visit_by_id[visit_id]
    return with_visit(problem, replace(visit, windows=widened(problem, visit, remedy.change_s or 0)))


def _extend_shift(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    worker = problem.worker_by_id[remedy.worker_id or ""]
    shifts = (_extended(s, remedy.change_s or 0) if s.shift_id == remedy.shift_id else s for s in worker.shifts)
    return _with_worker(problem, replace(worker, shifts=tuple(shifts)))


def _extended(shift: Shift, change_s: int) -> Shift:
    """The shift with a later end; the time after the old one is overtime."""
    soft_end_s = shift.end_s if shift.soft_end_s is None else shift.soft_end_s
    return replace(shift, end_s=shift.end_s + change_s, soft_end_s=soft_end_s)


def _add_skill(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    worker = problem.worker_by_id[remedy.worker_id or ""]
    skills = {**worker.skills, remedy.skill or "": remedy.level or 0}
    return _with_worker(problem, replace(worker, skills=skills))


def _add_portions(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    station = problem.station_by_id[remedy.station_id or ""]
    wave = _wave_to_enlarge(station, problem.visit_by_id[visit_id])
    richer = replace(wave, portions=_plus(wave.portions, remedy.amount))
    waves = tuple(richer if old.wave_id == wave.wave_id else old for old in station.waves)
    changed = replace(station, waves=waves)
    stations = tuple(changed if old.station_id == station.station_id else old for old in problem.stations)
    return replace(problem, stations=stations)


def _add_capacity(problem: Problem, visit_id: str, remedy: Remedy) -> Problem:
    worker = problem.worker_by_id[remedy.worker_id or ""]
    vehicle = replace(worker.vehicle, capacities=_plus(worker.vehicle.capacities, remedy.amount))
    return _with_worker(problem, replace(worker, vehicle=vehicle))


def _plus(first: Mapping[str, int], second: Mapping[str, int]) -> dict[str, int]:
    return {name: first.get(name, 0) + second.get(name, 0) for name in {**first, **second}}


_APPLY: dict[RemedyKind, Callable[[Problem, str, Remedy], Problem]] = {
    RemedyKind.WIDEN_WINDOW: _widen_window,
    RemedyKind.EXTEND_SHIFT: _extend_shift,
    RemedyKind.ADD_SKILL: _add_skill,
    RemedyKind.MORE_PORTIONS: _add_portions,
    RemedyKind.MORE_CAPACITY: _add_capacity,
}
