"""The rows of the kitchen sheets: what leaves a station, when, for whom, and whether the sums come out even."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from optimizer.formats.drawing import number_ranges
from optimizer.formats.stop_facts import (
    clock_on,
    date_of,
    fed_stops,
    name_of_meal,
    name_of_station,
    name_of_worker,
)
from optimizer.formats.words import Words
from optimizer.plan import Plan, Route, Stop
from optimizer.problem import Problem, Station
from optimizer.units import SECONDS_PER_DAY


@dataclass(frozen=True, slots=True)
class Batch:
    """Portions by meal type that reach a station at ``ready_s``: a wave, or what a supply run brings."""

    ready_s: int
    title: str
    portions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Loading:
    """One load stop of a route, with the numbered stops that it feeds."""

    route: Route
    stop: Stop
    fed: Sequence[tuple[int, Stop]]


@dataclass(frozen=True, slots=True)
class _StationDay:
    """What reaches and leaves one station on one day of the horizon."""

    problem: Problem
    station: Station
    day: int
    batches: Sequence[Batch]
    loadings: Sequence[Loading]

    @property
    def meal_types(self) -> list[str]:
        """The meal types that are moved at all, in the problem's order."""
        moved = [*(batch.portions for batch in self.batches), *(loading.stop.load for loading in self.loadings)]
        used = {meal_type for portions in moved for meal_type, count in portions.items() if count}
        return [meal_type for meal_type in self.problem.meal_type_by_id if meal_type in used]

    def sums(self, portions: Iterable[Mapping[str, int]]) -> list[int]:
        """Portions by meal type, followed by their sum."""
        listed = list(portions)
        counts = [sum(item.get(meal_type, 0) for item in listed) for meal_type in self.meal_types]
        return [*counts, sum(counts)]


def kitchen_pages(problem: Problem, plan: Plan, words: Words) -> list[dict[str, Any]]:
    """One entry per station and day with supply or loadings, in the problem's order of stations."""
    return [_page(here, words) for station in problem.stations for here in _days(problem, plan, station, words)]


def _days(problem: Problem, plan: Plan, station: Station, words: Words) -> Iterator[_StationDay]:
    batches, loadings = batches_of(problem, plan, station, words), loadings_at(problem, plan, station)
    batches_by_day: dict[int, list[Batch]] = defaultdict(list)
    loadings_by_day: dict[int, list[Loading]] = defaultdict(list)
    for batch in batches:
        batches_by_day[batch.ready_s // SECONDS_PER_DAY].append(batch)
    for loading in loadings:
        loadings_by_day[loading.stop.start_s // SECONDS_PER_DAY].append(loading)
    for day in sorted({*batches_by_day, *loadings_by_day}):
        yield _StationDay(problem, station, day, batches_by_day[day], loadings_by_day[day])


def batches_of(problem: Problem, plan: Plan, station: Station, words: Words) -> list[Batch]:
    """The waves of `station` and the supply runs the plan brings to it, in order of time."""
    waves = [Batch(wave.ready_s, wave.wave_id, wave.portions) for wave in station.waves]
    return sorted([*waves, *_supply_runs_to(problem, plan, station, words)], key=lambda batch: batch.ready_s)


def _supply_runs_to(problem: Problem, plan: Plan, station: Station, words: Words) -> Iterator[Batch]:
    for route in plan.routes:
        for stop in route.visit_stops:
            visit = problem.visit_by_id[stop.visit_id or ""]
            if visit.delivers_to_station_id == station.station_id:
                worker = name_of_worker(problem.worker_by_id[route.worker_id])
                yield Batch(stop.end_s, f"{words['supply_run']} {worker}", visit.demand)


def loadings_at(problem: Problem, plan: Plan, station: Station) -> list[Loading]:
    """The loadings at `station` in the order in which they start."""
    loadings = [
        Loading(route, trip.load_stop, fed)
        for route in plan.routes
        for trip, fed in fed_stops(problem, route)
        if trip.load_stop is not None and trip.load_stop.station_id == station.station_id
    ]
    return sorted(loadings, key=lambda loading: (loading.stop.start_s, loading.route.worker_id))


def _page(here: _StationDay, words: Words) -> dict[str, Any]:
    date = date_of(here.problem, here.day)
    loaded = here.sums(loading.stop.load for loading in here.loadings)
    supplied = here.sums(batch.portions for batch in here.batches)
    return {
        "station": name_of_station(here.problem, here.station.station_id),
        "kind": words.of("kind", here.station.kind),
        "date": f"{date.isoformat()} {words[f'weekday.{date.weekday()}']}",
        "meals": [_meal_head(here.problem, meal_type, words) for meal_type in here.meal_types],
        "groups": _groups(here, words),
        "loaded": loaded,
        "supplied": supplied,
        "left": [before - after for before, after in zip(supplied, loaded, strict=True)],
    }


def _meal_head(problem: Problem, meal_type: str, words: Words) -> dict[str, str]:
    diet = problem.meal_type_by_id[meal_type].diet
    return {"name": name_of_meal(problem, meal_type, words), "diet": words.of("diet", diet)}


def _groups(here: _StationDay, words: Words) -> list[dict[str, Any]]:
    """Loadings under the last batch that is ready when they start; batches without a loading are shown too."""
    groups = [
        _group(here, words, title=_batch_title(here, batch, words), batches=[batch], loadings=_taken_from(here, idx))
        for idx, batch in enumerate(here.batches)
    ]
    early = _taken_from(here, -1)
    return (
        [_group(here, words, title=words["before_any_wave"], batches=[], loadings=early), *groups] if early else groups
    )


def _taken_from(here: _StationDay, batch_idx: int) -> list[Loading]:
    """The loadings that start when batch `batch_idx` (-1: none) is the last one ready."""
    return [
        loading
        for loading in here.loadings
        if sum(batch.ready_s <= loading.stop.start_s for batch in here.batches) == batch_idx + 1
    ]


def _batch_title(here: _StationDay, batch: Batch, words: Words) -> str:
    return f"{clock_on(here.day, batch.ready_s)} {words['ready']} · {batch.title}"


def _group(
    here: _StationDay, words: Words, *, title: str, batches: Sequence[Batch], loadings: Sequence[Loading]
) -> dict[str, Any]:
    return {
        "title": title,
        "brought": here.sums(batch.portions for batch in batches),
        "rows": [_row(here, loading, words) for loading in loadings],
        "subtotal": here.sums(loading.stop.load for loading in loadings),
    }


def _row(here: _StationDay, loading: Loading, words: Words) -> dict[str, Any]:
    worker = here.problem.worker_by_id[loading.route.worker_id]
    target_by_number = {number: _supplied_station(here.problem, stop) for number, stop in loading.fed}
    numbers = [number for number, target in target_by_number.items() if target is None]
    return {
        "time": clock_on(here.day, loading.stop.start_s),
        "departure": clock_on(here.day, loading.stop.departure_s),
        "worker": name_of_worker(worker),
        "vehicle": worker.vehicle.vehicle_id,
        "stops": words.text("stops", numbers=number_ranges(numbers)) if numbers else "",
        "runs": [
            f"{name_of_station(here.problem, target)} {clock_on(here.day, stop.start_s)}"
            for number, stop in loading.fed
            if (target := target_by_number[number]) is not None
        ],
        "counts": here.sums([loading.stop.load]),
    }


def _supplied_station(problem: Problem, stop: Stop) -> str | None:
    return problem.visit_by_id[stop.visit_id or ""].delivers_to_station_id
