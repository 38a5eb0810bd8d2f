r"""The generalised assignment problem with hard and soft limits, by CP-SAT.

Items :math:`i` are given one of their options :math:`o \in O_i` or none. With :math:`x_o \in \{0, 1\}` for options,
:math:`u_i \in \{0, 1\}` for items left out, uses :math:`a_{lo} \ge 0` and capacities :math:`b_l` of limits :math:`l`:

.. math::

    \min \; & \sum_o c_o x_o + \sum_i p_i u_i + \sum_{l\ \text{soft}} r_l e_l \\
    & \sum_{o \in O_i} x_o + u_i = 1 \qquad \forall i \\
    & \sum_o a_{lo} x_o \le b_l \quad (l\ \text{hard}), \qquad
      \sum_o a_{lo} x_o \le b_l + e_l,\; e_l \ge 0 \quad (l\ \text{soft})

It is the model of Ross & Soland (1975), Math. Programming 8:91-103, with options for agents and excess allowed at a
price. A small problem is solved whole. A large one is relaxed to a linear program, whose vertices split at most as many
items as there are limits in the way (Shmoys & Tardos 1993, Math. Programming 62:461-474); the items left whole keep
their option, the split ones are placed greedily, and CP-SAT improves one neighbourhood of items after the other with
all others fixed (fix-and-optimise, Pochet & Wolsey 2006). The relaxation gives the bound. CP-SAT runs with one worker
and deterministic time, so equal models and seeds give equal answers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model
from scipy.optimize import linprog
from scipy.sparse import csc_array, csr_array, eye_array, hstack

from optimizer.errors import SolverBug

NOBODY = -1
"""Stands for the option of an item that is given none."""

_MAX_WHOLE_OPTIONS = 2_000
_MAX_FREE_OPTIONS = 1_500
_MAX_ROUNDS = 40
_MAX_FRUITLESS_ROUNDS = 6
_LITTLE_SHARE = 0.001
_DETERMINISTIC_TIME_WHOLE = 0.5
_DETERMINISTIC_TIME_PART = 0.1
_GOOD_GAP_SHARE = 0.03
_WHOLE = 1 - 1e-6

Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class AssignmentModel:
    """Items, their options and the limits these use; all figures are whole and not negative.

    Parameters
    ----------
    item_idx, cost
        Item and cost of each option, ``int64`` arrays of shape ``(num_options,)``; options of one item stand together
        and items in order.
    skip_cost
        Price of leaving each item out, shape ``(num_items,)``.
    use
        What each option takes of each limit, shape ``(num_limits, num_options)``.
    capacity
        Of each limit, shape ``(num_limits,)``.
    excess_cost
        Price of a unit above each capacity; 0 makes the limit hard.
    """

    item_idx: Ints
    cost: Ints
    skip_cost: Ints
    use: csr_array
    capacity: Ints
    excess_cost: Ints

    @property
    def num_items(self) -> int:
        """Number of items."""
        return len(self.skip_cost)

    @property
    def num_options(self) -> int:
        """Number of options of all items."""
        return len(self.cost)

    @cached_property
    def first_option(self) -> Ints:
        """First option of each item, and the number of options behind the last."""
        return np.searchsorted(self.item_idx, np.arange(self.num_items + 1))

    @cached_property
    def use_of_options(self) -> csc_array:
        """`use` by column."""
        return csc_array(self.use)

    def options_of(self, item: int) -> range:
        """Options of `item`."""
        return range(int(self.first_option[item]), int(self.first_option[item + 1]))

    def limits_of(self, option: int) -> Iterator[tuple[int, int]]:
        """Limits that `option` uses, with how much it takes."""
        use = self.use_of_options
        entries = slice(use.indptr[option], use.indptr[option + 1])
        return zip(use.indices[entries].tolist(), use.data[entries].tolist(), strict=True)

    def used(self, choice: Ints) -> Ints:
        """What `choice` takes of each limit."""
        return np.asarray(self.use_of_options[:, choice[choice != NOBODY]].sum(axis=1), dtype=np.int64)

    def cost_of(self, choice: Ints) -> int:
        """Cost of `choice`, an option or :data:`NOBODY` per item."""
        excess = np.where(self.excess_cost > 0, np.maximum(0, self.used(choice) - self.capacity), 0)
        skipped = self.skip_cost[choice == NOBODY].sum()
        return int(self.cost[choice[choice != NOBODY]].sum() + skipped + self.excess_cost @ excess)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Assignment:
    """An answer: the option (or :data:`NOBODY`) of each item, its cost, and a lower bound on every answer's cost."""

    choice: Ints
    cost: int
    bound: int


def solve_assignment(model: AssignmentModel, *, seed: int = 0) -> Assignment:
    """The cheapest assignment found; proven optimal (``cost == bound``) in all but large or intricate cases."""
    if model.num_options <= _MAX_WHOLE_OPTIONS:
        start = _round(model, np.zeros(model.num_options))
        choice, bound = _optimise(model, start, range(model.num_items), _DETERMINISTIC_TIME_WHOLE, seed)
        return Assignment(choice=choice, cost=model.cost_of(choice), bound=bound)
    share, bound = _relax(model)
    choice = _improve(model, _round(model, share), share, bound, seed)
    return Assignment(choice=choice, cost=model.cost_of(choice), bound=bound)


def _relax(model: AssignmentModel) -> tuple[NDArray[np.float64], int]:
    """Share of each option in an optimal vertex of the linear relaxation, and the bound it gives."""
    num_limits = len(model.capacity)
    members = csr_array(
        (np.ones(model.num_options), (model.item_idx, np.arange(model.num_options))),
        shape=(model.num_items, model.num_options),
    )
    soft = eye_array(num_limits, format="csc")[:, model.excess_cost > 0]
    result = linprog(
        np.concatenate([model.cost, model.skip_cost, model.excess_cost[model.excess_cost > 0]]).astype(float),
        A_ub=hstack([model.use, csr_array((num_limits, model.num_items)), -soft], format="csr"),
        b_ub=model.capacity,
        A_eq=hstack([members, eye_array(model.num_items), csr_array((model.num_items, soft.shape[1]))], format="csr"),
        b_eq=np.ones(model.num_items),
        method="highs-ipm",
    )
    if result.x is None or result.fun is None:
        raise SolverBug(f"leaving every item out is allowed, but the relaxation says: {result.message}")
    return np.asarray(result.x[: model.num_options]), math.ceil(result.fun * (1 - 1e-6))


def _round(model: AssignmentModel, share: NDArray[np.float64]) -> Ints:
    """Whole items keep their option; split ones take what still fits, the dearest to leave out first."""
    choice = np.full(model.num_items, NOBODY, dtype=np.int64)
    whole = np.flatnonzero(share >= _WHOLE)
    choice[model.item_idx[whole]] = whole
    left = np.where(model.excess_cost > 0, np.iinfo(np.int64).max, model.capacity - model.used(choice))
    for item in sorted(np.flatnonzero(choice == NOBODY).tolist(), key=lambda item: -model.skip_cost[item]):
        for option in sorted(model.options_of(item), key=lambda option: (-share[option], model.cost[option])):
            if all(left[limit] >= amount for limit, amount in model.limits_of(option)):
                choice[item] = option
                for limit, amount in model.limits_of(option):
                    left[limit] -= amount
                break
    return choice


def _improve(model: AssignmentModel, choice: Ints, share: NDArray[np.float64], bound: int, seed: int) -> Ints:
    """Optimise around the split items, then around items left out (or any split one), with the others fixed."""
    rng = np.random.default_rng(seed)
    is_split = np.ones(model.num_items, dtype=bool)
    is_split[model.item_idx[share >= _WHOLE]] = False
    split = np.flatnonzero(is_split)
    cost, num_fruitless = model.cost_of(choice), 0
    for _ in range(_MAX_ROUNDS):
        if len(split) == 0 or cost - bound <= _GOOD_GAP_SHARE * bound or num_fruitless == _MAX_FRUITLESS_ROUNDS:
            break
        left_out = np.flatnonzero(choice == NOBODY)
        centre = int(rng.choice(left_out if len(left_out) else split))
        free = _neighbours(model, centre, rng)
        choice, _ = _optimise(model, choice, free, _DETERMINISTIC_TIME_PART, seed)
        num_fruitless = 0 if model.cost_of(choice) < (1 - _LITTLE_SHARE) * cost else num_fruitless + 1
        cost = model.cost_of(choice)
    return choice


def _neighbours(model: AssignmentModel, centre: int, rng: np.random.Generator) -> list[int]:
    """`centre` and the items that share most limits with it, as many as one neighbourhood holds."""
    options = model.options_of(centre)
    limits = np.unique(model.use_of_options[:, options.start : options.stop].indices)
    uses = np.unique(model.use[limits].indices)
    num_shared = np.bincount(model.item_idx[uses], minlength=model.num_items)
    num_shared[centre] = model.num_options + 1
    order = np.lexsort((rng.random(model.num_items), -num_shared))
    num_options = np.cumsum(np.diff(model.first_option)[order])
    nearest = order[(num_options <= _MAX_FREE_OPTIONS) & (num_shared[order] > 0)]
    return [int(item) for item in nearest]


def _optimise(
    model: AssignmentModel, choice: Ints, free: Sequence[int], deterministic_time: float, seed: int
) -> tuple[Ints, int]:
    """`choice` with the `free` items chosen anew, never dearer than before, and CP-SAT's bound on that cost."""
    fixed = choice.copy()
    fixed[list(free)] = NOBODY
    left = model.capacity - model.used(fixed)
    cp = cp_model.CpModel()
    taken = {option: cp.new_bool_var("") for item in free for option in model.options_of(item)}
    prices = [(variable, int(model.cost[option])) for option, variable in taken.items()]
    for item in free:
        left_out = cp.new_bool_var("")
        options = model.options_of(item)
        cp.add_exactly_one([left_out, *(taken[option] for option in options)])
        cp.add_hint(left_out, bool(choice[item] == NOBODY))
        for option in options:
            cp.add_hint(taken[option], bool(choice[item] == option))
        prices.append((left_out, int(model.skip_cost[item])))
    prices.extend(_add_limits(cp, model, taken, left))
    cp.minimize(cp_model.LinearExpr.weighted_sum(*_columns(prices)))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed % 2**31
    solver.parameters.max_deterministic_time = deterministic_time
    solver.parameters.catch_sigint_signal = False  # else Ctrl-C would kill the caller from then on
    status = solver.solve(cp)
    bound = max(0, math.ceil(solver.best_objective_bound - 1e-6))
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return choice, bound
    found = fixed
    for option, variable in taken.items():
        if solver.boolean_value(variable):
            found[model.item_idx[option]] = option
    return (found, bound) if model.cost_of(found) <= model.cost_of(choice) else (choice, bound)


def _add_limits(
    cp: cp_model.CpModel, model: AssignmentModel, taken: dict[int, cp_model.IntVar], left: Ints
) -> Iterator[tuple[cp_model.IntVar, int]]:
    """Bind the variables by what is left of each limit they use; yields the excesses and their prices."""
    terms: dict[int, list[tuple[cp_model.IntVar, int]]] = {}
    for option, variable in taken.items():
        for limit, amount in model.limits_of(option):
            terms.setdefault(limit, []).append((variable, int(amount)))
    for limit, uses in sorted(terms.items()):
        used = cp_model.LinearExpr.weighted_sum(*_columns(uses))
        if model.excess_cost[limit] == 0:
            cp.add(used <= int(left[limit]))
            continue
        most = max(0, sum(amount for _, amount in uses) - int(left[limit]))
        excess = cp.new_int_var(0, most, "")
        cp.add(used <= int(left[limit]) + excess)
        yield excess, int(model.excess_cost[limit])


def _columns(terms: Sequence[tuple[cp_model.IntVar, int]]) -> tuple[list[cp_model.IntVar], list[int]]:
    return [variable for variable, _ in terms], [weight for _, weight in terms]
