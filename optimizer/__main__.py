"""The command line: ``yizhan COMMAND``.

Exit codes: 0 done, 2 the input is wrong, 3 the plan breaks rules.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, cast, get_args

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from optimizer.check import check_plan
from optimizer.cli.load import World, WorldOptions, load_plan, load_problem, load_world, scenario_infos
from optimizer.cli.report import show_files, show_issues, show_plan, show_unassigned, show_violations
from optimizer.cli.write import FILE_NAMES, all_or_nothing, write_results
from optimizer.errors import InputError, Issue, TravelError
from optimizer.explain import explain_unassigned
from optimizer.formats.drawing import straight_path
from optimizer.formats.json import problem_to_json
from optimizer.formats.tables import write_tables
from optimizer.formats.template import write_template
from optimizer.formats.words import Language
from optimizer.judge import judged_plan, with_figures
from optimizer.params import Engine, SolveParams
from optimizer.plan import Draft, Plan
from optimizer.plan_supply import plan_sources
from optimizer.solve import Progress as SolveProgress
from optimizer.solve import solve
from optimizer.travel import write_streets
from optimizer.travel.paths import StreetPaths

BAD_INPUT = 2
BROKEN_RULES = 3

app = typer.Typer(
    name="yizhan",
    help="Plan meal deliveries and home visits for elder care.",
    no_args_is_help=True,
    add_completion=False,
)
out = Console()
err = Console(stderr=True)

Source = Annotated[
    str, typer.Argument(metavar="SRC", help="Scenario name, folder or zip of tables, workbook (.xlsx), or JSON file.")
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder to write to.")]
Seed = Annotated[int, typer.Option(help="Seed of the search, and of the scenario where SRC is one.")]
Size = Annotated[float, typer.Option(help="Size of the scenario; 1 is a district.")]
Stress = Annotated[list[str] | None, typer.Option(help="Stress case of the scenario; may be repeated.")]
Streets = Annotated[
    str | None,
    typer.Option(help="Streets to travel on: a folder of nodes and edges, GraphML, GeoJSON, OSM file, or 'beijing'."),
]
Matrix = Annotated[Path | None, typer.Option(help="Given travel matrix (.npz or .csv).")]
Server = Annotated[str | None, typer.Option(help="Travel times from a server: osrm:URL or valhalla:URL.")]
LanguageName = Annotated[str, typer.Option("--language", help="Language of map and sheets: zh, en or both.")]


@contextmanager
def _faults_told() -> Iterator[None]:
    """Tell wrong input in full and leave with exit code 2."""
    try:
        yield
    except InputError as error:
        show_issues(err, error.issues)
        raise typer.Exit(BAD_INPUT) from error
    except TravelError as error:
        err.print(f"[red]error[/] {error}", highlight=False)
        raise typer.Exit(BAD_INPUT) from error


@app.command()
def scenarios() -> None:
    """List the scenarios that come with this package."""
    for info in scenario_infos():
        out.print(f"[bold]{info.name:22}[/] {info.purpose}", highlight=False)


@app.command()
def scenario(
    name: Annotated[str, typer.Argument(help="Name of the scenario; `yizhan scenarios` lists them.")],
    output: Output,
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
    workbook: Annotated[bool, typer.Option(help="Write one Excel workbook instead of CSV files.")] = False,
) -> None:
    """Write a scenario as a folder of tables (and its streets) that can be edited by hand and planned again."""
    with _faults_told():
        options = WorldOptions(seed=seed, size=size, stress=tuple(stress or ()), streets=streets)
        loaded = load_problem(name, options)
        problem, graph = loaded.problem, loaded.streets
        with all_or_nothing(output) as folder:
            write_tables(problem, folder / f"{name}.xlsx" if workbook else folder)
            if graph is not None:
                write_streets(graph, folder / "streets")
        out.print(f"{len(problem.visits)} visits, {len(problem.workers)} workers written to {output}", highlight=False)


@app.command()
def template(output: Annotated[Path, typer.Argument(help="Workbook to write, e.g. district.xlsx.")]) -> None:
    """Write an empty, documented workbook to fill in."""
    with _faults_told():
        if output.suffix != ".xlsx":
            raise _fault("output", str(output), "a template is a workbook; its name ends in .xlsx.")
        write_template(output)
        out.print(f"Fill in {output} and run: yizhan solve {output} -o plan", highlight=False)


@app.command()
def validate(
    src: Source,
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
) -> None:
    """Read SRC and list everything wrong with it."""
    with _faults_told():
        options = WorldOptions(seed=seed, size=size, stress=tuple(stress or ()), streets=streets)
        world = load_world(src, options)
    show_issues(out, world.warnings)
    num_visits, num_workers = len(world.problem.visits), len(world.problem.workers)
    out.print(f"[green]valid[/]: {num_visits} visits, {num_workers} workers, {len(world.warnings)} warnings")


@app.command("solve")
def solve_command(
    src: Source,
    output: Output,
    time_limit: Annotated[str | None, typer.Option(help="Wall-clock limit: 30s, 2m (default 30s).")] = None,
    step_limit: Annotated[int | None, typer.Option(min=0, help="Improvement steps per part; repeatable.")] = None,
    seed: Seed = 0,
    engine: Annotated[Engine, typer.Option(help="Engine that improves the start plan.")] = Engine.AUTO,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 means one per core.")] = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
    matrix: Matrix = None,
    server: Server = None,
    language: LanguageName = "zh",
) -> None:
    """Plan SRC and write the plan, map and sheets to a folder."""
    with _faults_told():
        options = WorldOptions(
            seed=seed, size=size, stress=tuple(stress or ()), streets=streets, matrix=matrix, server=server
        )
        params = SolveParams(
            time_limit_s=None if time_limit is None else _parse_duration(time_limit),
            step_limit=step_limit,
            seed=seed,
            engine=engine,
            num_workers=workers,
        )
        _plan_and_write(src, options, params, output, _parse_language(language))


@app.command()
def demo(
    output: Output = Path("out/demo"),
    time_limit: Annotated[str, typer.Option(help="Wall-clock limit: 30s, 2m.")] = "30s",
) -> None:
    """Plan a whole district's day (scenario xicheng-day) and write everything a dispatcher needs."""
    with _faults_told():
        params = SolveParams(time_limit_s=_parse_duration(time_limit))
        _plan_and_write("xicheng-day", WorldOptions(), params, output, "zh")
    out.print(f"\nOpen [bold]{output / 'map.html'}[/] by double click to see the day on the map.")


@app.command()
def check(
    src: Source,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan or bare draft (JSON).")],
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
    matrix: Matrix = None,
    server: Server = None,
) -> None:
    """Judge a plan, hand-made or not: every rule it breaks, and its cost."""
    with _faults_told():
        options = WorldOptions(
            seed=seed, size=size, stress=tuple(stress or ()), streets=streets, matrix=matrix, server=server
        )
        world, judged = _load_plan(src, plan, options)
        violations = check_plan(world.problem, world.travel, judged)
    show_violations(out, violations)
    if violations:
        out.print(f"[red]{len(violations)} violations[/]")
        raise typer.Exit(BROKEN_RULES)
    show_plan(out, world.problem, judged)
    out.print("[green]no violation[/]")


@app.command()
def explain(
    src: Source,
    plan: Annotated[Path, typer.Argument(metavar="PLAN", help="Plan (JSON).")],
    visit: Annotated[
        str | None, typer.Argument(metavar="[VISIT]", help="Visit to explain; default: all unserved.")
    ] = None,
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
    streets: Streets = None,
    matrix: Matrix = None,
    server: Server = None,
) -> None:
    """Why visits are not served, and the cheapest changes that would serve them, each verified by trying."""
    with _faults_told():
        options = WorldOptions(
            seed=seed, size=size, stress=tuple(stress or ()), streets=streets, matrix=matrix, server=server
        )
        world, judged = _load_plan(src, plan, options)
        violations = check_plan(world.problem, world.travel, judged)
        if violations:
            show_violations(err, violations)
            raise typer.Exit(BROKEN_RULES)
        unserved = {item.visit_id for item in judged.unassigned}
        if visit is not None and visit not in unserved:
            raise _fault("visit", visit, "this visit is not among the unserved ones of the plan.")
        supplied, sources = plan_sources(world.problem, world.travel, judged)
        wanted = None if visit is None else [visit]
        with _working("Trying every insertion"):
            told = explain_unassigned(supplied, world.travel, sources, judged, visit_ids=wanted)
    show_unassigned(out, told, max_rows=len(told))
    if not told:
        out.print("[green]every visit is served[/]")


@app.command()
def convert(
    src: Source,
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Problem as .json, .xlsx, or a folder of CSV files.")],
    seed: Seed = 0,
    size: Size = 1.0,
    stress: Stress = None,
) -> None:
    """Write the problem of SRC in another format."""
    with _faults_told():
        options = WorldOptions(seed=seed, size=size, stress=tuple(stress or ()))
        loaded = load_problem(src, options)
        show_issues(err, loaded.warnings)
        if output.suffix == ".json":
            output.write_bytes(problem_to_json(loaded.problem))
        else:
            write_tables(loaded.problem, output)
        out.print(f"{output} written", highlight=False)


def _plan_and_write(src: str, options: WorldOptions, params: SolveParams, output: Path, language: Language) -> None:
    with _working("Reading"):
        world = load_world(src, options)
    show_issues(err, world.warnings, max_rows=10)
    plan = _solve_with_bar(world, params)
    streets = world.streets
    path_of = straight_path if streets is None else StreetPaths(streets, world.travel, world.problem.modes)
    with _working("Writing") as say:
        paths = write_results(
            world.problem,
            plan,
            output,
            streets=world.streets,
            path_of=path_of,
            language=language,
            on_file=lambda name: say(f"Writing {name}"),
        )
    show_unassigned(out, plan.unassigned, max_rows=10)
    show_plan(out, world.problem, plan)
    show_files(out, paths, FILE_NAMES)
    out.print("[green]no violation[/] (every rule checked by the judge)")


def _solve_with_bar(world: World, params: SolveParams) -> Plan:
    """Solve with a progress bar; the first Ctrl-C stops the search and keeps the best plan."""
    stopped: list[bool] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task("Planning", total=1.0)

        def tell(state: SolveProgress) -> None:
            progress.update(task, description=_phase_text(state), completed=state.share_done)

        with _stop_on_interrupt(stopped):
            return solve(world.problem, world.travel, params, on_progress=tell, should_stop=lambda: bool(stopped))


@contextmanager
def _stop_on_interrupt(stopped: list[bool]) -> Iterator[None]:
    """Let the first Ctrl-C fill `stopped`; a second one interrupts as usual."""

    def stop(signum: int, frame: object) -> None:
        stopped.append(True)
        signal.signal(signal.SIGINT, previous)

    previous = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def _working(text: str) -> Iterator[Callable[[str], None]]:
    """A spinner with a text that can be changed."""
    with err.status(f"{text} …") as status:
        yield lambda changed: status.update(f"{changed} …")


def _phase_text(state: SolveProgress) -> str:
    if state.cost_cents is None:
        return f"Planning: {state.phase}"
    return f"Planning: {state.phase}, {state.cost_cents / 100:,.0f} yuan, {state.num_unassigned} unserved"


def _load_plan(src: str, path: Path, options: WorldOptions) -> tuple[World, Plan]:
    """The world of `src` and the plan in `path`; a bare draft gets its times, and both their cost."""
    world = load_world(src, options)
    plan = load_plan(path, world.problem.horizon)
    if isinstance(plan, Draft):
        return world, judged_plan(world.problem, world.travel, plan)
    return world, with_figures(world.problem, world.travel, plan)


def _parse_duration(text: str) -> float:
    """Seconds of ``30``, ``30s``, ``2m`` or ``1h``."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|m|h)?", text.strip())
    if match is None:
        raise _fault("--time-limit", text, "a time limit is written like 30s or 2m.")
    return float(match[1]) * {"s": 1, "m": 60, "h": 3600, None: 1}[match[2]]


def _parse_language(text: str) -> Language:
    if text not in get_args(Language):
        raise _fault("--language", text, f"the languages are {', '.join(get_args(Language))}.")
    return cast(Language, text)


def _fault(path: str, value: str, law: str) -> InputError:
    return InputError([Issue(code="option", path=path, message=f"{value!r}: {law}")])


def app_main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    app_main()
