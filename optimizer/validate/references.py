"""Ids and what refers to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from optimizer.errors import Issue
from optimizer.problem import Elder, Problem, Station, Visit, Worker
from optimizer.validate.codes import issue

_MAX_SUGGESTIONS = 50
"""Comparing an unknown id with all known ones takes time; a table with more unknown ids has another fault."""


class _Reference(NamedTuple):
    noun: str
    name: str
    path: str


def id_issues(problem: Problem) -> Iterator[Issue]:
    """Empty and repeated ids."""
    for path, ids in _id_lists(problem):
        first_by_id: dict[str, int] = {}
        for position, name in enumerate(ids):
            if not name:
                yield issue("id-empty", f"{path}[{position}]", "the id is empty.", "Give it an id of its own.")
            elif name in first_by_id:
                message = f"{name!r} is already the id of {path}[{first_by_id[name]}]; ids are used once."
                yield issue("id-duplicate", f"{path}[{position}]", message, "Rename one of the two.")
            else:
                first_by_id[name] = position


def reference_issues(problem: Problem) -> Iterator[Issue]:
    """References that lead nowhere, with the nearest id there is."""
    known_ids: dict[str, Iterable[str]] = {
        "station": problem.station_by_id,
        "elder": problem.elder_by_id,
        "worker": problem.worker_by_id,
        "visit": problem.visit_by_id,
        "meal-type": problem.meal_type_by_id,
        "mode": {mode.mode for mode in problem.modes},
        "service": {service.service for service in problem.services},
    }
    unknown = (reference for reference in _references(problem) if reference.name not in known_ids[reference.noun])
    for number, (noun, name, path) in enumerate(unknown):
        yield unknown_issue(noun, name, path, known_ids[noun] if number < _MAX_SUGGESTIONS else ())


def unknown_issue(noun: str, name: str, path: str, known: Iterable[str], *, owner: str = "the problem") -> Issue:
    """The issue that `owner` has no `noun` called `name`, with the nearest of `known`."""
    words = noun.replace("-", " ")
    nearest = get_close_matches(name, known, n=1)
    hint = f"Did you mean {nearest[0]!r}?" if nearest else f"Correct the id or add the {words}."
    return issue(f"unknown-{noun}", path, f"{owner} has no {words} {name!r}.", hint)


def _id_lists(problem: Problem) -> Iterator[tuple[str, Sequence[str]]]:
    """Path of every list of things with ids, and these ids."""
    yield "stations", [station.station_id for station in problem.stations]
    yield "elders", [elder.elder_id for elder in problem.elders]
    yield "visits", [visit.visit_id for visit in problem.visits]
    yield "workers", [worker.worker_id for worker in problem.workers]
    yield "meal_types", [meal_type.meal_type for meal_type in problem.meal_types]
    yield "services", [service.service for service in problem.services]
    yield "modes", [mode.mode for mode in problem.modes]
    for i, station in enumerate(problem.stations):
        yield f"stations[{i}].waves", [wave.wave_id for wave in station.waves]
    for i, worker in enumerate(problem.workers):
        yield f"workers[{i}].shifts", [shift.shift_id for shift in worker.shifts]
        for j, shift in enumerate(worker.shifts):
            yield f"workers[{i}].shifts[{j}].breaks", [rest.break_id for rest in shift.breaks]


def _references(problem: Problem) -> Iterator[_Reference]:
    for i, station in enumerate(problem.stations):
        yield from _of_station(station, f"stations[{i}]")
    for i, elder in enumerate(problem.elders):
        yield from _of_elder(elder, f"elders[{i}]")
    for i, visit in enumerate(problem.visits):
        yield from _of_visit(visit, f"visits[{i}]")
        if problem.services:
            yield _Reference("service", visit.service, f"visits[{i}].service")
    for i, worker in enumerate(problem.workers):
        yield from _of_worker(worker, f"workers[{i}]")
        if problem.services:
            yield from _named(
                "service", worker.duration_percent_by_service, f"workers[{i}].duration_percent_by_service"
            )
    for i, link in enumerate(problem.links):
        yield _Reference("visit", link.first_visit_id, f"links[{i}].first_visit_id")
        yield _Reference("visit", link.second_visit_id, f"links[{i}].second_visit_id")


def _of_station(station: Station, path: str) -> Iterator[_Reference]:
    if station.parent_station_id is not None:
        yield _Reference("station", station.parent_station_id, f"{path}.parent_station_id")
    for j, wave in enumerate(station.waves):
        yield from _named("meal-type", wave.portions, f"{path}.waves[{j}].portions")


def _of_elder(elder: Elder, path: str) -> Iterator[_Reference]:
    """References of an elder; the history may name workers who have left."""
    if elder.station_id is not None:
        yield _Reference("station", elder.station_id, f"{path}.station_id")
    yield from _listed("worker", elder.preferred_worker_ids, f"{path}.preferred_worker_ids")
    yield from _listed("worker", elder.forbidden_worker_ids, f"{path}.forbidden_worker_ids")


def _of_visit(visit: Visit, path: str) -> Iterator[_Reference]:
    if visit.elder_id is not None:
        yield _Reference("elder", visit.elder_id, f"{path}.elder_id")
    if visit.delivers_to_station_id is not None:
        yield _Reference("station", visit.delivers_to_station_id, f"{path}.delivers_to_station_id")
    yield from _named("meal-type", visit.demand, f"{path}.demand")
    yield from _listed("station", visit.station_ids, f"{path}.station_ids")
    yield from _listed("worker", visit.pinned_worker_ids, f"{path}.pinned_worker_ids")
    if visit.promise is not None:
        yield from _listed("worker", visit.promise.worker_ids, f"{path}.promise.worker_ids")


def _of_worker(worker: Worker, path: str) -> Iterator[_Reference]:
    yield _Reference("mode", worker.vehicle.mode, f"{path}.vehicle.mode")
    if worker.station_id is not None:
        yield _Reference("station", worker.station_id, f"{path}.station_id")


def _listed(noun: str, names: Iterable[str], path: str) -> Iterator[_Reference]:
    for position, name in enumerate(names):
        yield _Reference(noun, name, f"{path}[{position}]")


def _named(noun: str, names: Iterable[str], path: str) -> Iterator[_Reference]:
    for name in names:
        yield _Reference(noun, name, f"{path}.{name}")
