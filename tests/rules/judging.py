"""How a test of a rule asks the judge and spoils a plan."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from optimizer.check import check_plan
from optimizer.plan import Plan, Route
from optimizer.problem import Problem
from optimizer.rules import Rule
from tests.builders import make_travel


def broken_rules(problem: Problem, plan: Plan) -> list[Rule]:
    """The rule of every violation, on the line's travel matrix."""
    return [violation.rule for violation in check_plan(problem, make_travel(problem), plan)]


def change_stop(plan: Plan, position: int, route_idx: int = 0, **changes: Any) -> Plan:
    """`plan` with one stop changed."""
    stops = list(plan.routes[route_idx].stops)
    stops[position] = replace(stops[position], **changes)
    return change_route(plan, route_idx, stops=tuple(stops))


def change_route(plan: Plan, route_idx: int = 0, **changes: Any) -> Plan:
    """`plan` with one route changed."""
    routes: list[Route] = list(plan.routes)
    routes[route_idx] = replace(routes[route_idx], **changes)
    return replace(plan, routes=tuple(routes))
