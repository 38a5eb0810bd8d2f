"""``python -m benchmarks.ablation FAMILY``: what the search's settings are worth, one setting changed at a time.

Every value runs on the same instances for the same time, in one process that has compiled beforehand; the search alone
is timed, from arrays to the last step. Gaps are to the best known values.
"""

from __future__ import annotations

import ast
import time as clock
from dataclasses import fields, replace
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.command import faults_told
from benchmarks.quality.families import DATA_VARIABLE, Case, find_cases, find_family
from optimizer.formats.issues import did_you_mean
from optimizer.search.engine import Search
from optimizer.search.settings import Settings
from optimizer.search.warmup import warm_up

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
out = Console()
err = Console(stderr=True)


@app.command()
def ablation(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="A family with best known values, e.g. vrptw.")],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE,...", help="Settings of one further row; may be repeated."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help=f"Folder of the public data (default: ${DATA_VARIABLE}).")
    ] = None,
    instances: Annotated[str, typer.Option(metavar="GLOB", help="Names of instances, e.g. 'R1*'.")] = "*",
    time: Annotated[float, typer.Option(metavar="S", min=0.1, help="Seconds for each instance.")] = 10.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of every search.")] = 0,
) -> None:
    """Compare settings of the search: mean gap to best known, and steps a second of one thread."""
    with faults_told(err):
        cases = find_cases(find_family(family), data, instances)
        rows = {"as shipped": Settings()} | {text: _changed(text) for text in change or ()}
    warm_up()
    table = Table("settings", "mean gap %", "mean steps/s", title=f"{family}, {len(cases)} instances, {time:g} s each")
    for name, settings in rows.items():
        results = [_run(case, settings, time, seed) for case in cases]
        gaps, speeds = zip(*results, strict=True)
        table.add_row(name, f"{fmean(gaps):.3f}", f"{fmean(speeds):,.0f}")
    out.print(table)


def _changed(text: str) -> Settings:
    """Settings as shipped but for ``name=value,...``; several numbers for one setting are joined by slashes."""
    known = {field.name: field.type for field in fields(Settings)}
    changes = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        if name not in known:
            raise typer.BadParameter(f"{name!r} is no setting. {did_you_mean(name, known)}".strip())
        try:
            changes[name] = ast.literal_eval(value if "/" not in value else f"({value.strip('/').replace('/', ',')},)")
        except (ValueError, SyntaxError):
            raise typer.BadParameter(f"{part!r}: give a number, or several joined by slashes.") from None
    return replace(Settings(), **changes)


def _run(case: Case, settings: Settings, time_s: float, seed: int) -> tuple[float, float]:
    """Gap in percent and steps a second of one search."""
    instance = case.load()
    best_known = instance.best_known
    if best_known is None:
        raise typer.BadParameter(f"{case.name} has no best known value to compare with.")
    began_s = clock.monotonic()
    search = Search(instance.problem, instance.travel, {}, seed=seed, settings=settings)
    search.start()
    search.improve(deadline_s=began_s + time_s)
    gap = 100.0 * (search.cents / instance.cost_divisor / best_known - 1.0)
    return gap, search.num_steps / (clock.monotonic() - began_s)


if __name__ == "__main__":
    app()
