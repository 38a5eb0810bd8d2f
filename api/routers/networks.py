"""Questions about the network of a problem: who reaches what, who belongs where, what opens when, who gets what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.bodies import JSON
from api.deps import ID, JsonBody, Planner, ServiceDep, Store
from api.network_resources import (
    EXAMPLE_BASKETS,
    EXAMPLE_COVERAGE,
    EXAMPLE_ROLL_OUT,
    EXAMPLE_TERRITORIES,
    BasketsAnswer,
    BasketsQuestion,
    CoverageAnswer,
    CoverageQuestion,
    RollOutAnswer,
    RollOutQuestion,
    TerritoriesAnswer,
    TerritoriesQuestion,
)
from api.openapi import body, errors, json_body

router = APIRouter(prefix="/problems/{problem_id}", tags=["networks"], responses=errors(404, 415))

ProblemId = Annotated[str, Path(pattern=ID)]


@router.post(
    "/coverage",
    summary="The 15-minute circle",
    response_model=CoverageAnswer,
    openapi_extra=body(json_body("CoverageQuestion", EXAMPLE_COVERAGE), required=False),
)
def coverage(service: ServiceDep, caller: Planner, store: Store, problem_id: ProblemId, data: JsonBody) -> Response:
    """Who walks to a station in time, who has a place there, and how evenly that falls."""
    return Response(service.networks.answer(store, problem_id, CoverageQuestion, data), media_type=JSON)


@router.post(
    "/territories",
    summary="Which elder belongs to which station",
    response_model=TerritoriesAnswer,
    openapi_extra=body(json_body("TerritoriesQuestion", EXAMPLE_TERRITORIES), required=False),
)
def territories(service: ServiceDep, caller: Planner, store: Store, problem_id: ProblemId, data: JsonBody) -> Response:
    """The cheapest territories, with the bound that proves it."""
    return Response(service.networks.answer(store, problem_id, TerritoriesQuestion, data), media_type=JSON)


@router.post(
    "/roll-out",
    summary="Which sites open when",
    response_model=RollOutAnswer,
    openapi_extra=body(json_body("RollOutQuestion", EXAMPLE_ROLL_OUT)),
)
def roll_out(service: ServiceDep, caller: Planner, store: Store, problem_id: ProblemId, data: JsonBody) -> Response:
    """The best roll-out under yearly budgets that is found in time, and how far from the best possible it can be."""
    return Response(service.networks.answer(store, problem_id, RollOutQuestion, data), media_type=JSON)


@router.post(
    "/baskets",
    summary="Which services each elder gets",
    response_model=BasketsAnswer,
    openapi_extra=body(json_body("BasketsQuestion", EXAMPLE_BASKETS), required=False),
)
def baskets(service: ServiceDep, caller: Planner, store: Store, problem_id: ProblemId, data: JsonBody) -> Response:
    """Services of a month within allowances, budget and hours, proven best as far as the time allows."""
    return Response(service.networks.answer(store, problem_id, BasketsQuestion, data), media_type=JSON)
