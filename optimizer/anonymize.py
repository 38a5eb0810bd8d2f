"""Problems that may be shown to others: persons replaced by pseudonyms, places moved, travel kept as it was.

Whoever has the key can test a guess ("is this elder Wang Xiuying?") and undo the moves; nobody else can. What decides a
plan stays as it is (times, services, groups, limits, the travel matrix), so the same decisions cost the same. A person
may still be known by such facts together: this is pseudonymous data, not anonymous in the law's sense.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from optimizer.errors import InputError, Issue
from optimizer.plan import Draft, RouteDraft, Step
from optimizer.problem import Elder, Location, Problem, Station, Vehicle, Visit, Worker
from optimizer.travel import TravelMatrix
from optimizer.travel.coordinates import EARTH_RADIUS_M

_Fact = TypeVar("_Fact")

NAME = "pseudonymous"
"""Name of every problem that comes out: the one that went in may tell which district or day it is."""

_NOUNS = {"elder": "长者", "worker": "员工", "station": "站点", "community": "社区"}
_NAME_DIGITS = 6
_ID_DIGITS = 12
_SHORTEST_CLUE = 2
"""Characters below which a text tells nobody apart."""


def pseudonym(key: bytes, noun: str, name: str) -> str:
    """What `name` of some kind (``"elder"``, ``"worker"``, ...) is called by those who shall not know it."""
    return f"{_NOUNS[noun]}-{_digits(key, noun, name)[:_NAME_DIGITS]}"


def with_places(facts: _Fact, place_by_place: Mapping[Location, Location]) -> _Fact:
    """`facts` (a problem, plan or part of one) with places exchanged; those that are not named stay."""
    moved: _Fact = _with_places(facts, place_by_place)
    return moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Disguise:
    """How persons and places are hidden.

    Attributes
    ----------
    key
        Secret; the same key gives the same pseudonyms and moves, so that two days can be compared.
    radius_m
        Places move within a disc of this radius, each point of it equally likely.
    replaces_ids
        Whether ids are replaced as well, where they tell who somebody is.
    """

    key: bytes
    radius_m: float = 200.0
    replaces_ids: bool = False

    def place_of(self, place: Location) -> Location:
        """Where `place` is shown; the square root makes every part of the disc equally likely."""
        digest = hmac.new(self.key, f"place/{place.lon!r}/{place.lat!r}/{place.place_id}".encode(), hashlib.sha256)
        share, turn = (int.from_bytes(part, "big") / 2**128 for part in (digest.digest()[:16], digest.digest()[16:]))
        distance_m, angle = self.radius_m * math.sqrt(share), 2 * math.pi * turn
        north = math.degrees(distance_m * math.sin(angle) / EARTH_RADIUS_M)
        narrowing = max(math.cos(math.radians(place.lat)), 1e-9)
        east = math.degrees(distance_m * math.cos(angle) / (EARTH_RADIUS_M * narrowing))
        lon = (place.lon + east + 180) % 360 - 180
        lat = min(90.0, max(-90.0, place.lat + north))
        return Location(lon=lon, lat=lat, place_id=self.id_of("place", place.place_id))

    def id_of(self, noun: str, name: str) -> str:
        """The id shown in place of `name`; an empty id stays empty."""
        if not self.replaces_ids or not name:
            return name
        return f"{noun}-{_digits(self.key, f'{noun}-id', name)[:_ID_DIGITS]}"

    def ids_of(self, noun: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """The same for several."""
        return tuple(self.id_of(noun, name) for name in names)

    def problem(self, problem: Problem) -> Problem:
        """`problem` without persons.

        Raises
        ------
        InputError
            If an id that is kept holds a name, phone or address.
        """
        hidden = replace(
            problem,
            name=NAME,
            description="",
            stations=tuple(self._station(station) for station in problem.stations),
            elders=tuple(self._elder(elder) for elder in problem.elders),
            visits=tuple(self._visit(visit) for visit in problem.visits),
            workers=tuple(self._worker(worker) for worker in problem.workers),
            links=tuple(
                replace(
                    link,
                    first_visit_id=self.id_of("visit", link.first_visit_id),
                    second_visit_id=self.id_of("visit", link.second_visit_id),
                )
                for link in problem.links
            ),
        )
        shown = with_places(hidden, {place: self.place_of(place) for place in problem.places})
        if issues := list(_leaks(problem, shown)):
            raise InputError(issues)
        return shown

    def travel(self, travel: TravelMatrix) -> TravelMatrix:
        """`travel` with the places of the disguise, and its figures as they are."""
        return replace(travel, places=tuple(self.place_of(place) for place in travel.places), source=NAME)

    def draft(self, draft: Draft) -> Draft:
        """The same decisions about the disguised problem."""
        return Draft(routes=tuple(self._route(route) for route in draft.routes))

    def _station(self, station: Station) -> Station:
        parent_id = station.parent_station_id
        return replace(
            station,
            station_id=self.id_of("station", station.station_id),
            name=pseudonym(self.key, "station", station.station_id),
            parent_station_id=None if parent_id is None else self.id_of("station", parent_id),
        )

    def _elder(self, elder: Elder) -> Elder:
        history = {self.id_of("worker", name): number for name, number in elder.worker_history.items()}
        return replace(
            without_person(elder, pseudonym(self.key, "elder", elder.elder_id)),
            elder_id=self.id_of("elder", elder.elder_id),
            community=elder.community and pseudonym(self.key, "community", elder.community),
            preferred_worker_ids=self.ids_of("worker", elder.preferred_worker_ids),
            forbidden_worker_ids=self.ids_of("worker", elder.forbidden_worker_ids),
            worker_history=history,
            station_id=None if elder.station_id is None else self.id_of("station", elder.station_id),
        )

    def _visit(self, visit: Visit) -> Visit:
        promise = visit.promise and replace(visit.promise, worker_ids=self.ids_of("worker", visit.promise.worker_ids))
        runs_to = visit.delivers_to_station_id
        return replace(
            visit,
            visit_id=self.id_of("visit", visit.visit_id),
            elder_id=None if visit.elder_id is None else self.id_of("elder", visit.elder_id),
            station_ids=self.ids_of("station", visit.station_ids),
            delivers_to_station_id=None if runs_to is None else self.id_of("station", runs_to),
            pinned_worker_ids=self.ids_of("worker", visit.pinned_worker_ids),
            promise=promise,
            note="",
        )

    def _worker(self, worker: Worker) -> Worker:
        vehicle: Vehicle = replace(worker.vehicle, vehicle_id="")  # often a number plate
        return replace(
            worker,
            worker_id=self.id_of("worker", worker.worker_id),
            name=pseudonym(self.key, "worker", worker.worker_id),
            phone="",
            station_id=None if worker.station_id is None else self.id_of("station", worker.station_id),
            vehicle=vehicle,
        )

    def _route(self, route: RouteDraft) -> RouteDraft:
        return replace(
            route, worker_id=self.id_of("worker", route.worker_id), steps=tuple(map(self._step, route.steps))
        )

    def _step(self, step: Step) -> Step:
        return replace(
            step,
            visit_id=None if step.visit_id is None else self.id_of("visit", step.visit_id),
            station_id=None if step.station_id is None else self.id_of("station", step.station_id),
        )


def without_person(elder: Elder, name: str) -> Elder:
    """`elder` called `name`, without address and phone."""
    return replace(elder, name=name, address="", phone="")


def _digits(key: bytes, noun: str, name: str) -> str:
    return hmac.new(key, f"{noun}/{name}".encode(), hashlib.sha256).hexdigest()


def _with_places(facts: Any, place_by_place: Mapping[Location, Location]) -> Any:
    if isinstance(facts, Location):
        return place_by_place.get(facts, facts)
    if isinstance(facts, tuple):
        moved = tuple(_with_places(each, place_by_place) for each in facts)
        return facts if all(map(operator.is_, moved, facts)) else moved
    if not is_dataclass(facts) or isinstance(facts, type):
        return facts
    pairs = ((field.name, getattr(facts, field.name)) for field in fields(facts))
    changed = {name: (value, _with_places(value, place_by_place)) for name, value in pairs}
    changes = {name: after for name, (before, after) in changed.items() if after is not before}
    return replace(facts, **changes) if changes else facts


def _leaks(problem: Problem, shown: Problem) -> Iterator[Issue]:
    """Ids of `shown` that hold a name, phone or address of `problem`."""
    clues = sorted(_clues(problem))
    for path, name in _ids(shown, ""):
        for clue in clues:
            if clue in name:
                message = f"the id {name!r} holds {clue!r}, which tells who or where somebody is."
                hint = "Let ids be replaced as well, or rename it."
                yield Issue(code="telling-id", path=path, message=message, hint=hint)


def _clues(problem: Problem) -> set[str]:
    texts = [text for each in problem.elders for text in (each.name, each.address, each.phone, each.community)]
    texts += [text for each in problem.workers for text in (each.name, each.phone, each.vehicle.vehicle_id)]
    texts += [station.name for station in problem.stations]
    return {text for text in texts if len(text) >= _SHORTEST_CLUE}


def _ids(facts: Any, path: str) -> Iterator[tuple[str, str]]:
    """Path and text of every id in `facts`."""
    if isinstance(facts, str):
        yield path, facts
    elif isinstance(facts, tuple):
        for position, each in enumerate(facts):
            yield from _ids(each, f"{path}[{position}]")
    elif is_dataclass(facts):
        for field in fields(facts):
            value = getattr(facts, field.name)
            if field.name.endswith(("_id", "_ids")) or not isinstance(value, str):
                yield from _ids(value, f"{path}.{field.name}".removeprefix("."))
