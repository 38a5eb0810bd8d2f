"""The scenarios that come with the package, as ready problems."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from api.bodies import sound_problem
from api.catalogue_resources import ScenarioSummary
from api.deps import ChangeDep, Planner, ServiceDep, Store, Viewer
from api.errors import not_found
from api.intake import keep_problem
from api.openapi import errors
from api.resources import ProblemSummary, dump, problem_facts
from api.worlds import scenario_travel
from optimizer.formats.json import problem_to_json
from optimizer.problem import Problem
from scenarios import SCENARIOS, Scenario, build_scenario

router = APIRouter(prefix="/scenarios", tags=["scenarios"], responses=errors())


def scenario_of(
    name: Annotated[str, Path(max_length=100)],
    seed: Annotated[int, Query(ge=0, le=2**31)] = 0,
    size: Annotated[float, Query(gt=0, le=20, description="1 is a district.")] = 1.0,
    stress: Annotated[list[str], Query(max_length=10, description="What goes wrong, e.g. `snow`.")] = [],  # noqa: B006 - FastAPI's way
) -> Scenario:
    """The scenario that the request names; 404 where there is none."""
    if name not in SCENARIOS:
        raise not_found("scenario", name)
    return build_scenario(name, seed=seed, size=size, stress=stress)


ScenarioDep = Annotated[Scenario, Depends(scenario_of)]


@router.get("", summary="List the scenarios")
def scenarios(caller: Viewer) -> tuple[ScenarioSummary, ...]:
    """Name and purpose of each."""
    return tuple(
        ScenarioSummary(
            name=info.name, purpose=info.purpose, figures=dict(info.figures), has_one_size=info.has_one_size
        )
        for info in SCENARIOS.values()
    )


@router.get("/{name}", summary="A scenario's problem", response_model=Problem, responses=errors(404))
def scenario_problem(caller: Viewer, scenario: ScenarioDep) -> Response:
    """The problem, to be looked at or changed and posted."""
    return Response(problem_to_json(scenario.problem), media_type="application/json")


@router.post(
    "/{name}/problems",
    status_code=201,
    summary="Keep a scenario's problem",
    response_model=ProblemSummary,
    responses=errors(404),
)
def keep_scenario(
    service: ServiceDep, caller: Planner, store: Store, change: ChangeDep, scenario: ScenarioDep
) -> Response:
    """Keep the problem with its streets, to be planned by its id."""
    read = sound_problem(scenario.problem, service.settings)
    travel = scenario_travel(scenario.name, scenario.seed, scenario.size, scenario.stress)
    record = keep_problem(store, read, travel, change)
    headers = {"Location": f"/v1/problems/{record.problem_id}"}
    return Response(dump(problem_facts(record)), 201, headers, "application/json")
