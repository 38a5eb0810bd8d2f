"""From a problem to the arrays of the search.

Each part has its module: places and ways (:mod:`optimizer.search.places`), visits, loadings and breaks as nodes
(:mod:`~optimizer.search.stops`), goods (:mod:`~optimizer.search.stock`), shifts (:mod:`~optimizer.search.workforce`),
who may serve whom (:mod:`~optimizer.search.matching`), bonds (:mod:`~optimizer.search.bonds`), orders and neighbours
(:mod:`~optimizer.search.ranking`); all prices go through the :class:`~optimizer.search.tariff.Tariff`.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from optimizer.plan import Sources
from optimizer.problem import Problem
from optimizer.rules import CostTerm
from optimizer.search.arrays import FAR_S, Instance
from optimizer.search.bonds import bind
from optimizer.search.matching import circles_of, worth_of
from optimizer.search.places import Places, ways_of
from optimizer.search.ranking import neighbours_of, orders_of
from optimizer.search.stock import loads_of, ready_of, supply_cents_of
from optimizer.search.stops import missed_cents_of, service_of, stops_of
from optimizer.search.tariff import Tariff
from optimizer.search.tokens import Tokens
from optimizer.search.workforce import kinds_of, paces_of, shifts_of
from optimizer.travel import TravelMatrix

_FALLING_TERMS = frozenset(
    {
        CostTerm.WAITING,
        CostTerm.IDLE,
        CostTerm.HIGHEST_IDLE,
        CostTerm.EARLINESS,
        CostTerm.PROMISE_MOVED,
        CostTerm.IMBALANCE,
    }
)
"""What time spent on a visit more can lower."""


def make_instance(
    problem: Problem,
    travel: TravelMatrix,
    sources: Sources,
    *,
    locked: Collection[str] = (),
) -> Instance:
    """The arrays of `problem`.

    Parameters
    ----------
    sources
        Supply decided beforehand, by visit id. Stations whose stock suffices for everybody are open to all beside it.
    locked
        Ids of visits that stay in the route they are in.
    """
    weights, workers = problem.weights, problem.workers
    tokens, tariff, places = Tokens(problem), Tariff.of(problem), Places(problem, travel)
    ways, bonds, circles = ways_of(travel, places), bind(problem, tokens), circles_of(problem, tokens)
    paces, kinds = paces_of(workers), kinds_of(problem, tokens, by_worker=circles.num_elders > 0)
    shifts = shifts_of(problem, tokens, places, ways, tariff, kinds=kinds, paces=paces)
    nodes, windows = stops_of(problem, tokens, places, tariff, locked=frozenset(locked))
    visits = nodes[: tokens.num_visits]
    visits["elder"] = circles.elder_by_visit
    for name, column in bonds.by_visit().items():
        visits[name] = column
    service_s = service_of(problem, tokens, paces.workers)
    worth_cents = worth_of(problem, tokens, tariff, kinds.workers)
    demand, capacity = loads_of(problem, tokens)
    highest_idle = tariff.per_s(weights.highest_idle_cents_per_hour, CostTerm.HIGHEST_IDLE)
    highest_late = tariff.per_s(weights.highest_lateness_cents_per_hour, CostTerm.HIGHEST_LATENESS)
    imbalance = tariff.per_s(weights.imbalance_cents_per_hour, CostTerm.IMBALANCE)
    soft_s = np.minimum(visits["last_s"], windows[visits["window_to"] - 1, 3])
    is_tied = bool(len(bonds.ties) or len(bonds.mates) or len(bonds.unit_visits))
    return Instance(
        arcs=ways.arcs,
        arcs_to=ways.arcs_to,
        peak_from=ways.peak_from,
        peaks=ways.peaks,
        nodes=nodes,
        windows=windows,
        service_s=service_s,
        demand=demand,
        capacity=capacity,
        ready_s=ready_of(problem, travel, sources, tokens),
        supply_cents=supply_cents_of(problem, tokens, tariff),
        worth_cents=worth_cents,
        shifts=shifts,
        missed_cents=missed_cents_of(problem, tokens, tariff),
        orders=orders_of(tokens.visits, demand, _far_s(problem, tokens, places, ways.arcs)),
        neighbours=neighbours_of(visits, soft_s, ways.arcs, service_s[0], worth_cents),
        met_limits=circles.met_limits,
        known=circles.known,
        elder_from=circles.elder_from,
        elder_visits=circles.elder_visits,
        ties=bonds.ties,
        group_from=bonds.group_from,
        group_visits=bonds.group_visits,
        unit_from=bonds.unit_from,
        unit_visits=bonds.unit_visits,
        mates=bonds.mates,
        early_cents_per_s=tariff.per_s(weights.earliness_cents_per_hour, CostTerm.EARLINESS),
        food_cents_per_s=tariff.per_s(weights.food_age_cents_per_hour, CostTerm.FOOD_AGE),
        promise_cents_per_s=tariff.per_s(weights.promise_moved_cents_per_hour, CostTerm.PROMISE_MOVED),
        highest_idle_cents_per_s=highest_idle,
        highest_late_cents_per_s=highest_late,
        imbalance_cents_per_s=imbalance,
        fair_s=np.array([np.nan if w.fair_share_s is None else w.fair_share_s for w in workers], dtype=np.float64),
        carried_s=np.array([worker.carried_load_s for worker in workers], dtype=np.float64),
        is_plain=not is_tied and is_plain(problem, nodes, shifts),
        is_tied=is_tied,
        is_early=is_early(problem, visits, shifts),
        is_rising=is_rising(problem, visits, shifts),
        is_coupled=any((highest_idle, highest_late, imbalance)),
    )


def is_plain(problem: Problem, nodes: NDArray[np.void], shifts: NDArray[np.void]) -> bool:
    """Whether constant-time tests price every insertion exactly, as long as nothing ties visits to each other.

    So it is with single windows and without soft ones, promises, times on board, breaks, peaks, ranges, and prices
    of waiting, idle time and overtime; every shift has places to begin and to end at.

    Parameters
    ----------
    nodes
        ``(n + S + B,)`` of :data:`optimizer.search.arrays.NODE`.
    shifts
        ``(R,)`` of :data:`optimizer.search.arrays.SHIFT`.
    """
    weights = problem.weights
    return bool(
        not {*problem.hard_terms} - {CostTerm.UNSERVED}
        and not (weights.imbalance_cents_per_hour or weights.highest_idle_cents_per_hour)
        and (nodes["window_to"] - nodes["window_from"] <= 1).all()
        and not (nodes["is_soft"] | nodes["is_fixed"]).any()
        and _is_free_on_board(nodes)
        and (shifts["break_from"] == shifts["break_to"]).all()
        and not shifts["has_peaks"].any()
        and (shifts["start_place"] >= 0).all()
        and (shifts["end_place"] >= 0).all()
        and (shifts["max_distance_m"] == FAR_S).all()
        and (shifts["overtime_cents_per_s"] == 0).all()
        and (shifts["waiting_cents_per_s"] == 0).all()
        and (shifts["idle_cents_per_s"] == 0).all()
    )


def is_early(problem: Problem, visits: NDArray[np.void], shifts: NDArray[np.void]) -> bool:
    """Whether no rule or price sees the difference between leaving early and leaving just in time.

    Then what an insertion makes late is priced by walking on from it, as long as a later start never costs less
    (as the next of several soft windows does) and no break precedes a first visit whose place is where one begins.

    Parameters
    ----------
    visits
        ``(n,)`` of :data:`optimizer.search.arrays.NODE`.
    shifts
        ``(R,)`` of :data:`optimizer.search.arrays.SHIFT`.
    """
    weights = problem.weights
    num_windows = visits["window_to"] - visits["window_from"]
    begins_anywhere = any(
        shift.start_place is None and any(rest.place is None for rest in shift.breaks)
        for worker in problem.workers
        for shift in worker.shifts
    )
    return bool(
        not {*problem.hard_terms} & {CostTerm.WAITING, CostTerm.IDLE, CostTerm.HIGHEST_IDLE, CostTerm.EARLINESS}
        and not (weights.waiting_cents_per_hour or weights.idle_cents_per_hour)
        and not (weights.highest_idle_cents_per_hour or weights.earliness_cents_per_hour)
        and not (shifts["is_timed"] | shifts["has_peaks"]).any()
        and (shifts["max_distance_m"] == FAR_S).all()
        and (visits["promise_s"] < 0).all()
        and _is_free_on_board(visits)
        and not ((num_windows > 1) & (visits["is_soft"] != 0)).any()
        and not begins_anywhere
    )


def is_rising(problem: Problem, visits: NDArray[np.void], shifts: NDArray[np.void]) -> bool:
    """Whether a visit more never makes routes cheaper: no term has a price that time spent on a visit could lower.

    Ways that are shorter with a stop on them are taken for none.

    Parameters
    ----------
    visits
        ``(n,)`` of :data:`optimizer.search.arrays.NODE`.
    shifts
        ``(R,)`` of :data:`optimizer.search.arrays.SHIFT`.
    """
    weights = problem.weights
    return bool(
        not {*problem.hard_terms} & _FALLING_TERMS
        and not (weights.imbalance_cents_per_hour or weights.highest_idle_cents_per_hour)
        and not weights.earliness_cents_per_hour
        and (visits["promise_s"] < 0).all()
        and (shifts["waiting_cents_per_s"] == 0).all()
        and (shifts["idle_cents_per_s"] == 0).all()
    )


def _is_free_on_board(nodes: NDArray[np.void]) -> bool:
    """Whether goods may be on the way for as long as it takes."""
    return bool((nodes["max_on_board_s"] == FAR_S).all() and (nodes["soft_on_board_s"] == FAR_S).all())


def _far_s(problem: Problem, tokens: Tokens, places: Places, arcs: NDArray[np.int32]) -> NDArray[np.float64]:
    """``(n,)``: seconds from the nearest place where a shift or a loading begins, by the first mode."""
    homes = {places.number(station.place) for station in problem.stations}
    homes |= {places.number(shift.start_place) for _, shift in tokens.shifts if shift.start_place is not None}
    visits = [places.number(problem.place_of(visit)) for visit in tokens.visits]
    far_s = np.zeros(len(visits))
    if homes and visits:
        far_s[:] = arcs[0][np.ix_(sorted(homes), visits)][:, :, 0].min(axis=0)
    return far_s
