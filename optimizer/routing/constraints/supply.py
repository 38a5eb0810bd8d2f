"""Rules of portions: where and when they are loaded, how many fit and how long they are under way.

Rules of a trip are dimensions that each loading sets anew and on which only upper bounds stand
(:meth:`optimizer.routing.variables.Variables.add_trip_dimension`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from optimizer.problem import Station
from optimizer.routing.constraints.restrict import forbid, restrict_start
from optimizer.routing.nodes import NO_WAY, Need, Nodes
from optimizer.routing.variables import Variables


def add_loading_times(variables: Variables) -> None:
    """Loading starts while the station is open, and once the goods of its ready time are there."""
    for idx, node in variables.nodes.load_nodes:
        opening = [(window.start_s, window.end_s) for window in node.station.opening] or [(0, variables.horizon_s)]
        restrict_start(variables, idx, [(max(first_s, node.ready_s), last_s) for first_s, last_s in opening])


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
            forbid(variables, idx)
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
    nodes, levels = variables.nodes, _ready_levels(variables)
    if not levels:
        return
    if len(levels) > 1:
        bases = [levels.index(load.ready_s) for _, load in nodes.load_nodes]
        rank = _add_trip_number(variables, "ready rank", bases, len(levels) - 1)
        for idx, need in _needs(variables):
            not_later = [level for level in levels if level <= need.ready_s]
            rank.CumulVar(idx).SetMax(levels.index(max(not_later, default=levels[-1])))
    for idx, need in _needs(variables):
        if need.ready_s > levels[-1] and need.ready_s not in levels:
            stations = (nodes.problem.station_by_id[station_id] for station_id in need.station_ids)
            loading_s = min((station.loading_duration_s for station in stations), default=0)
            variables.solver.Add(_loaded_at(variables).CumulVar(idx) >= need.ready_s + loading_s)


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


def _open_visits(variables: Variables) -> Iterator[tuple[int, str]]:
    for idx, node in variables.nodes.visit_nodes:
        need = variables.nodes.need_by_visit_id.get(node.visit.visit_id)
        if need is not None and need.is_open:
            yield idx, node.visit.visit_id


def _loading_station_ids(variables: Variables) -> list[str]:
    return list(dict.fromkeys(node.station.station_id for _, node in variables.nodes.load_nodes))


def _needs(variables: Variables) -> Iterator[tuple[int, Need]]:
    for idx, node in variables.nodes.visit_nodes:
        need = variables.nodes.need_by_visit_id.get(node.visit.visit_id)
        if need is not None:
            yield idx, need
