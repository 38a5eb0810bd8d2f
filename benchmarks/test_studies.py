"""Speed of a study: every variant planned with a fixed number of steps, figures read off, differences paired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from optimizer.params import Engine
from optimizer.study.changes.demand import ScaleDemand
from optimizer.study.changes.workers import ScaleWorkers
from optimizer.study.compare import comparisons
from optimizer.study.drive import run_study
from optimizer.study.pool import Asked
from optimizer.study.runs import Run, World, carry_out
from optimizer.study.study import AS_IS, Base, Search, Study
from scenarios import build_scenario

STUDY = Study(
    name="Demand and couriers",
    base=Base(scenario="tiny", seed=1),
    search=Search(step_limit=200, engine=Engine.AUTO),
    seeds=(1, 2),
    changes={"more": (ScaleDemand(percent=150),), "fewer": (ScaleWorkers(skills=("meal",), percent=50),)},
    grid={"demand": (AS_IS, "more"), "couriers": (AS_IS, "fewer")},
)


def _here(asked: Sequence[Asked], worlds: Mapping[int, World]) -> Iterator[Run]:
    return (carry_out(worlds[job.seed], job, announced) for job, announced in asked)


def test_study_of_eight_plans(benchmark: Any, tmp_path: Path) -> None:
    scenario = build_scenario("tiny", seed=1)
    world = World(problem=scenario.problem, streets=scenario.streets)
    worlds = dict.fromkeys(STUDY.seeds, world)
    results = benchmark.pedantic(run_study, (STUDY, worlds, tmp_path, _here), rounds=1)
    assert results.faults == ()
    assert len(results.runs) == 8
    more = next(
        each for each in comparisons(results, results.variants) if (each.variant, each.figure) == ("more", "num_visits")
    )
    assert more.difference is not None
    assert more.difference.mean > 0
