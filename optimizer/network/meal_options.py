"""What can become of one meal: a seat within the elder's walk, or a delivery from a supplier that reaches them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from optimizer.assign.options import SupplyOption
from optimizer.network.kitchens import Kitchens
from optimizer.network.meal_money import CostSharing, Shares
from optimizer.problem import Problem, Station, Visit
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR, parse_clock, price

_NUM_SUPPLIERS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DiningParams:
    """Sittings and prices.

    Parameters
    ----------
    sittings_s
        When diners sit down; an elder may join a sitting that starts inside a window of the meal.
    seat_cents
        What a diner costs beside the portions (1 yuan: assumed).
    courier_cents_per_hour
        What a courier's time costs (25 to 30 yuan).
    walk_cents_per_km
        What a kilometre on the elder's feet is worth (assumed); not money.
    sharing
        Who pays.
    budget_cents
        What the government can give on the day; ``None``: no limit.
    is_dining_open
        Whether anybody may eat at a dining point; without it all are delivered, for comparison.
    """

    sittings_s: tuple[int, ...] = (
        parse_clock("11:00"),
        parse_clock("11:40"),
        parse_clock("17:00"),
        parse_clock("17:40"),
    )
    seat_cents: int = 100
    courier_cents_per_hour: int = 2_700
    walk_cents_per_km: int = 100
    sharing: CostSharing = field(default_factory=CostSharing)
    budget_cents: int | None = None
    is_dining_open: bool = True


class MealOption(NamedTuple):
    """One way for one meal; ``sitting_s`` is ``None`` for a delivery, whose couriers' seconds ``courier_s`` are."""

    visit: Visit
    station: Station
    cook: Station
    ready_s: int
    sitting_s: int | None
    walk_m: int | None
    courier_s: int
    cents: int
    worth_cents: int
    shares: Shares


def meal_options(
    problem: Problem, travel: TravelMatrix, params: DiningParams, kitchens: Kitchens, visit: Visit
) -> Iterator[MealOption]:
    """Every option of `visit`; who is visited in connection with the meal is at home and has it there."""
    if params.is_dining_open and visit.visit_id not in problem.links_by_visit_id:
        yield from _seats(problem, travel, params, kitchens, visit)
    for found in kitchens.supply.of(visit, _NUM_SUPPLIERS):
        yield from _deliveries(problem, params, kitchens, visit, found)


def _deliveries(
    problem: Problem, params: DiningParams, kitchens: Kitchens, visit: Visit, found: SupplyOption
) -> Iterator[MealOption]:
    """The delivery that `found` stands for, where the elder can pay it."""
    elder = problem.elder_by_id[visit.elder_id or ""]
    station = problem.station_by_id[found.source.station_id]
    cook = kitchens.cook[station.station_id]
    if cook is None:
        return
    ready_s = found.wave_ready_s if cook is station else kitchens.first_wave_s(cook, visit.demand)
    courier_cents = price(found.courier_s, params.courier_cents_per_hour, SECONDS_PER_HOUR)
    wish_cents = price(found.cost - found.trip_s, params.courier_cents_per_hour, SECONDS_PER_HOUR)
    cents = cook.portion_price_cents * sum(visit.demand.values()) + courier_cents
    shares = params.sharing.shares(elder, cents)
    if ready_s is not None and params.sharing.is_affordable(elder, shares):
        yield MealOption(
            visit=visit,
            station=station,
            cook=cook,
            ready_s=ready_s,
            sitting_s=None,
            walk_m=None,
            courier_s=found.courier_s,
            cents=cents,
            worth_cents=cents + wish_cents,
            shares=shares,
        )


def _seats(
    problem: Problem, travel: TravelMatrix, params: DiningParams, kitchens: Kitchens, visit: Visit
) -> Iterator[MealOption]:
    """Seats within the elder's walk, in sittings that fit the meal, where its portions are ready by then."""
    elder = problem.elder_by_id[visit.elder_id or ""]
    for station in problem.stations:
        cook = kitchens.cook[station.station_id]
        if not station.seats or cook is None:
            continue
        walk_m = travel.walking_distance_m(elder.place, station.place)
        cents = cook.portion_price_cents * sum(visit.demand.values()) + params.seat_cents
        shares = params.sharing.shares(elder, cents)
        if walk_m > elder.walking_range_m or not params.sharing.is_affordable(elder, shares):
            continue
        worth = cents + price(2 * walk_m, params.walk_cents_per_km, 1000)
        for sitting_s in params.sittings_s:
            ready_s = kitchens.ready_for(station, visit, sitting_s)
            if ready_s is not None and any(w.start_s <= sitting_s <= w.end_s for w in visit.windows):
                yield MealOption(
                    visit=visit,
                    station=station,
                    cook=cook,
                    ready_s=ready_s,
                    sitting_s=sitting_s,
                    walk_m=walk_m,
                    courier_s=0,
                    cents=cents,
                    worth_cents=worth,
                    shares=shares,
                )
