"""A plan in the making: the best one so far is told by what changes, and drawn on the map."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from api.console.sketch import Homes, Sketch
from api.console.widgets.elements import PlanMap
from api.jobs.progress import ROUTES_EVERY_S, ProgressEvents
from api.outcomes import params_facts
from api.store.queue import Queue
from api.store.records import NewPlan, Origin, Role
from optimizer.params import SolveParams
from optimizer.plan import Draft
from optimizer.solve import Progress, solve
from optimizer.travel import build_travel
from tests.builders import make_route
from tests.console.district import CHANGE, small_draft, small_problem
from tests.console.test_pages import wait_for

pytestmark = pytest.mark.anyio

SHIFTS = {("courier", "day"), ("carer1", "day"), ("carer2", "day")}


class Clock:
    """A clock that is set by hand."""

    now_s = 0.0

    def __call__(self):
        return self.now_s


@dataclass(frozen=True, kw_only=True)
class Making:
    """A plan that is being made, and the queue it is in."""

    plan_id: str
    queue: Queue


@pytest.fixture
def making(service, visitor, record):
    """A plan for the small problem that is being made, until the test is over."""
    new = NewPlan(problem_id=record.problem_id, origin=Origin.SOLVE, params=params_facts(SolveParams()))
    plan = visitor().store.order_plan(new, CHANGE, max_queue=1000, max_queue_of_district=1000)
    queue = Queue(service.database)
    queue.start("east", plan.plan_id)
    yield Making(plan_id=plan.plan_id, queue=queue)
    queue.fail("east", plan.plan_id, {"code": "internal", "message": "ended"})


@pytest.fixture
def drawn(monkeypatch):
    """What maps are told to change."""
    told = []
    monkeypatch.setattr(PlanMap, "change", lambda self, *facts: told.append(facts))
    return told


def progress(draft):
    return Progress(phase="search", share_done=0.5, cost_cents=100, num_unassigned=1, draft=lambda: draft)


def by_shift(event):
    return {(route["worker_id"], route["shift_id"]): route["steps"] for route in event["routes"]}


def test_first_routes_told_are_those_of_all_shifts_and_the_next_ones_those_that_differ():
    clock = Clock()
    events = ProgressEvents(small_problem(), clock)
    first = by_shift(events.event(progress(Draft(routes=small_draft().routes[:2]))))
    assert first.keys() == SHIFTS
    assert first["carer2", "day"] == []
    assert [step["visit_id"] for step in first["carer1", "day"] if step["kind"] == "visit"] == ["c3", "c1", "c2"]
    clock.now_s += ROUTES_EVERY_S
    assert by_shift(events.event(progress(small_draft()))).keys() == {("carer2", "day")}
    clock.now_s += ROUTES_EVERY_S
    assert "routes" not in events.event(progress(small_draft()))


def test_routes_are_asked_for_at_most_once_in_a_while():
    clock, asked = Clock(), []
    events = ProgressEvents(small_problem(), clock)
    for now_s in (0.0, 0.4, 0.9, 1.1):
        clock.now_s = now_s
        told = Progress(phase="search", share_done=now_s, draft=lambda: asked.append(clock.now_s) or small_draft())
        events.event(told)
    assert asked == [0.0, 1.1]


def test_progress_without_a_plan_tells_its_phase_alone():
    events = ProgressEvents(small_problem(), Clock())
    assert events.event(Progress(phase="explain", share_done=0.0)) == {"phase": "explain", "share_done": 0.0}


def test_solve_offers_its_incumbent():
    problem = small_problem()
    told = []
    plan = solve(problem, build_travel(problem), SolveParams(step_limit=50), on_progress=told.append)
    drafts = [each.draft() for each in told if each.draft is not None]
    assert drafts[-1].served_visit_ids <= plan.draft.served_visit_ids
    assert drafts[-1].routes


def test_sketch_shows_who_is_served_and_takes_back_who_is_not():
    sketch = Sketch(Homes(small_problem()))
    events = ProgressEvents(small_problem(), Clock())
    patch = sketch.take(events.event(progress(small_draft()))["routes"])
    states = {feature["id"]: feature["properties"]["state"] for feature in patch["places"]["put"]}
    assert states == {"elder/e1": "served", "elder/e2": "served", "elder/e3": "unassigned"}
    assert {feature["id"] for feature in patch["routes"]["put"]} == {f"route/{w}/day" for w, _ in SHIFTS}
    again = sketch.take([{"worker_id": "courier", "shift_id": "day", "steps": []}])
    assert again["routes"] == {"put": [], "drop": ["route/courier/day"]}
    assert {feature["id"] for feature in again["places"]["put"]} == {"elder/e1", "elder/e2", "elder/e3"}


def test_route_of_a_sketch_goes_from_door_to_door_and_home():
    problem = small_problem()
    route = ProgressEvents(problem, Clock()).event(progress(Draft(routes=(make_route("carer2", "c3"),))))["routes"]
    (feature,) = Sketch(Homes(problem)).take(route)["routes"]["put"]
    line = feature["geometry"]["coordinates"]
    assert line[0] == line[-1] == [116.36, 39.9]
    assert feature["properties"]["name"] == "孙敏"


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.VIEWER])
async def test_page_draws_the_best_plan_so_far(pages, visitor, making, drawn, role):
    user = pages(visitor(role, language="en"))
    await user.open(f"/plans/{making.plan_id}")
    await user.should_see("The best plan so far")
    told = ProgressEvents(small_problem(), Clock()).event(progress(small_draft()))
    making.queue.add_event("east", making.plan_id, told)
    await wait_for(lambda: drawn)
    ((path, before_id, patch),) = drawn
    assert (path, before_id) == (f"{making.plan_id}/sketch", "sketch")
    assert len(patch["routes"]["put"]) == 3
    assert ("王秀英" in str(patch)) is (role is Role.DISPATCHER)


@pytest.mark.parametrize(("role", "sees"), [(Role.DISPATCHER, True), (Role.VIEWER, False)])
def test_map_of_a_plan_in_the_making_begins_with_homes_and_no_routes(signed_in, making, role, sees):
    address, http = f"/console/data/plans/{making.plan_id}/sketch", signed_in(role)
    assert ("王秀英" in http.get(f"{address}/places").text) is sees
    assert http.get(f"{address}/routes").json()["features"] == []
    assert http.get(f"{address}/streets").status_code == 200
    assert http.get(f"{address}/time-line").status_code == 422
    assert signed_in(Role.ADMIN, "west").get(f"{address}/places").status_code == 404
