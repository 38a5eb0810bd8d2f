"""The options that several commands share, and how their texts are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from optimizer.formats.words import Language
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_SECONDS_BY_UNIT = {"s": 1, "m": SECONDS_PER_MINUTE, "h": SECONDS_PER_HOUR}


def parse_duration(text: str) -> float:
    """Seconds of ``30``, ``30s``, ``2m`` or ``1h``.

    Raises
    ------
    typer.BadParameter
        If `text` is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a duration; write it like 30s, 2m or 1h.")
    return float(match[1]) * _SECONDS_BY_UNIT[match[2] or "s"]


Source = Annotated[
    str,
    typer.Argument(
        metavar="SRC",
        help="Scenario name, folder or zip of tables, workbook (.xlsx), JSON file, or benchmark (.txt, .vrp).",
    ),
]
PlanFile = Annotated[
    Path, typer.Argument(metavar="PLAN", help="Plan, or bare draft (routes with steps and no times), as JSON.")
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Folder to write to.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the search, and of the scenario where SRC is one.")]
Size = Annotated[float, typer.Option(help="Size of the scenario; 1 is a district.")]
Stress = Annotated[list[str] | None, typer.Option(help="Stress case of the scenario; may be repeated.")]
Streets = Annotated[
    str | None,
    typer.Option(
        metavar="PATH",
        help="Streets to travel on: a folder of nodes and edges, GraphML, GeoJSON or OSM file, "
        "or 'beijing' or 'helsinki' of the public data.",
    ),
]
Matrix = Annotated[Path | None, typer.Option(metavar="FILE", help="Given travel matrix (.npz or .csv).")]
Server = Annotated[
    str | None, typer.Option(metavar="KIND:URL", help="Travel times from a server: osrm:URL or valhalla:URL.")
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        parser=parse_duration,
        metavar="DURATION",
        help="Wall-clock limit like 30s or 2m (default: 30s, or none with a step limit).",
    ),
]
LanguageName = Annotated[Language, typer.Option("--language", help="Language of map and sheets.")]
