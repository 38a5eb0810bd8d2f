"""What roles without need see in place of elders: pseudonyms, and homes to within about a hundred metres.

Names, addresses, phones and notes are personal data of elders, and so is where they live. A viewer gets a pseudonym
that stays the same within the district (so that two plans can be compared) and tells nothing elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from api.store.records import Role
from optimizer.anonymize import pseudonym, with_places, without_person
from optimizer.plan import Plan
from optimizer.problem import Location, Problem

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
        return pseudonym(self._key, "elder", elder_id)

    def problem(self, problem: Problem) -> Problem:
        """`problem` as a viewer sees it. Workers lose their phones: those are for colleagues."""
        nameless = replace(
            problem,
            elders=tuple(without_person(elder, self.name_of(elder.elder_id)) for elder in problem.elders),
            visits=tuple(replace(visit, note="") for visit in problem.visits),
            workers=tuple(replace(worker, phone="") for worker in problem.workers),
        )
        return with_places(nameless, _homes(problem))

    def plan(self, problem: Problem, plan: Plan) -> Plan:
        """`plan` for `problem` as a viewer sees it."""
        return with_places(plan, _homes(problem))


def _homes(problem: Problem) -> dict[Location, Location]:
    """Each elder's home, and each place that is visited for an elder, with what is shown in its stead."""
    places = [elder.place for elder in problem.elders]
    places += [visit.place for visit in problem.visits if visit.elder_id is not None and visit.place is not None]
    return {place: _blurred(place) for place in places}


def _blurred(place: Location) -> Location:
    return Location(lon=round(place.lon, _DECIMALS), lat=round(place.lat, _DECIMALS), place_id=place.place_id)
