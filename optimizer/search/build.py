"""From a problem to the arrays of the search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from optimizer.judge import unserved_cents
from optimizer.plan import Sources
from optimizer.problem import Problem, Shift, Visit, Worker, missing_skills, service_duration_s
from optimizer.reading import hands_over
from optimizer.rules import CostTerm
from optimizer.search.arrays import FAR_S, HARD_CENTS, NODE, SHIFT, Instance
from optimizer.search.bonds import bind
from optimizer.search.ranking import neighbours_of, orders_of
from optimizer.search.tokens import Tokens
from optimizer.travel import TravelMatrix
from optimizer.units import SECONDS_PER_HOUR

_MISSED_CENTS = 1e9
"""Price of a mandatory break not taken: no plan with that is ever kept."""

_Window = tuple[int, int, int, int, int]
"""A row of :attr:`optimizer.search.arrays.Instance.windows`."""


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
    return _Builder(problem, travel, sources, frozenset(locked)).instance()


def ample_ready_s(problem: Problem) -> dict[str, dict[str, int]]:
    """By station and meal type, when its waves have brought as many portions as all visits together ask for."""
    wanted: dict[str, int] = defaultdict(int)
    for visit in problem.visits:
        for meal_type, portions in visit.demand.items():
            wanted[meal_type] += portions
    ready: dict[str, dict[str, int]] = {}
    for station in problem.stations:
        stock: dict[str, int] = defaultdict(int)
        of_station = ready.setdefault(station.station_id, {})
        for wave in sorted(station.waves, key=lambda wave: wave.ready_s):
            for meal_type, portions in wave.portions.items():
                stock[meal_type] += portions
                if stock[meal_type] >= wanted[meal_type]:
                    of_station.setdefault(meal_type, wave.ready_s)
    return ready


class _Builder:
    def __init__(self, problem: Problem, travel: TravelMatrix, sources: Sources, locked: frozenset[str]) -> None:
        self.problem, self.travel, self.sources, self.locked = problem, travel, sources, locked
        self.tokens = Tokens(problem)
        self.hard = frozenset(problem.hard_terms)

    def instance(self) -> Instance:
        weights = self.problem.weights
        windows, nodes = self._windows_and_nodes()
        shifts = self._shift_array()
        arcs, arcs_to = self._arcs()
        elders = self._limiting_elders
        bonds = bind(self.problem, self.tokens)
        for name, column in bonds.by_visit().items():
            nodes[name][: self.tokens.num_visits] = column
        demand, capacity = self._loads()
        service_s = self._service_s()
        visits = nodes[: self.tokens.num_visits]
        soft_s = np.minimum(visits["last_s"], windows[visits["window_to"] - 1, 3])
        is_tied = bool(len(bonds.ties) or len(bonds.mates) or len(bonds.unit_visits))
        return Instance(
            arcs=arcs,
            arcs_to=arcs_to,
            peak_from=self._peaks[0],
            peaks=self._peaks[1],
            nodes=nodes,
            windows=windows,
            service_s=service_s,
            demand=demand,
            capacity=capacity,
            ready_s=self._supply[0],
            supply_cents=self._supply[1],
            worth_cents=self._worth,
            shifts=shifts,
            missed_cents=self._missed_cents(),
            orders=self._orders(demand, arcs),
            neighbours=neighbours_of(visits, soft_s, arcs, service_s[0], self._worth),
            met_limits=np.array([limit for _, limit in elders], dtype=np.int32),
            known=self._known(),
            elder_from=np.cumsum([0, *(len(visits) for visits, _ in elders)], dtype=np.int32),
            elder_visits=np.array([visit for visits, _ in elders for visit in visits], dtype=np.int32),
            ties=bonds.ties,
            group_from=bonds.group_from,
            group_visits=bonds.group_visits,
            unit_from=bonds.unit_from,
            unit_visits=bonds.unit_visits,
            mates=bonds.mates,
            early_cents_per_s=self._per_s(weights.earliness_cents_per_hour, CostTerm.EARLINESS),
            food_cents_per_s=self._per_s(weights.food_age_cents_per_hour, CostTerm.FOOD_AGE),
            promise_cents_per_s=self._per_s(weights.promise_moved_cents_per_hour, CostTerm.PROMISE_MOVED),
            highest_idle_cents_per_s=self._per_s(weights.highest_idle_cents_per_hour, CostTerm.HIGHEST_IDLE),
            highest_late_cents_per_s=self._per_s(weights.highest_lateness_cents_per_hour, CostTerm.HIGHEST_LATENESS),
            imbalance_cents_per_s=self._per_s(weights.imbalance_cents_per_hour, CostTerm.IMBALANCE),
            fair_s=np.array(
                [np.nan if w.fair_share_s is None else w.fair_share_s for w in self.problem.workers], dtype=np.float64
            ),
            carried_s=np.array([worker.carried_load_s for worker in self.problem.workers], dtype=np.float64),
            is_plain=not is_tied and self._is_plain(nodes, shifts),
            is_tied=is_tied,
            is_early=self._is_early(nodes, shifts),
            is_coupled=any(
                (
                    self._per_s(weights.highest_idle_cents_per_hour, CostTerm.HIGHEST_IDLE),
                    self._per_s(weights.highest_lateness_cents_per_hour, CostTerm.HIGHEST_LATENESS),
                    self._per_s(weights.imbalance_cents_per_hour, CostTerm.IMBALANCE),
                )
            ),
        )

    def _per_s(self, cents_per_hour: float, term: CostTerm) -> float:
        return HARD_CENTS if term in self.hard else cents_per_hour / SECONDS_PER_HOUR

    def _each(self, cents: int, term: CostTerm) -> float:
        return HARD_CENTS if term in self.hard else float(cents)

    def _is_plain(self, nodes: NDArray[np.void], shifts: NDArray[np.void]) -> bool:
        """Whether constant-time tests price every insertion exactly.

        So it is with single windows and without soft ones, promises, times on board, breaks, peaks, ranges, and prices
        of waiting, idle time and overtime; every shift has places to begin and to end at.
        """
        visits = nodes[: self.tokens.num_visits]
        num_windows = nodes["window_to"] - nodes["window_from"]
        return bool(
            not self.tokens.breaks
            and not self.hard - {CostTerm.UNSERVED}
            and (num_windows <= 1).all()
            and (visits["is_soft"] == 0).all()
            and (visits["is_fixed"] == 0).all()
            and (visits["max_on_board_s"] == FAR_S).all()
            and (visits["soft_on_board_s"] == FAR_S).all()
            and (shifts["has_peaks"] == 0).all()
            and (shifts["start_place"] >= 0).all()
            and (shifts["end_place"] >= 0).all()
            and (shifts["max_distance_m"] == FAR_S).all()
            and (shifts["overtime_cents_per_s"] == 0).all()
            and (shifts["waiting_cents_per_s"] == 0).all()
            and (shifts["idle_cents_per_s"] == 0).all()
            and not self.problem.weights.imbalance_cents_per_hour
            and not self.problem.weights.highest_idle_cents_per_hour
        )

    def _is_early(self, nodes: NDArray[np.void], shifts: NDArray[np.void]) -> bool:
        """Whether no rule or price sees the difference between leaving early and leaving just in time.

        Then what an insertion makes late is priced by walking on from it, as long as a later start never costs less
        (as the next of several soft windows does) and no break precedes a first visit whose place is where one begins.
        """
        weights = self.problem.weights
        visits = nodes[: self.tokens.num_visits]
        num_windows = visits["window_to"] - visits["window_from"]
        begins_anywhere = any(
            shift.start_place is None and any(rest.place is None for rest in shift.breaks)
            for shift in self.problem.shift_by_id.values()
        )
        return bool(
            not self.hard & {CostTerm.WAITING, CostTerm.IDLE, CostTerm.HIGHEST_IDLE, CostTerm.EARLINESS}
            and not (shifts["is_timed"] | shifts["has_peaks"]).any()
            and (shifts["max_distance_m"] == FAR_S).all()
            and not (weights.waiting_cents_per_hour or weights.idle_cents_per_hour)
            and not (weights.highest_idle_cents_per_hour or weights.earliness_cents_per_hour)
            and (visits["promise_s"] < 0).all()
            and (visits["max_on_board_s"] == FAR_S).all()
            and (visits["soft_on_board_s"] == FAR_S).all()
            and not ((num_windows > 1) & (visits["is_soft"] != 0)).any()
            and not begins_anywhere
        )

    # ways

    @cached_property
    def _modes(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(worker.vehicle.mode for worker in self.problem.workers)) or tuple(
            sorted(self.travel.duration_s)[:1]
        )

    @cached_property
    def _places(self) -> dict[int, int]:
        """Place of the search by row of the travel matrix: only the places of this problem."""
        idx = self.travel.idx_by_place
        return {row: here for here, row in enumerate(sorted({idx[place] for place in self.problem.places}))}

    def _place(self, place: object) -> int:
        return -1 if place is None else self._places[self.travel.idx_by_place[place]]  # type: ignore[index]

    def _arcs(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        rows = np.fromiter(self._places, dtype=np.intp, count=len(self._places))
        arcs = np.empty((len(self._modes), len(rows), len(rows), 2), dtype=np.int32)
        for number, mode in enumerate(self._modes):
            for column, matrix in enumerate((self.travel.duration_s[mode], self.travel.distance_m[mode])):
                arcs[number, :, :, column] = matrix[np.ix_(rows, rows)]
        no_way = arcs[..., 0] < 0
        arcs[no_way] = FAR_S, 0
        there = arcs.transpose(0, 2, 1, 3)
        return arcs, arcs if np.array_equal(arcs, there) else np.ascontiguousarray(there)

    @cached_property
    def _peaks(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        parts = [self.travel.peaks.get(mode, ()) for mode in self._modes]
        rows = [(part.start_s, part.end_s, part.speed_percent) for of_mode in parts for part in of_mode]
        return (
            np.cumsum([0, *map(len, parts)], dtype=np.int32),
            np.array(rows, dtype=np.int32).reshape(-1, 3),
        )

    # tokens

    def _windows_and_nodes(self) -> tuple[NDArray[np.int32], NDArray[np.void]]:
        nodes = np.zeros(self.tokens.num_tokens, dtype=NODE)
        nodes["max_on_board_s"] = nodes["soft_on_board_s"] = FAR_S
        nodes["promise_s"] = nodes["station"] = nodes["elder"] = nodes["group"] = nodes["unit"] = -1
        windows: list[_Window] = []
        for token, visit in enumerate(self.tokens.visits):
            self._fill_visit(nodes[token], visit, is_first=self.tokens.copies[visit.visit_id][0] == token)
            self._add_windows(nodes[token], windows, self._windows_of(visit))
        for number, station in enumerate(self.problem.stations):
            node = nodes[self.tokens.num_visits + number]
            node["place"] = node["end_place"] = self._place(station.place)
            node["station"] = number
            opening = sorted((window.start_s, window.end_s) for window in station.opening)
            self._add_windows(node, windows, [(*times, 0, FAR_S, 0) for times in opening])
        for number, (_, rest) in enumerate(self.tokens.breaks):
            node = nodes[self.tokens.first_break + number]
            node["place"] = node["end_place"] = self._place(rest.place)
            self._add_windows(node, windows, [(rest.start_s, rest.end_s, 0, FAR_S, 0)])
        for elder, (visits, _) in enumerate(self._limiting_elders):
            nodes["elder"][visits] = elder
        return np.array(windows, dtype=np.int32).reshape(-1, 5), nodes

    def _windows_of(self, visit: Visit) -> list[_Window]:
        rows = [
            (
                window.start_s,
                window.end_s,
                0 if window.soft_start_s is None else window.soft_start_s,
                FAR_S if window.soft_end_s is None else window.soft_end_s,
                rank,
            )
            for rank, window in enumerate(visit.windows)
        ]
        start_s = visit.pinned_start_s
        if start_s is None:
            return sorted(rows, key=lambda row: row[0])
        inside = [row for row in rows if row[0] <= start_s <= row[1]] or [(start_s, start_s, 0, FAR_S, 0)]
        return [(start_s, start_s, *inside[0][2:])]

    def _add_windows(self, node: np.void, windows: list[_Window], rows: Sequence[_Window]) -> None:
        node["window_from"] = len(windows)
        windows += rows
        node["window_to"] = len(windows)
        node["first_s"] = min((row[0] for row in rows), default=0)
        node["last_s"] = max((row[1] for row in rows), default=FAR_S)

    def _fill_visit(self, node: np.void, visit: Visit, *, is_first: bool) -> None:
        """What a visit says of itself; the moment it starts is priced once, however many workers it has."""
        weights = self.problem.weights
        late = self._per_s(weights.lateness_cents_per_hour, CostTerm.LATENESS) * visit.lateness_percent / 100
        has_soft_end = is_first and any(window.soft_end_s is not None for window in visit.windows)
        has_soft_start = is_first and any(window.soft_start_s is not None for window in visit.windows)
        node["place"] = self._place(self.problem.place_of(visit))
        node["end_place"] = self._place(self.problem.end_place_of(visit))
        node["has_demand"] = hands_over(visit)
        node["is_fixed"] = visit.promise is not None or visit.num_workers > 1 or visit.visit_id in self._timed
        node["is_locked"] = visit.visit_id in self.locked
        node["late_cents_per_s"] = late if has_soft_end else 0.0
        absent_cents = self._each(unserved_cents(self.problem, visit), CostTerm.UNSERVED) / visit.num_workers
        node["absent_cents"] = _MISSED_CENTS if visit.visit_id in self.locked else absent_cents
        if hands_over(visit) and visit.max_on_board_s is not None:
            node["max_on_board_s"] = visit.max_on_board_s
        if hands_over(visit) and visit.soft_on_board_s is not None:
            node["soft_on_board_s"] = visit.soft_on_board_s
        if is_first and visit.promise is not None and visit.promise.start_s is not None:
            node["promise_s"], node["tolerance_s"] = visit.promise.start_s, visit.promise.tolerance_s
        node["is_soft"] = has_soft_end or has_soft_start or node["promise_s"] >= 0

    def _service_s(self) -> NDArray[np.int32]:
        service_s = np.zeros((max(1, len(self._paces)), self.tokens.num_tokens), dtype=np.int32)
        for (_, worker), row in zip(self._paces.values(), service_s, strict=False):
            row[: self.tokens.num_visits] = [service_duration_s(visit, worker) for visit in self.tokens.visits]
        for number, station in enumerate(self.problem.stations):
            service_s[:, self.tokens.num_visits + number] = station.loading_duration_s
        for number, (_, rest) in enumerate(self.tokens.breaks):
            service_s[:, self.tokens.first_break + number] = rest.duration_s
        return service_s

    @cached_property
    def _timed(self) -> frozenset[str]:
        """Visits whose starts are linked to others: the judge does not move them later."""
        timed = (link for link in self.problem.links if link.kind.is_timed)
        return frozenset(visit_id for link in timed for visit_id in (link.first_visit_id, link.second_visit_id))

    @cached_property
    def _paces(self) -> dict[tuple[object, ...], tuple[int, Worker]]:
        """Number and first worker of every pace."""
        paces: dict[tuple[object, ...], tuple[int, Worker]] = {}
        for worker in self.problem.workers:
            paces.setdefault(_pace_of(worker), (len(paces), worker))
        return paces

    def _loads(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        uses = [self.problem.vehicle_use_of(visit.demand) for visit in self.tokens.visits]
        names = sorted({name for use in uses for name in use})
        demand = np.array([[use.get(name, 0) for name in names] for use in uses], dtype=np.int32)
        has = [[worker.vehicle.capacities.get(name, 0) for name in names] for worker, _ in self.tokens.shifts]
        return (
            demand.reshape(self.tokens.num_visits, len(names)),
            np.array(has, dtype=np.int32).reshape(len(self.tokens.shifts), len(names)),
        )

    @cached_property
    def _supply(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        stations = self.problem.stations
        ready_s = np.full((self.tokens.num_visits, len(stations)), FAR_S, dtype=np.int32)
        cents = np.zeros(ready_s.shape, dtype=np.float64)
        ample = ample_ready_s(self.problem)
        for token, visit in enumerate(self.tokens.visits):
            if not hands_over(visit):
                continue
            for number, station in enumerate(stations):
                when = [ample[station.station_id].get(name, FAR_S) for name, count in visit.demand.items() if count]
                ready = max(when)
                if ready < FAR_S and self._may_supply(station.station_id, visit):
                    ready_s[token, number] = max(ready, visit.ready_s or 0)
                price = self._each(station.portion_price_cents, CostTerm.MEALS)
                cents[token, number] = price * sum(visit.demand.values())
            source = self.sources.get(visit.visit_id)
            if source is not None:
                number = self.tokens.station_token[source.station_id] - self.tokens.num_visits
                ready_s[token, number] = min(ready_s[token, number], max(source.ready_s, visit.ready_s or 0))
        return ready_s, cents

    def _may_supply(self, station_id: str, visit: Visit) -> bool:
        station = self.problem.station_by_id[station_id]
        if station_id == visit.delivers_to_station_id or (visit.station_ids and station_id not in visit.station_ids):
            return False
        if station.service_radius_m is None or visit.delivers_to_station_id is not None:
            return True
        walk_m = self.travel.walking_distance_m(station.place, self.problem.place_of(visit))
        return walk_m <= station.service_radius_m

    def _missed_cents(self) -> NDArray[np.float64]:
        missed = np.zeros(self.tokens.num_tokens, dtype=np.float64)
        general_cents = self.problem.weights.missed_break_cents
        for number, (_, rest) in enumerate(self.tokens.breaks):
            cents = float(general_cents if rest.missed_cents is None else rest.missed_cents)
            is_hard = rest.mandatory or CostTerm.MISSED_BREAK in self.hard
            missed[self.tokens.first_break + number] = _MISSED_CENTS if is_hard else cents
        return missed

    # shifts

    @cached_property
    def _kinds(self) -> dict[tuple[object, ...], tuple[int, Worker]]:
        """Number and first worker of every kind of shift."""
        kinds: dict[tuple[object, ...], tuple[int, Worker]] = {}
        for worker, shift in self.tokens.shifts:
            kinds.setdefault(self._kind_of(worker, shift), (len(kinds), worker))
        return kinds

    def _kind_of(self, worker: Worker, shift: Shift) -> tuple[object, ...]:
        """What two shifts must have in common to be exchangeable."""
        is_named = worker.worker_id in self._named_worker_ids
        vehicle = replace(worker.vehicle, capacities={}, vehicle_id="")
        return (
            worker.worker_id if is_named or len(worker.shifts) > 1 or self._limiting_elders else "",
            replace(shift, shift_id="", breaks=tuple(replace(rest, break_id="") for rest in shift.breaks)),
            tuple(sorted(worker.skills.items())),
            vehicle.mode,
            vehicle.max_distance_m,
            tuple(sorted(worker.vehicle.capacities.items())),
            worker.pay,
            _pace_of(worker),
            worker.reliability_share,
            worker.fair_share_s,
            worker.carried_load_s,
        )

    @cached_property
    def _named_worker_ids(self) -> frozenset[str]:
        """Workers whom some elder or visit tells apart from others."""
        names: Iterable[Iterable[str]] = chain(
            (elder.preferred_worker_ids for elder in self.problem.elders),
            (elder.forbidden_worker_ids for elder in self.problem.elders),
            (elder.worker_history for elder in self.problem.elders),
            (visit.pinned_worker_ids for visit in self.problem.visits),
            (visit.promise.worker_ids for visit in self.problem.visits if visit.promise is not None),
        )
        return frozenset(chain.from_iterable(names))

    def _shift_array(self) -> NDArray[np.void]:
        shifts = np.zeros(len(self.tokens.shifts), dtype=SHIFT)
        weights = self.problem.weights
        worker_idx = {worker.worker_id: idx for idx, worker in enumerate(self.problem.workers)}
        first_break = self.tokens.first_break
        for row, (worker, shift) in zip(shifts, self.tokens.shifts, strict=True):
            pay, mode = worker.pay, self._modes.index(worker.vehicle.mode)
            row["worker"], row["mode"] = worker_idx[worker.worker_id], mode
            row["kind"] = self._kinds[self._kind_of(worker, shift)][0]
            row["pace"] = self._paces[_pace_of(worker)][0]
            row["start_place"], row["end_place"] = self._place(shift.start_place), self._place(shift.end_place)
            row["start_s"], row["end_s"] = shift.start_s, shift.end_s
            row["soft_end_s"] = FAR_S if shift.soft_end_s is None else shift.soft_end_s
            row["max_work_s"] = FAR_S if shift.max_work_s is None else shift.max_work_s
            row["max_distance_m"] = FAR_S if worker.vehicle.max_distance_m is None else worker.vehicle.max_distance_m
            row["max_trips"] = FAR_S if shift.max_trips is None else shift.max_trips
            row["break_from"], row["break_to"] = first_break, first_break + len(shift.breaks)
            first_break += len(shift.breaks)
            row["has_peaks"] = self._peaks[0][mode] < self._peaks[0][mode + 1]
            row["fixed_cents"] = self._each(pay.fixed_cents, CostTerm.FIXED)
            row["cents_per_s"] = self._per_s(pay.cents_per_hour, CostTerm.WORKED_TIME)
            row["overtime_cents_per_s"] = (
                0.0 if shift.soft_end_s is None else self._per_s(pay.overtime_cents_per_hour, CostTerm.OVERTIME)
            )
            row["cents_per_m"] = HARD_CENTS if CostTerm.DISTANCE in self.hard else pay.cents_per_km / 1000
            row["travel_cents_per_s"] = self._per_s(weights.travel_cents_per_hour, CostTerm.TRAVEL_TIME)
            row["waiting_cents_per_s"] = self._per_s(weights.waiting_cents_per_hour, CostTerm.WAITING)
            row["idle_cents_per_s"] = self._per_s(weights.idle_cents_per_hour, CostTerm.IDLE)
            row["is_timed"] = row["cents_per_s"] > 0 or shift.max_work_s is not None
        return shifts

    @cached_property
    def _worth(self) -> NDArray[np.float64]:
        """``(n, kinds)``: pay per visit and prices of continuity; ``inf`` where the worker may not."""
        workers = [worker for _, worker in self._kinds.values()]
        worth = np.zeros((self.tokens.num_visits, len(workers)), dtype=np.float64)
        worth += [self._each(worker.pay.cents_per_visit, CostTerm.VISITS) for worker in workers]
        able: dict[tuple[object, ...], NDArray[np.bool_]] = {}
        columns: dict[str, list[int]] = defaultdict(list)
        for column, worker in enumerate(workers):
            columns[worker.worker_id].append(column)
        for visit, row in zip(self.tokens.visits, worth, strict=True):
            key = (*sorted(visit.skills.items()), visit.min_reliability_share)
            if key not in able:
                able[key] = np.array([_is_able(worker, visit) for worker in workers], dtype=bool)
            row[~able[key]] = np.inf
            self._add_names(row, visit, columns)
        for visit_id, copies in self.tokens.copies.items():
            for number, token in enumerate(copies):
                pinned = _pinned_for(self.problem.visit_by_id[visit_id], number)
                if pinned:
                    allowed = [column for worker_id in pinned for column in columns.get(worker_id, ())]
                    worth[token, ~np.isin(np.arange(len(workers)), allowed)] = np.inf
        return worth

    def _add_names(self, row: NDArray[np.float64], visit: Visit, columns: Mapping[str, Sequence[int]]) -> None:
        """Prices and refusals that go by the worker's name."""
        weights, elder = self.problem.weights, self.problem.elder_of(visit)

        def of(worker_ids: Iterable[str]) -> list[int]:
            return [column for worker_id in worker_ids for column in columns.get(worker_id, ())]

        if elder is not None:
            row[of(elder.forbidden_worker_ids)] = np.inf
            if elder.preferred_worker_ids:
                price = self._each(weights.not_preferred_cents, CostTerm.NOT_PREFERRED)
                row += price
                row[of(elder.preferred_worker_ids)] -= price
            known = [worker_id for worker_id, count in elder.worker_history.items() if count > 0]
            if known and visit.counts_for_continuity:
                price = self._each(weights.new_worker_cents, CostTerm.NEW_WORKER)
                row += price
                row[of(known)] -= price
        if visit.promise is not None and visit.promise.worker_ids:
            price = self._each(weights.promise_worker_cents, CostTerm.PROMISE_WORKER)
            row += price * len(set(visit.promise.worker_ids)) / visit.num_workers
            row[of(visit.promise.worker_ids)] -= price

    # elders who limit the number of different workers

    @cached_property
    def _limiting_elders(self) -> list[tuple[list[int], int]]:
        """Their visits that count, and how many new workers they may still meet."""
        visits: dict[str, list[int]] = defaultdict(list)
        for token, visit in enumerate(self.tokens.visits):
            if visit.elder_id is not None and visit.counts_for_continuity:
                visits[visit.elder_id].append(token)
        return [
            (visits[elder.elder_id], max(0, elder.max_distinct_workers - sum(map(bool, elder.worker_history.values()))))
            for elder in self.problem.elders
            if elder.max_distinct_workers is not None and visits[elder.elder_id]
        ]

    def _known(self) -> NDArray[np.uint8]:
        known = np.zeros((len(self._limiting_elders), len(self.problem.workers)), dtype=np.uint8)
        for row, (visits, _) in zip(known, self._limiting_elders, strict=True):
            elder = self.problem.elder_of(self.tokens.visits[visits[0]])
            assert elder is not None
            row[:] = [elder.worker_history.get(worker.worker_id, 0) > 0 for worker in self.problem.workers]
        return known

    # ranks

    def _orders(self, demand: NDArray[np.int32], arcs: NDArray[np.int32]) -> NDArray[np.float64]:
        visits = self.tokens.visits
        homes = {self._place(place) for _, shift in self.tokens.shifts for place in (shift.start_place,) if place}
        homes |= {self._place(station.place) for station in self.problem.stations}
        places = [self._place(self.problem.place_of(visit)) for visit in visits]
        far_s = np.zeros(len(visits))
        if homes and visits:
            far_s = arcs[0][np.ix_(sorted(homes), places)][:, :, 0].min(axis=0).astype(np.float64)
        return orders_of(visits, demand, far_s)


def _pinned_for(visit: Visit, number: int) -> tuple[str, ...]:
    """Who may be the worker of that number: each pinned one is one of them where more are needed than are pinned."""
    pinned = visit.pinned_worker_ids
    return pinned if len(pinned) >= visit.num_workers else pinned[number : number + 1]


def _is_able(worker: Worker, visit: Visit) -> bool:
    return not missing_skills(worker, visit.skills) and worker.reliability_share >= visit.min_reliability_share


def _pace_of(worker: Worker) -> tuple[object, ...]:
    return worker.duration_percent, tuple(sorted(worker.duration_percent_by_service.items()))
