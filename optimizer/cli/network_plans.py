"""Commands of network planning: ``yizhan territories``, ``dining``, ``kitchen`` and ``size-staff``.

What they need is loaded when they run, so that the other commands stay quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer.cli.faults import faults_told, option_fault
from optimizer.cli.load import Loaded, WorldOptions, load_problem
from optimizer.cli.options import Output, Seed, Size, Source, Streets, Stress, parse_duration
from optimizer.cli.report import MAX_ROWS, show_files, show_issues
from optimizer.cli.write import all_or_nothing, require_folder, segments_of
from optimizer.formats.json import problem_to_json
from optimizer.validate import require_valid

if TYPE_CHECKING:
    from optimizer.formats.drawing import Streets as Segments
    from optimizer.network.territories import Territories

out = Console()
err = Console(stderr=True)

FILE_NAMES = {
    "problem.json": "the problem as decided, for `yizhan solve`",
    "territories.xlsx": "stations and elders as a workbook",
    "territories.geojson": "stations and elders for any map program",
    "territories.html": "picture; opens by double click, needs no network",
}


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(territories)


def territories(
    src: Source,
    output: Output,
    capacity: Annotated[
        list[str] | None,
        typer.Option(metavar="[STATION=]NUM", help="Room of every station, or of one; may be repeated."),
    ] = None,
    slack: Annotated[int, typer.Option(min=1, help="Room of all stations in percent of the elders.")] = 115,
    backup: Annotated[int, typer.Option(min=0, help="Percent of that room that centres back up.")] = 10,
    longest_way: Annotated[
        float | None, typer.Option(parser=parse_duration, metavar="DURATION", help="No way longer than this, e.g. 15m.")
    ] = None,
    mode: Annotated[str, typer.Option(help="How the way is travelled.")] = "walk",
    compactness: Annotated[int, typer.Option(min=0, help="Weight of long ways in percent.")] = 100,
    urgency: Annotated[int, typer.Option(min=0, help="More weight by urgency class of the elder, in percent.")] = 50,
    move: Annotated[
        float, typer.Option(parser=parse_duration, metavar="DURATION", help="Way worth a change of station.")
    ] = "5m",  # type: ignore[assignment]  # read by the parser
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
) -> None:
    """Decide which station each elder of SRC belongs to, proven cheapest; write tables, map and the new problem."""
    from optimizer.cli.network_files import write_territories
    from optimizer.network.territories import TerritoryParams, make_territories, with_stations

    with faults_told(err):
        general, single = _capacities(capacity or [])
        params = TerritoryParams(
            capacity=general,
            capacity_by_station_id=single,
            slack_percent=slack,
            backup_percent=backup,
            max_way_s=None if longest_way is None else int(longest_way),
            mode=mode,
            compactness_percent=compactness,
            urgency_percent=urgency,
            move_s=int(move),
        )
        require_folder(output)
        loaded = _load(src, WorldOptions(seed=seed, size=size, stress=stress, streets=streets))
        found = make_territories(loaded.problem, params, streets=loaded.streets)
        with all_or_nothing(output) as folder:
            write_territories(loaded.problem, found, folder, streets=_ground(loaded))
            (folder / "problem.json").write_bytes(problem_to_json(with_stations(loaded.problem, found)))
    _show_territories(found)
    _show_written(output, ["territories.xlsx", "territories.geojson", "territories.html", "problem.json"])


def _show_territories(found: Territories) -> None:
    table = Table(title="Territories", title_style="bold")
    for name in ("station", "elders", "room", "at the centre", "urgent", "mean way", "longest way", "room worth"):
        table.add_column(name, justify="left" if name == "station" else "right")
    for load in found.stations[:MAX_ROWS]:
        mean, longest = (_minutes(way_s) for way_s in (load.mean_way_s, load.max_way_s))
        counts = (load.num_elders, load.capacity, load.num_at_centre, load.num_urgent)
        table.add_row(load.station_id, *map(str, counts), mean, longest, _minutes(load.room_price_s))
    out.print(table)
    if len(found.stations) > MAX_ROWS:
        _say(f"… and {len(found.stations) - MAX_ROWS} more stations, in territories.xlsx.")
    num_placed = len(found.elders) - found.num_left_out
    _say(
        f"{num_placed} of {len(found.elders)} elders have a station, {found.num_moved} a new one; cost "
        f"{found.cost:,} weighted seconds, proven bound {found.bound:,} (gap {100 * found.gap_share:.2f} %)."
    )


def _capacities(texts: Sequence[str]) -> tuple[int | None, dict[str, int]]:
    """Room in general and of single stations, from ``80`` and ``station-01=120``."""
    general, single = None, {}
    for text in texts:
        station_id, _, number = text.rpartition("=")
        if not number.isdigit():
            hint = "Write a number, or STATION=NUMBER."
            raise option_fault("--capacity", f"{text!r} does not say how many elders.", hint)
        if station_id:
            single[station_id] = int(number)
        else:
            general = int(number)
    return general, single


def _load(src: str, options: WorldOptions) -> Loaded:
    """The problem of `src`, sound but without travel times; its warnings are shown."""
    loaded = load_problem(src, options)
    show_issues(err, loaded.origin.located([*loaded.warnings, *require_valid(loaded.problem)]), max_rows=10)
    return loaded


def _ground(loaded: Loaded) -> Segments | None:
    return None if loaded.streets is None else segments_of(loaded.streets)


def _show_written(output: Path, names: Sequence[str]) -> None:
    show_files(out, [output / name for name in names], lambda path: FILE_NAMES[path.name])


def _minutes(duration_s: float | None) -> str:
    return "" if duration_s is None else f"{duration_s / 60:.1f} min"


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=not out.is_terminal)
