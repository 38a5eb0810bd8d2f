"""Writing a plan for people and programs: JSON, GeoJSON, map, sheets and a workbook, all of them or none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from optimizer.errors import Issue, SourceError
from optimizer.formats.drawing import PathOf, Streets
from optimizer.formats.geojson import plan_to_geojson
from optimizer.formats.json import plan_to_json, problem_to_json
from optimizer.formats.map_html import write_map
from optimizer.formats.plan_tables import write_plan_tables
from optimizer.formats.sheets import write_kitchen_sheet, write_labels, write_route_sheets
from optimizer.formats.words import Language
from optimizer.plan import Plan
from optimizer.problem import Problem
from optimizer.travel import StreetGraph

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


def write_results(
    problem: Problem,
    plan: Plan,
    folder: Path,
    *,
    streets: StreetGraph | None,
    path_of: PathOf,
    language: Language,
    on_file: Callable[[str], None],
) -> list[Path]:
    """Write every result into `folder`; `on_file` is told each name before it is written.

    Sheets without content (no portions, no routes) are left out.
    """
    ground = None if streets is None else segments_of(streets)
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
    with all_or_nothing(folder) as draft_folder:
        for name, write in writers.items():
            on_file(name)
            write(draft_folder / name)
    return [folder / name for name in writers]


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files are moved to `folder` when all of them have been written, and only then.

    Raises
    ------
    SourceError
        If `folder` is a file or cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as name:
            yield Path(name)
            folder.mkdir(exist_ok=True)
            for path in sorted(Path(name).iterdir()):
                if path.is_dir():
                    shutil.copytree(path, folder / path.name, dirs_exist_ok=True)
                else:
                    path.replace(folder / path.name)
    except OSError as error:
        message = f"cannot write to {str(folder)!r}: {error.strerror}."
        issue = Issue(code="output", path="--output", message=message, hint="Choose another folder.")
        raise SourceError([issue]) from error


def segments_of(streets: StreetGraph) -> Streets:
    """The streets as segments to draw, each street once whatever its directions."""
    ends = np.sort(np.stack([streets.from_idx, streets.to_idx], axis=1), axis=1)
    first, second = np.unique(ends, axis=0).T
    lon, lat = streets.lon, streets.lat
    return np.stack([lon[first], lat[first], lon[second], lat[second]], axis=1)
