r"""Roll-out over years: which site opens when, under yearly budgets, pilots first, towards targets.

Maximal cover (Church & ReVelle 1974) over years :math:`k` in the manner of dynamic location (Scott 1971; Van Roy &
Erlenkotter 1982, Management Science 28:1091-1105: once open, open for good), with targets for whole communities.
Sites :math:`j` are open (:math:`y_{jk}`) and upgraded (:math:`u_{jk}`); cells :math:`c` are elders alike in community,
groups and the sites :math:`N_c` they reach, :math:`w_c` of them. With :math:`z_{ck} \in [0, 1]` for "within reach" and
:math:`p_k` elders with a place:

.. math::

    & y_{j,k-1} \le y_{jk}, \quad u_{j,k-1} \le u_{jk} \le y_{jk}, \quad y_{jk} = 0 \text{ before its first year} \\
    & z_{ck} \le \sum_{j \in N_c} y_{jk}, \qquad p_k \le \text{places}(y_k, u_k) \\
    & \sum_{k' \le k} \sum_j \left( f_j (y_{jk'} - y_{j,k'-1}) + g_j y_{jk'} + \text{the same of upgrades} \right)
      \le \sum_{k' \le k} B_{k'} \qquad \text{(each year alone where nothing carries over)} \\
    & \sum_j (y_{jk} - y_{j,k-1}) \le A \qquad \text{where a year has a most of openings} \\
    & \lceil \theta W_m \rceil v_{mk} \le \sum_{c \in m} w_c z_{ck}, \qquad
      \sum_{m \in \text{kind}} v_{mk} + s \ge \lceil \sigma M \rceil \text{ for each target},
      \quad v_{mk} + s \ge 1 \text{ for each pilot } m \text{ at the end of the pilot years}

The places of a year's sites are a largest flow; rows that bound it are added as answers need them
(:mod:`optimizer.network.rollout_cuts`). What :math:`v_{mk}` says of the sites is stated by the smallest sets of sites
that cover a community, and by its elders as above only where these are too many
(:mod:`optimizer.network.rollout_covers`). Two rows more cut off what is only possible in part: the money of new sites
that the targets need at least by their year, proven beforehand, and the years of open sites that money allows at most,
rounded down (Chvátal 1973, Discrete Mathematics 4:305-337).

In turn: the shortfall :math:`\sum s` is made least; then the goal best: most elder-years with a place
(:math:`\sum_k p_k`), the least money, or the largest share :math:`t` within reach that every group has in the last year
(max-min fairness). Of equal answers the cheapest is taken. Each stage is solved by HiGHS with its bound, and
:mod:`optimizer.network.rollout_plan` counts everything again.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

from optimizer.network.catchment import Catchment
from optimizer.network.mixed import Proof
from optimizer.network.rollout_cells import deciding_groups
from optimizer.network.rollout_plan import (
    RollOutPlan,
    YearFigures,
    figures_of,
    num_short_of,
    require_kept,
)
from optimizer.network.rollout_program import RollOutProgram
from optimizer.network.sites import RollOut, SitingGoal, require_sound


def roll_out_plan(roll_out: RollOut, catchment: Catchment, *, time_limit_s: float | None = None) -> RollOutPlan:
    """The best roll-out found, proven as far as the time allows.

    Parameters
    ----------
    catchment
        Walking times of all elders to the sites of `roll_out`, in its order.
    time_limit_s
        Wall-clock limit of each of the two stages; without one, both are solved to the end.

    Raises
    ------
    InputError
        If the roll-out cannot be meant (:func:`~optimizer.network.sites.require_sound`).
    SolverBug
        If the plan breaks a rule when counted again.
    """
    require_sound(roll_out, catchment.elders)
    program = RollOutProgram(roll_out, catchment)
    short = program.solve_short(time_limit_s)
    if not short.proof.has_values:
        return _unplanned(roll_out, catchment, short.proof)
    best = program.solve_goal(short, time_limit_s)
    answer = best if best.proof.has_values else replace(short, proof=Proof.FEASIBLE, bound=best.bound)
    openings = program.openings(answer)
    years = figures_of(roll_out, catchment, openings)
    require_kept(roll_out, openings, years)
    proof = answer.proof if short.proof is Proof.OPTIMAL else Proof.FEASIBLE
    value = _value(roll_out, catchment, years)
    return RollOutPlan(
        openings=openings,
        years=years,
        num_short=num_short_of(roll_out, catchment, openings, years),
        num_short_bound=max(0, ceil(short.bound - 1e-6)),
        value=value,
        bound=_bound(roll_out.goal, min(program.goal_bound(answer.bound), program.most), value, proof),
        proof=proof,
    )


def _value(roll_out: RollOut, catchment: Catchment, years: tuple[YearFigures, ...]) -> int:
    """The goal's value: elder-years, per mille, or cents."""
    if roll_out.goal is SitingGoal.COST:
        return sum(year.spent_cents for year in years)
    if roll_out.goal is SitingGoal.COVER:
        return sum(year.num_placed for year in years)
    shares = years[-1].covered_by_group
    return floor(1000 * min((shares[group] for group in deciding_groups(catchment)), default=1.0) + 1e-9)


def _bound(goal: SitingGoal, bound: float, value: int, proof: Proof) -> int:
    """The best value possible as a whole number, never on the wrong side of what was found."""
    if goal is SitingGoal.COST:
        return min(value, ceil(max(0.0, bound) * (1 - 1e-9) - 1e-6))
    if goal is SitingGoal.WORST_GROUP and proof is Proof.OPTIMAL:
        return value
    return max(value, floor(bound + 1e-6))


def _unplanned(roll_out: RollOut, catchment: Catchment, proof: Proof) -> RollOutPlan:
    """Nothing is opened: even what is open costs more than there is, or no answer came in time."""
    years = figures_of(roll_out, catchment, ())
    value = _value(roll_out, catchment, years)
    short = num_short_of(roll_out, catchment, (), years)
    return RollOutPlan(
        openings=(), years=years, num_short=short, num_short_bound=0, value=value, bound=value, proof=proof
    )
