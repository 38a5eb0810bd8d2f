"""Solving and explaining at a terminal: what is going on is shown, and Ctrl-C keeps the best plan."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from optimizer.cli.load import World
from optimizer.explain import explain_unassigned
from optimizer.params import Engine, SolveParams
from optimizer.plan import Plan, Unassigned
from optimizer.plan_supply import plan_sources
from optimizer.search.warmup import is_warm
from optimizer.solve import Progress as SolveProgress
from optimizer.solve import solve

COMPILING = "Compiling the search, once on this machine; that takes a minute or two …"


def solve_aloud(console: Console, world: World, params: SolveParams) -> Plan:
    """Solve with a progress bar; the first Ctrl-C ends the search and keeps the best plan."""
    stopped: list[bool] = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Planning", total=1.0)

        if params.engine is not Engine.ORTOOLS and not is_warm():
            console.print(COMPILING)

        def tell(state: SolveProgress) -> None:
            progress.update(task, description=_phase_text(state), completed=state.share_done)

        def stop() -> None:
            stopped.append(True)
            console.print("Stopping; the best plan so far is kept. Ctrl-C again gives it up.")

        with _on_first_interrupt(stop):
            return solve(world.problem, world.travel, params, on_progress=tell, should_stop=lambda: bool(stopped))


def explain_aloud(
    console: Console, world: World, plan: Plan, visit_ids: Sequence[str] | None
) -> tuple[Unassigned, ...]:
    """Reasons and remedies for unserved visits of a sound plan (default: all of them)."""
    supplied, sources = plan_sources(world.problem, world.travel, plan)
    with working(console, "Trying every insertion"):
        return explain_unassigned(supplied, world.travel, sources, plan, visit_ids=visit_ids)


@contextmanager
def working(console: Console, text: str) -> Iterator[Callable[[str], None]]:
    """A spinner at a terminal (nothing elsewhere), and a function that changes its text."""
    with console.status(f"{text} …") as status:
        yield lambda changed: status.update(f"{changed} …")


@contextmanager
def _on_first_interrupt(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at the first Ctrl-C; a second one interrupts as usual."""

    def handle(signum: int, frame: object) -> None:
        signal.signal(signal.SIGINT, previous)
        stop()

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


def _phase_text(state: SolveProgress) -> str:
    if state.cost_cents is None:
        return f"Planning: {state.phase}"
    return f"Planning: {state.phase}, {state.cost_cents / 100:,.0f} yuan, {state.num_unassigned} unserved"
