"""A study in a process of its own: run by run, each told as it comes; what is missing only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from api.jobs.task import Failed, Studied, StudyTask, Told
from api.worlds import make_world
from optimizer.study.parse import study_from_tree
from optimizer.study.study import Study
from scenarios import build_scenario

if TYPE_CHECKING:
    from optimizer.study.drive import Results, Step
    from optimizer.study.pool import Asked
    from optimizer.study.runs import Run, World


class _Stopped(Exception):
    """Somebody wants the study to end."""


@dataclass(frozen=True, slots=True)
class _OneByOne:
    """Carries out runs in this process; one that was cut short by the word to stop is none."""

    should_stop: Callable[[], bool]

    def __call__(self, asked: Sequence[Asked], worlds: Mapping[int, World]) -> Iterator[Run]:
        from optimizer.study.runs import carry_out

        for job, announced in asked:
            run = carry_out(worlds[job.seed], job, announced, self.should_stop)
            if self.should_stop():
                raise _Stopped
            yield run


def carry_out_study(task: StudyTask, tell: Callable[[Told], None], should_stop: Callable[[], bool]) -> Studied | Failed:
    """The results and the report of a study; neither where it was stopped."""
    from optimizer.study.drive import RUNS_FOLDER, run_study
    from optimizer.study.runs import run_from_json, run_to_json

    study = study_from_tree(orjson.loads(task.study))
    worlds = study_worlds(study, task.problem, task.travel, task.streets_path)
    with tempfile.TemporaryDirectory(prefix="yizhan-") as name:
        folder = Path(name)
        (folder / RUNS_FOLDER).mkdir()
        for content in task.runs:
            (folder / RUNS_FOLDER / f"{run_from_json(content).run_id}.json").write_bytes(content)

        def told(step: Step) -> None:
            run = step.run
            is_kept = run is not None and not run.fault
            facts = {"run_id": run.run_id, "run": run_to_json(run)} if run is not None and is_kept else {}
            tell(Told(event={"num_done": step.num_done, "num_jobs": step.num_jobs, **facts}))

        try:
            results = run_study(study, worlds, folder, _OneByOne(should_stop), told)
        except _Stopped:
            return Studied(results=None, report=None)
        return _told(results, worlds[study.seeds[0]])


def study_worlds(
    study: Study, problem: bytes | None, travel: Mapping[str, Any], streets_path: Path | None
) -> Mapping[int, World]:
    """The base problem of a study for each of its seeds: a scenario, or the stored problem given."""
    from optimizer.study.runs import World

    base = study.base
    if problem is not None:
        stored = make_world(problem, travel, streets_path)
        return dict.fromkeys(study.seeds, World(problem=stored.problem, streets=stored.streets))

    def build(seed: int) -> World:
        built = build_scenario(base.scenario or "", seed=seed, size=base.size, stress=list(base.stress))
        return World(problem=built.problem, streets=built.streets)

    if base.seed is not None:
        return dict.fromkeys(study.seeds, build(base.seed))
    return {seed: build(seed) for seed in study.seeds}


def _told(results: Results, world: World) -> Studied:
    from optimizer.study.compare import comparisons
    from optimizer.study.report import report_html

    ground = None if world.streets is None else world.streets.segments
    figures = [asdict(each) for each in comparisons(results, results.variants)]
    faults = [{"variant": run.variant, "seed": run.seed, "fault": run.fault} for run in results.faults]
    report = report_html(results, world, streets=ground)
    return Studied(results=orjson.dumps({"figures": figures, "faults": faults}), report=report.encode())
