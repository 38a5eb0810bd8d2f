"""What can go wrong on a day: each stress changes one thing of a world, by name, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from optimizer.problem import Problem, Station
from optimizer.units import SECONDS_PER_MINUTE
from scenarios.scenario import Streams, World

ABSENT_PERCENT = 20
SNOW_SPEED_PERCENT = 70
LATE_S = 30 * SECONDS_PER_MINUTE
"""Sizes of the stress cases of :mod:`scenarios`: 20 % of the staff, speed less 30 %, half an hour (assumed)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """A stress in one sentence, and how it changes a world."""

    sentence: str
    apply: Callable[[World, Streams], World]


def absent_staff(world: World, streams: Streams) -> World:
    """Every fifth worker has no shift today, whoever they are; the elders still know them."""
    workers = world.problem.workers
    num_absent = round(len(workers) * ABSENT_PERCENT / 100)
    absent = set(streams.of("stress/staff-absent").choice(len(workers), num_absent, replace=False).tolist())
    present = (replace(worker, shifts=()) if i in absent else worker for i, worker in enumerate(workers))
    return _changed(world, workers=tuple(present))


def snow(world: World, streams: Streams) -> World:
    """Every mode, and every street for cars, is slower by 30 %."""
    share = SNOW_SPEED_PERCENT / 100
    modes = tuple(replace(mode, speed_kmh=round(mode.speed_kmh * share, 3)) for mode in world.problem.modes)
    streets = world.streets and replace(world.streets, speed_kmh=world.streets.speed_kmh * share)
    return replace(_changed(world, modes=modes), streets=streets)


def late_kitchen(world: World, streams: Streams) -> World:
    """Every wave is ready 30 minutes later."""
    return _changed(world, stations=tuple(_late(station) for station in world.problem.stations))


STRESSES: Mapping[str, Stress] = {
    "staff-absent-20": Stress(sentence="20 % of the workers are absent.", apply=absent_staff),
    "snow": Stress(sentence="Everybody is slower by 30 %.", apply=snow),
    "kitchen-late-30": Stress(sentence="Every kitchen wave is ready 30 minutes late.", apply=late_kitchen),
}
"""Every stress by name, in the order in which they are applied."""


def _late(station: Station) -> Station:
    return replace(station, waves=tuple(replace(wave, ready_s=wave.ready_s + LATE_S) for wave in station.waves))


def _changed(world: World, **changes: object) -> World:
    problem: Problem = replace(world.problem, **changes)  # type: ignore[arg-type]
    return replace(world, problem=problem)
