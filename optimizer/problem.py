"""The facts of a planning problem: frozen, complete, and the same in memory, on the wire and in files.

Meals and care are one problem: both are a :class:`Visit` done by a :class:`Worker` on a route of a :class:`Shift`. A
meal visit carries ``demand``, a care visit needs ``skills``, an escort visit ends elsewhere than it starts, a visit
of two workers has ``num_workers=2``, and a minimum gap is a :class:`Link`. Times are seconds after 00:00 local time of
the horizon's first day (:mod:`optimizer.units`); intervals are closed.
:func:`optimizer.validate.validate_problem` states which problems are sound; nothing here refuses or repairs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Literal

from optimizer.params import CostWeights
from optimizer.rules import CostTerm
from optimizer.units import (
    SECONDS_PER_DAY,
    WIRE,
    Cents,
    Clock,
    Count,
    Floor,
    Metres,
    Percent,
    Seconds,
    SignedSeconds,
    scale_percent,
)


class StationKind(StrEnum):
    """Level and role of a station in the three-level network."""

    DISTRICT_CENTRE = "district-centre"
    STREET_CENTRE = "street-centre"
    STATION = "station"
    CENTRAL_KITCHEN = "central-kitchen"
    DINING_POINT = "dining-point"
    CARAVAN_BASE = "caravan-base"


class SupplierKind(StrEnum):
    """The four kinds of meal supplier of the Beijing 2023 opinions."""

    CARE_INSTITUTION = "care-institution"
    RESTAURANT = "restaurant"
    CATERING = "catering"
    ELDER_CANTEEN = "elder-canteen"


class ElderGroup(StrEnum):
    """Groups that policy documents serve first (an elder may belong to several)."""

    DESTITUTE = "destitute"
    MINIMUM_INCOME = "minimum-income"
    REGISTERED_POOR = "registered-poor"
    DISABLED = "disabled"
    HALF_DISABLED = "half-disabled"
    SEVERELY_HANDICAPPED = "severely-handicapped"
    AGED_80_PLUS = "aged-80-plus"
    LIVING_ALONE = "living-alone"
    EMPTY_NEST = "empty-nest"
    LEFT_BEHIND = "left-behind"
    BEREAVED = "bereaved-of-only-child"
    VETERAN = "veteran"


class WorkerKind(StrEnum):
    """How a worker is bound to the network."""

    EMPLOYEE = "employee"
    PROVIDER = "provider"
    VOLUNTEER = "volunteer"


class Network(StrEnum):
    """Which streets a travel mode may use."""

    FOOT = "foot"
    BICYCLE = "bicycle"
    CAR = "car"


class LinkKind(StrEnum):
    """What binds two visits."""

    SAME_START = "same-start"
    GAP = "gap"
    BEFORE = "before"
    SAME_WORKER = "same-worker"
    DIFFERENT_WORKER = "different-worker"
    NOT_CONSECUTIVE_DAYS = "not-consecutive-days"

    @property
    def is_timed(self) -> bool:
        """Whether the link binds the starts of the two visits (and so asks that both are served)."""
        return self in {LinkKind.SAME_START, LinkKind.GAP, LinkKind.BEFORE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A place in WGS 84 degrees.

    ``place_id`` tells apart places that share coordinates but not their row in a given travel matrix; leave it empty
    otherwise.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    lon: float
    lat: float
    place_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """Closed interval in which service may *start*, with an optional soft part inside it.

    Starting after ``soft_end_s`` is late, before ``soft_start_s`` early; both are allowed at a price.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    start_s: Clock
    end_s: Clock
    soft_start_s: Clock | None = None
    soft_end_s: Clock | None = None

    def lateness_s(self, start_s: int) -> int:
        """Seconds by which `start_s` lies after the soft end (0 where there is none)."""
        return 0 if self.soft_end_s is None else max(0, start_s - self.soft_end_s)

    def earliness_s(self, start_s: int) -> int:
        """Seconds by which `start_s` lies before the soft start (0 where there is none)."""
        return 0 if self.soft_start_s is None else max(0, self.soft_start_s - start_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """The days planned for: ``first_date`` and ``num_days`` from there, in one time zone."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    first_date: dt.date
    num_days: Count = 1
    time_zone: str = "Asia/Shanghai"

    @property
    def duration_s(self) -> int:
        """Length of the horizon in seconds."""
        return self.num_days * SECONDS_PER_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeedSlice:
    """Part of every day, from ``start_s`` up to but excluding ``end_s``, in which a mode moves at ``speed_percent``."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    start_s: Clock
    end_s: Clock
    speed_percent: Percent


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelMode:
    """A way of moving: its speed, how much longer its way is than the straight line, its streets and its peaks."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    mode: str
    speed_kmh: float
    detour_percent: Percent = 135
    network: Network = Network.CAR
    peaks: tuple[SpeedSlice, ...] = ()


DEFAULT_MODES = (
    TravelMode(mode="walk", speed_kmh=4.7, detour_percent=130, network=Network.FOOT),
    TravelMode(mode="bicycle", speed_kmh=12.0, detour_percent=135, network=Network.BICYCLE),
    TravelMode(mode="e-bike", speed_kmh=15.0, detour_percent=135, network=Network.BICYCLE),
    TravelMode(mode="van", speed_kmh=22.0, detour_percent=140, network=Network.CAR),
)
"""Speeds door to door: walking 4.67 km/h measured (Land 2025, 14(11) 2272), e-bike 14-15 and van 22 km/h assumed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MealType:
    """A kind of portion, e.g. a soft lunch, and what one of it takes of a vehicle's named capacities."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    meal_type: str
    name: str = ""
    diet: str = "normal"
    uses: Mapping[str, Count] = field(default_factory=lambda: {"portions": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A named service of the catalogue, with the price of one visit."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    service: str
    name: str = ""
    price_cents: Cents = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyWave:
    """Portions by meal type that a station has from ``ready_s`` on (a kitchen wave)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    wave_id: str
    ready_s: Clock
    portions: Mapping[str, Count]


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A place of the network that supplies meals, seats diners or sends out workers.

    Attributes
    ----------
    opening
        Closed intervals in which loading may start; empty means always open.
    waves
        Supply. A station without waves (and without supply runs to it) has no portions to give.
    loading_duration_s
        Duration of one loading, whatever its size.
    service_radius_m
        Longest walking distance to an elder it may supply; ``None`` means no limit.
    seats
        Diners it can seat at one sitting.
    parent_station_id
        The centre that backs it up.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    station_id: str
    place: Location
    kind: StationKind = StationKind.STATION
    name: str = ""
    opening: tuple[TimeWindow, ...] = ()
    waves: tuple[SupplyWave, ...] = ()
    loading_duration_s: Seconds = 0
    seats: Count = 0
    service_radius_m: Metres | None = None
    supplier_kind: SupplierKind | None = None
    portion_price_cents: Cents = 0
    parent_station_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Elder:
    """A person who is served at home.

    Attributes
    ----------
    max_distinct_workers
        Largest number of different workers, history included; ``None`` means no limit.
    worker_history
        Visits of the recent past by worker id.
    allowance_cents
        Monthly allowance for purchased services.
    station_id
        The station whose territory the elder belongs to, where that is settled.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    elder_id: str
    place: Location
    name: str = ""
    address: str = ""
    phone: str = ""
    community: str = ""
    floor: Floor = 1
    has_lift: bool = False
    groups: tuple[ElderGroup, ...] = ()
    diet: str = "normal"
    walking_range_m: Metres = 0
    preferred_worker_ids: tuple[str, ...] = ()
    forbidden_worker_ids: tuple[str, ...] = ()
    max_distinct_workers: Count | None = None
    worker_history: Mapping[str, Count] = field(default_factory=dict)
    allowance_cents: Cents = 0
    station_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What an elder was told: who comes and when; keeping it is worth the promise terms of the cost."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_ids: tuple[str, ...] = ()
    start_s: Clock | None = None
    tolerance_s: Seconds = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Something to be done for an elder, or at a place, by one worker or several at once.

    Attributes
    ----------
    elder_id
        Whom it is for; ``None`` for supply runs and caravan stops, which then need a ``place``.
    place, end_place
        Where it starts (``None``: the elder's home) and ends (``None``: where it starts; an escort ends elsewhere).
    windows
        Service starts inside one of them; never empty.
    service_duration_s
        At a pace of 100 %; each worker has a pace of their own. Includes any travel from `place` to `end_place`.
    demand
        Portions by meal type to hand over.
    skills
        Lowest level needed by skill.
    mandatory
        A mandatory visit left unserved is charged at the general price and makes the plan incomplete; an optional one
        is charged ``unserved_cents``.
    priority
        0 and up; a higher one matters more.
    ready_s
        Its goods cannot be loaded before this time.
    max_on_board_s, soft_on_board_s
        Hard and soft limit of the time between the end of loading and the start of service.
    station_ids
        Stations that may supply the demand; empty means any.
    delivers_to_station_id
        For supply runs: the station whose stock the demand becomes when service ends.
    counts_for_continuity
        Whether the worker counts among those the elder gets to know (a quick hand-over may not).
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    visit_id: str
    service: str
    windows: tuple[TimeWindow, ...]
    service_duration_s: Seconds
    elder_id: str | None = None
    place: Location | None = None
    end_place: Location | None = None
    demand: Mapping[str, Count] = field(default_factory=dict)
    skills: Mapping[str, Count] = field(default_factory=dict)
    num_workers: Count = 1
    priority: Count = 0
    mandatory: bool = True
    unserved_cents: Cents = 0
    lateness_percent: Percent = 100
    ready_s: Clock | None = None
    max_on_board_s: Seconds | None = None
    soft_on_board_s: Seconds | None = None
    station_ids: tuple[str, ...] = ()
    delivers_to_station_id: str | None = None
    min_reliability_share: float = 0.0
    counts_for_continuity: bool = True
    pinned_worker_ids: tuple[str, ...] = ()
    pinned_start_s: Clock | None = None
    promise: Promise | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A bond between two visits, read as "`first_visit_id` *kind* `second_visit_id`".

    A gap binds ``start(second) - start(first)`` to ``[min_gap_s, max_gap_s]`` (``None``: no upper end); below zero the
    second may start first. Links bind visits that are both served; a timed link with ``together`` also asks that both
    are served or neither.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    kind: LinkKind
    first_visit_id: str
    second_visit_id: str
    min_gap_s: SignedSeconds = 0
    max_gap_s: SignedSeconds | None = None
    together: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """A rest inside a shift: starts in the closed interval ``[start_s, end_s]`` and lasts ``duration_s``.

    ``place`` is where it must be taken; ``None`` means wherever the worker is. An optional break may be missed at
    ``missed_cents`` (``None``: the general price). A shift without any visit needs no break.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    break_id: str
    start_s: Clock
    end_s: Clock
    duration_s: Seconds
    place: Location | None = None
    mandatory: bool = True
    missed_cents: Cents | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """One stretch of work of one worker: leaves not before ``start_s``, is back by ``end_s``.

    Returning after ``soft_end_s`` is overtime. ``None`` places mean that the route begins at its first stop and ends at
    its last. ``max_work_s`` limits the time between departure and return, breaks taken off; ``max_trips`` how often is
    loaded.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    shift_id: str
    start_s: Clock
    end_s: Clock
    soft_end_s: Clock | None = None
    start_place: Location | None = None
    end_place: Location | None = None
    breaks: tuple[Break, ...] = ()
    max_work_s: Seconds | None = None
    max_trips: Count | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vehicle:
    """What a worker moves with: a travel mode, named capacities (boxes of a diet are one) and a range."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    mode: str = "walk"
    vehicle_id: str = ""
    capacities: Mapping[str, Count] = field(default_factory=dict)
    max_distance_m: Metres | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """What a worker costs: per used shift, hour from departure to return, kilometre, visit, and hour of overtime."""

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    fixed_cents: Cents = 0
    cents_per_hour: Cents = 0
    cents_per_km: Cents = 0
    cents_per_visit: Cents = 0
    overtime_cents_per_hour: Cents = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Somebody who serves: employee, provider or volunteer.

    Attributes
    ----------
    skills
        Level by skill.
    duration_percent, duration_percent_by_service
        Pace: the share of a visit's service duration this worker takes, in general and by service.
    reliability_share
        Probability of turning up, 0 to 1.
    fair_share_s
        Load this worker should have in the horizon; ``None``: the mean of all.
    carried_load_s
        Load above (or below, negative) the fair share brought over from earlier horizons.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    worker_id: str
    shifts: tuple[Shift, ...]
    name: str = ""
    phone: str = ""
    kind: WorkerKind = WorkerKind.EMPLOYEE
    station_id: str | None = None
    skills: Mapping[str, Count] = field(default_factory=dict)
    vehicle: Vehicle = Vehicle()
    pay: Pay = Pay()
    duration_percent: Percent = 100
    duration_percent_by_service: Mapping[str, Percent] = field(default_factory=dict)
    reliability_share: float = 1.0
    fair_share_s: Seconds | None = None
    carried_load_s: SignedSeconds = 0


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All facts of one planning problem.

    ``weights`` are the prices of the cost terms, and every term in ``hard_terms`` must be zero in a sound plan.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = WIRE

    name: str
    horizon: Horizon
    schema_version: Literal[1] = 1
    description: str = ""
    stations: tuple[Station, ...] = ()
    elders: tuple[Elder, ...] = ()
    visits: tuple[Visit, ...] = ()
    workers: tuple[Worker, ...] = ()
    links: tuple[Link, ...] = ()
    meal_types: tuple[MealType, ...] = ()
    services: tuple[Service, ...] = ()
    modes: tuple[TravelMode, ...] = DEFAULT_MODES
    weights: CostWeights = CostWeights()
    hard_terms: tuple[CostTerm, ...] = ()

    @cached_property
    def station_by_id(self) -> dict[str, Station]:
        """Stations by their id."""
        return {station.station_id: station for station in self.stations}

    @cached_property
    def elder_by_id(self) -> dict[str, Elder]:
        """Elders by their id."""
        return {elder.elder_id: elder for elder in self.elders}

    @cached_property
    def visit_by_id(self) -> dict[str, Visit]:
        """Visits by their id."""
        return {visit.visit_id: visit for visit in self.visits}

    @cached_property
    def worker_by_id(self) -> dict[str, Worker]:
        """Workers by their id."""
        return {worker.worker_id: worker for worker in self.workers}

    @cached_property
    def meal_type_by_id(self) -> dict[str, MealType]:
        """Meal types by their name."""
        return {meal_type.meal_type: meal_type for meal_type in self.meal_types}

    @cached_property
    def shift_by_id(self) -> dict[tuple[str, str], Shift]:
        """Shifts by worker id and shift id."""
        return {(worker.worker_id, shift.shift_id): shift for worker in self.workers for shift in worker.shifts}

    @cached_property
    def links_by_visit_id(self) -> dict[str, tuple[Link, ...]]:
        """Links that touch a visit, by visit id (visits without links are absent)."""
        links: dict[str, tuple[Link, ...]] = {}
        for link in self.links:
            for visit_id in {link.first_visit_id, link.second_visit_id}:
                links[visit_id] = (*links.get(visit_id, ()), link)
        return links

    def with_visit(self, visit: Visit, elder: Elder | None = None) -> Problem:
        """The same facts and a new visit behind the others, and its elder where they are new.

        What was looked up already is not worked out again: with very many visits that would take the most time.
        """
        elders = self.elders if elder is None else (*self.elders, elder)
        grown = replace(self, visits=(*self.visits, visit), elders=elders)
        known = {name: self.__dict__[name] for name in _WITHOUT_VISITS & self.__dict__.keys()}
        known["visit_by_id"] = {**self.visit_by_id, visit.visit_id: visit}
        known["elder_by_id"] = self.elder_by_id if elder is None else {**self.elder_by_id, elder.elder_id: elder}
        grown.__dict__.update(known)
        return grown

    def with_visits_changed(self, visits: Iterable[Visit]) -> Problem:
        """The same facts with other facts of some visits, which keep their ids; what was looked up already is kept."""
        changed = {visit.visit_id: visit for visit in visits}
        grown = replace(self, visits=tuple(changed.get(visit.visit_id, visit) for visit in self.visits))
        known = {name: self.__dict__[name] for name in (_WITHOUT_VISITS | {"elder_by_id"}) & self.__dict__.keys()}
        grown.__dict__.update(known, visit_by_id={**self.visit_by_id, **changed})
        return grown

    def place_of(self, visit: Visit) -> Location:
        """Where `visit` starts."""
        if visit.place is not None:
            return visit.place
        assert visit.elder_id is not None, f"visit {visit.visit_id!r} has neither place nor elder"
        return self.elder_by_id[visit.elder_id].place

    def end_place_of(self, visit: Visit) -> Location:
        """Where `visit` ends."""
        return visit.end_place or self.place_of(visit)

    def elder_of(self, visit: Visit) -> Elder | None:
        """The elder `visit` is for, if it is for one."""
        return None if visit.elder_id is None else self.elder_by_id[visit.elder_id]

    def vehicle_use_of(self, demand: Mapping[str, int]) -> dict[str, int]:
        """Named vehicle capacities that portions by meal type take."""
        use: dict[str, int] = {}
        for meal_type, portions in demand.items():
            for capacity, amount in self.meal_type_by_id[meal_type].uses.items():
                use[capacity] = use.get(capacity, 0) + amount * portions
        return use

    @cached_property
    def places(self) -> tuple[Location, ...]:
        """Every different place of the problem, in order of first mention."""
        return tuple(dict.fromkeys(self._mentions_of_places()))

    def _mentions_of_places(self) -> Iterator[Location]:
        yield from (station.place for station in self.stations)
        for worker in self.workers:
            for shift in worker.shifts:
                rests = (rest.place for rest in shift.breaks)
                yield from (place for place in (shift.start_place, shift.end_place, *rests) if place is not None)
        yield from (elder.place for elder in self.elders)
        for visit in self.visits:
            yield from (place for place in (visit.place, visit.end_place) if place is not None)


_WITHOUT_VISITS = {"station_by_id", "worker_by_id", "meal_type_by_id", "shift_by_id", "links_by_visit_id"}
"""What is looked up of a problem and does not change with its visits and elders."""


def service_duration_s(visit: Visit, worker: Worker) -> int:
    """Seconds that `worker` takes for `visit`, rounded up."""
    percent = worker.duration_percent_by_service.get(visit.service, worker.duration_percent)
    return scale_percent(visit.service_duration_s, percent)


def missing_skills(worker: Worker, skills: Mapping[str, int]) -> dict[str, int]:
    """Those of `skills` (lowest level needed by skill) that `worker` does not have at that level."""
    return {skill: level for skill, level in skills.items() if worker.skills.get(skill, 0) < level}
