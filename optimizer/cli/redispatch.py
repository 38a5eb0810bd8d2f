"""``yizhan redispatch``: the next plan of a day after something has happened."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer.cli.faults import faults_in, faults_told, option_fault, require_sound
from optimizer.cli.load import World, WorldOptions, load_judged
from optimizer.cli.options import LanguageName, Output, PlanFile, Source, duration, takes_world
from optimizer.cli.report import MAX_ROWS, counted, show_files, show_plan, show_unassigned
from optimizer.cli.write import require_folder, word_about, write_results
from optimizer.formats.words import Language
from optimizer.plan import Plan
from optimizer.problem import Problem
from optimizer.redispatch.day import after, at, open_day
from optimizer.redispatch.diff import PlanDiff, Service, VisitChange, diff_plans
from optimizer.redispatch.events import Event, read_events
from optimizer.redispatch.params import FREEZE_S, IMPROVE_S, RedispatchParams, Tier
from optimizer.travel.street_matrix import SOURCE as ALONG_STREETS
from optimizer.units import SECONDS_PER_MINUTE, format_clock, parse_clock

if TYPE_CHECKING:
    from optimizer.redispatch.redispatch import Redispatch

out = Console()
err = Console(stderr=True)


def add_commands(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("redispatch")(redispatch_command)


@takes_world()
def redispatch_command(
    src: Source,
    plan: PlanFile,
    output: Output,
    event: Annotated[
        list[Path] | None,
        typer.Option("--event", metavar="FILE", help="Event, or list of events, as JSON; may be repeated."),
    ] = None,
    now: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="The time it is (default: when the last event became known).")
    ] = None,
    tier: Annotated[Tier, typer.Option(help="How far the re-plan goes.")] = Tier.REPAIR,
    freeze: Annotated[
        float | None,
        duration("Stops that start so soon stay (default: 20m)."),
    ] = None,
    improve: Annotated[
        float | None,
        duration("Time for the tier improvement (default: 10s)."),
    ] = None,
    max_elders: Annotated[int | None, typer.Option(min=0, help="Most elders told something new by choice.")] = None,
    max_workers: Annotated[int | None, typer.Option(min=0, help="Most workers told something new by choice.")] = None,
    *,
    options: WorldOptions,
    language: LanguageName = "zh",
) -> None:
    """Re-plan the rest of a day after events, and say who must be told what.

    PLAN is the plan as published. What has begun or starts soon stays as it is.
    """
    params = RedispatchParams(
        freeze_s=FREEZE_S if freeze is None else int(freeze),
        improve_s=IMPROVE_S if improve is None else improve,
        max_elders_told=max_elders,
        max_workers_told=max_workers,
        seed=options.seed,
    )
    with faults_told(err):
        require_folder(output)
        world, judged = load_judged(src, plan, options)
        require_sound(err, judged, "Only a plan that keeps every rule can have been published; mend it first.")
        events = [found for path in event or () for found in _read(path, world.problem)]
        result, diff = _replanned(world, judged.plan, events, params, now_s=_clock(now), tier=tier)
        _write(world, result, output, language)
    show_unassigned(out, result.plan.unassigned, max_rows=10)
    show_plan(out, result.day.problem, result.plan)
    _show_diff(result.day.problem, diff)
    for note in result.notes:
        out.print(note, style="yellow", markup=False, highlight=False)
    out.print("no violation (the rest of the day checked by the judge)", style="green")


def _read(path: Path, problem: Problem) -> tuple[Event, ...]:
    if not path.is_file():
        raise option_fault("--event", f"there is no file {str(path)!r}.", "Name a file with events as JSON.")
    with faults_in(path):
        return read_events(path.read_bytes(), problem.horizon)


def _clock(text: str | None) -> int | None:
    try:
        return None if text is None else parse_clock(text)
    except ValueError as error:
        raise option_fault("--now", str(error)) from error


def _replanned(
    world: World, plan: Plan, events: list[Event], params: RedispatchParams, *, now_s: int | None, tier: Tier
) -> tuple[Redispatch, PlanDiff]:
    """The plan after all events, re-planned whenever time has passed between two of them, and what it changes."""
    from optimizer.redispatch.redispatch import redispatch  # brings in the engines, which take seconds to load

    streets = world.streets if world.travel.source == ALONG_STREETS else None
    published = day = open_day(world.problem, world.travel, plan, streets=streets)
    for event, following in pairwise([*events, None]):
        assert event is not None
        day = after(day, event)
        if following is not None and following.at_s > event.at_s:
            day = redispatch(day, replace(params, figures=False), Tier.INSERTION).day
    if now_s is not None:
        day = at(day, now_s)
    result = redispatch(day, params, tier)
    return result, diff_plans(result.day.problem, published.plan, result.plan, told=published.told)


def _write(world: World, result: Redispatch, output: Path, language: Language) -> None:
    day = result.day
    paths = write_results(
        day.problem,
        result.plan,
        output,
        streets=world.streets,
        travel=day.travel,
        language=language,
        instance=world.instance,
    )
    show_files(out, paths, word_about)


def _show_diff(problem: Problem, diff: PlanDiff) -> None:
    """Who must be told what: elders first, then workers."""
    news = [change for change in diff.visits if change.is_news]
    if news:
        table = Table("visit", "elder", "told before", "now", title="Visits that change", title_style="bold", box=None)
        for change in news[:MAX_ROWS]:
            table.add_row(change.visit_id, _elder(problem, change), _service(change.before), _service(change.after))
        out.print(table)
    if diff.workers:
        table = Table(
            "worker", "new visits", "visits gone", "else", title="Workers to tell", title_style="bold", box=None
        )
        for worker in diff.workers[:MAX_ROWS]:
            order = "other order" if worker.is_reordered else "other times" if worker.is_moved else ""
            table.add_row(
                worker.worker_id, ", ".join(worker.added_visit_ids), ", ".join(worker.removed_visit_ids), order
            )
        out.print(table)
    moved = [abs(change.shift_s) for change in diff.visits if change.shift_s is not None and not change.is_news]
    told = f"{counted(len(diff.elder_ids), 'elder')} and {counted(len(diff.worker_ids), 'worker')} must be told"
    least = max(moved, default=0) // SECONDS_PER_MINUTE
    quiet = f"; {counted(len(moved), 'visit')} moved by up to {least} min, which is no news" if moved else ""
    out.print(told + quiet, markup=False, highlight=False)


def _elder(problem: Problem, change: VisitChange) -> str:
    elder = problem.elder_by_id.get(change.elder_id or "")
    return "" if elder is None else elder.name or elder.elder_id


def _service(service: Service | None) -> str:
    return "not served" if service is None else f"{format_clock(service.start_s)} {' + '.join(service.worker_ids)}"
