r"""Persons to places with room, each place backed up by a centre: exact at any size, with the bound that proves it.

Persons :math:`i` go to one place :math:`s` or to none. Place *s* has room for :math:`Q_s` and may send what is above
that to its centre :math:`h(s)`, which takes :math:`B_h` in all. With :math:`x_{is}, u_i \in \{0, 1\}` and overflow
:math:`o_s \ge 0`:

.. math::

    \min \; & \sum_{i, s} c_{is} x_{is} + \sum_i p_i u_i + \sum_s b_s o_s \\
    & \sum_s x_{is} + u_i = 1 \;\; \forall i, \qquad
      \sum_i x_{is} \le Q_s + o_s \;\; \forall s, \qquad
      \sum_{s : h(s) = h} o_s \le B_h \;\; \forall h

It is a transportation problem (Hitchcock 1941, J. Math. Phys. 20:224-230), whose linear relaxation has whole vertices,
so a minimum-cost flow solves it. The flow sees a few places per person; prices of room :math:`\lambda_s` and
:math:`\mu_h` follow from its residual graph (shortest ways among places), every way left out that is worth taking at
these prices is added, and the flow is solved again: column generation (Dantzig & Wolfe 1960, Oper. Res. 8:101-111).
Any :math:`\mu \ge 0` and :math:`0 \le \lambda_s \le b_s + \mu_{h(s)}` give the lower bound

.. math:: \sum_i \min\bigl(p_i, \min_s (c_{is} + \lambda_s)\bigr) - \sum_s Q_s \lambda_s - \sum_h B_h \mu_h,

which :func:`lower_bound` sums up over all ways, whoever found the prices; where no way is missing it equals the cost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from optimizer.errors import SolverBug

NOWHERE = -1
"""Stands for the place of a person who is given none, and for the centre of a place without one."""

CLOSED = np.int64(2**62)
"""Cost of a way that may not be taken."""

_NUM_FIRST_PLACES = 6
_NUM_ADDED_PLACES = 3
_FAR = 2**60

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class TransportModel:
    """Who may go where at which cost, and how much room there is; all figures are whole and not negative.

    Parameters
    ----------
    cost
        Of each person at each place, shape ``(num_persons, num_places)``; :data:`CLOSED` where not allowed.
    skip_cost
        Of leaving each person out, shape ``(num_persons,)``.
    capacity, overflow_cost, centre
        Room at each place, the cost of a person above it, and the place's centre (position, or :data:`NOWHERE`);
        shape ``(num_places,)``.
    centre_capacity
        Overflow that each centre takes in all, shape ``(num_centres,)``.
    """

    cost: Ints
    skip_cost: Ints
    capacity: Ints
    overflow_cost: Ints
    centre: Ints
    centre_capacity: Ints

    @property
    def num_persons(self) -> int:
        """Number of persons."""
        return int(self.cost.shape[0])

    @property
    def num_places(self) -> int:
        """Number of places."""
        return int(self.cost.shape[1])

    def overflow(self, choice: Ints) -> Ints:
        """Persons at each place above its room under `choice`, a place or :data:`NOWHERE` per person."""
        return np.asarray(np.maximum(0, self.load(choice) - self.capacity))

    def load(self, choice: Ints) -> Ints:
        """Persons at each place under `choice`."""
        return np.bincount(choice[choice != NOWHERE], minlength=self.num_places).astype(np.int64)

    def cost_of(self, choice: Ints) -> int:
        """Cost of `choice`."""
        served = np.flatnonzero(choice != NOWHERE)
        skipped = int(self.skip_cost[choice == NOWHERE].sum())
        return int(self.cost[served, choice[served]].sum()) + skipped + int(self.overflow_cost @ self.overflow(choice))

    def faults(self, choice: Ints) -> list[str]:
        """What is wrong with `choice`: closed ways taken, centres overfull; a sentence each."""
        served = np.flatnonzero(choice != NOWHERE)
        closed = served[self.cost[served, choice[served]] >= CLOSED]
        faults = [f"person {person} may not go to place {choice[person]}." for person in closed.tolist()]
        overflow = self.overflow(choice)
        faults += [f"place {s} is overfull and has no centre." for s in np.flatnonzero(overflow) if self.centre[s] < 0]
        taken = self.taken(overflow)
        full = np.flatnonzero(taken > self.centre_capacity)
        return faults + [f"centre {h} takes {taken[h]} of {self.centre_capacity[h]}." for h in full.tolist()]

    def taken(self, overflow: Ints) -> Ints:
        """Persons that each centre takes."""
        taken = np.zeros(len(self.centre_capacity), dtype=np.int64)
        backed = self.centre != NOWHERE
        np.add.at(taken, self.centre[backed], overflow[backed])
        return taken


class Prices(NamedTuple):
    """What one more person's room is worth at each place and at each centre."""

    place: Ints
    centre: Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransportPlan:
    """Place (or :data:`NOWHERE`) of each person, its cost, a proven lower bound on any cost, and the prices of room."""

    choice: Ints
    cost: int
    bound: int
    prices: Prices
    num_rounds: int


def solve_transport(model: TransportModel, *, max_rounds: int = 50) -> TransportPlan:
    """A cheapest choice, proven (``cost == bound``) unless `max_rounds` end it early.

    Raises
    ------
    SolverBug
        If the flow solver fails or its answer breaks a limit.
    """
    if model.num_persons == 0:
        return _nobody(model)
    is_open = _cheapest(np.where(model.cost < CLOSED, model.cost, _FAR), _NUM_FIRST_PLACES) & (model.cost < CLOSED)
    number = 0
    while True:
        number += 1
        persons, places = np.nonzero(is_open)
        choice = _flow(model, persons, places)
        prices = _prices(model, choice, persons, places)
        missing = _worth_adding(model, prices, is_open)
        if not missing.any() or number == max_rounds:
            break
        is_open |= missing
    if faults := model.faults(choice):
        raise SolverBug("; ".join(faults))
    bound = lower_bound(model, prices)
    return TransportPlan(choice=choice, cost=model.cost_of(choice), bound=bound, prices=prices, num_rounds=number)


def lower_bound(model: TransportModel, prices: Prices) -> int:
    """What every choice costs at least, by `prices` (those above what overflow costs are lowered to that)."""
    centre = np.maximum(0, prices.centre)
    place = np.minimum(np.maximum(0, prices.place), _most(model, centre))
    each = np.minimum(model.skip_cost, (model.cost + place).min(axis=1, initial=CLOSED))
    return int(each.sum()) - int(model.capacity @ place) - int(model.centre_capacity @ centre)


def _nobody(model: TransportModel) -> TransportPlan:
    prices = Prices(np.zeros(model.num_places, np.int64), np.zeros(len(model.centre_capacity), np.int64))
    return TransportPlan(choice=np.zeros(0, np.int64), cost=0, bound=0, prices=prices, num_rounds=0)


def _most(model: TransportModel, centre_price: Ints) -> Ints:
    """Highest price of room at each place: that of overflow, where it has a centre."""
    if not len(centre_price):
        return np.full(model.num_places, _FAR)
    return np.where(model.centre == NOWHERE, _FAR, model.overflow_cost + centre_price[model.centre])


def _cheapest(cost: Ints, count: int) -> NDArray[np.bool_]:
    """The `count` cheapest of each row."""
    if cost.shape[1] <= count:
        return np.ones(cost.shape, dtype=bool)
    chosen = np.argpartition(cost, count, axis=1)[:, :count]
    is_chosen = np.zeros(cost.shape, dtype=bool)
    np.put_along_axis(is_chosen, chosen, True, axis=1)
    return is_chosen


def _flow(model: TransportModel, persons: NDArray[np.intp], places: NDArray[np.intp]) -> Ints:
    """The cheapest choice among the given ways: a unit from each person to the sink."""
    num, num_places, num_centres = model.num_persons, model.num_places, len(model.centre_capacity)
    backed = np.flatnonzero(model.centre != NOWHERE)
    place_node, centre_node, sink = num, num + num_places, num + num_places + num_centres
    flow = min_cost_flow.SimpleMinCostFlow()

    def add(tail: Any, head: Any, capacity: Any, cost: Any) -> None:
        arrays = np.broadcast_arrays(*(np.asarray(part, dtype=np.int64) for part in (tail, head, capacity, cost)))
        flow.add_arcs_with_capacity_and_unit_cost(*arrays)

    add(persons, place_node + places, 1, model.cost[persons, places])
    add(np.arange(num), sink, 1, model.skip_cost)
    add(place_node + np.arange(num_places), sink, model.capacity, 0)
    if len(backed):
        add(place_node + backed, centre_node + model.centre[backed], num, model.overflow_cost[backed])
        add(centre_node + np.arange(num_centres), sink, model.centre_capacity, 0)
    flow.set_nodes_supplies(np.arange(sink + 1), np.append(np.ones(num, np.int64), [0] * (sink - num) + [-num]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverBug(f"leaving everybody out is allowed, but the flow ends with status {status}")
    used = flow.flows(np.arange(len(persons))) > 0
    choice = np.full(num, NOWHERE, dtype=np.int64)
    choice[persons[used]] = places[used]
    return choice


def _prices(model: TransportModel, choice: Ints, persons: NDArray[np.intp], places: NDArray[np.intp]) -> Prices:
    """The least prices under which nobody gains by one of the given ways: what one more person's room saves.

    They solve ``price[v] >= price[u] - step[u, v]`` over places, centres and a node of price 0: shortest ways from it.
    """
    step = _steps(model, choice, persons, places)
    price = -step[-1]
    for _ in range(len(step)):
        higher = np.maximum(price, (price[:, None] - step).max(axis=0))
        if (higher == price).all():
            break
        price = higher
    return Prices(price[: model.num_places].clip(0), price[model.num_places : -1].clip(0))


def _steps(model: TransportModel, choice: Ints, persons: NDArray[np.intp], places: NDArray[np.intp]) -> Ints:
    """What it costs to pass one person on, from place to place, to a centre, or out (the last node)."""
    num_places, out = model.num_places, model.num_places + len(model.centre_capacity)
    step = np.full((out + 1, out + 1), _FAR, dtype=np.int64)
    has = np.where(choice == NOWHERE, out, choice)
    at = np.where(choice == NOWHERE, model.skip_cost, model.cost[np.arange(model.num_persons), choice])
    np.minimum.at(step, (has[persons], places), model.cost[persons, places] - at[persons])
    np.minimum.at(step, (has, np.full(model.num_persons, out)), model.skip_cost - at)
    _lower(step, np.flatnonzero(model.load(choice) < model.capacity), out, 0)
    overflow = model.overflow(choice)
    for place in np.flatnonzero(model.centre != NOWHERE).tolist():
        centre = num_places + int(model.centre[place])
        _lower(step, place, centre, int(model.overflow_cost[place]))
        if overflow[place]:
            _lower(step, centre, place, -int(model.overflow_cost[place]))
    spare = np.flatnonzero(model.taken(overflow) < model.centre_capacity)
    _lower(step, num_places + spare, out, 0)
    _lower(step, out, slice(0, out), 0)
    np.fill_diagonal(step, 0)
    return step


def _lower(step: Ints, tail: Any, head: Any, cost: int) -> None:
    step[tail, head] = np.minimum(step[tail, head], cost)


def _worth_adding(model: TransportModel, prices: Prices, is_open: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each person the cheapest ways at these prices, where they beat all open ones and being left out."""
    priced = model.cost + prices.place
    best = np.minimum(model.skip_cost, priced.min(axis=1, where=is_open, initial=CLOSED))
    return np.asarray(_cheapest(priced, _NUM_ADDED_PLACES) & (priced < best[:, None]))
