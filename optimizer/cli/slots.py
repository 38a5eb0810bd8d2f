"""``yizhan slots``: where one more visit fits into a plan, priced."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from optimizer.cli.faults import faults_in, faults_told, option_fault, require_sound
from optimizer.cli.load import World, WorldOptions, load_judged
from optimizer.cli.options import PlanFile, Source, takes_world
from optimizer.cli.report import counted
from optimizer.plan import Plan
from optimizer.problem import Elder, Visit
from optimizer.redispatch.events import VisitAdded, read_event
from optimizer.redispatch.slots import NoSlot, Slot, SlotFinder, why_no_slot
from optimizer.travel.street_matrix import SOURCE as ALONG_STREETS
from optimizer.units import format_clock

out = Console()
err = Console(stderr=True)


def add_commands(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(slots)


@takes_world()
def slots(
    src: Source,
    plan: PlanFile,
    event: Annotated[Path, typer.Argument(metavar="EVENT", help="The new visit as a visit-added event (JSON).")],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Number of slots to show.")] = 5,
    *,
    options: WorldOptions,
) -> None:
    """Show the cheapest slots for one more visit in a plan, each judged, or why there is none."""
    with faults_told(err):
        world, judged = load_judged(src, plan, options)
        require_sound(err, judged, "A plan that breaks rules gets no slots; mend it first.")
        added = _read_added(event, world)
        _show(world, judged.plan, added.visit, added.elder, number)


def _read_added(path: Path, world: World) -> VisitAdded:
    if not path.is_file():
        raise option_fault("EVENT", f"there is no file {str(path)!r}.", "Name a file with a visit-added event.")
    with faults_in(path):
        event = read_event(path.read_bytes(), world.problem.horizon)
    if not isinstance(event, VisitAdded):
        raise option_fault("EVENT", f"{event.kind!r} adds no visit.", "Give an event of the kind 'visit-added'.")
    return event


def _show(world: World, plan: Plan, visit: Visit, elder: Elder | None, number: int) -> None:
    streets = world.streets if world.travel.source == ALONG_STREETS else None
    finder = SlotFinder(world.problem, world.travel, plan, streets=streets)
    found = finder.best_slots(visit, elder, number)
    if found:
        out.print(_table(found))
        out.print(f"{counted(len(found), 'slot')}, judged and exactly priced", highlight=False)
    else:
        _show_reasons(why_no_slot(finder, visit, elder))


def _table(found: tuple[Slot, ...]) -> Table:
    table = Table("worker", "shift", "start", "after stop", "adds (yuan)", "moves", box=None, pad_edge=False)
    for slot in found:
        moves = max((abs(moved.after_s - moved.before_s) for moved in slot.moved), default=0)
        table.add_row(
            slot.worker_id,
            slot.shift_id,
            format_clock(slot.start_s),
            str(slot.position) + ("" if slot.loads_at is None else f", loading at {slot.loads_at}"),
            f"{slot.extra_cents / 100:.2f}",
            "nobody" if not slot.moved else f"{counted(len(slot.moved), 'visit')}, {-(-moves // 60)} min at most",
        )
    return table


def _show_reasons(answer: NoSlot) -> None:
    out.print(f"no slot for visit {answer.visit_id!r}", style="yellow", highlight=False)
    for reason in answer.reasons:
        out.print(f"- {reason.message}", markup=False, highlight=False)
    if answer.remedy is not None and answer.nearest is not None:
        start, yuan = format_clock(answer.nearest.start_s), answer.nearest.extra_cents / 100
        who = f"worker {answer.nearest.worker_id!r} at {start} for {yuan:.2f} yuan"
        out.print(f"Nearest possibility: {answer.remedy.message} Then {who}.", markup=False, highlight=False)
