"""One rule alone: build a model with it and nothing else, and see whether it lets a route stand."""

from collections.abc import Callable

from optimizer.params import SolveParams
from optimizer.plan import RouteDraft, Source
from optimizer.problem import Problem
from optimizer.routing.constraints.routes import add_shifts
from optimizer.routing.engine import search_parameters
from optimizer.routing.extract import draft_of_assignment, routes_of_draft
from optimizer.routing.nodes import make_nodes
from optimizer.routing.objective import add_unserved
from optimizer.routing.variables import Variables, make_variables
from tests.builders import make_draft, make_travel

Rule = Callable[[Variables], None]


def forced(problem: Problem, *routes: RouteDraft, rules: tuple[Rule, ...], sources: dict[str, Source] | None = None):
    """The draft that comes back where shifts and `rules` let `routes` stand, else ``None``.

    OR-Tools drops nodes that can be on no route before it looks at the routes; what it drops does not stand either.
    """
    draft = make_draft(*routes)
    nodes = make_nodes(problem, make_travel(problem), sources or {}, draft)
    variables = make_variables(nodes)
    for rule in (add_shifts, *rules):
        rule(variables)
    add_unserved(variables)
    variables.model.CloseModelWithParameters(search_parameters(SolveParams(), deadline_s=float("inf")))
    assignment = variables.model.ReadAssignmentFromRoutes(routes_of_draft(nodes, draft), True)
    kept = None if assignment is None else draft_of_assignment(variables, assignment)
    return kept if kept is not None and kept.served_visit_ids == draft.served_visit_ids else None


def accepts(problem: Problem, *routes: RouteDraft, rules: tuple[Rule, ...], sources: dict[str, Source] | None = None):
    """Whether shifts and `rules` let `routes` stand."""
    return forced(problem, *routes, rules=rules, sources=sources) is not None
