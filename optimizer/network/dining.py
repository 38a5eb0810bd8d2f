r"""Eat there or be delivered, and from which supplier: every meal visit of a day gets a seat, a delivery or neither.

Options :math:`o` of meal *v* are a seat at place *h* in sitting *k*, where the elder can walk to, or a delivery from a
supplier whose radius, waves and diets allow it (:class:`optimizer.assign.options.SupplyOptions`):

.. math::

    \min \; & \sum_o c_o x_o + \sum_v p_v u_v + \sum_t r\, e_t \quad \text{with} \quad
    \sum_{o \in O_v} x_o + u_v = 1 \;\; \forall v \\
    & \sum_{o: h, k} x_o \le S_{hk}, \qquad
      \sum_{o: s, m, \text{wave} \le j} q_{vm} x_o \le Q_{sjm}, \qquad
      \sum_{o: t} a_o x_o \le A_t + e_t, \qquad
      \sum_o g_o x_o \le B

with seats *S*, portions *Q* ready by wave *j*, minutes *A* of the couriers *t* (more at a price) and a budget *B* for
the government's shares *g*. :math:`c_o` is the price of the portions, the seat or the courier's time, and what the
walk, a late wave or another territory is worth. It is the generalised assignment of
:mod:`optimizer.assign.generalized`, proven by HiGHS (:mod:`optimizer.network.mixed`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from optimizer.assign.generalized import NOBODY, AssignmentModel
from optimizer.assign.limits import Limit, make_model
from optimizer.errors import InputError, Issue, SolverBug
from optimizer.judge import unserved_cents
from optimizer.network.kitchens import Kitchens, meal_visits
from optimizer.network.meal_options import DiningParams, MealOption, meal_options
from optimizer.network.mixed import MixedModel
from optimizer.problem import Problem, Visit
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_MINUTE, ceil_div, format_clock

_OVERTIME_PERCENT = 150
_PRECISE_SHARE = 1e-4


class MealChoice(NamedTuple):
    """How one meal reaches its elder: ``how`` is ``dine``, ``deliver`` or ``none`` (then ``why_not`` says why)."""

    visit_id: str
    elder_id: str
    how: str
    station_id: str | None
    cook_id: str | None
    sitting: str | None
    walk_m: int | None
    portions: int
    cost_cents: int
    government_cents: int
    village_cents: int
    elder_cents: int
    why_not: str


class PlaceUse(NamedTuple):
    """What a station does on that day: ``num_seats`` are those of all sittings that are not taken already."""

    station_id: str
    supplier_kind: str | None
    num_dining: int
    num_seats: int
    num_delivered: int
    portions_out: int
    portions_cooked: int
    cost_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dining:
    """Every meal's choice; ``worth_cents`` is what was minimised and ``bound_cents`` proven to be its least."""

    meals: tuple[MealChoice, ...]
    places: tuple[PlaceUse, ...]
    worth_cents: int
    bound_cents: int

    @property
    def cost_cents(self) -> int:
        """Money for all meals served."""
        return sum(meal.cost_cents for meal in self.meals)

    @property
    def gap_share(self) -> float:
        """How far what was minimised can be above its least, as a share of that."""
        return max(0, self.worth_cents - self.bound_cents) / max(1, self.bound_cents)

    def num(self, how: str) -> int:
        """Meals with this way."""
        return sum(meal.how == how for meal in self.meals)


def assign_meals(problem: Problem, travel: TravelMatrix, params: DiningParams = DiningParams()) -> Dining:
    """A seat or a delivery for every elder's meal.

    Raises
    ------
    InputError
        If no elder of the problem has a meal.
    SolverBug
        If the answer breaks a limit when it is counted again.
    """
    meals = meal_visits(problem)
    if not meals:
        hint = "Give elders visits with a demand."
        raise InputError([Issue(code="dining", path="visits", message="nobody has a meal.", hint=hint)])
    kitchen = Kitchens(problem, travel)
    options = [option for visit in meals for option in meal_options(problem, travel, params, kitchen, visit)]
    model = _model(problem, params, kitchen, meals, options)
    choice, bound = cheapest_choice(model)
    chosen = {options[number].visit.visit_id: options[number] for number in choice if number != NOBODY}
    _recheck(problem, params, kitchen, chosen)
    worth = model.cost_of(np.array(choice))
    return Dining(
        meals=tuple(_choice(problem, kitchen, visit, chosen.get(visit.visit_id)) for visit in meals),
        places=tuple(_place_uses(problem, params, kitchen, chosen)),
        worth_cents=worth,
        bound_cents=min(worth, bound),
    )


def with_dining(problem: Problem, dining: Dining) -> Problem:
    """`problem` without the visits of those who dine, every delivery bound to its supplier, supply runs as needed."""
    choice_by_id = {meal.visit_id: meal for meal in dining.meals}
    dining_ids = {meal.visit_id for meal in dining.meals if meal.how == "dine"}
    moved = _moved_portions(problem, dining)
    visits = tuple(
        _decided(visit, choice_by_id.get(visit.visit_id), moved)
        for visit in problem.visits
        if visit.visit_id not in dining_ids
    )
    links = (link for link in problem.links if not {link.first_visit_id, link.second_visit_id} & dining_ids)
    return replace(problem, visits=visits, links=tuple(links))


def _decided(visit: Visit, meal: MealChoice | None, moved: Mapping[str, Counter[str]]) -> Visit:
    if meal is not None and meal.station_id is not None:
        return replace(visit, station_ids=(meal.station_id,))
    change = moved.get(visit.delivers_to_station_id or "")
    if change is None:
        return visit
    demand = Counter(visit.demand)
    demand.update(change)
    return replace(visit, demand={name: number for name, number in demand.items() if number > 0})


def _moved_portions(problem: Problem, dining: Dining) -> dict[str, Counter[str]]:
    """Portions that each fed station needs more, or less, than before."""
    fed = {visit.delivers_to_station_id for visit in problem.visits if visit.delivers_to_station_id is not None}
    moved: dict[str, Counter[str]] = defaultdict(Counter)
    for meal in dining.meals:
        visit = problem.visit_by_id[meal.visit_id]
        if meal.station_id in fed:
            moved[meal.station_id or ""].update(visit.demand)
        if len(visit.station_ids) == 1 and visit.station_ids[0] in fed:
            moved[visit.station_ids[0]].subtract(visit.demand)
    return moved


def _model(
    problem: Problem,
    params: DiningParams,
    kitchens: Kitchens,
    meals: Sequence[Visit],
    options: Sequence[MealOption],
) -> AssignmentModel:
    number = {visit.visit_id: idx for idx, visit in enumerate(meals)}
    limits = [
        *_seat_limits(params, kitchens, options),
        *_stock_limits(kitchens, options),
        *_courier_limits(problem, params, kitchens, options),
    ]
    if params.budget_cents is not None:
        uses = {idx: option.shares.government_cents for idx, option in enumerate(options)}
        limits.append(Limit(uses=uses, capacity=params.budget_cents))
    skip_cents = [unserved_cents(problem, visit) for visit in meals]
    return make_model([(number[o.visit.visit_id], o.worth_cents) for o in options], skip_cents, limits)


def _seat_limits(params: DiningParams, kitchens: Kitchens, options: Sequence[MealOption]) -> Iterator[Limit]:
    uses: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for idx, option in enumerate(options):
        if option.sitting_s is not None:
            uses[option.station.station_id, option.sitting_s][idx] = sum(option.visit.demand.values())
    station_by_id = {option.station.station_id: option.station for option in options}
    for (station_id, _), of_options in uses.items():
        yield Limit(uses=of_options, capacity=kitchens.free_seats(station_by_id[station_id], params.sittings_s))


def _stock_limits(kitchens: Kitchens, options: Sequence[MealOption]) -> Iterator[Limit]:
    """For every cook, meal type and wave: taken by then is at most ready by then."""
    takers: dict[tuple[str, str], dict[int, MealOption]] = defaultdict(dict)
    for idx, option in enumerate(options):
        for name in option.visit.demand:
            takers[option.cook.station_id, name][idx] = option
    for (cook_id, name), of_options in takers.items():
        stock = kitchens.stock[cook_id, name]
        for ready_s, _ in stock:
            uses = {idx: o.visit.demand[name] for idx, o in of_options.items() if o.ready_s <= ready_s}
            yield Limit(uses=uses, capacity=sum(portions for time, portions in stock if time <= ready_s))


def _courier_limits(
    problem: Problem, params: DiningParams, kitchens: Kitchens, options: Sequence[MealOption]
) -> Iterator[Limit]:
    """Minutes of each staff in each mealtime; more at the price of overtime."""
    uses: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    couriers = {}
    for idx, option in enumerate(options):
        if option.sitting_s is None:
            key = kitchens.supply.couriers(option.station).station_id, kitchens.supply.period_of(option.visit)
            uses[key][idx] = ceil_div(option.courier_s, SECONDS_PER_MINUTE)
            couriers[key] = kitchens.supply.couriers(option.station)
    cents = ceil_div(params.courier_cents_per_hour * _OVERTIME_PERCENT, 100 * SECONDS_PER_MINUTE)
    for key, of_options in uses.items():
        minutes = couriers[key].available_s(kitchens.supply.periods[key[1]]) // SECONDS_PER_MINUTE
        yield Limit(uses=of_options, capacity=minutes, excess_cost=cents)


def cheapest_choice(model: AssignmentModel) -> tuple[list[int], int]:
    """The option (or :data:`NOBODY`) of each meal, and a bound on the cost of any choice."""
    program = MixedModel()
    taken = program.add(model.num_options, cost=model.cost)
    left_out = program.add(model.num_items, cost=model.skip_cost)
    excess = program.add(
        len(model.capacity),
        cost=model.excess_cost,
        upper=np.where(model.excess_cost > 0, np.inf, 0.0),
        is_whole=False,
    )
    items = np.arange(model.num_items)
    program.bind(model.num_items, (model.item_idx, taken, 1), (items, left_out, 1), lower=1, upper=1)
    use = model.use.tocoo()
    rows = np.arange(len(model.capacity))
    program.bind(len(rows), (use.row, taken[use.col], use.data), (rows, excess, -1), upper=model.capacity)
    answer = program.solve(gap_share=_PRECISE_SHARE)
    choice = np.full(model.num_items, NOBODY, dtype=np.int64)
    used = np.flatnonzero(answer.values[taken] > 0.5)
    choice[model.item_idx[used]] = used
    return choice.tolist(), int(np.ceil(answer.bound - 1e-6))


def _choice(problem: Problem, kitchens: Kitchens, visit: Visit, option: MealOption | None) -> MealChoice:
    portions, elder_id = sum(visit.demand.values()), visit.elder_id or ""
    if option is None:
        why = kitchens.supply.why_none(visit)
        why = why or f"no seat, portion or payment is left for visit {visit.visit_id!r} that matters more elsewhere."
        return MealChoice(visit.visit_id, elder_id, "none", None, None, None, None, portions, 0, 0, 0, 0, why)
    return MealChoice(
        visit_id=visit.visit_id,
        elder_id=elder_id,
        how="deliver" if option.sitting_s is None else "dine",
        station_id=option.station.station_id,
        cook_id=option.cook.station_id,
        sitting=None if option.sitting_s is None else format_clock(option.sitting_s),
        walk_m=option.walk_m,
        portions=portions,
        cost_cents=option.cents,
        government_cents=option.shares.government_cents,
        village_cents=option.shares.village_cents,
        elder_cents=option.shares.elder_cents,
        why_not="",
    )


def _place_uses(
    problem: Problem, params: DiningParams, kitchens: Kitchens, chosen: Mapping[str, MealOption]
) -> Iterator[PlaceUse]:
    for station in problem.stations:
        here = [option for option in chosen.values() if option.station is station]
        cooked = [option for option in chosen.values() if option.cook is station]
        if not here and not cooked and not station.seats:
            continue
        num_seats = kitchens.free_seats(station, params.sittings_s) * len(
            kitchens.served_sittings(station, params.sittings_s)
        )
        yield PlaceUse(
            station_id=station.station_id,
            supplier_kind=None if station.supplier_kind is None else str(station.supplier_kind),
            num_dining=sum(option.sitting_s is not None for option in here),
            num_seats=num_seats if station.seats else 0,
            num_delivered=sum(option.sitting_s is None for option in here),
            portions_out=sum(sum(option.visit.demand.values()) for option in cooked),
            portions_cooked=sum(sum(wave.portions.values()) for wave in station.waves),
            cost_cents=sum(option.cents for option in here),
        )


def _recheck(problem: Problem, params: DiningParams, kitchens: Kitchens, chosen: Mapping[str, MealOption]) -> None:
    """Count seats, portions, walks and money again, one meal after the other.

    Raises
    ------
    SolverBug
        If a limit is broken.
    """
    faults = []
    seats: Counter[tuple[str, int]] = Counter()
    for option in chosen.values():
        if option.sitting_s is not None:
            seats[option.station.station_id, option.sitting_s] += sum(option.visit.demand.values())
            if (option.walk_m or 0) > problem.elder_by_id[option.visit.elder_id or ""].walking_range_m:
                faults.append(f"visit {option.visit.visit_id!r} is too far to walk")
    for (station_id, _), number in seats.items():
        if number > kitchens.free_seats(problem.station_by_id[station_id], params.sittings_s):
            faults.append(f"station {station_id!r} seats {number}")
    for (cook_id, name), waves in kitchens.stock.items():
        for ready_s, _ in waves:
            out = sum(
                option.visit.demand.get(name, 0)
                for option in chosen.values()
                if option.cook.station_id == cook_id and option.ready_s <= ready_s
            )
            if out > sum(portions for time, portions in waves if time <= ready_s):
                faults.append(f"station {cook_id!r} gives {out} of {name!r}")
    given = sum(option.shares.government_cents for option in chosen.values())
    if params.budget_cents is not None and given > params.budget_cents:
        faults.append(f"the government gives {given} of {params.budget_cents}")
    if faults:
        raise SolverBug("; ".join(faults))
