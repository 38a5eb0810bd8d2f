"""Printable sheets as PDF: a route sheet per worker, a kitchen sheet per station, a label per box.

Each document is one Typst compilation over JSON, so that sixty routes take seconds, and names are data that no markup
can hide in. The font is Noto Sans CJK from a Python package: sheets look the same on every machine.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import manimgx_fonts_cjk
import typst

from optimizer.formats.drawing import PathOf, Streets, straight_path
from optimizer.formats.kitchen_rows import kitchen_pages
from optimizer.formats.label_rows import label_rows
from optimizer.formats.route_rows import route_pages
from optimizer.formats.words import Language, Words, template_path
from optimizer.plan import Plan
from optimizer.problem import Problem

FONT_FOLDER = str(Path(manimgx_fonts_cjk.__file__).parent)


def write_route_sheets(
    problem: Problem,
    plan: Plan,
    path: Path,
    *,
    language: Language = "zh",
    streets: Streets | None = None,
    path_of: PathOf = straight_path,
) -> None:
    """Write one route sheet per route to the PDF file `path`, in order of date and worker.

    Each sheet has the stops in order with all that the worker needs at the door, what to load, a sketch of the way,
    totals, and codes that carry the stops' coordinates (:func:`optimizer.formats.route_rows.route_codes`).

    Parameters
    ----------
    streets
        Streets to draw faintly under the route; ``None`` leaves the ground blank.
    path_of
        The way between two stops by a travel mode; straight lines by default.
    """
    words = Words(language)
    _write(problem, path, "route_sheets.typ", words, {"pages": route_pages(problem, plan, words, streets, path_of)})


def write_kitchen_sheet(problem: Problem, plan: Plan, path: Path, *, language: Language = "zh") -> None:
    """Write one kitchen sheet per station and day with loadings to the PDF file `path`.

    A sheet lists the loadings in order with their departure, portions by meal type under the wave they come from, the
    stops or stations they are for, and the balance of portions brought, loaded and left.
    """
    words = Words(language)
    _write(problem, path, "kitchen_sheets.typ", words, {"pages": kitchen_pages(problem, plan, words)})


def write_labels(problem: Problem, plan: Plan, path: Path, *, language: Language = "zh") -> None:
    """Write one label per served visit with portions to the PDF file `path`: 3 by 7 labels of 70 by 42.4 mm on A4.

    Labels follow the routes in loading order, so that a strip of labels packs a trip.
    """
    words = Words(language)
    _write(problem, path, "labels.typ", words, {"labels": label_rows(problem, plan, words)})


def _write(problem: Problem, path: Path, template: str, words: Words, data: Mapping[str, Any]) -> None:
    path.write_bytes(
        typst.compile(
            template_path(template),
            font_paths=[FONT_FOLDER],
            ignore_system_fonts=True,
            sys_inputs=typst_inputs(words, data),
            timestamp=dt.datetime.combine(problem.horizon.first_date, dt.time(), tzinfo=dt.UTC),
        )
    )


def typst_inputs(words: Words, data: Mapping[str, Any]) -> dict[str, str]:
    """What a Typst template gets: its data and all words, as one JSON text."""
    content = {"words": words.by_key(), "language": words.language, **data}
    return {"data": json.dumps(content, ensure_ascii=False)}
