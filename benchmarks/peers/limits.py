"""Rules of ours that no peer can state: how to see that a problem has them, and what it is without them.

The one list serves both sides: adapters refuse a problem that has one of these (:func:`refuse_unstated`), and the
district comparison takes them out of the problem for everybody (:func:`without_limits`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from benchmarks.peers import Unsupported
from benchmarks.peers.stations import home_station, loading_stations, nearest_station, supplies
from optimizer.params import CostWeights
from optimizer.problem import Problem, Shift, SupplyWave, TimeWindow, Visit, Worker
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_DAY

PRICE_FREE = CostWeights(
    lateness_cents_per_hour=0,
    food_age_cents_per_hour=0,
    not_preferred_cents=0,
    new_worker_cents=0,
    missed_break_cents=0,
    promise_moved_cents_per_hour=0,
    promise_worker_cents=0,
)
"""Prices that are left when only pay and unserved visits count."""

GENERAL_PRICES = (
    "travel_cents_per_hour",
    "waiting_cents_per_hour",
    "idle_cents_per_hour",
    "highest_idle_cents_per_hour",
    "imbalance_cents_per_hour",
)
"""Prices that bear on every plan; the other ones need soft windows, histories or promises to bear on it."""

FROM = "from:"
"""Begins the skill that stands for "carried by workers of this station"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A rule that no peer can state: its name, whether a problem has it, and the problem without it.

    A problem with it is refused (``is_refused``), unless answers that make no use of it are sound all the same.
    """

    name: str
    is_in: Callable[[Problem], bool]
    without: Callable[[Problem], Problem]
    is_refused: bool = True


def refuse_unstated(problem: Problem, travel: TravelMatrix) -> None:
    """Refuse a problem with a rule that no peer can state.

    Raises
    ------
    Unsupported
        Naming the first such rule.
    """
    if any(travel.peaks.values()):
        raise Unsupported("speed by time of day")
    for limit in LIMITS:
        if limit.is_refused and limit.is_in(problem):
            raise Unsupported(limit.name)


def without_limits(problem: Problem) -> tuple[Problem, tuple[str, ...]]:
    """`problem` without the rules that no peer can state, and the names of those it had."""
    left_out = []
    for limit in LIMITS:
        if limit.is_in(problem):
            problem = limit.without(problem)
            left_out.append(limit.name)
    return problem, tuple(left_out)


def _visits(change: Callable[[Visit], Visit]) -> Callable[[Problem], Problem]:
    return lambda problem: replace(problem, visits=tuple(change(visit) for visit in problem.visits))


def _shifts(change: Callable[[Shift], Shift]) -> Callable[[Problem], Problem]:
    def changed(worker: Worker) -> Worker:
        return replace(worker, shifts=tuple(change(shift) for shift in worker.shifts))

    return lambda problem: replace(problem, workers=tuple(changed(worker) for worker in problem.workers))


def _any_visit(has: Callable[[Visit], object]) -> Callable[[Problem], bool]:
    return lambda problem: any(has(visit) for visit in problem.visits)


def _all_shifts(problem: Problem) -> Iterable[Shift]:
    return (shift for worker in problem.workers for shift in worker.shifts)


def _is_soft(visit: Visit) -> bool:
    return any(window.soft_start_s is not None or window.soft_end_s is not None for window in visit.windows)


def _with_hard_windows(visit: Visit) -> Visit:
    return replace(visit, windows=tuple(TimeWindow(start_s=w.start_s, end_s=w.end_s) for w in visit.windows))


def _with_longest_window(visit: Visit) -> Visit:
    return replace(visit, windows=(max(visit.windows, key=lambda window: window.end_s - window.start_s),))


def _has_continuity(problem: Problem) -> bool:
    return any(e.preferred_worker_ids or e.worker_history or e.max_distinct_workers is not None for e in problem.elders)


def _without_continuity(problem: Problem) -> Problem:
    return replace(
        problem,
        elders=tuple(
            replace(elder, preferred_worker_ids=(), worker_history={}, max_distinct_workers=None)
            for elder in problem.elders
        ),
    )


def _has_general_prices(problem: Problem) -> bool:
    return bool(problem.hard_terms) or any(getattr(problem.weights, name) for name in GENERAL_PRICES)


def _without_general_prices(problem: Problem) -> Problem:
    weights = replace(PRICE_FREE, mandatory_cents=problem.weights.mandatory_cents)
    return replace(problem, weights=weights, hard_terms=())


def _without_supply_runs(problem: Problem) -> Problem:
    """Stations that runs would supply cook for themselves."""
    runs = [visit for visit in problem.visits if visit.delivers_to_station_id is not None]
    portions: dict[str, Counter[str]] = {}
    for visit in runs:
        portions.setdefault(str(visit.delivers_to_station_id), Counter()).update(visit.demand)
    stations = tuple(
        replace(
            station,
            waves=(
                *station.waves,
                SupplyWave(wave_id="own", ready_s=min(v.windows[0].start_s for v in runs), portions=dict(amount)),
            ),
        )
        if (amount := portions.get(station.station_id))
        else station
        for station in problem.stations
    )
    visits = tuple(visit for visit in problem.visits if visit.delivers_to_station_id is None)
    return replace(problem, stations=stations, visits=visits)


def _has_choice_of_station(problem: Problem) -> bool:
    """Whether a visit could be supplied from several stations, or by a worker whose shift begins elsewhere."""
    if not any(visit.demand for visit in problem.visits):
        return False
    return None in loading_stations(problem) or sum(supplies(station) for station in problem.stations) > 1


def _with_fixed_stations(problem: Problem) -> Problem:
    """Each visit's portions come from the nearest station it may have them from, carried by that station's workers."""

    def fixed(visit: Visit) -> Visit:
        if not visit.demand:
            return visit
        station = nearest_station(problem, visit)
        if station is None:
            return visit
        skill = f"{FROM}{station.station_id}"
        return replace(visit, station_ids=(station.station_id,), skills={**visit.skills, skill: 1})

    def bound(worker: Worker) -> Worker:
        homes = {home_station(problem, worker, shift) for shift in worker.shifts}
        if not worker.vehicle.capacities:
            return worker
        if len(homes) != 1 or None in homes:
            return replace(worker, vehicle=replace(worker.vehicle, capacities={}))
        return replace(worker, skills={**worker.skills, f"{FROM}{homes.pop()}": 1})

    return replace(
        problem,
        visits=tuple(fixed(visit) for visit in problem.visits),
        workers=tuple(bound(worker) for worker in problem.workers),
        stations=tuple(replace(station, service_radius_m=None) for station in problem.stations),
    )


def _demand(problem: Problem) -> Counter[str]:
    total: Counter[str] = Counter()
    for visit in problem.visits:
        total.update(visit.demand)
    return total


def _has_scarce_stock(problem: Problem) -> bool:
    """Whether a station that supplies may lack portions, or have them only after shifts have begun."""
    demand = _demand(problem)
    if not demand:
        return False
    first_s = min((shift.start_s for shift in _all_shifts(problem)), default=0)
    for station in problem.stations:
        stock: Counter[str] = Counter()
        for wave in station.waves:
            if wave.ready_s <= first_s:
                stock.update(wave.portions)
        if supplies(station) and any(stock[meal_type] < portions for meal_type, portions in demand.items()):
            return True
    return False


def _with_plenty(problem: Problem) -> Problem:
    """Every station has all it could need; what a later wave would bring is only *ready* from the first wave on."""
    demand = dict(_demand(problem))
    ready_s: dict[str, int] = {}
    for station in problem.stations:
        for wave in station.waves:
            for meal_type in wave.portions:
                ready_s[meal_type] = min(wave.ready_s, ready_s.get(meal_type, SECONDS_PER_DAY))

    def released(visit: Visit) -> Visit:
        times = [ready_s.get(meal_type, 0) for meal_type in visit.demand]
        return replace(visit, ready_s=max([*times, visit.ready_s or 0])) if times else visit

    plenty = SupplyWave(wave_id="plenty", ready_s=0, portions=demand)
    stations = (replace(station, waves=(plenty,)) if supplies(station) else station for station in problem.stations)
    return replace(problem, stations=tuple(stations), visits=tuple(released(visit) for visit in problem.visits))


def _has_loading_beside_care(problem: Problem) -> bool:
    """Peers load at every departure from a station, carrying or not; that is true only where all visits are meals."""
    return any(s.loading_duration_s for s in problem.stations if supplies(s)) and any(
        not visit.demand for visit in problem.visits
    )


LIMITS: tuple[Limit, ...] = (
    Limit(
        name="bonds between visits",
        is_in=lambda problem: bool(problem.links),
        without=lambda problem: replace(problem, links=()),
    ),
    Limit(
        name="visits of several workers at once",
        is_in=_any_visit(lambda visit: visit.num_workers > 1),
        without=_visits(lambda visit: replace(visit, num_workers=1)),
    ),
    Limit(
        name="breaks",
        is_in=lambda problem: any(shift.breaks for shift in _all_shifts(problem)),
        without=_shifts(lambda shift: replace(shift, breaks=())),
    ),
    Limit(
        name="overtime (shifts end at their soft end)",
        is_in=lambda problem: any(shift.soft_end_s is not None for shift in _all_shifts(problem)),
        without=_shifts(lambda s: replace(s, end_s=s.end_s if s.soft_end_s is None else s.soft_end_s, soft_end_s=None)),
    ),
    Limit(
        name="time on board",
        is_in=_any_visit(lambda visit: visit.max_on_board_s is not None or visit.soft_on_board_s is not None),
        without=_visits(lambda visit: replace(visit, max_on_board_s=None, soft_on_board_s=None)),
    ),
    Limit(
        name="soft windows",
        is_in=_any_visit(_is_soft),
        without=_visits(_with_hard_windows),
    ),
    Limit(
        name="several windows (the longest stays)",
        is_in=_any_visit(lambda visit: len(visit.windows) > 1),
        without=_visits(_with_longest_window),
    ),
    Limit(name="continuity and preferences", is_in=_has_continuity, without=_without_continuity),
    Limit(
        name="promises",
        is_in=_any_visit(lambda visit: visit.promise),
        without=_visits(lambda visit: replace(visit, promise=None)),
    ),
    Limit(name="prices other than pay and unserved visits", is_in=_has_general_prices, without=_without_general_prices),
    Limit(
        name="price of portions",
        is_in=lambda problem: any(station.portion_price_cents for station in problem.stations),
        without=lambda problem: replace(
            problem, stations=tuple(replace(station, portion_price_cents=0) for station in problem.stations)
        ),
    ),
    Limit(
        name="supply runs (stations cook for themselves)",
        is_in=_any_visit(lambda visit: visit.delivers_to_station_id is not None),
        without=_without_supply_runs,
    ),
    Limit(
        name="stations' opening hours",
        is_in=lambda problem: any(station.opening for station in problem.stations),
        without=lambda problem: replace(
            problem, stations=tuple(replace(station, opening=()) for station in problem.stations)
        ),
    ),
    Limit(
        name="choice of the supplying station (the nearest one, and its own workers)",
        is_in=_has_choice_of_station,
        without=_with_fixed_stations,
        is_refused=False,
    ),
    Limit(
        name="stock and waves (portions are ready when the first wave of their kind is)",
        is_in=_has_scarce_stock,
        without=_with_plenty,
    ),
    Limit(
        name="loading time on days of meals and care",
        is_in=_has_loading_beside_care,
        without=lambda problem: replace(
            problem, stations=tuple(replace(station, loading_duration_s=0) for station in problem.stations)
        ),
    ),
)
"""Every rule that no peer can state, in the order in which they are taken out."""
