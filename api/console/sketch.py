"""The best plan so far of one that is being made, on the map: which homes are served, and by which routes.

Ways are straight lines: the machine has better things to do while it solves.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from api.console.access import Visitor
from api.console.day import VisitRow, VisitState, unserved_row
from api.console.layers import Feature, at, elder_feature, packed, route_feature, station_feature, visit_feature
from api.intake import world_of
from api.store.records import PlanRecord
from optimizer.problem import Location, Problem

SKETCH = "sketch"
"""Where its layers are, below those of the plan."""

Shift = tuple[str, str]


class Homes:
    """Everybody who is to be visited, before anybody is."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.rows = {visit.visit_id: unserved_row(problem, visit) for visit in problem.visits}
        self._visit_ids_by_elder_id: dict[str, list[str]] = defaultdict(list)
        for visit in problem.visits:
            if visit.elder_id is not None:
                self._visit_ids_by_elder_id[visit.elder_id].append(visit.visit_id)

    def places(self) -> bytes:
        """Stations and homes as a map layer."""
        elders = (self.elder(elder_id, self.rows) for elder_id in self._visit_ids_by_elder_id)
        visits = (visit_feature(row) for row in self.rows.values() if row.visit.elder_id is None)
        return packed([*elders, *visits, *map(station_feature, self.problem.stations)])

    @property
    def first_day(self) -> int:
        """The first day of the horizon on which somebody is visited."""
        return min((row.day for row in self.rows.values()), default=0)

    def elder(self, elder_id: str, rows: Mapping[str, VisitRow]) -> Feature:
        """An elder, as the visits in `rows` stand."""
        visits = [rows[visit_id] for visit_id in self._visit_ids_by_elder_id[elder_id]]
        return elder_feature(self.problem.elder_by_id[elder_id], visits)


def homes_of(visitor: Visitor, record: PlanRecord) -> Homes:
    """The homes of a plan's problem as a visitor may see them."""
    problem = world_of(visitor.service, visitor.store, record.problem_id).problem
    return Homes(problem if visitor.pseudonyms is None else visitor.pseudonyms.problem(problem))


class Sketch:
    """The routes told so far, and what each word of them changes on the map."""

    def __init__(self, homes: Homes) -> None:
        self.homes, self.problem = homes, homes.problem
        self._number_by_shift = {shift: number for number, shift in enumerate(self.problem.shift_by_id)}
        self._visit_ids_by_shift: dict[Shift, tuple[str, ...]] = {}
        self._num_served: Counter[str] = Counter()
        self._rows = dict(homes.rows)

    def take(self, routes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
        """Take over routes, in the form of a draft's; the features of places and routes to put and to drop.

        Of several routes of the same shift the last one holds.
        """
        steps_by_shift = {(route["worker_id"], route["shift_id"]): route["steps"] for route in routes}
        put = [self._route(shift, steps) for shift, steps in steps_by_shift.items() if steps]
        drop = ["/".join(("route", *shift)) for shift, steps in steps_by_shift.items() if not steps]
        places = list(self._places(self._changed(steps_by_shift)))
        return {"places": {"put": places, "drop": []}, "routes": {"put": put, "drop": drop}}

    def _changed(self, steps_by_shift: Mapping[Shift, Sequence[Mapping[str, Any]]]) -> set[str]:
        """Visits that are served now and were not before, or the other way round."""
        before = {visit_id for visit_id, number in self._num_served.items() if number}
        for shift, steps in steps_by_shift.items():
            visit_ids = tuple(step["visit_id"] for step in steps if "visit_id" in step)
            self._num_served.subtract(self._visit_ids_by_shift.get(shift, ()))
            self._num_served.update(visit_ids)
            self._visit_ids_by_shift[shift] = visit_ids
        return before ^ {visit_id for visit_id, number in self._num_served.items() if number}

    def _places(self, visit_ids: Iterable[str]) -> Iterator[Feature]:
        elder_ids = set()
        for visit_id in visit_ids:
            state = VisitState.SERVED if self._num_served[visit_id] else VisitState.UNASSIGNED
            row = self._rows[visit_id] = replace(self._rows[visit_id], state=state)
            if row.visit.elder_id is None:
                yield visit_feature(row)
            else:
                elder_ids.add(row.visit.elder_id)
        for elder_id in elder_ids:
            yield self.homes.elder(elder_id, self._rows)

    def _route(self, shift: Shift, steps: Sequence[Mapping[str, Any]]) -> Feature:
        facts = self.problem.shift_by_id[shift]
        ends = [[] if place is None else [at(place)] for place in (facts.start_place, facts.end_place)]
        line = [at(place) for step in steps for place in self._places_of(step)]
        return route_feature(self.problem, shift, self._number_by_shift[shift], [*ends[0], *line, *ends[1]], [])

    def _places_of(self, step: Mapping[str, Any]) -> tuple[Location, ...]:
        if (station_id := step.get("station_id")) is not None:
            return (self.problem.station_by_id[station_id].place,)
        if (visit_id := step.get("visit_id")) is None:
            return ()
        visit = self.problem.visit_by_id[visit_id]
        return self.problem.place_of(visit), self.problem.end_place_of(visit)
