"""The objective: the judge's cost terms as far as the routing model can state them, in units of 1/360,000 cent.

Exact
    unserved, fixed, worked time, overtime, distance, visits, travel time, waiting (but for the wait before the first
    stop), not preferred, new worker, meals of decided sources; lateness and earliness of visits with one window;
    promised workers of visits that promise as many as they need.
Approximate
    travel at the slowest time of day; food age (waiting since loading is not counted); lateness and earliness of
    visits with several windows (counted from the last soft end and the first soft start); a promised start beside a
    soft window (of two bounds on the same side the dearer one); meals of open visits (cheapest allowed station);
    optional breaks without a place (as if always missed); waiting in shifts with breaks without a place is free
    (a price on slack beside breaks makes OR-Tools solve a mixed-integer program at every step).
Left out
    idle, highest idle, highest lateness, imbalance: they bind all routes at once.

A second under way costs one unit (a third of a hundred-thousandth of a cent) on top, so that of routes of equal cost
the shorter wins, and so that the guided local search has arcs to penalize where nothing has a price.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from optimizer.judge import unserved_cents
from optimizer.problem import Shift, Visit, Worker
from optimizer.routing.constraints.routes import floating_breaks
from optimizer.routing.constraints.supply import age_dimension
from optimizer.routing.nodes import NO_WAY, VisitNode
from optimizer.routing.variables import Variables

UNITS_PER_CENT = 360_000
"""Makes a cent per hour whole per second, even times a percentage, and a cent per kilometre whole per metre."""

_PER_SECOND = UNITS_PER_CENT // 3600
_PER_METRE = UNITS_PER_CENT // 1000


def add_costs(variables: Variables) -> None:
    """State every cost term that the model has."""
    add_arc_costs(variables)
    add_shift_costs(variables)
    add_unserved(variables)
    add_start_costs(variables)
    add_food_age(variables)


def add_arc_costs(variables: Variables) -> None:
    """Travel, distance and work on every arc, and what a visit by this worker costs on leaving it."""
    nodes = variables.nodes
    for vehicle, (worker, _) in enumerate(nodes.vehicles):
        travel_s = nodes.travel_s(worker.vehicle.mode)
        hourly = (worker.pay.cents_per_hour + nodes.problem.weights.travel_cents_per_hour) * _PER_SECOND
        cost = travel_s * (hourly + 1)
        cost += nodes.distance_m(worker.vehicle.mode) * (worker.pay.cents_per_km * _PER_METRE)
        cost += (nodes.duration_s(worker) * worker.pay.cents_per_hour * _PER_SECOND)[:, None]
        cost += (_visit_cents(variables, worker) * UNITS_PER_CENT)[:, None]
        cost[travel_s >= NO_WAY] = NO_WAY * UNITS_PER_CENT
        variables.model.SetArcCostEvaluatorOfVehicle(variables.matrix_evaluator(cost), vehicle)


def _visit_cents(variables: Variables, worker: Worker) -> NDArray[np.int64]:
    cents = np.zeros(len(variables.nodes), dtype=np.int64)
    for idx, node in variables.nodes.visit_nodes:
        cents[idx] = sum(_cents_of_visit(variables, node, worker))
    return cents


def _cents_of_visit(variables: Variables, node: VisitNode, worker: Worker) -> Iterator[int]:
    problem, visit = variables.nodes.problem, node.visit
    yield worker.pay.cents_per_visit
    need = variables.nodes.need_by_visit_id.get(visit.visit_id)
    if need is not None:
        prices = [problem.station_by_id[station_id].portion_price_cents for station_id in need.station_ids]
        yield sum(visit.demand.values()) * min(prices, default=0)
    elder = problem.elder_of(visit)
    if elder is not None:
        if elder.preferred_worker_ids and worker.worker_id not in elder.preferred_worker_ids:
            yield problem.weights.not_preferred_cents
        known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
        if known and visit.counts_for_continuity and worker.worker_id not in known:
            yield problem.weights.new_worker_cents
    promised = () if visit.promise is None else visit.promise.worker_ids
    if promised and worker.worker_id not in promised:
        yield problem.weights.promise_worker_cents


def add_shift_costs(variables: Variables) -> None:
    """Fixed price of a used shift, pay and price of waiting, and overtime after the soft end."""
    model = variables.model
    for vehicle, (worker, shift) in enumerate(variables.nodes.vehicles):
        model.SetFixedCostOfVehicle(worker.pay.fixed_cents * UNITS_PER_CENT, vehicle)
        hourly = worker.pay.cents_per_hour + variables.nodes.problem.weights.waiting_cents_per_hour
        if hourly and not floating_breaks(shift):
            variables.time.SetSlackCostCoefficientForVehicle(hourly * _PER_SECOND, vehicle)
        _add_overtime(variables, vehicle, worker, shift)


def _add_overtime(variables: Variables, vehicle: int, worker: Worker, shift: Shift) -> None:
    if shift.soft_end_s is not None and worker.pay.overtime_cents_per_hour:
        price = worker.pay.overtime_cents_per_hour * _PER_SECOND
        variables.time.SetCumulVarSoftUpperBound(variables.model.End(vehicle), shift.soft_end_s, price)


def add_unserved(variables: Variables) -> None:
    """Price of visits left unserved (on the first of a visit's nodes) and of optional breaks not taken."""
    model, problem = variables.model, variables.nodes.problem
    for idx, node in variables.nodes.visit_nodes:
        cents = unserved_cents(problem, node.visit) if node.copy == 0 else 0
        model.AddDisjunction([idx], cents * UNITS_PER_CENT)
    for idx, _ in variables.nodes.load_nodes:
        model.AddDisjunction([idx], 0)
    for idx, rest_node in variables.nodes.break_nodes:
        rest = rest_node.rest
        missed = problem.weights.missed_break_cents if rest.missed_cents is None else rest.missed_cents
        model.AddDisjunction([idx], 0 if rest.mandatory else missed * UNITS_PER_CENT)


def add_start_costs(variables: Variables) -> None:
    """Price of late and early starts, by window or by promise."""
    for idx, node in variables.nodes.visit_nodes:
        if node.copy == 0:
            late = max(_late_bounds(variables, node.visit), key=lambda bound: bound[1], default=None)
            early = max(_early_bounds(variables, node.visit), key=lambda bound: bound[1], default=None)
            if late is not None and late[1]:
                variables.time.SetCumulVarSoftUpperBound(idx, *late)
            if early is not None and early[1]:
                variables.time.SetCumulVarSoftLowerBound(idx, *early)


def _late_bounds(variables: Variables, visit: Visit) -> Iterator[tuple[int, int]]:
    """Time and price per second after it."""
    weights = variables.nodes.problem.weights
    soft_ends = [window.soft_end_s for window in visit.windows if window.soft_end_s is not None]
    if soft_ends:
        yield max(soft_ends), weights.lateness_cents_per_hour * visit.lateness_percent * _PER_SECOND // 100
    if visit.promise is not None and visit.promise.start_s is not None:
        yield visit.promise.start_s + visit.promise.tolerance_s, weights.promise_moved_cents_per_hour * _PER_SECOND


def _early_bounds(variables: Variables, visit: Visit) -> Iterator[tuple[int, int]]:
    """Time and price per second before it."""
    weights = variables.nodes.problem.weights
    soft_starts = [window.soft_start_s for window in visit.windows if window.soft_start_s is not None]
    if soft_starts:
        yield min(soft_starts), weights.earliness_cents_per_hour * _PER_SECOND
    if visit.promise is not None and visit.promise.start_s is not None:
        earliest_s = max(0, visit.promise.start_s - visit.promise.tolerance_s)
        yield earliest_s, weights.promise_moved_cents_per_hour * _PER_SECOND


def add_food_age(variables: Variables) -> None:
    """Price of portions older than their soft time on board, waiting not counted."""
    cents = variables.nodes.problem.weights.food_age_cents_per_hour
    if not cents or not variables.nodes.load_nodes:
        return
    for idx, node in variables.nodes.visit_nodes:
        if node.copy == 0 and node.visit.demand and node.visit.soft_on_board_s is not None:
            age_dimension(variables).SetCumulVarSoftUpperBound(idx, node.visit.soft_on_board_s, cents * _PER_SECOND)
