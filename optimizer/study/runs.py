"""One run of a study: a variant in the world of one seed, planned and read off. Runs are what is kept and resumed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import TypeAdapter

from optimizer.errors import InputError, Issue
from optimizer.formats.json import problem_hash
from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.problem import Problem
from optimizer.solve import solve
from optimizer.study.changes import Change, Draw, changed
from optimizer.study.changes.announcement import Announcement, announcement_of, what_is_left, with_promises
from optimizer.study.figures import Outcome, outcome_of
from optimizer.study.study import Search, Study, Variant, variants_of
from optimizer.travel import StreetGraph, TravelMatrix, build_travel
from optimizer.validate import ERROR_CODES, validate_problem

_ARITHMETIC = 1
"""Counts up whenever the same run gets other figures than before."""
_MAX_NOTES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The base problem of one seed, and what one travels on: streets, a given matrix, or straight lines."""

    problem: Problem
    streets: StreetGraph | None = None
    travel: TravelMatrix | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One variant under one seed.

    Attributes
    ----------
    run_id
        Hash of everything the result depends on.
    announced_by
        The run whose plan is promised, where the variant announces one.
    """

    run_id: str
    variant: Variant
    seed: int
    search: Search
    announced_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What has become of a job.

    ``announcement`` is the plan as it would be announced (only of the base as it is); ``fault`` says why there are no
    figures.
    """

    run_id: str
    variant: str
    seed: int
    outcome: Outcome | None = None
    announcement: Announcement | None = None
    status: str = ""
    duration_s: float | None = None
    problem_hash: str = ""
    notes: tuple[str, ...] = ()
    fault: str = ""


def jobs_of(study: Study, worlds: Mapping[int, World]) -> tuple[Job, ...]:
    """Every job of `study`, seed by seed and the base as it is first."""
    variants = variants_of(study)
    jobs: list[Job] = []
    for seed in study.seeds:
        world = _world_hash(worlds[seed])
        base_id = _run_id(study.search, world, seed, variants[0], None)
        for variant in variants:
            announced_by = base_id if variant.announcement is not None else None
            run_id = _run_id(study.search, world, seed, variant, announced_by)
            jobs.append(Job(run_id=run_id, variant=variant, seed=seed, search=study.search, announced_by=announced_by))
    return tuple(jobs)


def _world_hash(world: World) -> str:
    streets = "" if world.streets is None else world.streets.content_hash
    travel = "" if world.travel is None else world.travel.content_hash
    return f"{problem_hash(world.problem)}/{streets}/{travel}"


def _run_id(search: Search, world: str, seed: int, variant: Variant, announced_by: str | None) -> str:
    """Two variants that change the same are one run, whatever they are called."""
    question = {
        "versions": [version("yizhan"), _ARITHMETIC],
        "search": json.loads(_adapter(Search).dump_json(search)),
        "world": world,
        "seed": seed,
        "changes": [_plain(change) for change in variant.changes],
        "announced_by": announced_by,
    }
    return hashlib.sha256(json.dumps(question, sort_keys=True).encode()).hexdigest()[:32]


def _plain(change: Change) -> list[Any]:
    own: Any = type(change)
    return [change.word, json.loads(_adapter(own).dump_json(change))]


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    return TypeAdapter(model)


def require_applicable(study: Study, worlds: Mapping[int, World]) -> None:
    """Make sure that every change can be made in every world, before anything is planned.

    Raises
    ------
    InputError
        With every unknown name and every contradiction among the changed facts.
    """
    issues: dict[tuple[str, str], Issue] = {}
    for seed in study.seeds:
        for variant in variants_of(study):
            for issue in _misfits(worlds[seed].problem, variant, seed, study, is_first=seed == study.seeds[0]):
                issues.setdefault((issue.path, issue.message), issue)
    if issues:
        raise InputError(list(issues.values()))


def _misfits(problem: Problem, variant: Variant, seed: int, study: Study, *, is_first: bool) -> Iterator[Issue]:
    """Names in every world; contradictions, which take longer to find, in the first."""
    draw = Draw(seed)
    is_sound = True
    for change in variant.changes:
        faults = list(change.faults(problem))
        for fault in faults:
            path = f"{_path_of(change, study, variant)}.{fault.path}"
            yield Issue(code="misfit", path=path, message=fault.message, hint=fault.hint)
        is_sound = is_sound and not faults
        if not faults:
            problem = change.apply(problem, draw)
    if is_first and is_sound and variant.changes:
        errors = [issue for issue in validate_problem(problem) if issue.code in ERROR_CODES]
        yield from (
            Issue(code=e.code, path=f"{variant.name} (seed {seed}): {e.path}", message=e.message, hint=e.hint)
            for e in errors[:5]
        )


def _path_of(change: Change, study: Study, variant: Variant) -> str:
    """Where the study file states `change`."""
    for name, changes in study.changes.items():
        if change in changes:
            return f"changes.{name}[{changes.index(change)}]"
    return f"curves.{variant.curve}"


def carry_out(
    world: World, job: Job, announced: Announcement | None, should_stop: Callable[[], bool] | None = None
) -> Run:
    """Plan the variant of `job` in `world` and read the plan off; the result depends on the arguments alone.

    Where a plan was announced, the search begins with what is left of it.

    Faults of a run are told in it: they must not end the study.
    """
    run = Run(run_id=job.run_id, variant=job.variant.name, seed=job.seed)
    try:
        problem, start = _changed(world.problem, job, announced)
        travel = build_travel(problem, streets=world.streets, given=world.travel)
        plan = solve(problem, travel, _params(job), start=start, should_stop=should_stop)
        promises = None if announced is None else announced.promises
        outcome = outcome_of(problem, travel, plan, world.problem.weights, promises)
    except Exception as error:
        return replace(run, fault=f"{type(error).__name__}: {error}")
    return replace(
        run,
        outcome=outcome,
        announcement=None if job.variant.changes else announcement_of(plan),
        status=str(plan.status),
        duration_s=plan.provenance.duration_s,
        problem_hash=plan.provenance.problem_hash,
        notes=plan.provenance.notes[:_MAX_NOTES],
    )


def _changed(problem: Problem, job: Job, announced: Announcement | None) -> tuple[Problem, Draft | None]:
    problem = changed(problem, job.variant.changes, job.seed)
    change = job.variant.announcement
    if change is None or announced is None:
        return problem, None
    return with_promises(problem, announced, change.tolerance_s), what_is_left(announced.draft, problem)


def _params(job: Job) -> SolveParams:
    """One thread for each run: runs are what is done side by side."""
    search = job.search
    return SolveParams(
        time_limit_s=search.time_limit_s,
        step_limit=search.step_limit,
        seed=job.seed,
        engine=search.engine,
        num_workers=1,
        explain=False,
    )


def run_to_json(run: Run) -> bytes:
    """`run` as JSON."""
    return _adapter(Run).dump_json(run, by_alias=True)


def run_from_json(data: bytes) -> Run:
    """The run in JSON text.

    Raises
    ------
    ValueError
        If `data` is not the JSON of a run.
    """
    run: Run = _adapter(Run).validate_json(data)
    return run
