r"""Supply before routing: every visit with demand gets one station and one of its kitchen waves.

For visits :math:`v` with demand :math:`q_{vm}` of meal type :math:`m`, and options :math:`(s, k)`: a station that may
supply the visit, and a wave from which portions reach it in time:

.. math::

    \min \; & \sum_{v, s, k} c_{vsk} x_{vsk} + \sum_v P w_v u_v + \sum_{t, p} r\, e_{tp} \\
    & \sum_{s, k} x_{vsk} + u_v = 1 \qquad \forall v \\
    & \sum_v \sum_{j \le k} q_{vm} x_{vsj} \le \sum_{j \le k} Q_{sjm} \qquad \forall s, k, m \\
    & \sum_v \sum_{s \in t} \sum_k a_{vs} x_{vsk} \le A_{tp} + e_{tp} \qquad \forall t, p

Stock is cumulative: a visit of wave *k* takes portions ready by then, and what a wave leaves stays available. The price
:math:`w_v` of an unsupplied visit is what the plan is charged for leaving it unserved, and :math:`P` outweighs
everything else, so a dearer visit is never given up for a shorter way. Costs are courier seconds: the visit's share of
the way out and back and of the loading, plus what a late or a needlessly early wave costs. The last row keeps the staff
:math:`t` behind the stations from being given much more work in a mealtime :math:`p` than it has seconds; the work
:math:`a_{vs}` of a visit is the continuous approximation of Daganzo (1984, Transportation Science 18:331-350): service,
the hop from the nearest other visit, and ``1 / capacity`` of a round trip. Visits see the nearest stations only; those
left out are tried again with all stations. :mod:`optimizer.assign.generalized` solves the model.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import gcd
from typing import NamedTuple

from optimizer.assign.generalized import NOBODY, Assignment, solve_assignment
from optimizer.assign.limits import Limit, make_model
from optimizer.assign.options import Couriers, SupplyOption, SupplyOptions
from optimizer.judge import unserved_cents
from optimizer.plan import Route, Sources
from optimizer.problem import Problem, SupplyWave, Visit
from optimizer.travel import TravelMatrix
from optimizer.units import ceil_div

_NUM_NEAREST_STATIONS = 8
_EXCESS_PRICE = 10
"""Price of a second of work above what the staff has, in courier seconds."""
_MAX_EXACT_PRICE_RATIO = 1000

Chosen = Mapping[str, SupplyOption]
"""Options decided, by visit id."""


@dataclass(frozen=True, kw_only=True)
class Supply:
    """Who is supplied from where.

    Attributes
    ----------
    sources
        Station and time of every supplied visit, by visit id.
    unsupplied
        A sentence why not, for every other visit with demand, by visit id.
    cost, bound
        Objective of the assignment to the nearest stations, and a lower bound on it; equal where proven optimal.
    """

    sources: Sources
    unsupplied: Mapping[str, str]
    cost: int
    bound: int


def assign_supply(problem: Problem, travel: TravelMatrix, *, seed: int = 0) -> Supply:
    """Station and wave for each visit with demand, supply runs before all others.

    Leave a supply run's deliveries to :func:`stations_with_deliveries`: stock that it brings counts once it is timed.
    """
    supply = SupplyOptions(problem, travel)
    runs = [visit for visit in supply.meals if visit.delivers_to_station_id is not None]
    meals = [visit for visit in supply.meals if visit.delivers_to_station_id is None]
    chosen: dict[str, SupplyOption] = {}
    cost = bound = 0
    for visits in (runs, meals):
        found, answer = _assign(problem, supply, visits, chosen, num_stations=_NUM_NEAREST_STATIONS, seed=seed)
        chosen.update(found)
        left_out = [visit for visit in visits if visit.visit_id not in chosen]
        chosen.update(_assign(problem, supply, left_out, chosen, num_stations=len(problem.stations), seed=seed)[0])
        cost, bound = cost + answer.cost, bound + answer.bound
    return Supply(
        sources={visit.visit_id: chosen[visit.visit_id].source for visit in supply.meals if visit.visit_id in chosen},
        unsupplied={v.visit_id: _reason(supply, v) for v in supply.meals if v.visit_id not in chosen},
        cost=cost,
        bound=bound,
    )


def supply_run_ids(problem: Problem) -> tuple[str, ...]:
    """Visits whose portions become a station's stock."""
    return tuple(visit.visit_id for visit in problem.visits if visit.delivers_to_station_id is not None)


def stations_with_deliveries(problem: Problem, routes: Iterable[Route]) -> Problem:
    """`problem` with a wave for each supply run that `routes` serve: its portions, ready when the visit has ended."""
    end_s: dict[str, int] = {}
    for route in routes:
        for stop in route.visit_stops:
            assert stop.visit_id is not None, "a visit stop names its visit"
            end_s[stop.visit_id] = max(stop.end_s, end_s.get(stop.visit_id, stop.end_s))
    waves: dict[str, list[SupplyWave]] = defaultdict(list)
    for visit in problem.visits:
        if visit.delivers_to_station_id is not None and visit.visit_id in end_s:
            wave = SupplyWave(wave_id=visit.visit_id, ready_s=end_s[visit.visit_id], portions=visit.demand)
            waves[visit.delivers_to_station_id].append(wave)
    stations = (replace(station, waves=(*station.waves, *waves[station.station_id])) for station in problem.stations)
    return replace(problem, stations=tuple(stations))


def _reason(supply: SupplyOptions, visit: Visit) -> str:
    meals = ", ".join(repr(name) for name, portions in visit.demand.items() if portions)
    taken = (
        f"visit {visit.visit_id!r} finds no {meals} left at any station in reach: what can be there in time goes to "
        "visits that are dearer to leave out or shorter to serve; cook more, or allow another station."
    )
    return supply.why_none(visit) or taken


def _assign(
    problem: Problem, supply: SupplyOptions, visits: Sequence[Visit], reserved: Chosen, *, num_stations: int, seed: int
) -> tuple[Chosen, Assignment]:
    """Options for `visits` out of what `reserved` leaves, each seeing its `num_stations` quickest stations."""
    options = [(idx, option) for idx, visit in enumerate(visits) for option in supply.of(visit, num_stations)]
    limits = [
        *_stock_limits(problem, supply, visits, options, reserved),
        *_work_limits(problem, supply, visits, options, reserved),
    ]
    model = make_model([(idx, option.cost) for idx, option in options], _skip_costs(problem, visits, options), limits)
    answer = solve_assignment(model, seed=seed)
    return {visits[options[o][0]].visit_id: options[o][1] for o in answer.choice.tolist() if o != NOBODY}, answer


def _stock_limits(
    problem: Problem,
    supply: SupplyOptions,
    visits: Sequence[Visit],
    options: Sequence[tuple[int, SupplyOption]],
    reserved: Chosen,
) -> Iterator[Limit]:
    """For every station, meal type and wave: taken by then is at most ready by then."""
    wanted = _takings((visits[idx], option) for idx, option in options)
    gone = _takings((problem.visit_by_id[visit_id], option) for visit_id, option in reserved.items())
    for (station_id, meal_type), takings in wanted.items():
        stock = supply.stock(problem.station_by_id[station_id], meal_type)
        went = gone.get((station_id, meal_type), [])
        for ready_s in dict.fromkeys(ready_s for ready_s, _ in stock):
            uses = {taking.number: taking.portions for taking in takings if taking.wave_ready_s <= ready_s}
            came = sum(portions for wave_s, portions in stock if wave_s <= ready_s)
            yield Limit(
                uses=uses, capacity=came - sum(taking.portions for taking in went if taking.wave_ready_s <= ready_s)
            )


class _Taking(NamedTuple):
    """Portions of one meal type that an option, the one with this number, takes from its wave."""

    number: int
    wave_ready_s: int
    portions: int


def _takings(choices: Iterable[tuple[Visit, SupplyOption]]) -> dict[tuple[str, str], list[_Taking]]:
    """What numbered options take, by station id and meal type."""
    takings: dict[tuple[str, str], list[_Taking]] = defaultdict(list)
    for number, (visit, option) in enumerate(choices):
        for meal_type, portions in visit.demand.items():
            if portions:
                taking = _Taking(number, option.wave_ready_s, portions)
                takings[option.source.station_id, meal_type].append(taking)
    return takings


def _work_limits(
    problem: Problem,
    supply: SupplyOptions,
    visits: Sequence[Visit],
    options: Sequence[tuple[int, SupplyOption]],
    reserved: Chosen,
) -> Iterator[Limit]:
    """For every staff and mealtime: work given is at most the time there is, or dear."""

    def staff_and_period(visit: Visit, option: SupplyOption) -> tuple[Couriers, int]:
        return supply.couriers(problem.station_by_id[option.source.station_id]), supply.period_of(visit)

    uses: dict[tuple[Couriers, int], dict[int, int]] = defaultdict(dict)
    for number, (idx, option) in enumerate(options):
        uses[staff_and_period(visits[idx], option)][number] = option.courier_s
    given: Counter[tuple[Couriers, int]] = Counter()
    for visit_id, option in reserved.items():
        given[staff_and_period(problem.visit_by_id[visit_id], option)] += option.courier_s
    for (couriers, period), of_options in uses.items():
        spare_s = couriers.available_s(supply.periods[period]) - given[couriers, period]
        yield Limit(uses=of_options, capacity=max(0, spare_s), excess_cost=_EXCESS_PRICE)


def _skip_costs(problem: Problem, visits: Sequence[Visit], options: Sequence[tuple[int, SupplyOption]]) -> list[int]:
    """Prices of leaving visits out, in proportion to their price unserved and above all costs of options together.

    Prices further apart than :data:`_MAX_EXACT_PRICE_RATIO` are rounded up to that part of the dearest.
    """
    worst = [0] * len(visits)
    for idx, option in options:
        worst[idx] = max(worst[idx], option.cost + _EXCESS_PRICE * option.courier_s)
    cents = [max(1, unserved_cents(problem, visit)) for visit in visits]
    unit = max(gcd(*cents), max(cents, default=1) // _MAX_EXACT_PRICE_RATIO)
    return [ceil_div(price, unit) * (1 + sum(worst)) for price in cents]
