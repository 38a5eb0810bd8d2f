"""A first district to try the service with."""

from __future__ import annotations

from api.bodies import ReadProblem
from api.intake import keep_problem
from api.outcomes import params_facts
from api.store.district import DistrictStore
from api.store.engine import Database
from api.store.records import Change, NewPlan, Origin
from api.worlds import scenario_travel
from optimizer.params import SolveParams
from scenarios import build_scenario


def load_demo(database: Database, district_id: str, scenario_name: str, time_limit_s: float, change: Change) -> None:
    """Keep a scenario's problem and order a plan for it, which is made once the service runs."""
    scenario = build_scenario(scenario_name)
    store = DistrictStore(database, district_id)
    travel = scenario_travel(scenario.name, scenario.seed, scenario.size, scenario.stress)
    problem = keep_problem(store, ReadProblem(problem=scenario.problem, warnings=()), travel, change)
    params = params_facts(SolveParams(time_limit_s=time_limit_s))
    new = NewPlan(problem_id=problem.problem_id, origin=Origin.SOLVE, params=params)
    store.order_plan(new, change, max_queue=1, max_queue_of_district=1)
