"""The judge: does a plan keep every rule? Plain Python that knows no engine and re-derives everything from the stops.

The same judge stands behind every engine's plan and behind a dispatcher's "check my hand-made plan".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from optimizer.check import links, routes, supply, visits
from optimizer.cost import quantity_of
from optimizer.plan import Plan, Violation
from optimizer.problem import Problem
from optimizer.reading import ReadPlan, read_plan, violation
from optimizer.rules import COST_TERMS, Rule
from optimizer.travel import TravelMatrix

__all__ = ["CHECKS", "check_hard_term", "check_plan"]


_COUNTED_IN = {"hour": "s", "km": "m"}


def check_hard_term(reading: ReadPlan) -> Iterator[Violation]:
    """Cost terms that the problem declares hard have quantity zero, whatever their price."""
    for term in reading.problem.hard_terms:
        quantity = quantity_of(term, reading)
        if quantity:
            text = f"the hard term {term} must be zero, but is {_with_unit(quantity, COST_TERMS[term].unit)}."
            yield violation(Rule.HARD_TERM, text)


def _with_unit(quantity: int, unit: str) -> str:
    """A quantity in words: terms priced per hour or kilometre are counted in seconds and metres."""
    return f"{quantity} {_COUNTED_IN[unit]}" if unit in _COUNTED_IN else f"{quantity} ({unit})"


CHECKS: Mapping[Rule, Callable[[ReadPlan], Iterable[Violation]]] = {
    Rule.REFERENCE: routes.check_reference,
    Rule.VISIT_ONCE: visits.check_visit_once,
    Rule.ACCOUNTED: visits.check_accounted,
    Rule.TIMES: routes.check_times,
    Rule.TRAVEL: routes.check_travel,
    Rule.SERVICE_DURATION: routes.check_service_duration,
    Rule.TIME_WINDOW: routes.check_time_window,
    Rule.SHIFT: routes.check_shift,
    Rule.WORKING_TIME: routes.check_working_time,
    Rule.BREAK: routes.check_break,
    Rule.RANGE: routes.check_range,
    Rule.TRIPS: routes.check_trips,
    Rule.SKILL: visits.check_skill,
    Rule.FORBIDDEN_WORKER: visits.check_forbidden_worker,
    Rule.DISTINCT_WORKERS: visits.check_distinct_workers,
    Rule.RELIABILITY: visits.check_reliability,
    Rule.PINNED_WORKER: visits.check_pinned_worker,
    Rule.PINNED_START: visits.check_pinned_start,
    Rule.LOADED: supply.check_loaded,
    Rule.CAPACITY: supply.check_capacity,
    Rule.SUPPLIER: supply.check_supplier,
    Rule.STOCK: supply.check_stock,
    Rule.OPENING: supply.check_opening,
    Rule.LOADING: supply.check_loading,
    Rule.READY_TIME: supply.check_ready_time,
    Rule.TIME_ON_BOARD: supply.check_time_on_board,
    Rule.SAME_START: links.check_same_start,
    Rule.GAP: links.check_gap,
    Rule.BEFORE: links.check_before,
    Rule.SAME_WORKER: links.check_same_worker,
    Rule.DIFFERENT_WORKER: links.check_different_worker,
    Rule.NOT_CONSECUTIVE_DAYS: links.check_not_consecutive_days,
    Rule.TOGETHER: links.check_together,
    Rule.HARD_TERM: check_hard_term,
}
"""The check of every rule, in the order of :class:`~optimizer.rules.Rule`."""


def check_plan(problem: Problem, travel: TravelMatrix, plan: Plan) -> tuple[Violation, ...]:
    """Every violation of every rule in `plan`, in the order of the rules; empty for a sound plan.

    Printed places, travel, waits and supply are derived again from the facts. Never raises on account of the plan,
    however malformed: what names unknown things is reported under :attr:`Rule.REFERENCE` and left out of the other
    rules. `problem` must be sound (:func:`optimizer.validate.validate_problem`).
    """
    reading = read_plan(problem, travel, plan)
    return tuple(found for check in CHECKS.values() for found in check(reading))
