"""Commands of network planning: ``yizhan territories``, ``dining``, ``kitchen`` and ``size-staff``.

What they need is loaded when they run, so that the other commands stay quick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from optimizer.cli.faults import faults_told, option_fault
from optimizer.cli.load import Loaded, World, WorldOptions, load_problem, load_world, scenario_infos
from optimizer.cli.options import LanguageName, Output, Source, duration, parse_yuan, takes_world, yuan
from optimizer.cli.report import show_files, show_issues
from optimizer.cli.write import all_or_nothing, require_folder, word_about, write_results
from optimizer.formats.issues import choice_hint
from optimizer.formats.json import problem_to_json
from optimizer.formats.words import Words
from optimizer.params import SolveParams
from optimizer.problem import ElderGroup
from optimizer.units import parse_clock
from optimizer.validate import require_valid

if TYPE_CHECKING:
    from optimizer.formats.drawing import Streets as Segments
    from optimizer.network.kitchen import KitchenPlan
    from optimizer.network.meal_money import CostSharing

out = Console()
err = Console(stderr=True)

FILE_NAMES = {
    "problem.json": "the problem as decided, for `yizhan solve`",
    "territories.xlsx": "stations and elders as a workbook",
    "territories.geojson": "stations and elders for any map program",
    "territories.html": "picture; opens by double click, needs no network",
    "echelons.xlsx": "how each station is fed, and every round",
    "echelons.html": "vans and last kilometre on one picture",
    "sizing.xlsx": "workers by type, the curve, and every fleet tried",
    "sizing.html": "service against workers; opens by double click",
    "dining.xlsx": "meals and places as a workbook",
    "dining.geojson": "places and elders for any map program",
    "dining.html": "picture; opens by double click, needs no network",
}


def add_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(territories)
    app.command()(dining)
    app.command()(kitchen)
    app.command("size-staff")(size_staff)


@takes_world(without=("matrix", "server"))
def territories(
    src: Source,
    output: Output,
    capacity: Annotated[
        list[str] | None,
        typer.Option(metavar="[STATION=]NUM", help="Room of every station, or of one; may be repeated."),
    ] = None,
    slack: Annotated[int, typer.Option(min=1, max=1000, help="Room of all stations in percent of the elders.")] = 115,
    backup: Annotated[int, typer.Option(min=0, max=1000, help="Percent of that room that centres back up.")] = 10,
    longest_way: Annotated[float | None, duration("No way longer than this, e.g. 15m.")] = None,
    mode: Annotated[str, typer.Option(help="How the way is travelled.")] = "walk",
    compactness: Annotated[int, typer.Option(min=0, max=1000, help="Weight of long ways in percent.")] = 100,
    urgency: Annotated[
        int, typer.Option(min=0, max=1000, help="More weight by urgency class of the elder, in percent.")
    ] = 50,
    move: Annotated[float, duration("Way worth a change of station.")] = "5m",  # type: ignore[assignment]  # read by the parser
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Decide which station each elder of SRC belongs to, proven cheapest; write tables, map and the new problem."""
    from optimizer.cli.network_files import write_territories
    from optimizer.cli.network_report import show_territories
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
        loaded = _load(src, options)
        found = make_territories(loaded.problem, params, streets=loaded.streets)
        with all_or_nothing(output) as folder:
            write_territories(loaded.problem, found, folder, streets=_ground(loaded), words=Words(language))
            (folder / "problem.json").write_bytes(problem_to_json(with_stations(loaded.problem, found)))
    show_territories(out, found)
    _show_written(output, ["territories.xlsx", "territories.geojson", "territories.html", "problem.json"])


@takes_world()
def dining(
    src: Source,
    output: Output,
    sitting: Annotated[
        list[str] | None, typer.Option(metavar="HH:MM", help="When diners sit down; may be repeated.")
    ] = None,
    budget: Annotated[int | None, yuan("What the government can give on the day.")] = None,
    government: Annotated[
        list[str] | None,
        typer.Option(metavar="[GROUP=]YUAN", help="What the government gives to a meal, of a group or in general."),
    ] = None,
    village: Annotated[int, yuan("What the village gives to a meal.")] = "0",  # type: ignore[assignment]  # read by the parser
    most_elder: Annotated[
        list[str] | None, typer.Option(metavar="GROUP=YUAN", help="Most that an elder of a group can pay for a meal.")
    ] = None,
    courier: Annotated[int, yuan("Cost of a courier's hour.")] = "27",  # type: ignore[assignment]
    seat: Annotated[int, yuan("Cost of a diner beside the portions.")] = "1",  # type: ignore[assignment]
    walk: Annotated[int, yuan("Worth of a kilometre on the elder's feet.")] = "1",  # type: ignore[assignment]
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Decide for every meal of SRC: eaten at a dining point or delivered, from which supplier, and who pays."""
    from optimizer.cli.network_files import write_dining
    from optimizer.cli.network_report import show_dining
    from optimizer.network.dining import assign_meals, with_dining
    from optimizer.network.meal_options import DiningParams

    with faults_told(err):
        usual = DiningParams()
        params = DiningParams(
            sittings_s=tuple(map(_clock, sitting)) if sitting else usual.sittings_s,
            sharing=_sharing(government or [], most_elder or [], village),
            budget_cents=budget,
            courier_cents_per_hour=courier,
            seat_cents=seat,
            walk_cents_per_km=walk,
        )
        require_folder(output)
        world = load_world(src, options)
        show_issues(err, world.warnings, max_rows=10)
        found = assign_meals(world.problem, world.travel, params)
        delivered = assign_meals(world.problem, world.travel, replace(params, is_dining_open=False))
        with all_or_nothing(output) as folder:
            write_dining(world.problem, found, folder, streets=_ground(world), words=Words(language))
            (folder / "problem.json").write_bytes(problem_to_json(with_dining(world.problem, found)))
    show_dining(out, found, delivered)
    _show_written(output, ["dining.xlsx", "dining.geojson", "dining.html", "problem.json"])


@takes_world()
def kitchen(
    src: Source,
    output: Output,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds in which the echelons adapt to each other.")] = 3,
    longest_wait: Annotated[float, duration("How long portions may wait at a station.")] = "45m",  # type: ignore[assignment]  # read by the parser
    time_limit: Annotated[float, duration("Limit of each solve.")] = "5s",  # type: ignore[assignment]
    all_waves: Annotated[
        bool, typer.Option("--compare-waves/--as-given", help="Also plan with all meals cooked in one wave.")
    ] = True,
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Plan kitchen, vans and last kilometre of SRC until they agree, and compare one kitchen wave with several."""
    from optimizer.cli.network_files import write_echelons
    from optimizer.cli.network_report import show_echelons
    from optimizer.cli.planning import working
    from optimizer.network.kitchen import KitchenParams, plan_kitchen, wave_variants

    limits = SolveParams(time_limit_s=time_limit, seed=options.seed, explain=False)
    params = KitchenParams(max_rounds=rounds, max_wait_s=int(longest_wait), solve=limits)
    with faults_told(err):
        require_folder(output)
        world = load_world(src, options)
        show_issues(err, world.warnings, max_rows=10)
        variants = wave_variants(world.problem) if all_waves else {"as given": world.problem}
        found: dict[str, KitchenPlan] = {}
        for name, problem in variants.items():
            with working(err, f"Planning with {name}"):
                found[name] = plan_kitchen(problem, world.travel, params)
        given = next(iter(found.values()))
        with all_or_nothing(output) as folder:
            write_echelons(given, found, folder, streets=_ground(world), path_of=world.path_of, words=Words(language))
            paths = write_results(
                given.problem, given.plan, output, streets=world.streets, travel=world.travel, language=language
            )
    show_echelons(out, found)
    show_files(out, paths, word_about)
    _show_written(output, ["echelons.xlsx", "echelons.html"])


@takes_world(without=("matrix", "server"))
def size_staff(
    src: Source,
    output: Output,
    on_time: Annotated[float, typer.Option(min=0.1, max=100, help="Percent of each day's visits on time.")] = 95.0,
    days: Annotated[int, typer.Option(min=1, max=31, help="Days of a scenario, one a seed.")] = 1,
    more: Annotated[
        list[str] | None, typer.Option("--day", metavar="SRC", help="A further day's problem; may be repeated.")
    ] = None,
    level: Annotated[
        list[int] | None, typer.Option(min=1, max=1000, metavar="PERCENT", help="Fleets of the curve; may be repeated.")
    ] = None,
    time_limit: Annotated[float, duration("Limit of each solve.")] = "3s",  # type: ignore[assignment]  # read by the parser
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Find the fewest workers of each type with whom SRC's days are served on time, and what other numbers buy."""
    from optimizer.cli.network_report import show_sizing
    from optimizer.cli.planning import working
    from optimizer.cli.sizing_files import write_sizing
    from optimizer.network.sizing import SizingParams, Trial, size_fleet

    limits = SolveParams(time_limit_s=time_limit, seed=options.seed, explain=False)
    params = SizingParams(on_time_share=on_time / 100, solve=limits)
    params = replace(params, levels_percent=tuple(level)) if level else params
    with faults_told(err):
        require_folder(output)
        if days > 1 and src not in {info.name for info in scenario_infos()}:
            message = f"{src!r} is one day; only scenarios have a day for each seed."
            raise option_fault("--days", message, "Name further days with --day.")
        worlds = [load_world(src, replace(options, seed=options.seed + number)) for number in range(days)]
        worlds += [load_world(each, WorldOptions(streets=options.streets)) for each in more or []]
        with working(err, "Trying fleets") as say:

            def tell(trial: Trial) -> None:
                say(f"{trial.num_workers} workers: {100 * trial.on_time_share:.1f} % on time")

            found = size_fleet([(world.problem, world.travel) for world in worlds], params, on_trial=tell)
        with all_or_nothing(output) as folder:
            names = write_sizing(folder, worlds[0].problem.name, found, params, Words(language))
    show_sizing(out, found, params)
    _show_written(output, names)


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


def _sharing(government: Sequence[str], most_elder: Sequence[str], village_cents: int) -> CostSharing:
    """Who pays, from ``5``, ``disabled=8`` and the like."""
    from optimizer.network.meal_money import CostSharing

    usual = CostSharing(village_cents=village_cents)
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
        raise option_fault(option, f"{name!r} is no group of elders.", choice_hint(name, groups))
    try:
        return (ElderGroup(name) if name else None), parse_yuan(number)
    except typer.BadParameter:
        hint = "Write a number, or GROUP=NUMBER."
        raise option_fault(option, f"{text!r} does not say how many yuan.", hint) from None


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
    return None if loaded.streets is None else loaded.streets.segments


def _show_written(output: Path, names: Sequence[str]) -> None:
    show_files(out, [output / name for name in names], lambda path: FILE_NAMES[path.name])
