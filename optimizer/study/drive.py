"""Doing a study: what is not yet in the results folder is carried out, and kept there run by run.

A run is a file named after the hash of everything it depends on, and appears whole or not at all: a study that was
stopped, or one with further variants, does only what is missing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from optimizer.study.changes.announcement import Announcement
from optimizer.study.pool import Asked, Backend
from optimizer.study.runs import Job, Run, World, jobs_of, require_applicable, run_from_json, run_to_json
from optimizer.study.study import Study, Variant, variants_of

RUNS_FOLDER = "runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Every run of a study that there is, by variant and seed."""

    study: Study
    variants: tuple[Variant, ...]
    runs: Mapping[tuple[str, int], Run]

    @property
    def faults(self) -> tuple[Run, ...]:
        """Runs that have no figures."""
        return tuple(run for run in self.runs.values() if run.fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a caller is told after each run: how many are done of how many, how many of these were there already."""

    num_done: int
    num_jobs: int
    num_kept: int
    run: Run | None = None


def run_study(
    study: Study,
    worlds: Mapping[int, World],
    folder: Path,
    backend: Backend,
    on_step: Callable[[Step], None] = lambda step: None,
) -> Results:
    """Carry out what is missing in `folder`.

    Parameters
    ----------
    worlds
        The base problem for each seed of the study.
    backend
        Who carries jobs out: :func:`optimizer.study.pool.in_processes` or :func:`optimizer.study.cluster.on_cluster`.

    Raises
    ------
    InputError
        If a change cannot be made; nothing is carried out then.
    """
    require_applicable(study, worlds)
    jobs = jobs_of(study, worlds)
    runs_folder = folder / RUNS_FOLDER
    runs_folder.mkdir(parents=True, exist_ok=True)
    found = {job.run_id: run for job in jobs if (run := _kept_run(runs_folder, job.run_id)) is not None}
    num_kept, num_jobs = len(found), len({job.run_id for job in jobs})
    on_step(Step(num_done=num_kept, num_jobs=num_jobs, num_kept=num_kept))
    for stage in (False, True):
        asked = _missing(jobs, found, needs_announcement=stage)
        for run in backend(asked, worlds) if asked else ():
            found[run.run_id] = run
            if not run.fault:
                _keep(run, runs_folder)
            on_step(Step(num_done=len(found), num_jobs=num_jobs, num_kept=num_kept, run=run))
    return _results(study, jobs, found)


def kept_results(study: Study, worlds: Mapping[int, World], folder: Path) -> Results:
    """The results there are in `folder`, whether the study is complete or not."""
    jobs = jobs_of(study, worlds)
    found = {job.run_id: run for job in jobs if (run := _kept_run(folder / RUNS_FOLDER, job.run_id)) is not None}
    return _results(study, jobs, found)


def _results(study: Study, jobs: Iterable[Job], found: Mapping[str, Run]) -> Results:
    """Variants that change the same share a run, each under its own name."""
    runs = {
        (job.variant.name, job.seed): replace(found[job.run_id], variant=job.variant.name)
        for job in jobs
        if job.run_id in found
    }
    return Results(study=study, variants=variants_of(study), runs=runs)


def _missing(jobs: Iterable[Job], found: dict[str, Run], *, needs_announcement: bool) -> list[Asked]:
    """Jobs of one stage that have no run yet, each once; where nothing was announced, that is the run's fault."""
    asked: dict[str, Asked] = {}
    for job in jobs:
        if job.run_id in found or job.run_id in asked or (job.announced_by is not None) is not needs_announcement:
            continue
        announced: Announcement | None = None
        if job.announced_by is not None:
            base = found[job.announced_by]
            if base.fault:
                fault = f"the plan to be announced could not be made: {base.fault}"
                found[job.run_id] = Run(run_id=job.run_id, variant=job.variant.name, seed=job.seed, fault=fault)
                continue
            announced = base.announcement
        asked[job.run_id] = job, announced
    return list(asked.values())


def _kept_run(folder: Path, run_id: str) -> Run | None:
    """The run kept in `folder`; ``None`` where there is none, or its file is broken."""
    try:
        run = run_from_json((folder / f"{run_id}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return run if run.run_id == run_id and not run.fault else None


def _keep(run: Run, folder: Path) -> None:
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".part-", delete=False) as file:
        file.write(run_to_json(run))
    Path(file.name).replace(folder / f"{run.run_id}.json")
