"""The reference engine: improve route sequences with OR-Tools' routing model and guided local search."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from ortools.util import optional_boolean_pb2

from optimizer.judge import unserved_cents
from optimizer.params import SolveParams
from optimizer.plan import Draft, Sources
from optimizer.problem import Problem
from optimizer.routing.constraints import add_rules
from optimizer.routing.extract import draft_of_assignment, draft_of_search, routes_of_draft
from optimizer.routing.nodes import Nodes, make_nodes
from optimizer.routing.objective import add_costs
from optimizer.routing.variables import Variables, make_variables
from optimizer.travel import TravelMatrix

MAX_CELLS = 10_000_000
"""Largest number of nodes squared times vehicles; beyond it building the model alone takes too long."""

MAX_READING_SHARE = 0.05
"""Share of the time left that one reading of the start may take."""

MIN_BRANCHES = 100_000
BRANCHES_PER_STEP = 5_000
"""With a step limit, the search ends after so many branches even if it found fewer solutions."""

CALLS_PER_QUESTION = 100
"""The search asks whether to stop at every so many branches."""

MAX_SEARCH_S = 86_400
"""Longest search; OR-Tools warns of none at all."""

logger = logging.getLogger(__name__)


def improve(
    problem: Problem,
    travel: TravelMatrix,
    start: Draft,
    sources: Sources,
    params: SolveParams,
    *,
    deadline_s: float,
    should_stop: Callable[[], bool] | None = None,
    on_improvement: Callable[[Draft], None] | None = None,
) -> Draft:
    """Improve `start` by guided local search until the deadline or the step limit.

    Parameters
    ----------
    sources
        Supply decided beforehand, by visit id. For a visit with demand but without a source the model chooses station
        and wave.
    params
        ``step_limit`` bounds the solutions visited, and the branches tried for them; with it (and time enough) the
        same input gives the same draft. The search itself draws no random numbers that matter; ``seed`` seeds those it
        has.
    deadline_s
        On the clock of :func:`time.monotonic`; building the model counts.
    should_stop
        Asked from time to time; true ends the search.
    on_improvement
        Called with every new best draft.

    Returns
    -------
    Draft
        Route sequences, never worse than `start` in the model's objective. Visits of `start` that the model refuses are
        dropped from the start one by one; `start` itself is returned where that loses more than the search gains, and
        for problems too large for the model.
    """
    nodes = make_nodes(problem, travel, sources, start)
    if len(nodes) ** 2 * len(nodes.vehicles) > MAX_CELLS:
        logger.warning("%d nodes and %d shifts are too many for the routing model", len(nodes), len(nodes.vehicles))
        return start
    if not nodes.vehicles or not nodes.visit_nodes or time.monotonic() >= deadline_s:
        return start
    variables = build_model(nodes)
    _limit_search(variables, params, should_stop)
    reading_s = (deadline_s - time.monotonic()) * MAX_READING_SHARE
    variables.model.CloseModelWithParameters(search_parameters(params, time.monotonic() + reading_s))
    first = accept_start(variables, start, deadline_s - reading_s)
    if first is None or time.monotonic() >= deadline_s:
        return start
    if on_improvement is not None:
        _report_improvements(variables, on_improvement)
    variables.solver.ReSeed(params.seed)
    best = variables.model.SolveFromAssignmentWithParameters(first, search_parameters(params, deadline_s))
    if best is None:
        return start
    draft = draft_of_assignment(variables, best)
    return start if _unserved_cents(problem, draft) > _unserved_cents(problem, start) else draft


def _limit_search(variables: Variables, params: SolveParams, should_stop: Callable[[], bool] | None) -> None:
    """End each search when asked to, and with a step limit after so many branches.

    Guided local search has no end of its own: on a small problem it goes on without ever finding another solution.
    """
    model, solver = variables.model, variables.solver
    if params.step_limit is not None:
        model.AddSearchMonitor(solver.BranchesLimit(MIN_BRANCHES + params.step_limit * BRANCHES_PER_STEP))
    if should_stop is not None:
        num_calls = count()
        model.AddSearchMonitor(solver.CustomLimit(lambda: next(num_calls) % CALLS_PER_QUESTION == 0 and should_stop()))


def build_model(nodes: Nodes) -> Variables:
    """The whole model, still open for more."""
    variables = make_variables(nodes)
    add_rules(variables)
    add_costs(variables)
    return variables


def search_parameters(params: SolveParams, deadline_s: float) -> Any:
    """Guided local search within `params`' step limit and the time left."""
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    left_s = min(deadline_s - time.monotonic(), MAX_SEARCH_S)
    parameters.time_limit.FromMilliseconds(max(1, int(1000 * left_s)))
    if params.step_limit is not None:
        parameters.solution_limit = params.step_limit + 1
        # A neighbour is given up after 0.1 s of the clock: on a busy machine that would be another plan.
        parameters.lns_time_limit.FromMilliseconds(int(1000 * MAX_SEARCH_S))
    # Cheaper by far than what it saves: linear programs for the times of each route.
    parameters.disable_scheduling_beware_this_may_degrade_performance = True
    operators = parameters.local_search_operators
    operators.use_relocate_and_make_active = optional_boolean_pb2.BOOL_TRUE
    return parameters


def accept_start(variables: Variables, start: Draft, deadline_s: float) -> Any:
    """The largest part of `start` found that the model accepts, as an assignment.

    Units of visits that stand or fall together are tried all at once, then in halves.
    """
    nodes, model = variables.nodes, variables.model

    def read(units: Iterable[frozenset[str]]) -> Any:
        return model.ReadAssignmentFromRoutes(routes_of_draft(nodes, start, frozenset().union(*units)), True)

    accepted: list[frozenset[str]] = []
    pending = [units_of(nodes.problem, start)]
    num_refused = 0
    while pending and time.monotonic() < deadline_s:
        units = pending.pop()
        assignment = read([*accepted, *units])
        if assignment is None and len(units) > 1:
            pending += [units[len(units) // 2 :], units[: len(units) // 2]]
        elif assignment is None:
            num_refused += 1
        else:
            accepted += units
            if not num_refused and not pending:
                return assignment
    logger.info("the routing model refuses %d parts of the start", num_refused)
    return read(accepted)


def units_of(problem: Problem, draft: Draft) -> list[frozenset[str]]:
    """Served visits in order of the draft, those that must be served together in one unit."""
    unit_by_visit_id = {
        visit_id: frozenset({visit_id})
        for route in draft.routes
        for visit_id in route.visit_ids
        if visit_id in problem.visit_by_id
    }
    for link in problem.links:
        ends = unit_by_visit_id.get(link.first_visit_id), unit_by_visit_id.get(link.second_visit_id)
        if link.kind.is_timed and link.together and ends[0] is not None and ends[1] is not None:
            unit = ends[0] | ends[1]
            unit_by_visit_id.update(dict.fromkeys(unit, unit))
    return list(dict.fromkeys(unit_by_visit_id.values()))


def _report_improvements(variables: Variables, on_improvement: Callable[[Draft], None]) -> None:
    """Hand every solution better than all before it to `on_improvement`."""
    model, costs = variables.model, list[int]()

    def report() -> None:
        cost = model.CostVar().Min()
        if not costs or cost < costs[-1]:
            costs.append(cost)
            on_improvement(draft_of_search(variables))

    model.AddAtSolutionCallback(report)


def _unserved_cents(problem: Problem, draft: Draft) -> int:
    served = draft.served_visit_ids
    return sum(unserved_cents(problem, visit) for visit in problem.visits if visit.visit_id not in served)
