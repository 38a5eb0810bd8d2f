r"""Which station each elder belongs to: short ways, room kept, urgent elders first, few moves, a centre behind each.

The cost of elder *i* at station *s* with way :math:`t_{is}` (seconds, one way) is

.. math:: c_{is} = \bigl(1 + \tfrac{g}{100} u_i\bigr)\Bigl(t_{is} + \tfrac{k}{100}\,\frac{t_{is}^2}{T}\Bigr)
          + m\,[s \ne \text{the elder's station today}],

with urgency :math:`u_i` (:func:`optimizer.network.priority.priority_of`) and :math:`T` = 15 minutes. The square keeps
territories compact: with squared straight ways alone the best territories are convex cells (Aurenhammer, Hoffmann &
Aronov 1998, Algorithmica 20:61-76). Leaving out an elder of urgency *u* costs :math:`(1 + u) M` with *M* above all ways
together; as sets of elders that find room form a gammoid, the most urgent are served first, exactly.
:mod:`optimizer.network.transport` finds and proves the cheapest choice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optimizer.assign.territories import centres_above
from optimizer.errors import InputError, Issue, SolverBug
from optimizer.formats.issues import choice_hint
from optimizer.network.priority import priority_of
from optimizer.network.transport import CLOSED, NOWHERE, Ints, TransportModel, TransportPlan, solve_transport
from optimizer.problem import Elder, Problem, Station, StationKind, Visit
from optimizer.study.changes.supply import follow_supply
from optimizer.travel import StreetGraph
from optimizer.travel.matrix import WALK
from optimizer.travel.straight import walking_mode
from optimizer.travel.table import TravelTable, travel_table
from optimizer.units import ceil_div

_COMPACT_S = 900
_HOLDERS = frozenset({StationKind.STATION, StationKind.DINING_POINT})


@dataclass(frozen=True, slots=True, kw_only=True)
class TerritoryParams:
    """What makes good territories.

    Parameters
    ----------
    capacity
        Elders each station has room for; ``None``: `slack_percent` of an equal share.
    capacity_by_station_id
        Room of single stations.
    slack_percent
        Room of all stations together, as a percentage of the elders.
    backup_percent
        Elders above their room that stations may leave to their centre's staff, as a percentage of the room of the
        centre's stations.
    backup_s
        What an elder served by the centre is worth in seconds of way.
    max_way_s
        No way may be longer; ``None``: no limit.
    mode
        How the way is travelled.
    compactness_percent, urgency_percent
        `k` and `g` of the cost.
    move_s
        An elder changes station only for a way shorter by this.
    """

    capacity: int | None = None
    capacity_by_station_id: Mapping[str, int] = field(default_factory=dict)
    slack_percent: int = 115
    backup_percent: int = 10
    backup_s: int = 600
    max_way_s: int | None = None
    mode: str = WALK
    compactness_percent: int = 100
    urgency_percent: int = 50
    move_s: int = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ElderPlace:
    """Where an elder belongs.

    ``station_id`` is ``None`` for who is left out, with the reason in ``why_not``. ``served_by_id`` is the station
    itself or, where it is overfull, its centre; ``backup_id`` who steps in when the station is closed.
    """

    elder_id: str
    station_id: str | None = None
    served_by_id: str | None = None
    backup_id: str | None = None
    way_s: int | None = None
    has_moved: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationLoad:
    """What a territory amounts to; ``room_price_s`` is what one more elder's room would save in weighted seconds."""

    station_id: str
    num_elders: int
    capacity: int
    num_at_centre: int
    num_urgent: int
    mean_way_s: float | None
    max_way_s: int | None
    room_price_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Territories:
    """Elders with their stations, stations with their elders, and how good that is at best.

    ``cost`` and ``bound`` are in weighted seconds; equal where the territories are proven cheapest.
    """

    elders: tuple[ElderPlace, ...]
    stations: tuple[StationLoad, ...]
    mode: str
    cost: int
    bound: int

    @property
    def num_left_out(self) -> int:
        """Elders without a station."""
        return sum(elder.station_id is None for elder in self.elders)

    @property
    def num_moved(self) -> int:
        """Elders with another station than before."""
        return sum(elder.has_moved for elder in self.elders)

    @property
    def gap_share(self) -> float:
        """How far the cost can be above the cheapest, as a share of it."""
        return 0.0 if self.cost == self.bound else (self.cost - self.bound) / max(1, self.bound)


def make_territories(
    problem: Problem, params: TerritoryParams = TerritoryParams(), *, streets: StreetGraph | None = None
) -> Territories:
    """Stations for all elders of `problem`; visits and workers do not matter.

    Raises
    ------
    InputError
        If the problem has no station that can hold a territory, or `params` do not fit it.
    """
    _require_sound(problem, params)
    holders = holding_stations(problem)
    ways = _table(problem, holders, params.mode, streets)
    model = _model(problem, params, holders, ways, _is_allowed(problem, params, holders, ways, streets))
    answer = _Answer(problem, holders, ways.duration_s, model, solve_transport(model))
    found = Territories(
        elders=tuple(_elder_places(answer)),
        stations=tuple(_station_loads(answer)),
        mode=params.mode,
        cost=answer.plan.cost,
        bound=answer.plan.bound,
    )
    _recheck(problem, params, found)
    return found


def with_stations(problem: Problem, territories: Territories) -> Problem:
    """`problem` with every elder in the territory found (who is left out has none), and portions where they are eaten.

    A meal that only the station of before may supply may now be supplied by the new one.
    """
    station_id = {place.elder_id: place.station_id for place in territories.elders}
    elders = tuple(replace(elder, station_id=station_id[elder.elder_id]) for elder in problem.elders)
    visits = tuple(_from_station(problem, visit, station_id.get(visit.elder_id or "")) for visit in problem.visits)
    return follow_supply(problem, replace(problem, elders=elders, visits=visits))


def _from_station(problem: Problem, visit: Visit, station_id: str | None) -> Visit:
    elder = problem.elder_of(visit)
    if elder is None or station_id is None or visit.station_ids != (elder.station_id,):
        return visit
    return replace(visit, station_ids=(station_id,))


def holding_stations(problem: Problem) -> tuple[Station, ...]:
    """Stations, dining points, and whatever else elders belong to today; where there are none, every station."""
    own = {elder.station_id for elder in problem.elders}
    holders = tuple(station for station in problem.stations if station.kind in _HOLDERS or station.station_id in own)
    return holders or problem.stations


def _require_sound(problem: Problem, params: TerritoryParams) -> None:
    """Every fault of what is asked, at once."""
    issues = []
    holder_ids = [station.station_id for station in holding_stations(problem)]
    if not holder_ids:
        issues.append(("stations", "the problem has no station.", "Add one."))
    modes = dict.fromkeys([WALK, *(mode.mode for mode in problem.modes)])
    if params.mode not in modes:
        issues.append(
            ("mode", f"{params.mode!r} is not a travel mode of the problem.", choice_hint(params.mode, modes))
        )
    for station_id in params.capacity_by_station_id:
        if station_id not in holder_ids:
            message = f"{station_id!r} is no station that holds a territory."
            issues.append(("capacity", message, choice_hint(station_id, holder_ids)))
    numbers = (params.capacity, *params.capacity_by_station_id.values(), params.slack_percent, params.backup_percent)
    numbers += (params.backup_s, params.max_way_s, params.compactness_percent, params.urgency_percent, params.move_s)
    if any(number is not None and number < 0 for number in numbers):
        issues.append(("options", "a number is negative.", "Use 0 or more."))
    if issues:
        raise InputError([Issue(code="territories", path=path, message=text, hint=hint) for path, text, hint in issues])


def _table(problem: Problem, holders: Sequence[Station], mode: str, streets: StreetGraph | None) -> TravelTable:
    travel_mode = next((each for each in problem.modes if each.mode == mode), walking_mode(problem.modes))
    origins, homes = [s.place for s in holders], [elder.place for elder in problem.elders]
    return travel_table(origins, homes, travel_mode, modes=problem.modes, streets=streets)


def _is_allowed(
    problem: Problem,
    params: TerritoryParams,
    holders: Sequence[Station],
    ways: TravelTable,
    streets: StreetGraph | None,
) -> NDArray[np.bool_]:
    """Whether each elder may belong to each station, shape ``(num_elders, num_stations)``."""
    is_allowed = ways.duration_s.T >= 0
    if params.max_way_s is not None:
        is_allowed &= params.max_way_s >= ways.duration_s.T
    if any(station.service_radius_m is not None for station in holders):
        walk = ways if params.mode == WALK else _table(problem, holders, WALK, streets)
        far = 2**31 - 1
        radius_m = np.array([far if s.service_radius_m is None else s.service_radius_m for s in holders])
        is_allowed &= (walk.distance_m.T >= 0) & (radius_m >= walk.distance_m.T)
    return is_allowed


def _model(
    problem: Problem,
    params: TerritoryParams,
    holders: Sequence[Station],
    ways: TravelTable,
    is_allowed: NDArray[np.bool_],
) -> TransportModel:
    way_s = ways.duration_s.T.astype(np.int64)
    urgency = np.array([priority_of(elder) for elder in problem.elders], dtype=np.int64)
    weight = 100 + params.urgency_percent * urgency
    cost = weight[:, None] * (100 * way_s + params.compactness_percent * way_s**2 // _COMPACT_S) // 10_000
    cost += params.move_s * _is_move(problem, holders)
    cost = np.where(is_allowed, cost, CLOSED)
    worst = int(cost.max(where=is_allowed, initial=0)) + params.backup_s
    centre_ids, centre = _centres(problem, holders)
    capacity = _capacities(params, holders, len(problem.elders))
    behind = [int(capacity[centre == number].sum()) for number in range(len(centre_ids))]
    return TransportModel(
        cost=cost,
        skip_cost=(1 + urgency) * (1 + worst * max(1, len(problem.elders))),
        capacity=capacity,
        overflow_cost=np.full(len(holders), params.backup_s, dtype=np.int64),
        centre=centre,
        centre_capacity=np.array([ceil_div(room * params.backup_percent, 100) for room in behind], dtype=np.int64),
    )


def _is_move(problem: Problem, holders: Sequence[Station]) -> NDArray[np.bool_]:
    """Whether each station is another than the elder's own; never for elders without one of these."""
    number = {station.station_id: idx for idx, station in enumerate(holders)}
    own = np.array([number.get(elder.station_id or "", NOWHERE) for elder in problem.elders], dtype=np.int64)
    return np.asarray((own[:, None] != np.arange(len(holders))) & (own != NOWHERE)[:, None])


def _capacities(params: TerritoryParams, holders: Sequence[Station], num_elders: int) -> Ints:
    share = ceil_div(num_elders * params.slack_percent, 100 * len(holders))
    general = share if params.capacity is None else params.capacity
    return np.array([params.capacity_by_station_id.get(s.station_id, general) for s in holders], dtype=np.int64)


def _centres(problem: Problem, holders: Sequence[Station]) -> tuple[list[str], Ints]:
    """Ids of the centres, and the position of each station's own (the first one above it that holds no territory)."""
    held = {station.station_id for station in holders}
    above = [next((c.station_id for c in centres_above(problem, s) if c.station_id not in held), None) for s in holders]
    ids = list(dict.fromkeys(centre_id for centre_id in above if centre_id is not None))
    return ids, np.array([NOWHERE if each is None else ids.index(each) for each in above], dtype=np.int64)


class _Answer(NamedTuple):
    """A choice with what it is a choice of; ``duration_s`` has a row a station and a column an elder."""

    problem: Problem
    holders: Sequence[Station]
    duration_s: NDArray[np.int32]
    model: TransportModel
    plan: TransportPlan

    def at_centre(self) -> NDArray[np.bool_]:
        """Whether each elder is one of those above the room of their station: those with the longest ways."""
        at_centre = np.zeros(self.model.num_persons, dtype=bool)
        for place, overflow in enumerate(self.model.overflow(self.plan.choice).tolist()):
            own = np.flatnonzero(self.plan.choice == place)
            farthest = own[np.argsort(-self.duration_s[place, own], kind="stable")]
            at_centre[farthest[:overflow]] = True
        return at_centre

    def backup_ids(self) -> list[str | None]:
        """Who steps in for each elder: the centre of their station, else the second best station in reach."""
        centre_ids, centre = _centres(self.problem, self.holders)
        others = self.model.cost.copy()
        served = np.flatnonzero(self.plan.choice != NOWHERE)
        others[served, self.plan.choice[served]] = CLOSED
        second = np.where(others.min(axis=1) < CLOSED, others.argmin(axis=1), NOWHERE)
        station_ids = [*(station.station_id for station in self.holders), None]
        backed = [None if number == NOWHERE else centre_ids[number] for number in (*centre.tolist(), NOWHERE)]
        return [
            None if place == NOWHERE else backed[place] or station_ids[next_best]
            for place, next_best in zip(self.plan.choice.tolist(), second.tolist(), strict=True)
        ]


def _elder_places(answer: _Answer) -> Iterator[ElderPlace]:
    facts = zip(answer.plan.choice.tolist(), answer.at_centre().tolist(), answer.backup_ids(), strict=True)
    for idx, (elder, (place, is_at_centre, backup_id)) in enumerate(zip(answer.problem.elders, facts, strict=True)):
        if place == NOWHERE:
            yield ElderPlace(elder_id=elder.elder_id, why_not=_why_not(elder, answer.model, idx))
            continue
        own_id = answer.holders[place].station_id
        yield ElderPlace(
            elder_id=elder.elder_id,
            station_id=own_id,
            served_by_id=backup_id if is_at_centre else own_id,
            backup_id=backup_id,
            way_s=int(answer.duration_s[place, idx]),
            has_moved=elder.station_id is not None and elder.station_id != own_id,
            why_not="",
        )


def _why_not(elder: Elder, model: TransportModel, idx: int) -> str:
    if (model.cost[idx] >= CLOSED).all():
        return f"elder {elder.elder_id!r} lives beyond the reach of every station; widen a radius or the longest way."
    return f"every station in reach of elder {elder.elder_id!r} is full of elders as urgent or more; add room."


def _station_loads(answer: _Answer) -> Iterator[StationLoad]:
    urgent = np.array([priority_of(elder) > 0 for elder in answer.problem.elders], dtype=bool)
    at_centre = answer.at_centre()
    for place, station in enumerate(answer.holders):
        own = np.flatnonzero(answer.plan.choice == place)
        way_s = answer.duration_s[place, own]
        yield StationLoad(
            station_id=station.station_id,
            num_elders=len(own),
            capacity=int(answer.model.capacity[place]),
            num_at_centre=int(at_centre[own].sum()),
            num_urgent=int(urgent[own].sum()),
            mean_way_s=round(float(way_s.mean()), 1) if len(own) else None,
            max_way_s=int(way_s.max()) if len(own) else None,
            room_price_s=int(answer.plan.prices.place[place]),
        )


def _recheck(problem: Problem, params: TerritoryParams, found: Territories) -> None:
    """Count everybody again, from the printed places alone.

    Raises
    ------
    SolverBug
        If somebody is lost or a limit is broken.
    """
    faults = []
    if [place.elder_id for place in found.elders] != [elder.elder_id for elder in problem.elders]:
        faults.append("somebody is missing or counted twice")
    own = Counter(place.station_id for place in found.elders)
    at_station = Counter(place.served_by_id for place in found.elders if place.served_by_id == place.station_id)
    faults += [
        f"station {load.station_id!r} has {own[load.station_id]} elders"
        for load in found.stations
        if own[load.station_id] != load.num_elders or at_station[load.station_id] > load.capacity
    ]
    if params.max_way_s is not None and any((place.way_s or 0) > params.max_way_s for place in found.elders):
        faults.append("a way is too long")
    if found.bound > found.cost:
        faults.append(f"the bound {found.bound} is above the cost {found.cost}")
    if faults:
        raise SolverBug("; ".join(faults))
