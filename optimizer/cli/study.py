"""``yizhan study``: variants of a base planned side by side, and a report of what differs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from optimizer.cli.faults import INTERNAL_FAULT, faults_told
from optimizer.cli.load import WorldOptions, load_problem
from optimizer.cli.options import LanguageName, Output
from optimizer.cli.report import counted, show_files
from optimizer.cli.write import all_or_nothing, require_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from optimizer.formats.words import Language
    from optimizer.study.compare import Comparison
    from optimizer.study.drive import Results, Step
    from optimizer.study.pool import Backend
    from optimizer.study.runs import World
    from optimizer.study.study import Study

INTERRUPTED = 130
REPORT_NAME = "report.html"
_MAX_ROWS = 40
"""Variants that the terminal shows; the report has all."""

_WORDS = {
    REPORT_NAME: "the report; opens by double click, needs no network",
    "study_runs": "figures of every plan",
    "study_variants": "means and paired differences",
    "study_effects": "what each level of the grid does",
    "study_curves": "what each promise costs",
    "study_communities": "who gains and loses, by community",
    "study_elders": "who gains and loses, by elder",
}

out = Console()
err = Console(stderr=True)


def study(
    file: Annotated[Path, typer.Argument(metavar="STUDY", help="Study file: .yaml, .json or .xlsx.")],
    output: Output,
    *,
    workers: Annotated[int, typer.Option(min=0, max=256, help="Processes; 0 means one per core.")] = 0,
    cluster: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Plan on a Dask cluster, e.g. tcp://scheduler:8786.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check the study and list its variants only.")] = False,
    language: LanguageName = "zh",
) -> None:
    """Ask what if: plan every variant of STUDY under every seed, and report what differs.

    A study that was stopped continues where it was; one that has grown does only what is new.
    """
    from optimizer.study.parse import num_runs, read_study  # brings in the engines, which take seconds to load
    from optimizer.study.runs import require_applicable

    with faults_told(err):
        asked = read_study(file)
        worlds = worlds_of(asked, file.parent)
        if dry_run:
            require_applicable(asked, worlds)
            _list_variants(asked)
            out.print(f"valid: {counted(num_runs(asked), 'plan')} to be made", style="green", highlight=False)
            return
        require_folder(output)
        results, is_stopped = _carried_out(asked, worlds, output, _backend(workers, cluster))
        paths = _write(results, worlds, output, language)
    _show(results, paths)
    if is_stopped:
        out.print("Stopped; the same command continues from here.", style="yellow")
        raise typer.Exit(INTERRUPTED)
    if results.faults:
        raise typer.Exit(INTERNAL_FAULT)


def worlds_of(study: Study, folder: Path) -> Mapping[int, World]:
    """The base problem of `study` for each of its seeds; files are found from `folder`.

    Raises
    ------
    InputError
        If the base cannot be read or built.
    """
    from optimizer.study.runs import World

    base = study.base
    src = base.scenario or str(folder / (base.problem or ""))
    if base.scenario is None and not Path(src).exists():
        src = base.problem or ""
    options = WorldOptions(size=base.size, stress=base.stress or None, streets=base.streets)

    def world(seed: int) -> World:
        loaded = load_problem(src, replace(options, seed=seed))
        travel = None if loaded.instance is None else loaded.instance.travel
        return World(problem=loaded.problem, streets=loaded.streets, travel=travel)

    if base.scenario is None or base.seed is not None:
        return dict.fromkeys(study.seeds, world(base.seed or 0))
    return {seed: world(seed) for seed in study.seeds}


def _backend(workers: int, cluster: str | None) -> Backend:
    if cluster is not None:
        from optimizer.study.cluster import on_cluster

        return on_cluster(cluster)
    from optimizer.study.pool import in_processes

    return in_processes(workers or os.cpu_count() or 1)


def _carried_out(study: Study, worlds: Mapping[int, World], output: Path, backend: Backend) -> tuple[Results, bool]:
    """The results, and whether Ctrl-C ended the study before all were there."""
    from optimizer.cli.planning import COMPILING
    from optimizer.params import Engine
    from optimizer.search.warmup import is_warm, warm_up
    from optimizer.study.drive import kept_results, run_study

    if study.search.engine is not Engine.ORTOOLS and not is_warm():
        err.print(COMPILING)
        warm_up()
    try:
        with _progress() as on_step:
            return run_study(study, worlds, output, backend, on_step), False
    except KeyboardInterrupt:
        return kept_results(study, worlds, output), True


@contextmanager
def _progress() -> Iterator[Callable[[Step], None]]:
    """A bar at a terminal; elsewhere a line for every tenth of the work."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        task = progress.add_task("Planning variants", total=None)

        def tell(step: Step) -> None:
            name = "Planning variants" if step.run is None else f"{step.run.variant}, seed {step.run.seed}"
            progress.update(task, total=step.num_jobs, completed=step.num_done, description=name)
            if step.run is not None and step.run.fault:
                err.print(f"{name}: {step.run.fault}", style="red", markup=False, highlight=False, soft_wrap=True)
            if step.run is None and step.num_kept:
                err.print(f"{counted(step.num_kept, 'plan')} of {step.num_jobs} kept from before", highlight=False)
            elif not err.is_terminal and _is_tenth(step):
                err.print(f"{step.num_done} of {step.num_jobs} plans", highlight=False)

        yield tell


def _is_tenth(step: Step) -> bool:
    tenths = 10 * step.num_done // step.num_jobs
    return tenths > 10 * (step.num_done - 1) // step.num_jobs


def _write(results: Results, worlds: Mapping[int, World], output: Path, language: Language) -> list[Path]:
    from optimizer.study.report import write_report
    from optimizer.study.tables import write_tables

    first = worlds[results.study.seeds[0]]
    ground = None if first.streets is None else first.streets.segments
    with all_or_nothing(output) as draft:
        write_report(results, first, draft / REPORT_NAME, streets=ground, language=language)
        names = [REPORT_NAME, *(path.name for path in write_tables(results, draft))]
    for stale in output.glob("study_*"):
        if stale.name not in names:
            stale.unlink()
    return [output / name for name in names]


def _show(results: Results, paths: list[Path]) -> None:
    """What differs, briefly: the first variants with their paired differences, and the files."""
    from optimizer.study.compare import comparisons
    from optimizer.study.tables import has_parquet

    table = Table(
        "variant", "running yuan", "more", "not served", "more ", title=results.study.name, title_style="bold"
    )
    for column in table.columns[1:]:
        column.justify = "right"
    shown = results.variants[:_MAX_ROWS]
    found = {(each.variant, each.figure): each for each in comparisons(results, shown)}
    for variant in shown:
        cost, unserved = found.get((variant.name, "running_cents")), found.get((variant.name, "num_unserved"))
        table.add_row(variant.name, *_cells(cost, 100, 0), *_cells(unserved, 1, 1))
    out.print(table)
    if len(results.variants) > len(shown):
        out.print(f"… and {len(results.variants) - len(shown)} more variants in the report.", style="dim")
    num_asked = len(results.variants) * len(results.study.seeds)
    if len(results.runs) < num_asked:
        note = (
            f"{len(results.runs)} of {num_asked} plans are made; rows and their differences are of the seeds they have."
        )
        out.print(note, style="yellow", highlight=False)
    for run in results.faults:
        err.print(
            f"{run.variant}, seed {run.seed}: {run.fault}", style="red", markup=False, highlight=False, soft_wrap=True
        )
    show_files(out, paths, lambda path: _WORDS.get(path.name) or _WORDS.get(path.stem, ""))
    if not has_parquet():
        out.print("No Parquet files: pyarrow is not installed (extra 'parquet').", style="dim")


def _cells(figure: Comparison | None, per_unit: int, digits: int) -> tuple[str, str]:
    """Mean and paired difference; a star where the interval leaves out 0."""
    if figure is None:
        return "", ""
    mean, difference = f"{figure.mean / per_unit:,.{digits}f}", figure.difference
    if difference is None:
        return mean, ""
    return mean, f"{difference.mean / per_unit:+,.{digits}f}{'*' if difference.is_clear else ' '}"


def _list_variants(study: Study) -> None:
    from optimizer.study.report import words_of
    from optimizer.study.study import variants_of

    table = Table("variant", "changes", title=study.name, title_style="bold")
    for variant in variants_of(study):
        table.add_row(variant.name, "\n".join(map(words_of, variant.changes)))
    out.print(table)
