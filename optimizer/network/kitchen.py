r"""Central kitchen, vans to stations, last kilometre: two echelons made to agree, and judged as one plan.

A supply run to station *h* is a visit whose portions become stock when it ends (:math:`e_h`); the routes that carry
them on load there at :math:`L_h` at the earliest. The runs' windows in a problem are guesses of :math:`L_h`. Here they
are found: the last kilometre is planned first, as if the stock were there from the earliest time a van could bring it,
and tells when it would load; these times are the runs' deadlines

.. math:: D_h = L_h - \text{unloading}, \qquad D_h - W \le \text{start of the run} , \qquad \text{late after } D_h,

with *W* the time portions may wait at a station. Then both echelons are planned with them (runs first, the rest around
the stock they bring), and the loading times of that plan are the next deadlines, until they stay or nothing is gained.
This is the practical rule for two echelons with few vans and many stations (second echelon, then first, in turns; for
exact methods see Dellaert et al. 2019, Transp. Sci. 53:463-479). Every round's plan is judged by one problem: the given
one with the runs' windows open to the end, for what counts is whether elders eat in time.

A van's limit on board and a meal's own are halves of one promise: from the kitchen to the elder a meal takes no longer
than both together, waiting at the station included (two hours where a problem states neither). Where the best plan
breaks it, its vans are kept and the last kilometre is planned once more, with every meal's window ending at that age.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from optimizer.assign import supply_run_ids
from optimizer.check import check_plan
from optimizer.errors import InputError, Issue, SolverBug
from optimizer.judge import with_figures
from optimizer.params import SolveParams
from optimizer.plan import Plan, Route, Stop, StopKind
from optimizer.problem import Problem, Station, SupplyWave, TimeWindow, Visit
from optimizer.solve import solve
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE, format_clock

_SAME_S = SECONDS_PER_MINUTE
_HOT_S = 2 * SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class KitchenParams:
    """How the echelons are made to agree.

    Parameters
    ----------
    max_rounds
        Rounds after the last kilometre was planned alone.
    max_wait_s
        How long portions may wait at a station between the van and the first loading there.
    solve
        Limits of each solve; two in the first round, one in each other.
    """

    max_rounds: int = 3
    max_wait_s: int = 45 * SECONDS_PER_MINUTE
    solve: SolveParams = SolveParams(time_limit_s=5.0)


class Round(NamedTuple):
    """A plan on the way; ``deadlines`` are told apart by name: those given, and those of each round."""

    deadlines: str
    cost_cents: int
    num_unserved: int
    num_late_runs: int
    on_time_share: float | None
    chain_p95_s: int | None
    num_too_old: int
    num_vans: int
    distance_m: int


class Feeding(NamedTuple):
    """How a station is fed: when its routes need the portions, when the van is done, and how long they wait."""

    station_id: str
    worker_id: str | None
    needed: str | None
    brought: str | None
    wait_s: int | None
    portions: int
    num_loadings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KitchenPlan:
    """The best plan of all rounds for `problem` (runs' windows open to the end), and how it came about.

    The best has fewest visits left out or meals too old, then fewest visits left out, then costs least.
    """

    problem: Problem
    plan: Plan
    rounds: tuple[Round, ...]
    feedings: tuple[Feeding, ...]

    @property
    def best_round(self) -> Round:
        """The round of the plan."""
        return min(self.rounds, key=_badness)


def plan_kitchen(problem: Problem, travel: TravelMatrix, params: KitchenParams = KitchenParams()) -> KitchenPlan:
    """Plan both echelons of `problem` until they agree.

    Raises
    ------
    InputError
        If the problem has no supply runs or is unsound.
    SolverBug
        If a plan breaks a rule of the whole problem.
    """
    if not supply_run_ids(problem):
        hint = "Give visits a delivers_to_station_id, as in the scenario miyun-kitchen."
        raise InputError([Issue(code="kitchen", path="visits", message="the problem has no supply run.", hint=hint)])
    whole = with_open_runs(problem)
    plans = [_judged(whole, travel, solve(problem, travel, params.solve))]
    rounds = [_round("as given", whole, plans[0], _deadlines_given(problem))]
    needed_s = first_loadings_s(solve(_last_kilometre(problem, travel), travel, params.solve))
    for number in range(1, params.max_rounds + 1):
        plan = _judged(whole, travel, solve(with_deadlines(whole, needed_s, params.max_wait_s), travel, params.solve))
        plans.append(plan)
        rounds.append(_round(f"round {number}", whole, plan, needed_s))
        before_s, needed_s = needed_s, {**needed_s, **first_loadings_s(plan)}
        is_same = all(abs(time_s - before_s.get(name, -_HOT_S)) <= _SAME_S for name, time_s in needed_s.items())
        is_no_gain = number > 1 and _badness(rounds[-1]) >= _badness(rounds[-2])
        if is_same or is_no_gain:
            break
    best = _least_bad(plans, rounds)
    if rounds[plans.index(best)].num_too_old:
        plans.append(_judged(whole, travel, solve(with_ages_kept(whole, best), travel, params.solve)))
        rounds.append(_round("ages kept", whole, plans[-1], first_loadings_s(best)))
        best = _least_bad(plans, rounds)
    return KitchenPlan(problem=whole, plan=best, rounds=tuple(rounds), feedings=tuple(_feedings(whole, best)))


def _badness(found: Round) -> tuple[int, int, int]:
    """Visits left out or meals too old, visits left out, and cost, in this order."""
    return found.num_unserved + found.num_too_old, found.num_unserved, found.cost_cents


def _least_bad(plans: Sequence[Plan], rounds: Sequence[Round]) -> Plan:
    return min(zip(plans, rounds, strict=True), key=lambda pair: _badness(pair[1]))[0]


def wave_variants(problem: Problem) -> dict[str, Problem]:
    """`problem` as it is, and with all that its kitchens cook ready at the time of a single wave, for each of them."""
    runs = (problem.visit_by_id[visit_id] for visit_id in supply_run_ids(problem))
    named = {station_id for run in runs for station_id in run.station_ids}
    kitchens = [s for s in problem.stations if s.waves and (s.station_id in named or not named)]
    times = sorted({wave.ready_s for kitchen in kitchens for wave in kitchen.waves})
    listed = ", ".join(map(format_clock, times))
    variants = {f"{len(times)} wave{'s' if len(times) > 1 else ''} ({listed})": problem}
    if len(times) > 1:
        ids = {kitchen.station_id for kitchen in kitchens}
        variants |= {f"one wave ({format_clock(time_s)})": _at_once(problem, ids, time_s) for time_s in times}
    return variants


def with_open_runs(problem: Problem) -> Problem:
    """`problem` with supply runs allowed until the last elder's meal may start, and never late by themselves."""
    ends_s = [window.end_s for visit in problem.visits if visit.elder_id and visit.demand for window in visit.windows]
    last_s = max(ends_s, default=problem.horizon.duration_s)

    def opened(run: Visit) -> Visit:
        start_s, end_s = min(w.start_s for w in run.windows), max(w.end_s for w in run.windows)
        return replace(run, windows=(TimeWindow(start_s=start_s, end_s=max(end_s, last_s)),))

    return _with_runs(problem, {run.visit_id: opened(run) for run in _runs(problem)})


def with_deadlines(problem: Problem, needed_s: Mapping[str, int], max_wait_s: int) -> Problem:
    """`problem` with runs that end when their station needs them (by id), at most `max_wait_s` before."""

    def due(run: Visit) -> Visit:
        window = run.windows[0]
        time_s = needed_s.get(run.delivers_to_station_id or "")
        if time_s is None:
            return run
        deadline_s = min(max(window.start_s, time_s - run.service_duration_s), window.end_s)
        start_s = max(window.start_s, deadline_s - max_wait_s)
        return replace(run, windows=(TimeWindow(start_s=start_s, end_s=window.end_s, soft_end_s=deadline_s),))

    return _with_runs(problem, {run.visit_id: due(run) for run in _runs(problem)})


def first_loadings_s(plan: Plan) -> dict[str, int]:
    """When each station is first loaded at, by id."""
    first: dict[str, int] = {}
    for _, stop in _loads(plan):
        station_id = stop.station_id or ""
        first[station_id] = min(stop.start_s, first.get(station_id, stop.start_s))
    return first


def with_ages_kept(problem: Problem, plan: Plan) -> Problem:
    """`problem` with the runs of `plan` held where they are, and windows of meals that end when they are too old."""
    runs = {stop.visit_id: (worker_id, stop) for worker_id, stop in _run_stops(problem, plan).values()}
    held = {
        visit_id: replace(problem.visit_by_id[visit_id], pinned_worker_ids=(worker_id,), pinned_start_s=stop.start_s)
        for visit_id, (worker_id, stop) in runs.items()
        if visit_id is not None
    }
    ends_s = {chain.visit_id: chain.packed_s + chain.limit_s for chain in chains_of(problem, plan)}
    fresh = {
        visit_id: replace(visit, windows=tuple(_ended(visit.windows, end_s)))
        for visit_id, end_s in ends_s.items()
        for visit in [problem.visit_by_id[visit_id]]
    }
    return _with_runs(problem, {**held, **fresh})


def _ended(windows: Sequence[TimeWindow], end_s: int) -> Iterator[TimeWindow]:
    """The parts of `windows` up to `end_s`, and of the first one at least its start."""
    for number, window in enumerate(windows):
        last_s = min(window.end_s, max(end_s, window.start_s))
        if number and window.start_s > end_s:
            continue
        soft_ends = (None if soft is None else min(soft, last_s) for soft in (window.soft_start_s, window.soft_end_s))
        soft_start_s, soft_end_s = soft_ends
        yield TimeWindow(start_s=window.start_s, end_s=last_s, soft_start_s=soft_start_s, soft_end_s=soft_end_s)


class Chain(NamedTuple):
    """A meal's way from the kitchen: when it was packed there, how old it gets, and how old it may get."""

    visit_id: str
    packed_s: int
    age_s: int
    limit_s: int


def chains_of(problem: Problem, plan: Plan) -> list[Chain]:
    """Every meal from the kitchen's loading to the elder: in the van, at the station, on the last way."""
    packed: dict[str, tuple[int, int | None]] = {}
    for route, load in _loads(plan):
        for stop in _carried(route, load):
            run = problem.visit_by_id[stop.visit_id or ""]
            if run.delivers_to_station_id is not None:
                known = packed.get(run.delivers_to_station_id, (load.end_s, run.max_on_board_s))
                packed[run.delivers_to_station_id] = min(
                    known, (load.end_s, run.max_on_board_s), key=lambda each: each[0]
                )
    chains = []
    for route, load in _loads(plan):
        packed_s, ridden_s = packed.get(load.station_id or "", (load.end_s, 0))
        for stop in _carried(route, load):
            visit = problem.visit_by_id[stop.visit_id or ""]
            if visit.elder_id is not None and any(visit.demand.values()):
                parts = (ridden_s, visit.max_on_board_s)
                limit_s = _HOT_S if None in parts else sum(part for part in parts if part is not None)
                chains.append(Chain(visit.visit_id, packed_s, stop.start_s - packed_s, limit_s))
    return chains


def _runs(problem: Problem) -> Iterator[Visit]:
    return (problem.visit_by_id[visit_id] for visit_id in supply_run_ids(problem))


def _with_runs(problem: Problem, changed: Mapping[str, Visit]) -> Problem:
    return replace(problem, visits=tuple(changed.get(visit.visit_id, visit) for visit in problem.visits))


def _deadlines_given(problem: Problem) -> dict[str, int]:
    """When each run is to be done by the problem's own windows, by station id."""
    given = {}
    for run in _runs(problem):
        last = max(run.windows, key=lambda window: window.end_s)
        soft_s = last.end_s if last.soft_end_s is None else last.soft_end_s
        given[run.delivers_to_station_id or ""] = soft_s + run.service_duration_s
    return given


def _last_kilometre(problem: Problem, travel: TravelMatrix) -> Problem:
    """`problem` without runs: what they bring is at the stations as soon as a van could be there."""
    waves = {run.delivers_to_station_id: _earliest_wave(problem, travel, run) for run in _runs(problem)}
    stations = (
        replace(station, waves=(*station.waves, waves[station.station_id])) if station.station_id in waves else station
        for station in problem.stations
    )
    run_ids = set(supply_run_ids(problem))
    links = (link for link in problem.links if not {link.first_visit_id, link.second_visit_id} & run_ids)
    visits = (visit for visit in problem.visits if visit.visit_id not in run_ids)
    return replace(problem, stations=tuple(stations), visits=tuple(visits), links=tuple(links))


def _earliest_wave(problem: Problem, travel: TravelMatrix, run: Visit) -> SupplyWave:
    """The portions of `run` at the time of the first wave with them, a loading, the quickest way and unloading."""
    place = problem.place_of(run)
    modes = {worker.vehicle.mode for worker in problem.workers if not _lacks_skill(run, worker.skills)}
    times_s = [
        wave.ready_s + kitchen.loading_duration_s + way_s
        for kitchen in problem.stations
        if (not run.station_ids or kitchen.station_id in run.station_ids) and (kitchen.place != place)
        for wave in kitchen.waves
        if any(wave.portions.get(name, 0) for name in run.demand)
        for mode in modes
        for way_s in [int(travel.duration_s[mode][travel.idx_by_place[kitchen.place], travel.idx_by_place[place]])]
        if way_s >= 0
    ]
    start_s = max(min(times_s, default=0), min(window.start_s for window in run.windows))
    return SupplyWave(wave_id=run.visit_id, ready_s=start_s + run.service_duration_s, portions=run.demand)


def _lacks_skill(run: Visit, skills: Mapping[str, int]) -> bool:
    return any(skills.get(skill, 0) < level for skill, level in run.skills.items())


def _at_once(problem: Problem, station_ids: set[str], ready_s: int) -> Problem:
    def merged(station: Station) -> Station:
        portions: Counter[str] = Counter()
        for wave in station.waves:
            portions.update(wave.portions)
        return replace(station, waves=(SupplyWave(wave_id="one", ready_s=ready_s, portions=dict(portions)),))

    stations = (merged(s) if s.station_id in station_ids else s for s in problem.stations)
    return replace(problem, stations=tuple(stations))


def _judged(whole: Problem, travel: TravelMatrix, plan: Plan) -> Plan:
    """`plan` priced and checked by the whole problem."""
    judged = with_figures(whole, travel, plan)
    if violations := check_plan(whole, travel, judged):
        raise SolverBug(f"a plan of both echelons breaks a rule: {violations[0]}")
    return judged


def _loads(plan: Plan) -> Iterator[tuple[Route, Stop]]:
    return ((route, stop) for route in plan.routes for stop in route.stops if stop.kind is StopKind.LOAD)


def _carried(route: Route, load: Stop) -> tuple[Stop, ...]:
    """Visits between `load` and the next loading of its route."""
    return next(
        tuple(stop for stop in trip.stops if stop.kind is StopKind.VISIT)
        for trip in route.trips
        if trip.load_stop is load
    )


def _run_stops(problem: Problem, plan: Plan) -> dict[str, tuple[str, Stop]]:
    """Worker and stop of the last run to each station, by id."""
    stops: dict[str, tuple[str, Stop]] = {}
    for route in plan.routes:
        for stop in route.visit_stops:
            station_id = problem.visit_by_id[stop.visit_id or ""].delivers_to_station_id
            if station_id is not None and (station_id not in stops or stops[station_id][1].end_s < stop.end_s):
                stops[station_id] = route.worker_id, stop
    return stops


def _round(name: str, problem: Problem, plan: Plan, needed_s: Mapping[str, int]) -> Round:
    chains = chains_of(problem, plan)
    ages_s = sorted(chain.age_s for chain in chains)
    runs = _run_stops(problem, plan)
    return Round(
        deadlines=name,
        cost_cents=plan.cost.total_cents,
        num_unserved=len(plan.unassigned),
        num_late_runs=sum(stop.end_s > needed_s.get(station_id, stop.end_s) for station_id, (_, stop) in runs.items()),
        on_time_share=plan.kpis["on_time_share"],
        chain_p95_s=ages_s[max(0, -(-95 * len(ages_s) // 100) - 1)] if ages_s else None,
        num_too_old=sum(chain.age_s > chain.limit_s for chain in chains),
        num_vans=len({worker_id for worker_id, _ in runs.values()}),
        distance_m=plan.kpis["travel_distance_m"],
    )


def _feedings(problem: Problem, plan: Plan) -> Iterator[Feeding]:
    runs, first_s = _run_stops(problem, plan), first_loadings_s(plan)
    num_loadings = Counter(stop.station_id for _, stop in _loads(plan))
    portions: Counter[str] = Counter()
    for run in _runs(problem):
        portions[run.delivers_to_station_id or ""] += sum(run.demand.values())
    for station_id, number in portions.items():
        worker_id, stop = runs.get(station_id, (None, None))
        needed_s = first_s.get(station_id)
        yield Feeding(
            station_id=station_id,
            worker_id=worker_id,
            needed=None if needed_s is None else format_clock(needed_s),
            brought=None if stop is None else format_clock(stop.end_s),
            wait_s=None if stop is None or needed_s is None else needed_s - stop.end_s,
            portions=number,
            num_loadings=num_loadings[station_id],
        )
