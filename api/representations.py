"""A plan by media type: JSON, GeoJSON, sheets as PDF, or a workbook, by the core's own writers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from api.auth.pseudonyms import Pseudonyms
from api.bodies import XLSX
from api.errors import Refusal
from api.worlds import World
from optimizer.formats.drawing import PathOf, straight_path
from optimizer.formats.geojson import plan_to_geojson
from optimizer.formats.plan_tables import write_plan_tables
from optimizer.formats.sheets import write_kitchen_sheet, write_labels, write_route_sheets
from optimizer.formats.words import Language
from optimizer.plan import Plan
from optimizer.problem import Problem

GEOJSON = "application/geo+json"
PDF = "application/pdf"


class Sheet(StrEnum):
    """Which sheets a PDF holds."""

    ROUTES = "routes"
    KITCHEN = "kitchen"
    LABELS = "labels"


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A problem and its plan as the caller may see them."""

    problem: Problem
    plan: Plan
    path_of: PathOf


def view_of(world: World, plan: Plan, pseudonyms: Pseudonyms | None) -> View:
    """What the caller sees; with pseudonyms ways are straight lines, for they would lead to the door."""
    if pseudonyms is None:
        return View(problem=world.problem, plan=plan, path_of=world.path_of)
    return View(
        problem=pseudonyms.problem(world.problem), plan=pseudonyms.plan(world.problem, plan), path_of=straight_path
    )


def rendered(view: View, media_type: str, sheet: Sheet, language: Language) -> bytes:
    """The plan in a media type other than JSON.

    Raises
    ------
    Refusal
        409 if the plan has nothing to put on the sheet.
    """
    if media_type == GEOJSON:
        return plan_to_geojson(view.problem, view.plan, path_of=view.path_of)
    if media_type == XLSX:
        return _written(".xlsx", lambda path: write_plan_tables(view.problem, view.plan, path))
    has_portions = any(visit.demand for visit in view.problem.visits)
    if not view.plan.routes or (sheet is not Sheet.ROUTES and not has_portions):
        raise Refusal(409, "not-ready", f"the plan has nothing for {sheet.value} sheets. Ask for JSON.")
    return _written(".pdf", lambda path: _write_sheet(view, sheet, language, path))


def _write_sheet(view: View, sheet: Sheet, language: Language, path: Path) -> None:
    match sheet:
        case Sheet.ROUTES:
            write_route_sheets(view.problem, view.plan, path, language=language, path_of=view.path_of)
        case Sheet.KITCHEN:
            write_kitchen_sheet(view.problem, view.plan, path, language=language)
        case Sheet.LABELS:
            write_labels(view.problem, view.plan, path, language=language)


def _written(suffix: str, write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory(prefix="yizhan-") as folder:
        path = Path(folder) / f"plan{suffix}"
        write(path)
        return path.read_bytes()
