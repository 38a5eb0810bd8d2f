"""Commands of network planning: ``yizhan territories``, ``dining``, ``kitchen`` and ``size-staff``.

What they need is loaded when they run, so that the other commands stay quick.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer.cli.faults import faults_told, option_fault
from optimizer.cli.load import Loaded, World, WorldOptions, load_problem, load_world
from optimizer.cli.options import Matrix, Output, Seed, Server, Size, Source, Streets, Stress, parse_duration
from optimizer.cli.report import MAX_ROWS, show_files, show_issues
from optimizer.cli.write import all_or_nothing, require_folder, segments_of
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import problem_to_json
from optimizer.problem import ElderGroup
from optimizer.units import parse_clock
from optimizer.validate import require_valid

if TYPE_CHECKING:
    from optimizer.formats.drawing import Streets as Segments
    from optimizer.network.dining import Dining
    from optimizer.network.meal_money import CostSharing
    from optimizer.network.territories import Territories

out = Console()
err = Console(stderr=True)

FILE_NAMES = {
    "problem.json": "the problem as decided, for `yizhan solve`",
    "territories.xlsx": "stations and elders as a workbook",
    "territories.geojson": "stations and elders for any map program",
    "territories.html": "picture; opens by double click, needs no network",
    "dining.xlsx": "meals and places as a workbook",
    "dining.geojson": "places and elders for any map program",
    "dining.html": "picture; opens by double click, needs no network",
}


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(territories)
    app.command()(dining)


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


def dining(
    src: Source,
    output: Output,
    sitting: Annotated[
        list[str] | None, typer.Option(metavar="HH:MM", help="When diners sit down; may be repeated.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(min=0, metavar="YUAN", help="What the government can give on the day.")
    ] = None,
    government: Annotated[
        list[str] | None,
        typer.Option(metavar="[GROUP=]YUAN", help="What the government gives to a meal, of a group or in general."),
    ] = None,
    village: Annotated[float, typer.Option(min=0, metavar="YUAN", help="What the village gives to a meal.")] = 0.0,
    most_elder: Annotated[
        list[str] | None, typer.Option(metavar="GROUP=YUAN", help="Most that an elder of a group can pay for a meal.")
    ] = None,
    courier: Annotated[float, typer.Option(min=0, metavar="YUAN", help="Cost of a courier's hour.")] = 27.0,
    seat: Annotated[float, typer.Option(min=0, metavar="YUAN", help="Cost of a diner beside the portions.")] = 1.0,
    walk: Annotated[float, typer.Option(min=0, metavar="YUAN", help="Worth of a kilometre on the elder's feet.")] = 1.0,
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
    matrix: Matrix = None,
    server: Server = None,
) -> None:
    """Decide for every meal of SRC: eaten at a dining point or delivered, from which supplier, and who pays."""
    from optimizer.cli.network_files import write_dining
    from optimizer.network.dining import assign_meals, with_dining
    from optimizer.network.meal_options import DiningParams

    with faults_told(err):
        usual = DiningParams()
        params = DiningParams(
            sittings_s=tuple(map(_clock, sitting)) if sitting else usual.sittings_s,
            sharing=_sharing(government or [], most_elder or [], village),
            budget_cents=None if budget is None else _cents(budget),
            courier_cents_per_hour=_cents(courier),
            seat_cents=_cents(seat),
            walk_cents_per_km=_cents(walk),
        )
        require_folder(output)
        world = load_world(
            src, WorldOptions(seed=seed, size=size, stress=stress, streets=streets, matrix=matrix, server=server)
        )
        show_issues(err, world.warnings, max_rows=10)
        found = assign_meals(world.problem, world.travel, params)
        delivered = assign_meals(world.problem, world.travel, replace(params, is_dining_open=False))
        with all_or_nothing(output) as folder:
            write_dining(world.problem, found, folder, streets=_ground(world))
            (folder / "problem.json").write_bytes(problem_to_json(with_dining(world.problem, found)))
    _show_dining(found, delivered)
    _show_written(output, ["dining.xlsx", "dining.geojson", "dining.html", "problem.json"])


def _show_dining(found: Dining, delivered: Dining) -> None:
    places = Table(title="Places", title_style="bold")
    for name in ("station", "kind", "eat", "seats", "brought", "out", "cooked", "yuan"):
        places.add_column(name, justify="left" if name in {"station", "kind"} else "right")
    for use in found.places[:MAX_ROWS]:
        counts = (use.num_dining, use.num_seats, use.num_delivered, use.portions_out, use.portions_cooked)
        places.add_row(use.station_id, use.supplier_kind or "", *map(str, counts), f"{use.cost_cents / 100:,.0f}")
    out.print(places)
    compared = Table(title="Dining points open, and all delivered", title_style="bold")
    for name in ("", "open", "all delivered"):
        compared.add_column(name, justify="right" if name else "left")
    for how, text in (("dine", "eat there"), ("deliver", "delivered"), ("none", "not served")):
        compared.add_row(text, str(found.num(how)), str(delivered.num(how)))
    for payer in ("cost", "government", "village", "elder"):
        sums = (sum(getattr(meal, f"{payer}_cents") for meal in each.meals) for each in (found, delivered))
        compared.add_row(f"{payer}, yuan", *map(_yuan, sums))
    worth = (f"{_yuan(each.worth_cents)} ({100 * each.gap_share:.3f} %)" for each in (found, delivered))
    compared.add_row("minimised, yuan (gap)", *worth)
    out.print(compared)


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


def _sharing(government: Sequence[str], most_elder: Sequence[str], village: float) -> CostSharing:
    """Who pays, from ``5``, ``disabled=8`` and the like."""
    from optimizer.network.meal_money import CostSharing

    usual = CostSharing(village_cents=_cents(village))
    for text in government:
        group, cents = _group_cents("--government", text)
        if group is None:
            usual = replace(usual, government_cents=cents)
        else:
            by_group = {**usual.government_cents_by_group, group: cents}
            usual = replace(usual, government_cents_by_group=by_group)
    most = dict(_group_cents("--most-elder", text) for text in most_elder)
    if None in most:
        raise option_fault("--most-elder", "no group is named.", "Write GROUP=YUAN.")
    return replace(usual, most_elder_cents_by_group={group: cents for group, cents in most.items() if group})


def _group_cents(option: str, text: str) -> tuple[ElderGroup | None, int]:
    name, _, number = text.rpartition("=")
    groups = [str(group) for group in ElderGroup]
    if name and name not in groups:
        hint = f"{did_you_mean(name, groups)} The groups are {', '.join(groups)}."
        raise option_fault(option, f"{name!r} is no group of elders.", hint.strip())
    if not re.fullmatch(r"\d+(\.\d{1,2})?", number):
        raise option_fault(option, f"{text!r} does not say how many yuan.", "Write a number, or GROUP=NUMBER.")
    return (ElderGroup(name) if name else None), _cents(float(number))


def _cents(yuan: float) -> int:
    return round(100 * yuan)


def _yuan(cents: int) -> str:
    return f"{cents / 100:,.2f}"


def _clock(text: str) -> int:
    try:
        return parse_clock(text)
    except ValueError as error:
        raise option_fault("--sitting", str(error)) from None


def _load(src: str, options: WorldOptions) -> Loaded:
    """The problem of `src`, sound but without travel times; its warnings are shown."""
    loaded = load_problem(src, options)
    show_issues(err, loaded.origin.located([*loaded.warnings, *require_valid(loaded.problem)]), max_rows=10)
    return loaded


def _ground(loaded: Loaded | World) -> Segments | None:
    return None if loaded.streets is None else segments_of(loaded.streets)


def _show_written(output: Path, names: Sequence[str]) -> None:
    show_files(out, [output / name for name in names], lambda path: FILE_NAMES[path.name])


def _minutes(duration_s: float | None) -> str:
    return "" if duration_s is None else f"{duration_s / 60:.1f} min"


def _say(text: str) -> None:
    out.print(text, markup=False, highlight=False, soft_wrap=not out.is_terminal)
