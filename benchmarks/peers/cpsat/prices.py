"""The prices, in cents times seconds per hour, and their least sum."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import reduce

from ortools.sat.python import cp_model

from benchmarks.peers.cpsat.variables import Linear, Round, Variables
from optimizer.judge import unserved_cents
from optimizer.problem import Problem
from optimizer.units import SECONDS_PER_HOUR

_Price = tuple[int, Linear]
"""Cents per hour and seconds; of what is counted, 3,600 times the cents and how many."""


def minimize_prices(model: cp_model.CpModel, problem: Problem, variables: Variables) -> None:
    """All prices over their greatest common divisor, which keeps numbers small."""
    prices = [
        *_of_rounds(model, problem, variables),
        *_of_visits(model, problem, variables),
        *_of_balance(model, problem, variables),
    ]
    divisor = reduce(math.gcd, (price for price, _ in prices), 0) or 1
    model.minimize(sum(price // divisor * quantity for price, quantity in prices if price))


def _each(cents: int, quantity: Linear) -> _Price:
    """Cents for each of what is counted."""
    return SECONDS_PER_HOUR * cents, quantity


def _of_rounds(model: cp_model.CpModel, problem: Problem, variables: Variables) -> Iterator[_Price]:
    weights, idle_times_s = problem.weights, []
    for circuit in variables.rounds:
        end_s = model.new_int_var(circuit.soft_end_s, circuit.shift.end_s, "")
        model.add(end_s >= circuit.back_s)
        work_s = circuit.travel_s + circuit.service_s + circuit.rest_s
        out_s = circuit.back_s - circuit.departure_s
        model.add(out_s >= work_s)
        idle_s = end_s - circuit.shift.start_s - work_s
        idle_times_s.append(idle_s)
        yield weights.travel_cents_per_hour, circuit.travel_s
        yield weights.waiting_cents_per_hour, out_s - work_s
        yield weights.idle_cents_per_hour, idle_s
        yield circuit.worker.pay.overtime_cents_per_hour, end_s - circuit.soft_end_s
        yield _each(circuit.worker.pay.fixed_cents, circuit.is_used)
        yield from _of_break(problem, circuit)
    yield weights.highest_idle_cents_per_hour, _largest(model, problem, variables, idle_times_s)


def _of_break(problem: Problem, circuit: Round) -> Iterator[_Price]:
    rest = circuit.one_break
    if rest is not None and not rest.mandatory:
        cents = problem.weights.missed_break_cents if rest.missed_cents is None else rest.missed_cents
        yield _each(cents, circuit.is_used - circuit.num_breaks)


def _of_visits(model: cp_model.CpModel, problem: Problem, variables: Variables) -> Iterator[_Price]:
    weights = problem.weights
    late_s = [_lateness_s(model, problem, variables, number) for number in range(len(problem.visits))]
    for number, visit in enumerate(problem.visits):
        yield _each(unserved_cents(problem, visit), 1 - variables.is_served[number])
        yield weights.lateness_cents_per_hour, late_s[number]
        elder = problem.elder_of(visit)
        preferred = () if elder is None else elder.preferred_worker_ids
        for circuit in variables.rounds:
            if preferred and number in circuit.serves and circuit.worker.worker_id not in preferred:
                yield _each(weights.not_preferred_cents, circuit.serves[number])
    yield weights.highest_lateness_cents_per_hour, _largest(model, problem, variables, late_s)


def _lateness_s(model: cp_model.CpModel, problem: Problem, variables: Variables, number: int) -> Linear:
    """Seconds after the soft end of the window that the start lies in; 0 where the visit is not served."""
    visit, start_s = problem.visits[number], variables.starts_s[number]
    longest_s = max((window.lateness_s(window.end_s) for window in visit.windows), default=0)
    late_s = model.new_int_var(0, longest_s, "")
    inside = [model.new_bool_var("") for _ in visit.windows]
    model.add_exactly_one(inside)
    for window, is_inside in zip(visit.windows, inside, strict=True):
        model.add_linear_constraint(start_s, window.start_s, window.end_s).only_enforce_if(is_inside)
        if window.soft_end_s is not None:
            is_late = [is_inside, variables.is_served[number]]
            model.add(late_s >= start_s - window.soft_end_s).only_enforce_if(is_late)
    return late_s


def _of_balance(model: cp_model.CpModel, problem: Problem, variables: Variables) -> Iterator[_Price]:
    """Deviation from the mean load, rounded up: the smallest whole number that is large enough."""
    cents = problem.weights.imbalance_cents_per_hour
    loads_s = [circuit.travel_s + circuit.service_s for circuit in variables.rounds]
    for load_s in loads_s if cents else ():
        deviation_s = model.new_int_var(0, _horizon_s(problem, variables), "")
        model.add(len(loads_s) * deviation_s >= len(loads_s) * load_s - sum(loads_s))
        model.add(len(loads_s) * deviation_s >= sum(loads_s) - len(loads_s) * load_s)
        yield cents, deviation_s


def _largest(model: cp_model.CpModel, problem: Problem, variables: Variables, quantities_s: Iterable[Linear]) -> Linear:
    largest_s = model.new_int_var(0, _horizon_s(problem, variables), "")
    for quantity_s in quantities_s:
        model.add(largest_s >= quantity_s)
    return largest_s


def _horizon_s(problem: Problem, variables: Variables) -> int:
    """No time is longer."""
    ends_s = [circuit.shift.end_s for circuit in variables.rounds]
    return max(ends_s + [window.end_s for visit in problem.visits for window in visit.windows])
