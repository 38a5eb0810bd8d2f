"""What roles without need see in place of elders: pseudonyms, and homes to within about a hundred metres.

Names, addresses, phones and notes are personal data of elders, and so is where they live. A viewer gets a pseudonym
that stays the same within the district (so that two plans can be compared) and tells nothing elsewhere.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace

from api.store.records import Role
from optimizer.plan import Plan, Route, Stop
from optimizer.problem import Elder, Location, Problem, Visit, Worker

_DECIMALS = 3
"""Of a degree: about 110 m north and 85 m east in Beijing."""


def sees_persons(role: Role) -> bool:
    """Whether the role needs to know who an elder is."""
    return role is not Role.VIEWER


class Pseudonyms:
    """The pseudonyms of one district."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def name_of(self, elder_id: str) -> str:
        """The pseudonym of an elder."""
        digest = hmac.new(self._key, elder_id.encode(), hashlib.sha256).hexdigest()
        return f"长者-{digest[:6]}"

    def problem(self, problem: Problem) -> Problem:
        """`problem` as a viewer sees it. Workers lose their phones: those are for colleagues."""
        homes = _homes(problem)
        return replace(
            problem,
            elders=tuple(self._elder(elder, homes) for elder in problem.elders),
            visits=tuple(_visit(visit, homes) for visit in problem.visits),
            workers=tuple(_worker(worker) for worker in problem.workers),
        )

    def plan(self, problem: Problem, plan: Plan) -> Plan:
        """`plan` for `problem` as a viewer sees it."""
        homes = _homes(problem)
        return replace(plan, routes=tuple(_route(route, homes) for route in plan.routes))

    def _elder(self, elder: Elder, homes: Mapping[Location, Location]) -> Elder:
        name = self.name_of(elder.elder_id)
        return replace(elder, name=name, address="", phone="", place=homes[elder.place])


def _homes(problem: Problem) -> dict[Location, Location]:
    """Each elder's home, and each place that is visited for an elder, with what is shown in its stead."""
    places = [elder.place for elder in problem.elders]
    places += [visit.place for visit in problem.visits if visit.elder_id is not None and visit.place is not None]
    return {place: _blurred(place) for place in places}


def _blurred(place: Location) -> Location:
    return Location(lon=round(place.lon, _DECIMALS), lat=round(place.lat, _DECIMALS), place_id=place.place_id)


def _visit(visit: Visit, homes: Mapping[Location, Location]) -> Visit:
    place = visit.place and homes.get(visit.place, visit.place)
    end_place = visit.end_place and homes.get(visit.end_place, visit.end_place)
    return replace(visit, note="", place=place, end_place=end_place)


def _worker(worker: Worker) -> Worker:
    return replace(worker, phone="")


def _route(route: Route, homes: Mapping[Location, Location]) -> Route:
    return replace(route, stops=tuple(_stop(stop, homes) for stop in route.stops))


def _stop(stop: Stop, homes: Mapping[Location, Location]) -> Stop:
    place, end_place = homes.get(stop.place, stop.place), homes.get(stop.end_place, stop.end_place)
    return replace(stop, place=place, end_place=end_place)
