"""All gaps of a plan side by side, and one pass over them that says where a new visit fits and about what it costs.

The test is a relaxation (a stop of several windows counts as open in between, stock is looked at one trip at a time):
it refuses no position that the judge would accept, except where travel depends on the time of day. The estimate is what
:mod:`optimizer.cost` charges for the new visit and the longer route, and an interpolated price for what is delayed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.nodes import FAR_S
from optimizer.problem import Problem, SpeedSlice, Station, Visit
from optimizer.reading import hands_over
from optimizer.redispatch.slots.gaps import GAP, GRID_S, NOWHERE, Loading, RouteGaps, Segment, joined
from optimizer.redispatch.slots.routes import RouteCase
from optimizer.redispatch.slots.stock import Stock
from optimizer.travel import TravelMatrix
from optimizer.travel.reach import Reach, Ways
from optimizer.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Figures = Callable[[str, _Ints], Ways]
"""Ways by a mode from (or to) places of the matrix."""


_GRID = np.array(GRID_S, dtype=np.float64)


class Interval(NamedTuple):
    """Closed interval of starts; outside its soft part they are early or late."""

    start_s: int
    end_s: int
    soft_start_s: int
    soft_end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A new visit as the pass over all gaps needs it.

    Attributes
    ----------
    inward, outward
        Ways to its place and from its end place.
    duration_s, fixed_cents
        By route: service at the worker's pace, and what the visit costs there wherever it stands.
    may_serve
        By route: whether nothing about the worker is against it.
    """

    visit: Visit
    inward: Reach
    outward: Reach
    duration_s: _Ints
    fixed_cents: _Floats
    may_serve: NDArray[np.bool_]
    intervals: Sequence[Interval]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLoad:
    """A loading of its own for a new visit, possible from ``ready_s`` on."""

    station: Station
    place_idx: int
    ready_s: int


class Options(NamedTuple):
    """Positions that may do: rows of gaps, estimated cents, starts, and the new loading's number (-1: none)."""

    rows: _Ints
    cents: _Floats
    start_s: _Ints
    load: _Ints

    def only(self, wanted: NDArray[np.bool_]) -> Options:
        """Those that are `wanted`."""
        return Options(self.rows[wanted], self.cents[wanted], self.start_s[wanted], self.load[wanted])


class _Insertion(NamedTuple):
    """What goes into every gap: the segment up to the visit, ways in and out, travel and service in it, food's age."""

    segment: Segment
    in_s: _Ints
    in_m: _Ints
    out_s: _Ints
    out_m: _Ints
    service_s: _Ints
    travel_s: _Ints | int
    age_s: _Ints


class _Effect(NamedTuple):
    """What the visit makes of its route in every gap; it fits where nothing is missing.

    The route takes ``longer_s`` in all, of which ``added_s`` are travel, loading and service; what is behind the gap is
    delayed by ``delay_s``.
    """

    missing_s: _Ints
    start_s: _Ints
    delay_s: _Ints
    longer_s: _Ints
    added_s: _Ints
    travel_s: _Ints
    added_m: _Ints
    age_s: _Ints


class GapTable:
    """The gaps of all routes, with the columns that belong to the route or the trip of each."""

    def __init__(
        self, problem: Problem, travel: TravelMatrix, cases: Sequence[RouteCase], parts: Sequence[RouteGaps]
    ) -> None:
        self._problem, self._travel = problem, travel
        gaps: NDArray[np.void] = np.concatenate([part.gaps for part in parts]) if parts else np.zeros(0, GAP)
        self.columns = {name: np.ascontiguousarray(gaps[name]) for name in GAP.names or ()}
        self.route = np.repeat(np.arange(len(parts)), [len(part.gaps) for part in parts])
        self._duration_s = np.array([part.duration_s for part in parts], dtype=np.int64)
        self._mode_names = sorted({case.worker.vehicle.mode for case in cases})
        self._mode = np.array([self._mode_names.index(case.worker.vehicle.mode) for case in cases], dtype=np.int64)
        self._work_cents = np.array([case.worker.pay.cents_per_hour / SECONDS_PER_HOUR for case in cases])
        self._metre_cents = np.array([case.worker.pay.cents_per_km / 1000 for case in cases])
        self._metres_left = np.array([_metres_left(case, part) for case, part in zip(cases, parts, strict=True)])
        self._work_left_s = np.array([_work_left_s(case, part) for case, part in zip(cases, parts, strict=True)])
        self._may_load = np.array([_may_load(case, part) for case, part in zip(cases, parts, strict=True)], dtype=bool)
        self._number_loads(cases, parts)

    def _number_loads(self, cases: Sequence[RouteCase], parts: Sequence[RouteGaps]) -> None:
        """All loadings in one list, and for each gap the number of the one that feeds it, or -1."""
        loads = [(route, load) for route, part in enumerate(parts) for load in part.loads]
        number_of = {(route, load.position): number for number, (route, load) in enumerate(loads)}
        pairs = zip(self.route.tolist(), self.columns["load_position"].tolist(), strict=True)
        self._load_of_gap = np.array([number_of.get(pair, -1) for pair in pairs], dtype=np.int64)
        station = {station.station_id: number for number, station in enumerate(self._problem.stations)}
        self._load_station = np.array([station[load.station_id] for _, load in loads], dtype=np.int64)
        self._load_latest_s = np.array([load.latest_s for _, load in loads], dtype=np.int64)
        self._portion_cents = np.array([float(station.portion_price_cents) for station in self._problem.stations])
        names = {name for meal_type in self._problem.meal_types for name in meal_type.uses}
        self._room = {
            name: np.array([self._room_for(name, cases[route], load) for route, load in loads]) for name in names
        }

    def _room_for(self, name: str, case: RouteCase, load: Loading) -> int:
        capacity = case.worker.vehicle.capacities.get(name, 0)
        return capacity - self._problem.vehicle_use_of(load.portions).get(name, 0)

    def rows_in_time(self, asked: Asked) -> _Ints:
        """Gaps of workers who may serve, in which the visit could start before its windows are over."""
        if not asked.intervals:
            return np.zeros(0, dtype=np.int64)
        latest_s = max(interval.end_s for interval in asked.intervals)
        earliest_s = min(interval.start_s for interval in asked.intervals)
        in_time = (self.columns["free_s"] <= latest_s) & (self.columns["behind_latest_s"] >= earliest_s)
        return np.flatnonzero(in_time & asked.may_serve[self.route])

    def rows_with_room(self, rows: _Ints, visit: Visit, station_ids: frozenset[str], stock: Stock) -> _Ints:
        """Those of `rows` whose trip comes from one of the stations, has room and finds more portions in stock."""
        rows = rows[self._load_of_gap[rows] >= 0]
        loads, load_of_row = np.unique(self._load_of_gap[rows], return_inverse=True)
        fits = np.ones(len(loads), dtype=np.bool_)
        for name, used in self._problem.vehicle_use_of(visit.demand).items():
            fits &= self._room[name][loads] >= used
        for number in np.unique(self._load_station[loads]).tolist():
            station_id, here = self._problem.stations[number].station_id, self._load_station[loads] == number
            fits[here] &= station_id in station_ids
            for meal_type, portions in visit.demand.items() if (fits & here).any() else ():
                spare = stock.spare_at(station_id, meal_type, self._load_latest_s[loads[here]])
                fits[here] &= spare >= portions
        return np.asarray(rows[fits[load_of_row]])

    def rows_for_loading(self, rows: _Ints) -> _Ints:
        """Those of `rows` in which a loading may be put: the shift allows another trip, and none is cut in two."""
        return np.asarray(rows[self.columns["may_load"][rows] & self._may_load[self.route[rows]]])

    def options(self, asked: Asked, rows: _Ints, load: NewLoad | None = None, number: int = -1) -> Options:
        """Those of `rows` where the visit fits (behind a loading of its own if `load` is given), and at what price."""
        best = Options(
            rows, np.full(len(rows), np.inf), np.zeros(len(rows), dtype=np.int64), np.full(len(rows), number)
        )
        for interval in asked.intervals:
            effect = self._effect(asked, rows, interval, load)
            cents = self._cents(asked, rows, interval, effect) + self._meal_cents(asked.visit, rows, load)
            cents = np.where(effect.missing_s == 0, cents, np.inf)
            better = cents < best.cents
            np.copyto(best.cents, cents, where=better)
            np.copyto(best.start_s, effect.start_s, where=better)
        return best.only(np.isfinite(best.cents))

    def missing_s(self, asked: Asked, rows: _Ints, load: NewLoad | None = None) -> _Ints:
        """Seconds by which each of `rows` fails to take the visit: 0 where it fits."""
        least = np.full(len(rows), FAR_S, dtype=np.int64)
        for interval in asked.intervals:
            least = np.minimum(least, self._effect(asked, rows, interval, load).missing_s)
        return least

    def _effect(self, asked: Asked, rows: _Ints, interval: Interval, load: NewLoad | None) -> _Effect:
        """What the visit in each of `rows` makes of its route, for one interval of starts."""
        column = {name: values[rows] for name, values in self.columns.items() if values.ndim == 1}
        route, visit = self.route[rows], asked.visit
        put_in = self._alone(asked, column, route, interval)
        if load is not None:
            put_in = self._behind_load(put_in, asked, column, route, load)
        with_visit = _joined(_segment(column, "before"), put_in.in_s, put_in.segment)
        arrived = _joined(with_visit, 0, _segment(column, "between"))
        whole = _joined(arrived, put_in.out_s, _segment(column, "behind"))
        travel_s = put_in.in_s + put_in.travel_s + put_in.out_s - column["old_s"]
        added_m = put_in.in_m + put_in.out_m - column["old_m"]
        added_s = travel_s + put_in.service_s
        longer_s = whole.duration_s - self._duration_s[route]
        missing_s = whole.warp_s + np.maximum(0, added_s - column["on_board_slack_s"])
        missing_s = missing_s + np.maximum(0, longer_s - self._work_left_s[route])
        if hands_over(visit) and visit.max_on_board_s is not None:
            missing_s = missing_s + np.maximum(0, put_in.age_s - visit.max_on_board_s)
        return _Effect(
            missing_s=np.where(added_m > self._metres_left[route], FAR_S, missing_s),
            start_s=np.asarray(with_visit.finish_s - asked.duration_s[route]),
            delay_s=arrived.finish_s + put_in.out_s - column["next_s"],
            longer_s=longer_s,
            added_s=added_s,
            travel_s=travel_s,
            added_m=added_m,
            age_s=put_in.age_s,
        )

    def _cents(self, asked: Asked, rows: _Ints, interval: Interval, effect: _Effect) -> _Floats:
        """About what the visit adds to the cost of the plan in each of `rows`."""
        weights, route = self._problem.weights, self.route[rows]
        return np.asarray(
            asked.fixed_cents[route]
            + self._work_cents[route] * effect.longer_s
            + self._metre_cents[route] * effect.added_m
            + effect.travel_s * (weights.travel_cents_per_hour / SECONDS_PER_HOUR)
            + (effect.longer_s - effect.added_s) * (weights.waiting_cents_per_hour / SECONDS_PER_HOUR)
            - effect.added_s * (weights.idle_cents_per_hour / SECONDS_PER_HOUR)
            + self._visit_cents(asked.visit, effect.start_s, interval, effect.age_s)
            + self._priced("delay_cents", rows, effect.delay_s)
            + self._priced("age_cents", rows, effect.added_s)
        )

    def _alone(self, asked: Asked, column: Mapping[str, _Ints], route: _Ints, interval: Interval) -> _Insertion:
        """The visit by itself: it rides along where it needs portions."""
        free_s, duration_s = column["free_s"], asked.duration_s[route]
        in_s, in_m = self._ways(_figures_of(asked.inward.inward), column["from_idx"], route, free_s)
        out_s, out_m = self._ways(_figures_of(asked.outward.outward), column["to_idx"], route, free_s)
        segment = Segment(duration_s, 0, interval.start_s, interval.end_s)
        return _Insertion(segment, in_s, in_m, out_s, out_m, duration_s, 0, column["on_board_s"] + in_s)

    def _behind_load(
        self, alone: _Insertion, asked: Asked, column: Mapping[str, _Ints], route: _Ints, load: NewLoad
    ) -> _Insertion:
        """The visit behind a loading of its own."""
        free_s, opening = column["free_s"], load.station.opening
        onward_s, onward_m = self._ways(
            _figures_of(asked.inward.inward), np.full(len(route), load.place_idx), route, free_s
        )
        in_s, in_m = self._ways(self._figures_to(load.place_idx), column["from_idx"], route, free_s)
        opens_s = max(load.ready_s, min((window.start_s for window in opening), default=0))
        closes_s = max((window.end_s for window in opening), default=FAR_S)
        loading = Segment(load.station.loading_duration_s, 0, opens_s, closes_s)
        return alone._replace(
            segment=_joined(loading, onward_s, alone.segment),
            in_s=in_s,
            in_m=in_m + onward_m,
            service_s=alone.service_s + loading.duration_s,
            travel_s=onward_s,
            age_s=onward_s,
        )

    def _visit_cents(self, visit: Visit, start_s: _Ints, interval: Interval, age_s: _Ints) -> _Floats:
        """What the new visit itself is charged for when it starts, and how old its food is then."""
        weights = self._problem.weights
        late_s = np.maximum(0, start_s - interval.soft_end_s)
        cents = late_s * (weights.lateness_cents_per_hour * visit.lateness_percent / 100)
        cents = cents + np.maximum(0, interval.soft_start_s - start_s) * float(weights.earliness_cents_per_hour)
        if hands_over(visit) and visit.soft_on_board_s is not None:
            cents = cents + np.maximum(0, age_s - visit.soft_on_board_s) * float(weights.food_age_cents_per_hour)
        promise = visit.promise
        if promise is not None and promise.start_s is not None:
            moved_s = np.maximum(0, np.abs(start_s - promise.start_s) - promise.tolerance_s)
            cents = cents + moved_s * float(weights.promise_moved_cents_per_hour)
        return np.asarray(cents / SECONDS_PER_HOUR)

    def _meal_cents(self, visit: Visit, rows: _Ints, load: NewLoad | None) -> _Floats | int:
        """Price of the visit's portions at the station that they come from."""
        portions = sum(visit.demand.values())
        if load is not None or not portions:
            return 0 if load is None else portions * load.station.portion_price_cents
        return np.asarray(portions * self._portion_cents[self._load_station[self._load_of_gap[rows]]])

    def _priced(self, name: str, rows: _Ints, delay_s: _Ints) -> _Floats:
        """Price of delaying what is behind each gap, interpolated between the delays of the grid."""
        delay_s = np.maximum(0, delay_s)
        upper = np.clip(np.searchsorted(_GRID, delay_s, side="right"), 1, len(_GRID) - 1)
        prices, low_s = self.columns[name], _GRID[upper - 1]
        low, high = prices[rows, upper - 1], prices[rows, upper]
        return np.asarray(low + (high - low) * (delay_s - low_s) / (_GRID[upper] - low_s))

    def _figures_to(self, place_idx: int) -> _Figures:
        return lambda mode, idx: (
            self._travel.duration_s[mode][idx, place_idx],
            self._travel.distance_m[mode][idx, place_idx],
        )

    def _ways(self, figures: _Figures, idx: _Ints, route: _Ints, free_s: _Ints) -> tuple[_Ints, _Ints]:
        """Seconds and metres by the mode of each route, at the speed of the time of day; nothing from nowhere."""
        duration_s, distance_m = np.zeros(len(idx), dtype=np.int64), np.zeros(len(idx), dtype=np.int64)
        mode = self._mode[route]
        for number, name in enumerate(self._mode_names):
            of_mode = (mode == number) & (idx != NOWHERE)
            if not of_mode.any():
                continue
            base_s, metres = figures(name, idx[of_mode])
            percent = _speed_percent(free_s[of_mode], self._travel.peaks.get(name, ()))
            duration_s[of_mode] = np.where(base_s < 0, FAR_S, -(-base_s.astype(np.int64) * 100 // percent))
            distance_m[of_mode] = np.maximum(0, metres)
        return duration_s, distance_m


def _metres_left(case: RouteCase, part: RouteGaps) -> int:
    limit_m = case.worker.vehicle.max_distance_m
    return FAR_S if limit_m is None else limit_m - part.distance_m


def _work_left_s(case: RouteCase, part: RouteGaps) -> int:
    """Working time that is left: breaks are none, and an unused shift has yet to take all of its own."""
    if case.shift.max_work_s is None:
        return FAR_S
    taken = {step.break_id for step in case.draft.steps}
    rest_s = sum(rest.duration_s for rest in case.shift.breaks if rest.break_id in taken)
    return case.shift.max_work_s + rest_s - part.duration_s


def _may_load(case: RouteCase, part: RouteGaps) -> bool:
    return case.shift.max_trips is None or len(part.loads) < case.shift.max_trips


def _figures_of(ways: Mapping[str, Ways]) -> _Figures:
    return lambda mode, idx: (ways[mode][0][idx], ways[mode][1][idx])


def _segment(column: Mapping[str, _Ints], part: str) -> Segment:
    return Segment(*(column[f"{part}_{name}"] for name in Segment._fields))


def _joined(first: Segment, travel_s: _Ints | int, second: Segment) -> Segment:
    return joined(first, travel_s, second, np.maximum, np.minimum)


def _speed_percent(times_s: _Ints, peaks: Sequence[SpeedSlice]) -> _Ints | int:
    """Speed at each of `times_s` in percent of the normal one."""
    if not peaks:
        return 100
    clock_s, percent = times_s % SECONDS_PER_DAY, np.full(len(times_s), 100, dtype=np.int64)
    for part in peaks:
        percent[(part.start_s <= clock_s) & (clock_s < part.end_s)] = part.speed_percent
    return percent
