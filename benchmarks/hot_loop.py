"""``python -m benchmarks.hot_loop``: what a step of the search is made of, and how long each part takes.

Every instance is cooled once by a fixed number of steps in one thread, without recombination, and measured by the
processor time of this process: a busy machine matters little. A step takes some ten visits out and puts each back; such
an *insertion* goes through the routes of the visit's nearest visits and *evaluates* those that have changed since the
visit was last priced there. The prices of all others are kept from before.
"""

from __future__ import annotations

import time as clock
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.command import counted, faults_told
from benchmarks.quality.families import DATA_VARIABLE, Case, find_cases, find_family
from optimizer.search.engine import Search
from optimizer.search.settings import Settings
from optimizer.search.warmup import warm_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True)

_SETTINGS = Settings(max_recombined=0)


@app.command()
def hot_loop(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="A family, e.g. vrptw.")] = "vrptw",
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help=f"Folder of the public data (default: ${DATA_VARIABLE}).")
    ] = None,
    instances: Annotated[str, typer.Option(metavar="GLOB", help="Names of instances, e.g. 'R1*'.")] = "*",
    steps: Annotated[int, typer.Option(metavar="N", min=1, help="Steps of each search.")] = 50_000,
) -> None:
    """Steps a second of one thread, and what they consist of."""
    with faults_told(err):
        cases = find_cases(find_family(family), data, instances)
    warm_up()
    title = "One thread: steps a second, insertions a step, evaluations and microseconds an insertion"
    table = Table("instance", "visits", "steps/s", "insertions", "evaluations", "us", "accepted %", title=title)
    with counted(err, len(cases)) as step:
        for case in cases:
            table.add_row(*_profile(case, steps))
            step(case.name)
    out.print(table)


def _profile(case: Case, num_steps: int) -> tuple[str, ...]:
    """The cells of one instance."""
    instance = case.load()
    search = Search(instance.problem, instance.travel, {}, settings=_SETTINGS, num_threads=1)
    search.start()
    began_s = clock.process_time()
    search.improve(step_limit=num_steps)
    seconds = clock.process_time() - began_s
    work = search.work
    return (
        case.name,
        str(len(instance.problem.visits)),
        f"{num_steps / seconds:,.0f}",
        f"{work.num_insertions / num_steps:.1f}",
        f"{work.num_evaluations / max(1, work.num_insertions):.1f}",
        f"{1e6 * seconds / max(1, work.num_insertions):.2f}",
        f"{100 * work.num_accepted / num_steps:.0f}",
    )


if __name__ == "__main__":
    app()
