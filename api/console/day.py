"""One plan made ready to look at: every visit with who, when, by whom and in which state, and what deserves notice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import cached_property

from api.representations import View
from api.store.records import PlanRecord
from api.worlds import World
from optimizer.cost import lateness_s
from optimizer.formats.stop_facts import name_of_service, name_of_visit, name_of_worker, window_at
from optimizer.kpis import kpis_of
from optimizer.plan import Plan, Route, Unassigned
from optimizer.problem import ElderGroup, Location, Problem, Visit
from optimizer.reading import ReadStop, read_plan
from optimizer.travel import StreetGraph
from optimizer.units import SECONDS_PER_DAY

RISK_SHARE = 0.9
"""A hot meal is at risk from this share of its hard limit on."""


class VisitState(StrEnum):
    """How a visit stands, worst last."""

    SERVED = "served"
    RISK = "risk"
    LATE = "late"
    UNASSIGNED = "unassigned"

    @property
    def sign(self) -> str:
        """Its shape on the map, as a sign."""
        return {"served": "●", "risk": "◆", "late": "▲", "unassigned": "✕"}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """A visit as a dispatcher asks for it; times are seconds after 00:00 of the horizon's first day.

    Attributes
    ----------
    who
        The elder, or the station or place it is for.
    start_s, end_s
        ``None`` where it is not served.
    window
        The window its start lies in; of an unserved visit the first.
    food_age_s, food_limit_s
        Time from the end of loading to the hand-over, and the hard limit of that.
    """

    visit: Visit
    who: str
    service: str
    place: Location
    worker_ids: tuple[str, ...]
    workers: tuple[str, ...]
    start_s: int | None
    end_s: int | None
    window: tuple[int, int]
    state: VisitState
    late_s: int
    food_age_s: int | None
    food_limit_s: int | None

    @property
    def visit_id(self) -> str:
        """Its id."""
        return self.visit.visit_id

    @property
    def day(self) -> int:
        """The day of the horizon it belongs to, counted from 0."""
        return (self.window[0] if self.start_s is None else self.start_s) // SECONDS_PER_DAY


@dataclass(frozen=True, kw_only=True)
class Day:
    """A finished plan, its problem and its streets as one visitor may see them.

    `world` and `true_plan` have the true places, by which times are derived; `view` has what is shown.
    """

    record: PlanRecord
    world: World
    true_plan: Plan
    view: View

    def take_over(self, before: Day) -> None:
        """Take over what another version says the same of."""
        self.__dict__["rows"] = _rows_after(before, self)

    @property
    def problem(self) -> Problem:
        """The problem as it is shown."""
        return self.view.problem

    @property
    def plan(self) -> Plan:
        """The plan as it is shown."""
        return self.view.plan

    @cached_property
    def measured_plan(self) -> Plan:
        """The true plan with its key figures, which are worked out now where its version has none."""
        plan, world = self.true_plan, self.world
        return plan if plan.kpis else replace(plan, kpis=asdict(kpis_of(world.problem, world.travel, plan)))

    @property
    def streets(self) -> StreetGraph | None:
        """The streets below, where there are any."""
        return self.world.streets

    @cached_property
    def rows(self) -> tuple[VisitRow, ...]:
        """Every visit of the problem, in its order."""
        stops = self._stops_of(self.true_plan.routes)
        return tuple(_row(self.problem, visit, stops.get(visit.visit_id, ())) for visit in self.problem.visits)

    def _stops_of(self, routes: tuple[Route, ...]) -> Mapping[str, Sequence[ReadStop]]:
        """By visit the stops of some routes."""
        plan = replace(self.true_plan, routes=routes)
        return read_plan(self.world.problem, self.world.travel, plan).stops_by_visit_id

    @cached_property
    def row_by_visit_id(self) -> Mapping[str, VisitRow]:
        """The rows by visit id."""
        return {row.visit_id: row for row in self.rows}

    @cached_property
    def visit_ids_by_elder_id(self) -> Mapping[str, tuple[str, ...]]:
        """What is done for each elder, in order of time."""
        found: dict[str, list[VisitRow]] = defaultdict(list)
        for row in self.rows:
            if row.visit.elder_id is not None:
                found[row.visit.elder_id].append(row)
        return {elder_id: tuple(row.visit_id for row in sorted(rows, key=_time_of)) for elder_id, rows in found.items()}

    @cached_property
    def unassigned_by_visit_id(self) -> Mapping[str, Unassigned]:
        """What the plan says of its unserved visits."""
        return {item.visit_id: item for item in self.true_plan.unassigned}

    @cached_property
    def top_priority(self) -> int:
        """The highest priority that any visit has."""
        return max((visit.priority for visit in self.problem.visits), default=0)

    @cached_property
    def groups(self) -> tuple[ElderGroup, ...]:
        """The groups that some elder belongs to, in order of the list of groups."""
        present = {group for elder in self.problem.elders for group in elder.groups}
        return tuple(group for group in ElderGroup if group in present)

    @cached_property
    def alerts(self) -> tuple[VisitRow, ...]:
        """Visits that deserve notice: unserved ones by priority, then late ones, then meals near their limit."""
        return tuple(sorted((row for row in self.rows if row.state is not VisitState.SERVED), key=_urgency))

    def prepare(self) -> None:
        """Work out what every view begins with."""
        _ = self.rows, self.alerts, self.visit_ids_by_elder_id

    def is_top(self, row: VisitRow) -> bool:
        """Whether a visit is of the highest of several priorities."""
        return 0 < row.visit.priority == self.top_priority


def unserved_row(problem: Problem, visit: Visit) -> VisitRow:
    """A visit that is in no route."""
    return _row(problem, visit, ())


def _rows_after(before: Day, day: Day) -> tuple[VisitRow, ...]:
    """The rows of a day; those of visits whose facts and routes are the same before are taken over."""
    told = before.row_by_visit_id if before.problem.stations == day.problem.stations else {}
    changed = set(_visit_ids(_others(before.true_plan, day.true_plan)))
    changed |= {
        visit.visit_id for visit in day.problem.visits if not _is_told(before, day, told.get(visit.visit_id), visit)
    }
    stops = day._stops_of(tuple(route for route in day.true_plan.routes if not changed.isdisjoint(_visit_ids([route]))))
    return tuple(
        _row(day.problem, visit, stops.get(visit.visit_id, ())) if visit.visit_id in changed else told[visit.visit_id]
        for visit in day.problem.visits
    )


def _is_told(before: Day, day: Day, row: VisitRow | None, visit: Visit) -> bool:
    """Whether a row says what the facts are now."""
    return row is not None and row.visit == visit and before.problem.elder_of(row.visit) == day.problem.elder_of(visit)


def _others(before: Plan, plan: Plan) -> Iterator[Route]:
    """The routes that only one of two plans has."""
    routes = [{shift_of(route): route for route in each.routes} for each in (before, plan)]
    for shift in routes[0].keys() | routes[1].keys():
        first, second = (each.get(shift) for each in routes)
        if first != second:
            yield from (route for route in (first, second) if route is not None)


def shift_of(route: Route) -> tuple[str, str]:
    """Whose route it is, and in which shift."""
    return route.worker_id, route.shift_id


def _visit_ids(routes: Iterable[Route]) -> Iterator[str]:
    return (stop.visit_id for route in routes for stop in route.stops if stop.visit_id is not None)


def _row(problem: Problem, visit: Visit, stops: Sequence[ReadStop]) -> VisitRow:
    start_s = max((stop.stop.start_s for stop in stops), default=None)
    window = visit.windows[0] if start_s is None else window_at(visit, start_s)
    ages_s = [stop.food_age_s for stop in stops if stop.food_age_s is not None]
    late_s = 0 if start_s is None else lateness_s(visit, start_s)
    food_age_s = max(ages_s, default=None)
    workers = [stop.worker for stop in stops]
    return VisitRow(
        visit=visit,
        who=name_of_visit(problem, visit),
        service=name_of_service(problem, visit),
        place=problem.place_of(visit),
        worker_ids=tuple(worker.worker_id for worker in workers),
        workers=tuple(name_of_worker(worker) for worker in workers),
        start_s=start_s,
        end_s=max((stop.stop.end_s for stop in stops), default=None),
        window=(window.start_s, window.end_s),
        state=_state(visit, start_s, late_s, food_age_s),
        late_s=late_s,
        food_age_s=food_age_s,
        food_limit_s=visit.max_on_board_s,
    )


def _state(visit: Visit, start_s: int | None, late_s: int, food_age_s: int | None) -> VisitState:
    if start_s is None:
        return VisitState.UNASSIGNED
    if late_s > 0:
        return VisitState.LATE
    limit_s = visit.max_on_board_s
    is_at_risk = food_age_s is not None and limit_s is not None and food_age_s >= RISK_SHARE * limit_s
    return VisitState.RISK if is_at_risk else VisitState.SERVED


def _time_of(row: VisitRow) -> tuple[int, str]:
    return (row.window[0] if row.start_s is None else row.start_s), row.visit_id


def _urgency(row: VisitRow) -> tuple[int, int, int, int]:
    order = (VisitState.UNASSIGNED, VisitState.LATE, VisitState.RISK)
    return order.index(row.state), -row.visit.priority, -row.late_s, -(row.food_age_s or 0)


class Choice(StrEnum):
    """What can be chosen on the map, the time line and in the list."""

    VISIT = "visit"
    WORKER = "worker"
    ELDER = "elder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotlight:
    """What stands out while something is chosen; the first visit is the one chosen, if one is."""

    visit_ids: tuple[str, ...] = ()
    worker_ids: tuple[str, ...] = ()
    elder_id: str | None = None
    link_visit_ids: tuple[str, ...] = ()


def spotlight_of(day: Day, kind: Choice, name: str) -> Spotlight:
    """What belongs to a choice: an elder's visits, a worker's route, a visit's workers and the visits linked to it.

    A name that the day does not have lights nothing.
    """
    if kind is Choice.WORKER:
        return _of_worker(day, name)
    if kind is Choice.ELDER:
        visit_ids = day.visit_ids_by_elder_id.get(name, ())
        return _of_visits(day, visit_ids, name) if visit_ids else Spotlight()
    row = day.row_by_visit_id.get(name)
    return Spotlight() if row is None else _of_visits(day, (name,), row.visit.elder_id)


def _of_worker(day: Day, worker_id: str) -> Spotlight:
    if worker_id not in day.problem.worker_by_id:
        return Spotlight()
    routes = (route for route in day.plan.routes if route.worker_id == worker_id)
    visit_ids = tuple(stop.visit_id for route in routes for stop in route.visit_stops if stop.visit_id is not None)
    return Spotlight(visit_ids=visit_ids, worker_ids=(worker_id,))


def _of_visits(day: Day, visit_ids: tuple[str, ...], elder_id: str | None) -> Spotlight:
    workers = (worker_id for visit_id in visit_ids for worker_id in day.row_by_visit_id[visit_id].worker_ids)
    linked = dict.fromkeys(other for visit_id in visit_ids for other in _linked(day, visit_id))
    return Spotlight(
        visit_ids=visit_ids,
        worker_ids=tuple(dict.fromkeys(workers)),
        elder_id=elder_id,
        link_visit_ids=tuple(linked),
    )


def _linked(day: Day, visit_id: str) -> Iterator[str]:
    for link in day.problem.links_by_visit_id.get(visit_id, ()):
        yield link.second_visit_id if link.first_visit_id == visit_id else link.first_visit_id
