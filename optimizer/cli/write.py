"""Writing problems and plans for people and programs: everything a command writes, or nothing at all."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from optimizer.cli.faults import option_fault
from optimizer.errors import InputError
from optimizer.formats.benchmark import BenchmarkInstance, write_solution
from optimizer.formats.drawing import path_finder
from optimizer.formats.geojson import plan_to_geojson
from optimizer.formats.json import plan_to_json, problem_to_json
from optimizer.formats.map_html import write_map
from optimizer.formats.plan_tables import write_plan_tables
from optimizer.formats.sheets import write_kitchen_sheet, write_labels, write_route_sheets
from optimizer.formats.tables import write_tables
from optimizer.formats.words import Language
from optimizer.plan import Plan, SolveStatus
from optimizer.problem import Problem
from optimizer.travel import StreetGraph, TravelMatrix, write_matrix

FILE_NAMES = {
    "problem.json": "the problem as it was planned",
    "plan.json": "the whole plan",
    "plan.geojson": "routes and stops for any map program",
    "plan.xlsx": "routes, unserved visits and key figures as a workbook",
    "map.html": "map and time line; opens by double click, needs no network",
    "route_sheets.pdf": "one sheet per worker",
    "kitchen_sheet.pdf": "portions by wave, meal and route",
    "labels.pdf": "a label for every box",
}
"""What :func:`write_results` writes, with a word about each."""

MATRIX_NAME = "travel.npz"
"""Where a benchmark's distances are written beside ``problem.json``."""

_PROBLEM_SUFFIXES = ("", ".json", ".xlsx", ".zip")


def write_results(
    problem: Problem,
    plan: Plan,
    folder: Path,
    *,
    streets: StreetGraph | None,
    travel: TravelMatrix,
    language: Language,
    on_file: Callable[[str], None] = lambda name: None,
    instance: BenchmarkInstance | None = None,
) -> list[Path]:
    """Write every result into `folder`; `on_file` is told each name before it is written.

    Sheets without content (no portions, no routes) are left out; those of an earlier plan are removed. A plan for a
    benchmark `instance` comes with its distances and, if it serves everybody, as a solution file (``.sol``,
    ``.sol.json`` for home care).

    Raises
    ------
    InputError
        If `folder` is a file or cannot be written.
    """
    ground = None if streets is None else streets.segments
    path_of = path_finder(streets, travel, problem.modes)
    horizon = problem.horizon
    has_portions = any(visit.demand for visit in problem.visits)
    writers: dict[str, Callable[[Path], object]] = {
        "problem.json": lambda path: path.write_bytes(problem_to_json(problem)),
        "plan.json": lambda path: path.write_bytes(plan_to_json(plan, horizon)),
        "plan.geojson": lambda path: path.write_bytes(plan_to_geojson(problem, plan, path_of=path_of)),
        "plan.xlsx": lambda path: write_plan_tables(problem, plan, path),
        "map.html": lambda path: write_map(problem, plan, path, streets=ground, path_of=path_of, language=language),
    }
    if plan.routes:
        writers["route_sheets.pdf"] = lambda path: write_route_sheets(
            problem, plan, path, language=language, streets=ground, path_of=path_of
        )
    if plan.routes and has_portions:
        writers["kitchen_sheet.pdf"] = lambda path: write_kitchen_sheet(problem, plan, path, language=language)
        writers["labels.pdf"] = lambda path: write_labels(problem, plan, path, language=language)
    names = set(FILE_NAMES)
    if instance is not None:
        writers |= _instance_writers(instance, plan)
        names.add(_solution_name(instance))
    with all_or_nothing(folder) as draft_folder:
        for name, write in writers.items():
            on_file(name)
            write(draft_folder / name)
        for name in names - writers.keys():
            (folder / name).unlink(missing_ok=True)
    return [folder / name for name in writers]


def _instance_writers(instance: BenchmarkInstance, plan: Plan) -> dict[str, Callable[[Path], object]]:
    """Files beside a plan for `instance`; the solution file needs a complete plan."""
    writers: dict[str, Callable[[Path], object]] = {MATRIX_NAME: lambda path: write_matrix(instance.travel, path)}
    if plan.status is SolveStatus.COMPLETE:
        text = write_solution(instance, plan)
        writers[_solution_name(instance)] = lambda path: path.write_text(text, encoding="utf-8")
    return writers


def _solution_name(instance: BenchmarkInstance) -> str:
    return re.sub(r"[^\w.-]+", "-", instance.name) + instance.solution_suffix


def word_about(path: Path) -> str:
    """What a file that :func:`write_results` has written is."""
    if path.name.endswith((".sol", ".sol.json")):
        return "the routes as a solution file of the benchmark"
    if path.name == MATRIX_NAME:
        return "the distances of problem.json, for --matrix"
    return FILE_NAMES[path.name]


def write_problem(problem: Problem, path: Path, travel: TravelMatrix | None = None) -> list[Path]:
    """Write `problem` as JSON, workbook, zip archive of tables, or folder of tables, by the suffix of `path`.

    A travel matrix that belongs to the problem is written beside it, by the same name with the suffix ``.npz``.

    Returns
    -------
    list of Path
        The files and folders written.

    Raises
    ------
    InputError
        If `path` exists, has another suffix or cannot be written, or a table cannot state the problem.
    """
    matrix = path.with_suffix(".npz")
    if travel is not None and matrix.exists():
        raise _taken(matrix)
    _write_problem(problem, path)
    if travel is None:
        return [path]
    with new_file(matrix) as draft:
        write_matrix(travel, draft)
    return [path, matrix]


def _write_problem(problem: Problem, path: Path) -> None:
    suffix = path.suffix.lower()
    if suffix not in _PROBLEM_SUFFIXES:
        hint = "End it in .json, .xlsx or .zip, or give a folder (a name without a dot)."
        raise option_fault("OUT", f"{str(path)!r}: a problem is not written as {suffix}.", hint)
    if not suffix:
        with new_folder(path) as folder:
            write_tables(problem, folder)
        return
    with new_file(path) as draft:
        if suffix == ".json":
            draft.write_bytes(problem_to_json(problem))
        else:
            write_tables(problem, draft)


def require_folder(folder: Path) -> None:
    """Refuse a folder that cannot be written to, before any work is done for it.

    Raises
    ------
    InputError
        If `folder`, or what of its path exists, is a file or may not be written to.
    """
    home = _existing(folder)
    if not home.is_dir():
        raise _not_writable(folder, f"{str(home)!r} is a file")
    if not os.access(home, os.W_OK | os.X_OK):
        raise _not_writable(folder, f"{str(home)!r} may not be written to")


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Like :func:`all_or_nothing`, for a folder that must not hold anything yet.

    Raises
    ------
    InputError
        If `folder` is not empty, is a file, or cannot be written.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise _taken(folder)
    with all_or_nothing(folder) as draft_folder:
        yield draft_folder


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A temporary file that becomes `path`, which must not exist yet, when it has been written, and only then.

    Raises
    ------
    InputError
        If `path` exists or cannot be written.
    """
    if path.exists():
        raise _taken(path)
    with all_or_nothing(path.parent) as draft_folder:
        yield draft_folder / path.name


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files are moved to `folder` when all of them have been written, and only then.

    Raises
    ------
    InputError
        If `folder` is a file or cannot be written.
    """
    require_folder(folder)
    try:
        with tempfile.TemporaryDirectory(dir=_existing(folder), prefix=".yizhan-") as name:
            yield Path(name)
            folder.mkdir(parents=True, exist_ok=True)
            for path in sorted(Path(name).iterdir()):
                if path.is_dir():
                    shutil.copytree(path, folder / path.name, dirs_exist_ok=True)
                else:
                    path.replace(folder / path.name)
    except OSError as error:
        raise _not_writable(folder, error.strerror or str(error)) from error


def _existing(path: Path) -> Path:
    """`path`, or the nearest of its parents that exists."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def _not_writable(folder: Path, why: str) -> InputError:
    return option_fault("output", f"cannot write to {str(folder)!r}: {why}.", "Choose another folder.")


def _taken(path: Path) -> InputError:
    return option_fault("output", f"{str(path)!r} exists already.", "Remove it first, or choose another name.")
