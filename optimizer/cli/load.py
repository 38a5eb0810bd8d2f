"""What ``SRC`` means: a scenario's name, a folder or archive of tables, a workbook, or a JSON file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from optimizer.errors import Issue, SourceError
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import draft_from_json
from optimizer.formats.origin import Origin
from optimizer.formats.source import read_plan, read_source
from optimizer.plan import Draft, Plan
from optimizer.problem import Horizon, Problem
from optimizer.travel import OsrmServer, StreetGraph, TravelMatrix, ValhallaServer, build_travel, read_streets
from optimizer.travel.cache import default_cache_dir
from optimizer.validate import require_valid

DATA_VARIABLE = "YIZHAN_DATA"
"""Environment variable that names the folder of public benchmark data."""

NAMED_STREETS = {"beijing": "roads/beijing_centre_2013", "helsinki": "roads/helsinki/Helsinki.osm.pbf"}
"""Street graphs of the public data that ``--streets`` knows by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldOptions:
    """How a scenario is built and what one travels on; scenarios take the first three."""

    seed: int = 0
    size: float = 1.0
    stress: tuple[str, ...] = ()
    streets: str | None = None
    matrix: Path | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A problem ready to be planned, with its streets where it has some, and warnings about it."""

    problem: Problem
    travel: TravelMatrix
    streets: StreetGraph | None
    warnings: tuple[Issue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What `SRC` names: the problem, its streets where it has some, warnings from reading it, and its cells."""

    problem: Problem
    streets: StreetGraph | None
    warnings: tuple[Issue, ...] = ()
    origin: Origin = field(default_factory=Origin)


def load_world(src: str, options: WorldOptions) -> World:
    """The problem that `src` names, its streets and its travel matrix.

    Raises
    ------
    InputError
        With every fault found.
    TravelError
        If travel times cannot be had.
    """
    loaded = load_problem(src, options)
    problem, streets = loaded.problem, loaded.streets
    server = None if options.server is None else _server(options.server)
    is_stated = options.matrix is not None or server is not None
    ways = None if is_stated else streets
    travel = build_travel(problem, streets=ways, given=options.matrix, server=server, cache_dir=default_cache_dir())
    warnings = loaded.origin.located(require_valid(problem, travel))
    return World(problem=problem, travel=travel, streets=streets, warnings=(*loaded.warnings, *warnings))


def load_problem(src: str, options: WorldOptions) -> Loaded:
    """What `src` names, without travel times."""
    streets = None if options.streets is None else _streets(options.streets)
    if _is_scenario(src):
        scenario = scenario_builder()(src, seed=options.seed, size=options.size, stress=options.stress, streets=streets)
        return Loaded(problem=scenario.problem, streets=scenario.streets)
    if options.size != 1.0 or options.stress:
        message = f"{src!r} is a file; size and stress belong to scenarios."
        raise SourceError([Issue(code="option", path="SRC", message=message, hint="Leave them out.")])
    source = read_source(Path(src))
    if streets is None and source.streets_path is not None:
        streets = read_streets(source.streets_path)
    return Loaded(problem=source.problem, streets=streets, warnings=source.warnings, origin=source.origin)


def _is_scenario(src: str) -> bool:
    """Whether `src` names a scenario, or nothing that exists and no file either: then the scenarios say what is wrong.

    A folder that bears a scenario's name is reached as ``./NAME``.
    """
    return any(info.name == src for info in scenario_infos()) or not (Path(src).exists() or Path(src).suffix)


def load_plan(path: Path, horizon: Horizon) -> Plan | Draft:
    """The plan in a JSON file, or the bare draft where its routes have steps instead of stops."""
    if not path.is_file():
        message = f"{str(path)!r} is not a file."
        raise SourceError([Issue(code="missing-file", path="PLAN", message=message, hint="Give a plan (JSON).")])
    data = path.read_bytes()
    if re.search(rb'"steps"\s*:', data):
        return draft_from_json(data, horizon)
    return read_plan(path, horizon)


def scenario_builder() -> Callable[..., Any]:
    """``build_scenario`` of the installed scenarios (found by entry point: the core does not know them)."""
    for entry_point in entry_points(group="yizhan.scenarios"):
        builder: Callable[..., Any] = entry_point.load()
        return builder
    raise SourceError([Issue(code="no-scenarios", path="SRC", message="no scenarios are installed.")])


def scenario_infos() -> list[Any]:
    """Name and purpose of every installed scenario."""
    return [info for point in entry_points(group="yizhan.scenario_infos") for info in point.load().values()]


def _server(text: str) -> OsrmServer | ValhallaServer:
    """The routing server that ``osrm:URL`` or ``valhalla:URL`` names."""
    kind, _, url = text.partition(":")
    kinds: dict[str, type[OsrmServer] | type[ValhallaServer]] = {"osrm": OsrmServer, "valhalla": ValhallaServer}
    if kind not in kinds or not url.startswith(("http://", "https://")):
        message = f"{text!r} does not name a routing server."
        hint = "Write it like osrm:http://localhost:5000 or valhalla:http://localhost:8002."
        raise SourceError([Issue(code="server", path="--server", message=message, hint=hint)])
    return kinds[kind](url=url)


def _streets(name: str) -> StreetGraph:
    if name not in NAMED_STREETS or Path(name).exists():
        if not Path(name).exists():
            hint = f"{did_you_mean(name, NAMED_STREETS)} Give a file, a folder, or one of {', '.join(NAMED_STREETS)}."
            raise SourceError(
                [Issue(code="streets", path="--streets", message=f"{name!r} does not exist.", hint=hint.strip())]
            )
        return read_streets(Path(name))
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        hint = f"Set {DATA_VARIABLE} to the folder of public benchmark data."
        raise SourceError([Issue(code="streets", path="--streets", message=f"{DATA_VARIABLE} is not set.", hint=hint)])
    return read_streets(Path(folder) / NAMED_STREETS[name])
