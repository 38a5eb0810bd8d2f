"""The typed client against a running service."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace

import pytest

from api.client import ApiError, Client
from api.days.resources import SlotQuestion, Told
from api.examples import EXAMPLE_DRAFT, EXAMPLE_PROBLEM, EXAMPLE_VISIT
from api.representations import GEOJSON
from api.store.records import Origin, PlanState, Role
from optimizer.check import check_plan
from optimizer.formats.json import draft_from_json, facts_from_json, problem_from_json
from optimizer.params import Engine, SolveParams
from optimizer.plan import SolveStatus
from optimizer.problem import Horizon, Visit
from optimizer.redispatch.diff import ChangeKind
from optimizer.redispatch.events import VisitAdded
from optimizer.travel import build_travel

PROBLEM = problem_from_json(json.dumps(EXAMPLE_PROBLEM))
DRAFT = draft_from_json(json.dumps(EXAMPLE_DRAFT))
PARAMS = SolveParams(engine=Engine.ORTOOLS, step_limit=20, num_workers=1)


@pytest.fixture
def client(planner):
    """A planner's client."""
    return planner.client()


def test_problems_and_plans_come_back_as_the_cores_own(client):
    kept = client.add_problem(PROBLEM, reason="first day")
    assert client.problem(kept.id).problem == PROBLEM
    ordered = client.order_plan(kept.id, PARAMS)
    plan = client.finished_plan(ordered.id, patience_s=60, poll_s=0.1)
    assert (plan.state, plan.origin, plan.params) == (PlanState.DONE, Origin.SOLVE, PARAMS)
    assert plan.plan is not None
    assert check_plan(PROBLEM, build_travel(PROBLEM), plan.plan) == ()
    assert client.kpis(plan.id)["num_served"] == 3
    assert client.unassigned(plan.id) == ()
    assert json.loads(client.plan_as(plan.id, GEOJSON))["type"] == "FeatureCollection"


def test_dates_of_several_days_come_back(client):
    """Plans of several days have date-times on the wire, clock times in memory."""
    problem = replace(PROBLEM, horizon=Horizon(first_date=PROBLEM.horizon.first_date, num_days=2))
    plan = client.order_plan(problem, PARAMS, wait_s=60)
    assert plan.status is SolveStatus.COMPLETE
    resource = client.plan(plan.id)
    assert resource.plan is not None
    assert check_plan(problem, build_travel(problem), resource.plan) == ()


def test_edit_what_if_and_diff(client):
    parent = client.order_plan(PROBLEM, PARAMS, wait_s=60)
    edited = client.edit_plan(parent, DRAFT, reason="by hand")
    assert (edited.origin, edited.parent_id, edited.reason) == (Origin.EDIT, parent.id, "by hand")
    with pytest.raises(ApiError) as refused:
        client.edit_plan(parent, DRAFT)
    assert (refused.value.status, refused.value.code) == (412, "changed-meanwhile")
    smaller = replace(PROBLEM, visits=PROBLEM.visits[:2])
    asked = client.ask_what_if(parent.id, smaller, PARAMS, wait_s=60)
    assert asked.origin is Origin.WHAT_IF
    diff = client.diff(asked.id, parent.id)
    assert [change.kind for change in diff.visits if change.visit_id == "bath-e1"] == [ChangeKind.DROPPED]


def test_check_of_a_draft_and_of_a_plan(client):
    judged = client.check_plan(PROBLEM, DRAFT)
    assert (judged.status, judged.violations) == (SolveStatus.COMPLETE, ())
    again = client.check_plan(PROBLEM, judged.plan)
    assert again.plan.routes == judged.plan.routes
    assert again.total_cents == judged.total_cents


def test_refusal_carries_every_issue(client):
    with pytest.raises(ApiError) as refused:
        client.add_problem(replace(PROBLEM, workers=(), elders=()))
    assert refused.value.status == 422
    assert {"unknown-elder"} <= {issue.code for issue in refused.value.issues}
    assert refused.value.request_id


def test_validation_and_scenarios(client):
    assert client.validate(PROBLEM).is_valid
    assert not client.validate(replace(PROBLEM, elders=())).is_valid
    assert client.scenario("tiny").name


def test_events_end_with_the_state(client):
    ordered = client.order_plan(PROBLEM, PARAMS)
    events = list(client.events(ordered.id))
    assert events[-1].kind == "done"
    with pytest.raises(ApiError):
        next(client.events("plan-000000000000"))


def test_wrong_key_is_an_error(site):
    with pytest.raises(ApiError) as refused:
        Client("http://testserver", "yz_no", http=site.http).me()
    assert refused.value.status == 401


def test_who_am_i(site):
    me = Client("http://testserver", site.east[Role.DISPATCHER], http=site.http).me()
    assert (me.district_id, me.role) == ("east", Role.DISPATCHER)


def test_stop_keeps_what_there_is(client):
    problem = client.scenario("xicheng-day?size=0.2")
    ordered = client.order_plan(problem, SolveParams(time_limit_s=60, engine=Engine.ORTOOLS, num_workers=1))
    next(client.events(ordered.id))
    stopped = client.stop_plan(ordered.id, wait_s=60, reason="enough")
    assert (stopped.state, stopped.is_stop_requested) == (PlanState.DONE, True)


def test_a_day_from_publishing_to_telling_people(client):
    problem = replace(PROBLEM, horizon=Horizon(first_date=dt.date(2028, 5, 1)))
    date = problem.horizon.first_date
    plan = client.order_plan(problem, PARAMS, wait_s=60)
    published = client.publish_plan(plan.id)
    assert (published.plan_id, published.step) == (plan.id, 1)
    visit = facts_from_json(Visit, json.dumps(EXAMPLE_VISIT))
    slots = client.recommend(date, SlotQuestion(visit=visit, at_s=9 * 3600, n=2)).slots
    step = client.tell(date, VisitAdded(at_s=9 * 3600, visit=visit), slot=slots[0], revision=1, reason="asked")
    assert step.diff.cost_cents_change == slots[0].extra_cents
    assert client.plan(step.plan_id).origin is Origin.EVENT
    known = client.acknowledge(date, Told(elder_ids=("e2",)))
    day = client.day(date)
    assert (day.revision, day.plan_id) == (known.revision, step.plan_id)
    assert [news.person_id for news in day.news if news.told_at is None] == ["zhang"]
    with pytest.raises(ApiError) as refused:
        client.publish_plan(plan.id)
    assert refused.value.code == "precondition-required"
