"""A stored problem made ready to work with: parsed, with its streets and its travel matrix."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from api.errors import Refusal
from optimizer.errors import InputError, Issue
from optimizer.formats.drawing import PathOf, path_finder
from optimizer.formats.json import problem_from_json
from optimizer.problem import Problem
from optimizer.travel import StreetGraph, TravelMatrix, build_travel, read_streets
from optimizer.travel.build import travel_modes
from optimizer.travel.cache import default_cache_dir
from optimizer.travel.lazy import lazy_matrix
from scenarios import build_scenario

STRAIGHT: Mapping[str, Any] = {"source": "straight"}
"""Travel by straight lines and detour factors."""
STREETS: Mapping[str, Any] = {"source": "streets"}
"""Travel along the streets that the operator has set."""

_MAX_KEPT = 8


@dataclass(frozen=True, kw_only=True)
class World:
    """A problem and how one travels in it.

    Attributes
    ----------
    known_travel
        Travel times, where they are at hand.
    max_square
        Most places for which times are kept from each to each; a process that solves has no such limit.
    """

    problem: Problem
    streets: StreetGraph | None
    known_travel: TravelMatrix | None = None
    max_square: int | None = None

    @cached_property
    def travel(self) -> TravelMatrix:
        """Travel times between all places, kept on disk where they come from streets.

        Raises
        ------
        Refusal
            413 for more than `max_square` places on streets; by straight lines times are worked out as they are read.
        """
        if self.known_travel is not None:
            return self.known_travel
        num_places = len(self.problem.places)
        if self.max_square is not None and num_places > self.max_square:
            if self.streets is not None:
                detail = f"{num_places:,} places on streets; {self.max_square:,} are worked with here. Use `yizhan`."
                raise Refusal(413, "too-large", detail)
            return lazy_matrix(self.problem.places, travel_modes(self.problem))
        return build_travel(self.problem, streets=self.streets, cache_dir=default_cache_dir())

    @cached_property
    def path_of(self) -> PathOf:
        """The course of a way, for maps and sheets."""
        return path_finder(self.streets, self.travel, self.problem.modes)


def scenario_travel(name: str, seed: int, size: float, stress: tuple[str, ...]) -> Mapping[str, Any]:
    """Travel along the streets of a scenario, which are made anew from its seed."""
    return {"source": "scenario", "name": name, "seed": seed, "size": size, "stress": list(stress)}


def make_world(content: bytes, travel: Mapping[str, Any], streets_path: Path | None) -> World:
    """The world of a stored problem.

    Raises
    ------
    InputError
        If the streets it travels on are not set any more.
    """
    return World(problem=problem_from_json(content), streets=_streets_of(travel, streets_path))


def _streets_of(travel: Mapping[str, Any], streets_path: Path | None) -> StreetGraph | None:
    match travel["source"]:
        case "scenario":
            facts = {key: value for key, value in travel.items() if key != "source"}
            scenario = build_scenario(facts.pop("name"), **facts)
            return scenario.streets
        case "streets":
            if streets_path is None:
                message = "the problem travels on the service's streets, which are not set."
                hint = "Set YIZHAN_STREETS, or post the problem again."
                raise InputError([Issue(code="no-streets", path="travel", message=message, hint=hint)])
            return read_streets(streets_path)
        case _:
            return None


class Worlds:
    """The worlds last asked for, by district and problem; problems never change, so they are never stale."""

    def __init__(self, streets_path: Path | None, max_square: int) -> None:
        self.streets_path, self.max_square = streets_path, max_square
        self._kept: OrderedDict[tuple[str, str], World] = OrderedDict()
        self._lock = threading.Lock()

    def passing(self, problem: Problem, travel: Mapping[str, Any]) -> World:
        """The world of a problem that is not kept."""
        return World(problem=problem, streets=_streets_of(travel, self.streets_path), max_square=self.max_square)

    def get(self, district_id: str, problem_id: str, content: bytes, travel: Mapping[str, Any]) -> World:
        """The world of a stored problem."""
        key = (district_id, problem_id)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        world = self.passing(problem_from_json(content), travel)
        self.keep(district_id, problem_id, world)
        return world

    def keep(self, district_id: str, problem_id: str, world: World) -> None:
        """Keep the world of a stored problem that is at hand already."""
        with self._lock:
            self._kept[district_id, problem_id] = world
            while len(self._kept) > _MAX_KEPT:
                self._kept.popitem(last=False)
