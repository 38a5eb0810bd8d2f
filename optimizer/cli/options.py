"""The options that several commands share, and how their texts are read."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from optimizer.cli.load import WorldOptions
from optimizer.formats.words import Language
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_Result = TypeVar("_Result")

_SECONDS_BY_UNIT = {"s": 1, "m": SECONDS_PER_MINUTE, "h": SECONDS_PER_HOUR}


def parse_duration(text: str) -> float:
    """Seconds of ``30``, ``30s``, ``2m`` or ``1h``.

    Raises
    ------
    typer.BadParameter
        If `text` is none of these.
    """
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]+)?)\s*([smh]?)", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a duration; write it like 30s, 2m or 1h.")
    return float(match[1]) * _SECONDS_BY_UNIT[match[2] or "s"]


def parse_yuan(text: str) -> int:
    """Cents of ``12`` or ``12.50`` yuan.

    Raises
    ------
    typer.BadParameter
        If `text` is neither, or more than 999,999,999 yuan.
    """
    match = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{1,2}))?", text.strip())
    if match is None:
        raise typer.BadParameter(f"{text!r} is not an amount of yuan; write it like 12 or 12.50.")
    return 100 * int(match[1]) + int((match[2] or "").ljust(2, "0"))


def duration(help_text: str) -> Any:
    """An option that :func:`parse_duration` reads."""
    return typer.Option(parser=parse_duration, metavar="DURATION", help=help_text)


def yuan(help_text: str) -> Any:
    """An option that :func:`parse_yuan` reads; its value is in cents."""
    return typer.Option(parser=parse_yuan, metavar="YUAN", help=help_text)


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
Seed = Annotated[
    int, typer.Option(min=0, max=2**32 - 1, help="Seed of the search, and of the scenario where SRC is one.")
]
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
    duration("Wall-clock limit like 30s or 2m (default: 30s, or none with a step limit)."),
]
LanguageName = Annotated[Language, typer.Option("--language", help="Language of map and sheets.")]

_WORLD_OPTIONS: dict[str, Any] = {
    "seed": Seed,
    "size": Size,
    "stress": Stress,
    "streets": Streets,
    "matrix": Matrix,
    "server": Server,
}


def takes_world(*, without: Sequence[str] = ()) -> Callable[[Callable[..., _Result]], Callable[..., _Result]]:
    """Give a command with a parameter ``options: WorldOptions`` an option for each of its fields, but those `without`.

    Typer reads options off the signature of a command; the one it gets to see has those fields in their stead.
    """
    names = [name for name in _WORLD_OPTIONS if name not in without]

    def decorate(command: Callable[..., _Result]) -> Callable[..., _Result]:
        @functools.wraps(command)
        def run(**given: Any) -> _Result:
            options = WorldOptions(**{name: given.pop(name) for name in names})
            return command(**given, options=options)

        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(command, eval_str=True).parameters.values():
            if parameter.name == "options":
                parameters += map(_world_option, names)
            else:
                parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined] # where functions may keep it
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return run

    return decorate


def _world_option(name: str) -> inspect.Parameter:
    default = getattr(WorldOptions(), name)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=_WORLD_OPTIONS[name])
