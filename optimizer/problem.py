"""The facts of a planning problem: frozen, complete, and the same in memory, on the wire and in files.

Meals and care are one problem: both are a :class:`Visit` done by a :class:`Worker` on a route of a :class:`Shift`. A
meal visit carries ``demand``, a care visit needs ``skills``, an escort visit ends elsewhere than it starts, a visit
of two workers has ``num_workers=2``, and a minimum gap is a :class:`Link`. Times are seconds after 00:00 local time of
the horizon's first day (:mod:`optimizer.units`); intervals are closed.
:func:`optimizer.validate.validate_problem` states which problems are sound; nothing here refuses or repairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

from optimizer.facts.people import Elder, ElderGroup, Link, LinkKind, Promise, Service, Visit
from optimizer.facts.places import DEFAULT_MODES, Horizon, Location, Network, SpeedSlice, TimeWindow, TravelMode
from optimizer.facts.staff import Break, Pay, Shift, Vehicle, Worker, WorkerKind, missing_skills, service_duration_s
from optimizer.facts.supply import MealType, Station, StationKind, SupplierKind, SupplyWave
from optimizer.params import CostWeights
from optimizer.rules import CostTerm
from optimizer.units import WIRE

__all__ = [
    "DEFAULT_MODES",
    "Break",
    "Elder",
    "ElderGroup",
    "Horizon",
    "Link",
    "LinkKind",
    "Location",
    "MealType",
    "Network",
    "Pay",
    "Problem",
    "Promise",
    "Service",
    "Shift",
    "SpeedSlice",
    "Station",
    "StationKind",
    "SupplierKind",
    "SupplyWave",
    "TimeWindow",
    "TravelMode",
    "Vehicle",
    "Visit",
    "Worker",
    "WorkerKind",
    "missing_skills",
    "service_duration_s",
]


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
