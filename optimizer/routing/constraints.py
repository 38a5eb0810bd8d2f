"""The rules, one function each; :func:`add_rules` is the table of contents.

Each rule is added only where a visit of the problem needs it. Rules of a single trip are dimensions on which only upper
bounds stand, because the local search prunes with those before it propagates anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from optimizer.problem import Break, Elder, Link, LinkKind, Shift, Station, TimeWindow, Visit, Worker
from optimizer.routing.nodes import NO_WAY, Need, Nodes
from optimizer.routing.variables import Variables, break_name
from optimizer.units import SECONDS_PER_DAY


def add_rules(variables: Variables) -> None:
    """State every rule the routing model can express; stock beyond decided sources is stated for open visits only."""
    add_shifts(variables)
    add_working_time(variables)
    add_breaks(variables)
    add_range(variables)

    add_time_windows(variables)
    add_pinned_starts(variables)
    add_skills(variables)
    add_reliability(variables)
    add_forbidden_workers(variables)
    add_pinned_workers(variables)
    add_distinct_workers(variables)

    add_loading_times(variables)
    add_capacities(variables)
    add_suppliers(variables)
    add_ready_times(variables)
    add_time_on_board(variables)
    add_stock(variables)

    add_worker_copies(variables)
    add_timed_links(variables)
    add_worker_links(variables)
    add_days_apart(variables)


def add_shifts(variables: Variables) -> None:
    """Routes leave not before their shift starts and return not after it ends."""
    for vehicle, (_, shift) in enumerate(variables.nodes.vehicles):
        variables.start(variables.model.Start(vehicle)).SetRange(shift.start_s, shift.end_s)
        variables.start(variables.model.End(vehicle)).SetRange(shift.start_s, shift.end_s)


def add_working_time(variables: Variables) -> None:
    """The time from departure to return, breaks taken off, is bounded; optional breaks are not taken off."""
    for vehicle, (_, shift) in enumerate(variables.nodes.vehicles):
        if shift.max_work_s is not None:
            breaks_s = sum(rest.duration_s for rest in shift.breaks if rest.mandatory)
            variables.time.SetSpanUpperBoundForVehicle(shift.max_work_s + breaks_s, vehicle)


def add_range(variables: Variables) -> None:
    """Routes are no longer than the vehicle's range."""
    nodes = variables.nodes
    limits = [worker.vehicle.max_distance_m for worker, _ in nodes.vehicles]
    if any(limit is not None for limit in limits):
        distances = [nodes.distance_m(worker.vehicle.mode) for worker, _ in nodes.vehicles]
        ranges = [NO_WAY * len(nodes) if limit is None else limit for limit in limits]
        variables.add_dimension("distance", distances, ranges)


def add_breaks(variables: Variables) -> None:
    """Breaks are taken between departure and return, outside visits, at their place where they have one."""
    for vehicle, (_, shift) in enumerate(variables.nodes.vehicles):
        floating = floating_breaks(shift)
        if floating:
            _add_floating_breaks(variables, vehicle, floating)
    for idx, node in variables.nodes.break_nodes:
        variables.start(idx).SetRange(node.rest.start_s, node.rest.end_s)
        _allow_vehicles(variables, idx, {node.vehicle})
        if node.rest.mandatory:
            is_used = variables.model.ActiveVehicleVar(node.vehicle)
            variables.solver.Add(variables.is_active(idx) >= is_used)


def floating_breaks(shift: Shift) -> list[Break]:
    """Mandatory breaks that are taken wherever the worker is."""
    return [rest for rest in shift.breaks if rest.place is None and rest.mandatory]


def _add_floating_breaks(variables: Variables, vehicle: int, breaks: Sequence[Break]) -> None:
    """Intervals between the end of one node and the start of the next, early enough to travel afterwards."""
    solver, nodes = variables.solver, variables.nodes
    worker, _ = nodes.vehicles[vehicle]
    duration_s = nodes.duration_s(worker)
    intervals = []
    for rest in breaks:
        name = break_name(rest, vehicle)
        interval = solver.FixedDurationIntervalVar(rest.start_s, rest.end_s, rest.duration_s, False, name)
        solver.Add(interval.StartExpr() >= variables.start(variables.model.Start(vehicle)))
        solver.Add(interval.EndExpr() <= variables.start(variables.model.End(vehicle)))
        variables.break_starts[name] = interval.StartExpr().Var()
        intervals.append(interval)
        _rest_before_travel(variables, vehicle, rest)
    visit_s = [int(duration_s[variables.manager.IndexToNode(idx)]) for idx in range(variables.model.Size())]
    variables.time.SetBreakIntervalsOfVehicle(intervals, vehicle, visit_s)


def _rest_before_travel(variables: Variables, vehicle: int, rest: Break) -> None:
    """Whoever leaves a node before the break can be over has the break after the next node.

    OR-Tools lets a break interrupt the travel to the next node; a worker takes it before that travel. The two differ
    only where the break waits for its window.
    """
    model, solver, nodes = variables.model, variables.solver, variables.nodes
    duration_s = nodes.duration_s(nodes.vehicles[vehicle][0])
    earliest_end_s = rest.start_s + rest.duration_s
    end = variables.break_starts[break_name(rest, vehicle)] + rest.duration_s
    for idx in (*range(len(nodes.stops)), model.Start(vehicle)):
        stay_s = int(duration_s[variables.manager.IndexToNode(idx)])
        leaves = variables.start(idx) + variables.time.SlackVar(idx) + stay_s
        next_start = variables.start(idx) + variables.time.TransitVar(idx)
        is_free = [
            solver.IsGreaterOrEqualCstVar(leaves, earliest_end_s),
            solver.IsGreaterVar(end, next_start),
            solver.IsDifferentCstVar(variables.vehicle(idx), vehicle),
        ]
        solver.Add(solver.Sum(is_free) >= 1)


def add_time_windows(variables: Variables) -> None:
    """Service starts inside one of the visit's windows."""
    for idx, node in variables.nodes.visit_nodes:
        _restrict_start(variables, idx, node.visit.windows)


def _restrict_start(variables: Variables, idx: int, windows: Iterable[TimeWindow]) -> None:
    """Leave a node only the starts inside `windows`; none means any."""
    ordered = sorted((window.start_s, window.end_s) for window in windows)
    if not ordered:
        return
    start = variables.start(idx)
    last_s = max(end_s for _, end_s in ordered)
    if ordered[0][0] > variables.horizon_s:
        _forbid(variables, idx)
        return
    start.SetRange(ordered[0][0], min(last_s, variables.horizon_s))
    for (_, end_s), (next_start_s, _) in pairwise(ordered):
        if end_s + 1 < next_start_s:
            start.RemoveInterval(end_s + 1, next_start_s - 1)


def add_pinned_starts(variables: Variables) -> None:
    """Visits pinned to a time start then."""
    for idx, node in variables.nodes.visit_nodes:
        pinned_s = node.visit.pinned_start_s
        if pinned_s is not None:
            _restrict_start(variables, idx, [TimeWindow(start_s=pinned_s, end_s=pinned_s)])


def add_skills(variables: Variables) -> None:
    """Workers have every skill the visit needs."""
    _require_worker(variables, lambda visit, worker: _has_skills(worker, visit.skills))


def _has_skills(worker: Worker, skills: Mapping[str, int]) -> bool:
    return all(worker.skills.get(skill, -1) >= level for skill, level in skills.items())


def add_reliability(variables: Variables) -> None:
    """Workers are as reliable as the visit demands."""
    _require_worker(variables, lambda visit, worker: worker.reliability_share >= visit.min_reliability_share)


def add_forbidden_workers(variables: Variables) -> None:
    """Nobody is sent whom the elder refuses."""
    problem = variables.nodes.problem

    def is_welcome(visit: Visit, worker: Worker) -> bool:
        elder = problem.elder_of(visit)
        return elder is None or worker.worker_id not in elder.forbidden_worker_ids

    _require_worker(variables, is_welcome)


def add_pinned_workers(variables: Variables) -> None:
    """Visits pinned to workers are given by them: the first copies by one pinned worker each."""
    for idx, node in variables.nodes.visit_nodes:
        pinned = node.visit.pinned_worker_ids
        if node.copy < len(pinned):
            _allow_vehicles(variables, idx, _vehicles_of(variables, {pinned[node.copy]}))


def add_distinct_workers(variables: Variables) -> None:
    """An elder meets no more new workers than the limit leaves beyond those the history knows."""
    visits_by_elder: dict[str, list[int]] = defaultdict(list)
    for idx, node in variables.nodes.visit_nodes:
        if node.visit.elder_id is not None and node.visit.counts_for_continuity:
            visits_by_elder[node.visit.elder_id].append(idx)
    for elder in variables.nodes.problem.elders:
        if elder.max_distinct_workers is not None:
            _limit_new_workers(variables, elder, visits_by_elder[elder.elder_id])


def _limit_new_workers(variables: Variables, elder: Elder, indices: Sequence[int]) -> None:
    known = {worker_id for worker_id, count in elder.worker_history.items() if count > 0}
    assert elder.max_distinct_workers is not None, f"elder {elder.elder_id!r} has no limit"
    num_new = elder.max_distinct_workers - len(known)
    if num_new <= 0:
        for idx in indices:
            _allow_vehicles(variables, idx, _vehicles_of(variables, known))
    elif num_new < len(indices):
        solver = variables.solver
        comes = []
        for worker in variables.nodes.problem.workers:
            if worker.worker_id not in known:
                vehicles = sorted(_vehicles_of(variables, {worker.worker_id}))
                gives = [solver.IsMemberVar(variables.vehicle(idx), vehicles) for idx in indices]
                comes.append(solver.Max(gives).Var())
        solver.Add(solver.Sum(comes) <= num_new)


def add_loading_times(variables: Variables) -> None:
    """Loading starts while the station is open, and once the goods of its ready time are there."""
    for idx, node in variables.nodes.load_nodes:
        _restrict_start(variables, idx, node.station.opening)
        if node.ready_s > variables.horizon_s:
            _forbid(variables, idx)
        else:
            variables.start(idx).SetMin(node.ready_s)


def add_capacities(variables: Variables) -> None:
    """What the visits of a trip use fits the vehicle, and nothing is handed over before a loading.

    The dimension is the used part of the vehicle: all of it before the first loading, nothing after each loading.
    """
    problem = variables.nodes.problem
    uses = {idx: problem.vehicle_use_of(node.visit.demand) for idx, node in variables.nodes.visit_nodes}
    for name in sorted({name for use in uses.values() for name in use}):
        _add_capacity(variables, name, {idx: use.get(name, 0) for idx, use in uses.items()})


def _add_capacity(variables: Variables, name: str, use_by_idx: Mapping[int, int]) -> None:
    nodes = variables.nodes
    own = [worker.vehicle.capacities.get(name, 0) for worker, _ in nodes.vehicles]
    transit = np.zeros((len(nodes), 1), dtype=np.int64)
    for idx, use in use_by_idx.items():
        transit[idx] = use
    for idx, _ in nodes.load_nodes:
        transit[idx] = -max(own, default=0)
    used = variables.add_dimension(f"used {name}", [transit for _ in own], own)
    for vehicle, capacity in enumerate(own):
        used.CumulVar(variables.model.Start(vehicle)).SetMin(capacity)


def add_suppliers(variables: Variables) -> None:
    """A trip's goods come from a station that may supply each of its visits.

    Stations are numbered; one dimension holds the number from above, one its complement, so that two upper bounds fix
    it. Visits that may be supplied by stations with gaps between their numbers pin both to the exact number.
    """
    nodes = variables.nodes
    numbers = {station_id: number for number, station_id in enumerate(_loading_station_ids(variables))}
    needs = dict(_needs(variables))
    if not _needs_suppliers(variables, needs.values(), numbers):
        return
    for idx, need in needs.items():
        if not need.station_ids & numbers.keys():
            _forbid(variables, idx)
    last = len(numbers) - 1
    bases = [numbers[load.station.station_id] for _, load in nodes.load_nodes]
    from_above = _add_trip_number(variables, "station", bases, last)
    from_below = _add_trip_number(variables, "station complement", [last - base for base in bases], last)
    for idx, need in needs.items():
        allowed = sorted(numbers[station_id] for station_id in need.station_ids if station_id in numbers)
        if not allowed:
            continue
        from_above.CumulVar(idx).SetMax(allowed[-1])
        from_below.CumulVar(idx).SetMax(last - allowed[0])
        if need.is_open or allowed[-1] - allowed[0] >= len(allowed):
            variables.solver.Add(from_above.CumulVar(idx) + from_below.CumulVar(idx) == last)
            from_above.CumulVar(idx).RemoveValues([number for number in range(last) if number not in allowed])


def _needs_suppliers(variables: Variables, needs: Iterable[Need], numbers: Mapping[str, int]) -> bool:
    """Whether capacities alone do not make sure that a trip is loaded where it may be."""
    return (
        len(numbers) > 1 or any(not need.station_ids & numbers.keys() for need in needs) or not _all_use_room(variables)
    )


def _all_use_room(variables: Variables) -> bool:
    problem = variables.nodes.problem
    return all(
        any(problem.vehicle_use_of(node.visit.demand).values())
        for _, node in variables.nodes.visit_nodes
        if node.visit.demand
    )


def add_ready_times(variables: Variables) -> None:
    """A trip is loaded once the goods of each of its visits are ready.

    Ready times of load nodes are ranked from the latest (0) to the earliest; a visit bounds the rank from above. Where
    it lies between two of them the bound is on the loading time itself.
    """
    nodes = variables.nodes
    levels = _ready_levels(variables)
    needs = dict(_needs(variables))
    if len(levels) > 1:
        bases = [levels.index(load.ready_s) for _, load in nodes.load_nodes]
        rank = _add_trip_number(variables, "ready rank", bases, len(levels) - 1)
        for idx, need in needs.items():
            not_later = [level for level in levels if level <= need.ready_s]
            rank.CumulVar(idx).SetMax(levels.index(max(not_later, default=levels[-1])))
    between = {idx: need for idx, need in needs.items() if need.ready_s not in levels}
    if between and levels:
        loaded_at = _loaded_at(variables)
        for idx, need in between.items():
            loading_s = min(node.station.loading_duration_s for _, node in nodes.load_nodes)
            variables.solver.Add(loaded_at.CumulVar(idx) >= need.ready_s + loading_s)


def add_time_on_board(variables: Variables) -> None:
    """Portions are handed over within their time on board, counted from the end of loading.

    Travel and service since loading bound it from below (fast); the loading time itself, carried along, states it
    exactly.
    """
    nodes = variables.nodes
    limits = {
        idx: node.visit.max_on_board_s
        for idx, node in nodes.visit_nodes
        if node.visit.max_on_board_s is not None and node.visit.demand
    }
    if not limits or not nodes.load_nodes:
        return
    age, loaded_at = age_dimension(variables), _loaded_at(variables)
    for idx, limit_s in limits.items():
        age.CumulVar(idx).SetMax(min(limit_s, variables.horizon_s))
        variables.solver.Add(variables.start(idx) <= loaded_at.CumulVar(idx) + limit_s)


def age_dimension(variables: Variables) -> Any:
    """Least time since the end of loading: travel and service without waiting; made when first asked for."""
    if "age" in variables.dimensions:
        return variables.dimensions["age"]
    nodes = variables.nodes
    transits = []
    for worker, _ in nodes.vehicles:
        duration_s = nodes.duration_s(worker)
        duration_s[[idx for idx, _ in nodes.load_nodes]] = 0
        transits.append(nodes.travel_s(worker.vehicle.mode) + duration_s[:, None])
    unloaded = variables.horizon_s + 1
    return variables.add_trip_dimension("age", transits, [0] * len(nodes.load_nodes), 2 * unloaded, unloaded)


def _loaded_at(variables: Variables) -> Any:
    """Time at which the current trip's loading ended, 0 before the first; made when first asked for."""
    if "loaded at" in variables.dimensions:
        return variables.dimensions["loaded at"]
    model, nodes = variables.model, variables.nodes
    loading_s = {idx: node.station.loading_duration_s for idx, node in nodes.load_nodes}
    latest_s = variables.horizon_s + max(loading_s.values())
    rest = np.zeros((len(nodes), 1), dtype=np.int64)
    loaded_at = variables.add_dimension("loaded at", [rest for _ in nodes.vehicles], [latest_s for _ in nodes.vehicles])
    for vehicle in variables.vehicles:
        loaded_at.CumulVar(model.Start(vehicle)).SetValue(0)
    cumuls = [loaded_at.CumulVar(idx) for idx in range(model.Size() + model.vehicles())]
    for idx in range(model.Size()):
        if idx in loading_s:
            after = variables.solver.Element(cumuls, model.NextVar(idx))
            variables.solver.Add(after == variables.start(idx) + loading_s[idx])
        else:
            loaded_at.SlackVar(idx).SetValue(0)
    return loaded_at


def _add_trip_number(variables: Variables, name: str, bases: Sequence[int], last: int) -> Any:
    """A number ``0 .. last`` that each load node gives to its trip, ``last + 1`` before the first."""
    rest = np.zeros((len(variables.nodes), 1), dtype=np.int64)
    return variables.add_trip_dimension(name, [rest for _ in variables.vehicles], bases, last + 1, last + 1)


def _loading_station_ids(variables: Variables) -> list[str]:
    return list(dict.fromkeys(node.station.station_id for _, node in variables.nodes.load_nodes))


def _needs(variables: Variables) -> Iterator[tuple[int, Need]]:
    for idx, node in variables.nodes.visit_nodes:
        need = variables.nodes.need_by_visit_id.get(node.visit.visit_id)
        if need is not None:
            yield idx, need


def add_stock(variables: Variables) -> None:
    """Open visits take from a station no more than its waves have brought by then, less what decided sources take."""
    nodes = variables.nodes
    open_visits = {idx: nodes.problem.visit_by_id[visit_id] for idx, visit_id in _open_visits(variables)}
    if not open_visits or not nodes.load_nodes:
        return
    for station_id in _loading_station_ids(variables):
        station = nodes.problem.station_by_id[station_id]
        for meal_type in sorted({meal_type for visit in open_visits.values() for meal_type in visit.demand}):
            portions = {idx: visit.demand.get(meal_type, 0) for idx, visit in open_visits.items()}
            for until_s, left in _stock_left(nodes, station, meal_type):
                if sum(portions.values()) > left:
                    taken = [_is_taken(variables, idx, station_id, until_s) for idx in portions]
                    variables.solver.Add(variables.solver.ScalProd(taken, list(portions.values())) <= left)


def _open_visits(variables: Variables) -> Iterator[tuple[int, str]]:
    for idx, node in variables.nodes.visit_nodes:
        need = variables.nodes.need_by_visit_id.get(node.visit.visit_id)
        if need is not None and need.is_open:
            yield idx, node.visit.visit_id


def _stock_left(nodes: Nodes, station: Station, meal_type: str) -> Iterator[tuple[int, int]]:
    """Portions left for open visits in loads that are ready before a time, for every time that matters."""
    waves = sorted((wave.ready_s, wave.portions.get(meal_type, 0)) for wave in station.waves)
    for until_s in sorted({ready_s for ready_s, _ in waves} | {NO_WAY}):
        came = sum(portions for ready_s, portions in waves if ready_s < until_s)
        decided = sum(
            nodes.problem.visit_by_id[visit_id].demand.get(meal_type, 0)
            for visit_id, need in nodes.need_by_visit_id.items()
            if not need.is_open and station.station_id in need.station_ids and need.ready_s < until_s
        )
        yield until_s, max(0, came - decided)


def _is_taken(variables: Variables, idx: int, station_id: str, until_s: int) -> Any:
    """Variable: 1 where a visit is supplied by a station, from a load that is ready before a time."""
    solver = variables.solver
    facts = [variables.is_active(idx)]
    if "station" in variables.dimensions:
        number = _loading_station_ids(variables).index(station_id)
        facts.append(solver.IsEqualCstVar(variables.dimensions["station"].CumulVar(idx), number))
    earlier = sum(ready_s >= until_s for ready_s in _ready_levels(variables))
    if "ready rank" in variables.dimensions:
        facts.append(solver.IsGreaterOrEqualCstVar(variables.dimensions["ready rank"].CumulVar(idx), earlier))
    elif earlier:
        return solver.IntConst(0)
    return solver.Min(facts).Var()


def _ready_levels(variables: Variables) -> list[int]:
    """Ready times of load nodes, the latest first."""
    return sorted({load.ready_s for _, load in variables.nodes.load_nodes}, reverse=True)


def add_worker_copies(variables: Variables) -> None:
    """All workers of one visit are different and start at the same second, and all come or none."""
    for indices in variables.nodes.indices_by_visit_id.values():
        for first, second in combinations(indices, 2):
            _differ(variables, first, second)
        for first, second in pairwise(indices):
            _bind_starts(variables, first, second)
            _serve_together(variables, first, second)


def add_timed_links(variables: Variables) -> None:
    """Linked visits start at the same second, within a gap, or one after the other; together or not at all."""
    for link in variables.nodes.problem.links:
        if link.kind.is_timed:
            for first, second in _linked(variables, link):
                _add_timed_link(variables, link, first, second)


def _add_timed_link(variables: Variables, link: Link, first: int, second: int) -> None:
    if link.kind is LinkKind.SAME_START:
        _bind_starts(variables, first, second)
    elif link.kind is LinkKind.GAP:
        _bind_starts(variables, first, second, link.min_gap_s, link.max_gap_s)
    else:
        nodes = variables.nodes
        durations = [int(nodes.duration_s(worker)[first]) for worker, _ in nodes.vehicles]
        duration_s = variables.solver.Element([0, *durations], variables.vehicle(first) + 1)
        gap = variables.start(second) - variables.start(first) - duration_s
        _bind_if_served(variables, first, second, gap, (0, variables.horizon_s))
    if link.together:
        _serve_together(variables, first, second)


def add_worker_links(variables: Variables) -> None:
    """Linked visits are given by the same worker, or share none."""
    for link in variables.nodes.problem.links:
        for first, second in _linked(variables, link):
            if link.kind is LinkKind.SAME_WORKER:
                gap = _worker(variables, first) - _worker(variables, second)
                _bind_if_served(variables, first, second, gap, (0, 0))
            elif link.kind is LinkKind.DIFFERENT_WORKER:
                _differ(variables, first, second)


def add_days_apart(variables: Variables) -> None:
    """Visits not on consecutive days leave at least one day between theirs."""
    for link in variables.nodes.problem.links:
        if link.kind is LinkKind.NOT_CONSECUTIVE_DAYS:
            for first, second in _linked(variables, link):
                days = [variables.start(idx) // SECONDS_PER_DAY for idx in (first, second)]
                num_days = 1 + variables.horizon_s // SECONDS_PER_DAY
                _bind_if_served(variables, first, second, abs(days[0] - days[1]), (2, num_days))


def _linked(variables: Variables, link: Link) -> Iterator[tuple[int, int]]:
    indices = variables.nodes.indices_by_visit_id
    for first in indices[link.first_visit_id]:
        for second in indices[link.second_visit_id]:
            yield first, second


def _bind_starts(variables: Variables, first: int, second: int, min_gap_s: int = 0, max_gap_s: int | None = 0) -> None:
    gap = variables.start(second) - variables.start(first)
    longest_s = variables.horizon_s if max_gap_s is None else max_gap_s
    _bind_if_served(variables, first, second, gap, (min_gap_s, longest_s))


def _bind_if_served(variables: Variables, first: int, second: int, value: Any, bounds: tuple[int, int]) -> None:
    """Keep `value` in closed `bounds` where both nodes are on routes."""
    low, high = bounds
    both = variables.both_active(first, second)
    bound = variables.solver.ConditionalExpression(both, value, low)
    variables.solver.Add(variables.solver.BetweenCt(bound, low, max(low, high)))


def _serve_together(variables: Variables, first: int, second: int) -> None:
    variables.solver.Add(variables.is_active(first) == variables.is_active(second))


def _differ(variables: Variables, first: int, second: int) -> None:
    """Different workers, not only different shifts."""
    gap = abs(_worker(variables, first) - _worker(variables, second))
    _bind_if_served(variables, first, second, gap, (1, len(variables.nodes.vehicles)))


def _worker(variables: Variables, idx: int) -> Any:
    """Expression: position of the worker among the problem's; of the first where the node is on no route."""
    workers = [worker.worker_id for worker in variables.nodes.problem.workers]
    numbers = [workers.index(worker.worker_id) for worker, _ in variables.nodes.vehicles]
    return variables.solver.Element([0, *numbers], variables.vehicle(idx) + 1)


def _require_worker(variables: Variables, may_give: Callable[[Visit, Worker], bool]) -> None:
    """Let only those workers give a visit who may."""
    for idx, node in variables.nodes.visit_nodes:
        vehicles = variables.nodes.vehicles
        able = {vehicle for vehicle, (worker, _) in enumerate(vehicles) if may_give(node.visit, worker)}
        if len(able) < len(vehicles):
            _allow_vehicles(variables, idx, able)


def _allow_vehicles(variables: Variables, idx: int, allowed: set[int]) -> None:
    """Leave a node only these of its vehicles, or no route."""
    variables.vehicle(idx).RemoveValues([vehicle for vehicle in variables.vehicles if vehicle not in allowed])


def _forbid(variables: Variables, idx: int) -> None:
    variables.is_active(idx).SetValue(0)


def _vehicles_of(variables: Variables, worker_ids: Iterable[str]) -> set[int]:
    wanted = set(worker_ids)
    return {vehicle for vehicle, (worker, _) in enumerate(variables.nodes.vehicles) if worker.worker_id in wanted}
