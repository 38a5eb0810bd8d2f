"""What ``SRC`` and ``PLAN`` mean: a world to be planned, and a plan for it as the judge sees it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from optimizer.cli.faults import faults_in, option_fault
from optimizer.errors import Issue
from optimizer.formats.benchmark import BenchmarkInstance, read_draft, read_text
from optimizer.formats.drawing import PathOf, path_finder
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import draft_from_json, plan_from_json
from optimizer.formats.origin import Origin
from optimizer.formats.source import read_source
from optimizer.judge import Judged, judge
from optimizer.plan import Draft, Plan
from optimizer.problem import Horizon, Problem
from optimizer.travel import OsrmServer, StreetGraph, TravelMatrix, ValhallaServer, build_travel, read_streets
from optimizer.travel.cache import default_cache_dir
from optimizer.validate import require_valid

DATA_VARIABLE = "YIZHAN_DATA"
"""Environment variable that names the folder of public benchmark data."""

NAMED_STREETS = {"beijing": "roads/beijing_centre_2013", "helsinki": "roads/helsinki/Helsinki.osm.pbf"}
"""Street graphs of the public data that ``--streets`` knows by name."""

_SERVERS: Mapping[str, type[OsrmServer] | type[ValhallaServer]] = {"osrm": OsrmServer, "valhalla": ValhallaServer}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldOptions:
    """How a scenario is built and what one travels on; scenarios take the first three."""

    seed: int = 0
    size: float = 1.0
    stress: Sequence[str] | None = None
    streets: str | None = None
    matrix: Path | None = None
    server: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A problem ready to be planned, with its streets where it has some, and warnings about it.

    ``instance`` is the benchmark instance that it came from, if it did.
    """

    problem: Problem
    travel: TravelMatrix
    streets: StreetGraph | None
    warnings: tuple[Issue, ...]
    instance: BenchmarkInstance | None = None

    @property
    def path_of(self) -> PathOf:
        """The course of a way, for maps."""
        return path_finder(self.streets, self.travel, self.problem.modes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What `SRC` names: the problem, its streets where it has some, warnings from reading it, and its cells.

    A benchmark file states its travel matrix as well; ``instance`` holds both. ``matrix`` lies beside the problem.
    """

    problem: Problem
    streets: StreetGraph | None
    warnings: tuple[Issue, ...] = ()
    matrix: Path | None = None
    origin: Origin = field(default_factory=Origin)
    instance: BenchmarkInstance | None = None


def load_world(src: str, options: WorldOptions) -> World:
    """The problem that `src` names, its streets and its travel matrix.

    Raises
    ------
    InputError
        With every fault found.
    TravelError
        If travel times cannot be had.
    """
    server = None if options.server is None else _server(options.server)
    matrix = None if options.matrix is None else _matrix(options.matrix)
    if server is not None and matrix is not None:
        raise option_fault("--server", "a server and a given matrix exclude each other.", "Name one of them.")
    loaded = load_problem(src, options)
    problem, streets = loaded.problem, loaded.streets
    if matrix is None and server is None and options.streets is None:
        matrix = loaded.matrix
    ways = streets if server is None and matrix is None else None
    if loaded.instance is not None:
        _refuse_other_ways(options)
        travel = loaded.instance.travel
    else:
        travel = build_travel(problem, streets=ways, given=matrix, server=server, cache_dir=default_cache_dir())
    warnings = loaded.origin.located(require_valid(problem, travel))
    return World(
        problem=problem,
        travel=travel,
        streets=streets,
        warnings=(*loaded.warnings, *warnings),
        instance=loaded.instance,
    )


def load_problem(src: str, options: WorldOptions) -> Loaded:
    """What `src` names, without travel times.

    A scenario's name goes before a file or folder of that name, which is reached as ``./NAME``.

    Raises
    ------
    InputError
        With every fault found.
    """
    names = [info.name for info in scenario_infos()]
    if src in names:
        return load_scenario(src, options)
    path = Path(src)
    if not path.exists():
        hint = f"{did_you_mean(src, names)} The scenarios are {', '.join(names)}."
        raise option_fault("SRC", f"{src!r} is neither a file or folder nor a scenario.", hint.strip())
    if options.size != 1.0 or options.stress:
        raise option_fault("SRC", f"{src!r} is no scenario; only scenarios have a size and stress.", "Leave them out.")
    source = read_source(path)
    streets = _streets(options.streets)
    if streets is None and source.streets_path is not None:
        streets = read_streets(source.streets_path)
    return Loaded(
        problem=source.problem,
        streets=streets,
        warnings=source.warnings,
        matrix=source.matrix_path,
        origin=source.origin,
        instance=source.instance,
    )


def load_scenario(name: str, options: WorldOptions) -> Loaded:
    """The scenario of this name, without travel times.

    Raises
    ------
    InputError
        If there is no such scenario, or it has no such seed, size, stress or streets.
    """
    scenario = scenario_builder()(
        name, seed=options.seed, size=options.size, stress=options.stress or (), streets=_streets(options.streets)
    )
    return Loaded(problem=scenario.problem, streets=scenario.streets)


def load_judged(src: str, path: Path, options: WorldOptions) -> tuple[World, Judged]:
    """The world of `src`, and the judge's word on the plan or draft in `path`.

    The draft for a benchmark instance may be a solution file (``.sol``, or home care's ``.json``).

    Raises
    ------
    InputError
        With every fault found in either file.
    TravelError
        If travel times cannot be had.
    """
    world = load_world(src, options)
    problem = world.problem
    plan = _read_solution(world, path) if _is_solution(path) else _read_plan(path, problem.horizon)
    if isinstance(plan, Plan) and plan.problem_name not in {"", problem.name}:
        message = f"the plan is for the problem {plan.problem_name!r}, but SRC is {problem.name!r}."
        raise option_fault("PLAN", message, "Give the problem it was made for.")
    return world, judge(problem, world.travel, plan)


def scenario_builder() -> Callable[..., Any]:
    """``build_scenario`` of the installed scenarios (found by entry point: the core does not know them)."""
    for entry_point in entry_points(group="yizhan.scenarios"):
        builder: Callable[..., Any] = entry_point.load()
        return builder
    raise option_fault("SRC", "no scenarios are installed.")


def scenario_infos() -> list[Any]:
    """Name and purpose of every installed scenario."""
    return [info for point in entry_points(group="yizhan.scenario_infos") for info in point.load().values()]


def _server(text: str) -> OsrmServer | ValhallaServer:
    """The routing server that ``osrm:URL`` or ``valhalla:URL`` names."""
    kind, _, url = text.partition(":")
    if kind not in _SERVERS or not re.match(r"https?://[^/:]", url):
        hint = "Write it like osrm:http://localhost:5000 or valhalla:http://localhost:8002."
        raise option_fault("--server", f"{text!r} does not name a routing server.", hint)
    return _SERVERS[kind](url=url)


def _matrix(path: Path) -> Path:
    if not path.is_file():
        raise option_fault("--matrix", f"{str(path)!r} is not a file.", "Give an .npz archive or a .csv table.")
    return path


def _streets(name: str | None) -> StreetGraph | None:
    if name is None:
        return None
    if Path(name).exists():
        return read_streets(Path(name))
    if name not in NAMED_STREETS:
        hint = f"{did_you_mean(name, NAMED_STREETS)} Give a file, a folder, or one of {', '.join(NAMED_STREETS)}."
        raise option_fault("--streets", f"{name!r} does not exist.", hint.strip())
    folder = os.environ.get(DATA_VARIABLE)
    if not folder:
        hint = f"Set {DATA_VARIABLE} to the folder of public benchmark data."
        raise option_fault("--streets", f"{name!r} is found by {DATA_VARIABLE}, which is not set.", hint)
    path = Path(folder) / NAMED_STREETS[name]
    if not path.exists():
        hint = f"Set {DATA_VARIABLE} to the folder that holds it."
        raise option_fault("--streets", f"{str(path)!r} does not exist.", hint)
    return read_streets(path)


def _refuse_other_ways(options: WorldOptions) -> None:
    """A benchmark's distances belong to it: by others its plans could not be compared."""
    others = {"--streets": options.streets, "--matrix": options.matrix, "--server": options.server}
    for option, value in others.items():
        if value is not None:
            raise option_fault(option, "a benchmark instance brings its own distances.", "Leave it out.")


def _is_solution(path: Path) -> bool:
    """Whether `path` is named like a solution file, or is JSON that names caregivers."""
    if path.name.endswith((".sol", ".sol.json", ".json.gz")):
        return True
    try:
        return path.suffix == ".json" and b'"caregiver_id"' in path.read_bytes()
    except OSError:
        return False


def _read_solution(world: World, path: Path) -> Draft:
    """The draft in a benchmark's solution file."""
    if world.instance is None:
        message = f"{str(path)!r} is a solution of a benchmark instance, but SRC is none."
        raise option_fault("PLAN", message, "Give the plan as JSON.")
    return read_draft(world.instance, read_text(path), path.name)


def _read_plan(path: Path, horizon: Horizon) -> Plan | Draft:
    """The plan in a JSON file, or the bare draft where no route has stops."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise option_fault("PLAN", f"{str(path)!r} cannot be read: {error.strerror}.", "Give a JSON file.") from None
    if re.search(rb'"horizon"\s*:', data):
        hint = "Give the plan.json that `yizhan solve` writes, or a draft."
        raise option_fault("PLAN", f"{str(path)!r} is a problem, not a plan.", hint)
    with faults_in(path):
        if re.search(rb'"(stops|status)"\s*:', data):
            return plan_from_json(data, horizon)
        return draft_from_json(data, horizon)
