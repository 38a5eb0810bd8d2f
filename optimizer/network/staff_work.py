r"""How much work a day holds at least in any stretch of it: services, ways and loadings that nobody can be spared.

Visits *v* start on time within :math:`[e_v, l_v]` and last :math:`s_v` by the fastest pace of anybody able. Of a
stretch :math:`[a, b]` the service takes at least what it takes if begun as early or as late as can be, the smaller of
both (energetic reasoning; Baptiste, Le Pape & Nuijten 2001, *Constraint-Based Scheduling*, ch. 3):

.. math:: E_v(a, b) = \min\bigl( |[e_v, e_v + s_v] \cap [a, b]|,\; |[l_v, l_v + s_v] \cap [a, b]| \bigr)

Visits that lie in the stretch entirely bring more. Each place must be entered from another one at least once, and takes
the shortest way from wherever a worker can come from in time: a visit that the same workers can give, a station, the
start of a shift, a place of rest. Portions must be loaded: a loading and the shortest way to a station for each vehicle
of them. The first way and the first loading of a shift may lie before the stretch, so these are taken off again for
each shift (:meth:`Work.spared_s`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optimizer.assign.territories import able_worker_ids
from optimizer.network.fleet import type_of
from optimizer.problem import Location, Problem, Shift, Visit, Worker, service_duration_s
from optimizer.travel import TravelMatrix

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Types = frozenset[str]

_FAR_S = 10**9


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """The visits of a day as work; arrays have the shape ``(num_visits,)``, times are in seconds.

    Attributes
    ----------
    types
        Types of workers that can give each visit (and enter its place).
    early_s, late_s
        Earliest and latest start on time.
    service_s, num_workers
        Service by the fastest pace, and how many give it together.
    extra_s
        Ways and loadings that a visit brings where it lies in a stretch entirely.
    way_s, loading_s
        The longest of those ways, and what a loading with its way takes: what may lie before a stretch.
    """

    types: tuple[Types, ...]
    early_s: Ints
    late_s: Ints
    service_s: Ints
    num_workers: Ints
    extra_s: Floats
    way_s: float
    loading_s: float

    def within(self, start_s: int, end_s: int) -> Floats:
        """Least work of each visit between `start_s` and `end_s`."""
        sooner = _overlap(self.early_s, self.service_s, start_s, end_s)
        later = _overlap(self.late_s, self.service_s, start_s, end_s)
        is_inside = (self.early_s >= start_s) & (self.late_s + self.service_s <= end_s)
        return np.asarray(self.num_workers * np.minimum(sooner, later) + self.extra_s * is_inside, dtype=np.float64)

    def spared_s(self, shift: Shift, start_s: int) -> float:
        """What of a shift's ways and loadings may lie before `start_s`, or not be needed at all."""
        begins_here = shift.start_place is not None and shift.start_s >= start_s
        return self.loading_s + (0.0 if begins_here else self.way_s)


def work_of(problem: Problem, travel: TravelMatrix) -> Work:
    """The work of `problem`'s day."""
    visits = problem.visits
    able = able_worker_ids(problem)
    types = [frozenset(type_of(problem.worker_by_id[name]) for name in able[visit.visit_id]) for visit in visits]
    quickest = {mode: travel.shortest_duration_s(mode, no_way_s=_FAR_S) for mode in travel.duration_s}
    starts = [_on_time(problem, travel, quickest, visit) for visit in visits]
    service_s = [_service_s(problem, visit, able[visit.visit_id]) for visit in visits]
    early_s, late_s = (np.array(part, dtype=np.int64) for part in zip(*starts, strict=True))
    ways = _Ways(problem, travel, quickest, types, early_s=early_s, late_s=late_s, service_s=np.array(service_s))
    loading_s, load_shares = ways.loading()
    extra_s = loading_s * load_shares
    longest_s = 0.0
    for visit, way_s, together in ways.entries():
        extra_s[visit] += way_s
        types[visit] = together
        longest_s = max(longest_s, way_s)
    return Work(
        types=tuple(types),
        early_s=early_s,
        late_s=late_s,
        service_s=np.array(service_s, dtype=np.int64),
        num_workers=np.array([visit.num_workers for visit in visits]),
        extra_s=extra_s,
        way_s=longest_s,
        loading_s=loading_s if load_shares.any() else 0.0,
    )


def _overlap(begin_s: Ints, duration_s: Ints, start_s: int, end_s: int) -> Ints:
    return np.asarray(np.maximum(0, np.minimum(begin_s + duration_s, end_s) - np.maximum(begin_s, start_s)))


def _service_s(problem: Problem, visit: Visit, able: frozenset[str]) -> int:
    """Service by the fastest pace of anybody able (by the usual pace where nobody is)."""
    return min(
        (service_duration_s(visit, problem.worker_by_id[name]) for name in able), default=visit.service_duration_s
    )


def _on_time(problem: Problem, travel: TravelMatrix, quickest: Mapping[str, Ints], visit: Visit) -> tuple[int, int]:
    """Earliest and latest start on time; meals are cooked, loaded and brought before."""
    early_s = min(window.start_s for window in visit.windows)
    late_s = max(window.end_s if window.soft_end_s is None else window.soft_end_s for window in visit.windows)
    if visit.demand:
        early_s = max(early_s, min(_brought_s(problem, travel, quickest, visit), late_s))
    return early_s, late_s


def _brought_s(problem: Problem, travel: TravelMatrix, quickest: Mapping[str, Ints], visit: Visit) -> int:
    """When the portions of `visit` can be there at the earliest; 0 where a station is itself supplied on the day."""
    to = travel.idx_by_place[problem.place_of(visit)]
    fed = {run.delivers_to_station_id for run in problem.visits if run.delivers_to_station_id}
    times_s = [0 if fed else _FAR_S]
    for station in problem.stations:
        if fed or (visit.station_ids and station.station_id not in visit.station_ids):
            continue
        ready_s = [wave.ready_s for wave in station.waves if any(wave.portions.get(name) for name in visit.demand)]
        reached_s = min(int(ways[travel.idx_by_place[station.place], to]) for ways in quickest.values())
        times_s += [max(time_s, visit.ready_s or 0) + station.loading_duration_s + reached_s for time_s in ready_s]
    return min(times_s)


class _Ways:
    """Shortest ways into the places of visits and to stations, by who can walk or ride them."""

    def __init__(
        self,
        problem: Problem,
        travel: TravelMatrix,
        quickest: Mapping[str, Ints],
        types: list[Types],
        *,
        early_s: Ints,
        late_s: Ints,
        service_s: Ints,
    ) -> None:
        self._problem, self._travel, self._types = problem, travel, list(types)
        self._end_s, self._late_s, self._span_s = early_s + service_s, late_s, late_s + service_s - early_s
        self._quickest = quickest
        self._workers: dict[str, list[Worker]] = defaultdict(list)
        for worker in problem.workers:
            self._workers[type_of(worker)].append(worker)
        self._start = np.array([self._row(problem.place_of(visit)) for visit in problem.visits])
        self._end = np.array([self._row(problem.end_place_of(visit)) for visit in problem.visits])
        self._known: dict[Types, tuple[NDArray[np.bool_], list[int]]] = {}

    def entries(self) -> Iterator[tuple[int, float, Types]]:
        """For each place and those who can meet there: a visit, the shortest way in, and who can come."""
        team = _teams(self._types)
        members: dict[tuple[int, int], list[int]] = defaultdict(list)
        for visit, row in enumerate(self._start.tolist()):
            if self._types[visit]:
                members[team[self._types[visit]], row].append(visit)
        for (_, row), visits in members.items():
            together = frozenset[str]().union(*(self._types[visit] for visit in visits))
            way_s = self._way_into(row, together, int(self._late_s[visits].max()))
            yield min(visits, key=lambda visit: int(self._span_s[visit])), float(way_s), together

    def loading(self) -> tuple[float, Floats]:
        """A loading with the shortest way to a station, and how much of a vehicle each visit fills."""
        stations, shares = self._problem.stations, self._shares()
        if not stations or not shares.any():
            return 0.0, shares
        carriers = frozenset[str]().union(*(self._types[visit] for visit in np.flatnonzero(shares).tolist()))
        before = np.unique([*self._end, *map(self._row, self._rests(carriers))])
        at = np.array([self._row(station.place) for station in stations])
        ways_s = [int(self._quickest[mode][np.ix_(before, at)].min()) for mode in self._modes(carriers)]
        way_s = min(ways_s, default=_FAR_S)
        loading_s = min(station.loading_duration_s for station in stations)
        return loading_s + (way_s if way_s < _FAR_S else 0.0), shares

    def _shares(self) -> Floats:
        """Part of the largest vehicle that each visit fills, by the capacity of which vehicles are short most."""
        uses = [self._problem.vehicle_use_of(visit.demand) for visit in self._problem.visits]
        most: dict[str, int] = defaultdict(int)
        for worker in self._problem.workers:
            for name, amount in worker.vehicle.capacities.items():
                most[name] = max(most[name], amount)
        names = sorted({name for use in uses for name in use if most[name]})
        shares = [np.array([use.get(name, 0) / most[name] for use in uses], dtype=np.float64) for name in names]
        return max(shares, key=lambda share: float(share.sum()), default=np.zeros(len(uses)))

    def _way_into(self, row: int, types: Types, late_s: int) -> int:
        """The shortest way into a place from another one where somebody of `types` can be before."""
        if types not in self._known:
            meets = np.array([bool(each & types) for each in self._types], dtype=np.bool_)
            places = (*(station.place for station in self._problem.stations), *self._begins(types), *self._rests(types))
            self._known[types] = meets, [self._row(place) for place in dict.fromkeys(places)]
        meets, elsewhere = self._known[types]
        others = meets & ~((self._start == row) & (self._end == row))
        least = _FAR_S
        for mode in self._modes(types):
            into = self._quickest[mode][:, row]
            in_time = others & (self._end_s + into[self._end] <= late_s)
            least = min(least, int(into[self._end[in_time]].min(initial=_FAR_S)), *into[elsewhere].tolist())
        return 0 if least == _FAR_S else least

    def _begins(self, types: Types) -> list[Location]:
        """Where shifts of workers of `types` begin."""
        shifts = (shift for name in types for worker in self._workers[name] for shift in worker.shifts)
        return [shift.start_place for shift in shifts if shift.start_place is not None]

    def _rests(self, types: Types) -> list[Location]:
        """Where workers of `types` rest."""
        shifts = (shift for name in types for worker in self._workers[name] for shift in worker.shifts)
        return [rest.place for shift in shifts for rest in shift.breaks if rest.place is not None]

    def _modes(self, types: Types) -> set[str]:
        return {worker.vehicle.mode for name in types for worker in self._workers[name]}

    def _row(self, place: Location) -> int:
        return self._travel.idx_by_place[place]


def _teams(types: list[Types]) -> dict[Types, int]:
    """Sets of types numbered so that sets with a type in common, directly or by others, share a number."""
    teams: list[set[str]] = []
    for each in dict.fromkeys(types):
        touching = [team for team in teams if team & each]
        teams = [team for team in teams if not team & each] + [set(each).union(*touching)]
    return {each: number for each in dict.fromkeys(types) for number, team in enumerate(teams) if each & team}
