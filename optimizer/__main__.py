"""The command line: ``yizhan COMMAND``.

Exit codes: 0 done, 1 internal fault, 2 the input is wrong, 3 the plan breaks rules.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from optimizer.cli.faults import BROKEN_RULES, faults_told, option_fault, require_sound
from optimizer.cli.load import WorldOptions, load_judged, load_problem, load_scenario, load_world, scenario_infos
from optimizer.cli.network_plans import add_commands as add_network_plans
from optimizer.cli.network_sites import add_commands as add_network_sites
from optimizer.cli.options import LanguageName, Output, PlanFile, Source, TimeLimit, takes_world
from optimizer.cli.redispatch import add_commands as add_redispatch
from optimizer.cli.report import counted, show_files, show_issues, show_plan, show_unassigned, show_violations
from optimizer.cli.slots import add_commands as add_slots
from optimizer.cli.study import study
from optimizer.cli.write import new_file, new_folder, require_folder, word_about, write_problem, write_results
from optimizer.formats.issues import did_you_mean
from optimizer.formats.json import plan_to_json
from optimizer.formats.tables import write_tables
from optimizer.formats.template import Language as TemplateLanguage
from optimizer.formats.template import write_template
from optimizer.formats.words import Language
from optimizer.params import MAX_PROCESSES, Engine, SolveParams
from optimizer.plan import Plan
from optimizer.problem import Problem
from optimizer.travel import write_streets
from optimizer.units import LARGEST

app = typer.Typer(name="yizhan", add_completion=False, pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True)


@app.callback(invoke_without_command=True)
def yizhan(
    context: typer.Context,
    is_version_asked: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Plan meal deliveries and home visits for elder care.

    Begin with `yizhan demo`, or with `yizhan template district.xlsx` and your own figures.
    """
    if is_version_asked:
        out.print(f"yizhan {version('yizhan')}", highlight=False)
        raise typer.Exit
    if context.invoked_subcommand is None:
        out.print(context.get_help(), markup=False, highlight=False)


@app.command()
def scenarios() -> None:
    """List the scenarios that come with this package."""
    for info in scenario_infos():
        out.print(f"[bold]{info.name}[/]\n    {info.purpose}", highlight=False)


@app.command()
@takes_world(without=("matrix", "server"))
def scenario(
    name: Annotated[str, typer.Argument(help="Name of the scenario; `yizhan scenarios` lists them.")],
    output: Output,
    *,
    options: WorldOptions,
    workbook: Annotated[bool, typer.Option(help="Write one Excel workbook instead of CSV files.")] = False,
) -> None:
    """Write a scenario as a folder of tables (and its streets) that can be edited by hand and planned again."""
    with faults_told(err):
        loaded = load_scenario(name, options)
        problem, graph = loaded.problem, loaded.streets
        with new_folder(output) as folder:
            write_tables(problem, folder / f"{name}.xlsx" if workbook else folder)
            if graph is not None:
                write_streets(graph, folder / "streets")
    _say(f"{_size_of(problem)} written to {output}")


@app.command()
def template(
    output: Annotated[Path, typer.Argument(metavar="FILE", help="Workbook to write, e.g. district.xlsx.")],
    language: Annotated[TemplateLanguage, typer.Option(help="Language of sheets and headers.")] = "zh",
) -> None:
    """Write an empty, documented workbook to fill in."""
    with faults_told(err):
        if output.suffix.lower() != ".xlsx":
            raise option_fault("FILE", f"{str(output)!r} is no name of a workbook.", "End it in .xlsx.")
        with new_file(output) as draft:
            write_template(draft, language)
    _say(f"Fill in {output} and run: yizhan solve {output} -o plan")


@app.command()
@takes_world()
def validate(
    src: Source,
    *,
    options: WorldOptions,
) -> None:
    """Read SRC and list everything wrong with it."""
    with faults_told(err):
        world = load_world(src, options)
    show_issues(out, world.warnings)
    _say(f"valid: {_size_of(world.problem)}, {counted(len(world.warnings), 'warning')}", style="green")


@app.command()
def warmup() -> None:
    """Compile the search ahead of the first plan; once on a machine, and again after an update."""
    from optimizer.cli.planning import working
    from optimizer.search.warmup import is_warm, warm_up

    if is_warm():
        _say("The search is compiled.")
        return
    with working(err, "Compiling the search"):
        warm_up()
    _say("The search is compiled; plans begin at once from now on.")


@app.command("solve")
@takes_world()
def solve_command(
    src: Source,
    output: Output,
    time_limit: TimeLimit = None,
    step_limit: Annotated[
        int | None, typer.Option(min=0, max=LARGEST, help="Improvement steps per part; makes a plan repeatable.")
    ] = None,
    engine: Annotated[Engine, typer.Option(help="Engine that improves the start plan.")] = Engine.AUTO,
    workers: Annotated[int, typer.Option(min=0, max=MAX_PROCESSES, help="Processes; 0 means one per core.")] = 0,
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Plan SRC and write the plan, map and sheets to a folder.

    Ctrl-C ends the search early; the best plan so far is written.
    """
    params = SolveParams(
        time_limit_s=time_limit, step_limit=step_limit, seed=options.seed, engine=engine, num_workers=workers
    )
    with faults_told(err):
        _plan_and_write(src, options, params, output, language)


@app.command()
def demo(output: Output = Path("out/demo"), time_limit: TimeLimit = None, language: LanguageName = "zh") -> None:
    """Plan a whole district's day (scenario xicheng-day) and write everything a dispatcher needs."""
    with faults_told(err):
        _plan_and_write("xicheng-day", WorldOptions(), SolveParams(time_limit_s=time_limit), output, language)
    _say(f"Open {output / 'map.html'} by double click to see the day on the map.")
    _say("Open the console by `make serve` (or `yizhan serve`): it prints its address and a first key.")


@app.command()
@takes_world()
def check(
    src: Source,
    plan: PlanFile,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write the plan with its times and cost (JSON) here."),
    ] = None,
    *,
    options: WorldOptions,
) -> None:
    """Judge a plan, hand-made or not: every rule it breaks, and its cost; exit code 3 if it breaks any."""
    with faults_told(err):
        _, judged = load_judged(src, plan, options)
        if output is not None:
            with new_file(output) as draft:
                draft.write_bytes(plan_to_json(judged.plan, judged.problem.horizon))
    if judged.violations:
        show_violations(out, judged.violations)
        _say(counted(len(judged.violations), "violation"), style="red")
        raise typer.Exit(BROKEN_RULES)
    show_plan(out, judged.problem, judged.plan)
    _say("no violation", style="green")


@app.command()
@takes_world()
def explain(
    src: Source,
    plan: PlanFile,
    visit: Annotated[
        str | None, typer.Argument(metavar="[VISIT]", help="Visit to explain; default: all unserved.")
    ] = None,
    *,
    options: WorldOptions,
) -> None:
    """Why visits are not served, and the cheapest changes that would serve them, each verified by trying."""
    with faults_told(err):
        world, judged = load_judged(src, plan, options)
        require_sound(err, judged, "Only a plan that keeps every rule can be explained; mend it first.")
        if visit is not None:
            _require_unserved(world.problem, judged.plan, visit)
        from optimizer.cli.planning import explain_aloud

        told = explain_aloud(err, world, judged.plan, None if visit is None else [visit])
    show_unassigned(out, told, max_rows=len(told))
    if not told:
        _say("every visit is served", style="green")


@app.command()
@takes_world(without=("streets", "matrix", "server"))
def convert(
    src: Source,
    output: Annotated[
        Path, typer.Argument(metavar="OUT", help="Problem as .json, .xlsx or .zip, or a new folder of CSV files.")
    ],
    *,
    options: WorldOptions,
) -> None:
    """Write the problem of SRC in another format."""
    with faults_told(err):
        loaded = load_problem(src, options)
        show_issues(err, loaded.warnings)
        paths = write_problem(loaded.problem, output, None if loaded.instance is None else loaded.instance.travel)
    _say(f"{' and '.join(map(str, paths))} written")


app.command()(study)


@app.command()
@takes_world()
def anonymize(
    src: Source,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="Problem as .json, .xlsx or .zip, or a new folder.")
    ],
    radius: Annotated[float, typer.Option(min=0, max=100_000, help="Places move by up to so many metres.")] = 200.0,
    secret: Annotated[
        str | None,
        typer.Option(
            envvar="YIZHAN_ANONYMIZE_SECRET",
            help="The same secret gives the same pseudonyms and moves; default: a new one.",
        ),
    ] = None,
    replace_ids: Annotated[bool, typer.Option("--replace-ids", help="Replace ids as well.")] = False,
    plan: Annotated[
        Path | None, typer.Option(metavar="PLAN", help="A plan for SRC; its routes are written for OUT, beside it.")
    ] = None,
    *,
    options: WorldOptions,
) -> None:
    """Write SRC for others to see: persons get pseudonyms, places move, and its travel matrix goes along unchanged."""
    from optimizer.cli.disguise import disguise_for, write_disguised

    with faults_told(err):
        disguise = disguise_for(secret, radius, replace_ids)
        draft = None
        if plan is None:
            world = load_world(src, options)
        else:
            world, judged = load_judged(src, plan, options)
            draft = judged.plan.draft
        paths = write_disguised(disguise, world, draft, output)
    _say(f"{' and '.join(map(str, paths))} written; {output.stem}.npz is used whenever {output} is planned")


for _add_commands in (add_redispatch, add_slots, add_network_plans, add_network_sites):
    _add_commands(app)


def _plan_and_write(src: str, options: WorldOptions, params: SolveParams, output: Path, language: Language) -> None:
    from optimizer.cli.planning import solve_aloud, working  # brings in the engines, which take seconds to load

    require_folder(output)
    with working(err, "Reading"):
        world = load_world(src, options)
    problem, streets = world.problem, world.streets
    show_issues(err, world.warnings, max_rows=10)
    plan = solve_aloud(err, world, params)
    with working(err, "Writing") as say:
        paths = write_results(
            problem,
            plan,
            output,
            streets=streets,
            travel=world.travel,
            language=language,
            on_file=lambda name: say(f"Writing {name}"),
            instance=world.instance,
        )
    show_unassigned(out, plan.unassigned, max_rows=10)
    show_plan(out, problem, plan)
    show_files(out, paths, word_about)
    _say("no violation (every rule checked by the judge)", style="green")


def _size_of(problem: Problem) -> str:
    return f"{counted(len(problem.visits), 'visit')}, {counted(len(problem.workers), 'worker')}"


def _require_unserved(problem: Problem, plan: Plan, visit_id: str) -> None:
    if visit_id not in problem.visit_by_id:
        raise option_fault("VISIT", f"there is no visit {visit_id!r}.", did_you_mean(visit_id, problem.visit_by_id))
    unserved = [item.visit_id for item in plan.unassigned]
    if visit_id not in unserved:
        hint = f"Unserved are: {', '.join(unserved[:5])}." if unserved else "Every visit is."
        raise option_fault("VISIT", f"the plan serves visit {visit_id!r}.", hint)


def _say(text: str, *, style: str = "") -> None:
    out.print(text, style=style, markup=False, highlight=False, soft_wrap=not out.is_terminal)


@cache
def load_commands() -> None:
    """Add the commands that others bring along."""
    for point in entry_points(group="yizhan.commands"):
        point.load()(app)


def app_main() -> None:
    """Run the command line and what others add to it; what a terminal's encoding lacks is shown as a question mark."""
    load_commands()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    app()


if __name__ == "__main__":
    app_main()
