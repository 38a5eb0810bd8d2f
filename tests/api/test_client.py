"""The typed client against a running service."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

import pytest

from api.client import ApiError, Client
from api.days.resources import SlotQuestion, Told
from api.examples import EXAMPLE_DRAFT, EXAMPLE_PROBLEM, EXAMPLE_VISIT
from api.network_resources import EXAMPLE_BASKETS, EXAMPLE_ROLL_OUT, BasketsQuestion, RollOutQuestion
from api.representations import GEOJSON
from api.store.records import Origin, PlanState, Role
from api.study_intake import EXAMPLE_STUDY
from optimizer.check import check_plan
from optimizer.formats.json import draft_from_json, facts_from_json, problem_from_json
from optimizer.params import Engine, SolveParams
from optimizer.plan import Draft, SolveStatus
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


def test_check_knows_what_a_plan_costs(client):
    problem = client.scenario("tiny")
    judged = client.check_plan(problem, Draft(routes=()))
    assert judged.total_cents == judged.cost.total_cents > 0


def test_lists_are_read_through_all_their_pages(client, monkeypatch):
    monkeypatch.setattr("api.calls.connection._PAGE", 2)
    kept = [client.add_problem(replace(PROBLEM, horizon=Horizon(first_date=dt.date(2030, 4, 1)))) for _ in range(5)]
    listed = list(client.problems(date=dt.date(2030, 4, 1)))
    assert [problem.id for problem in listed] == [problem.id for problem in reversed(kept)]


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
    problem = client.scenario("xicheng-day", size=0.2)
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


class Recorder:
    """A connection that notes what is sent."""

    def __init__(self, http):
        self.http, self.sent = http, []

    def request(self, method, path, **options):
        self.sent.append((method, path.partition("?")[0]))
        return self.http.request(method, path, **options)

    def get(self, path):
        return self.request("GET", path)

    def stream(self, method, path, **options):
        self.sent.append((method, path))
        return self.http.stream(method, path, **options)


def plan_calls(client, problem):
    """Every call about problems and plans."""
    problem_id = client.add_problem(problem).id
    assert [kept.id for kept in client.problems(date=problem.horizon.first_date)] == [problem_id]
    assert client.problem(problem_id).problem == problem
    assert client.validate(problem).is_valid
    plan = client.order_plan(problem_id, PARAMS, wait_s=60)
    assert [each.id for each in client.plans(problem_id=problem_id, state=PlanState.DONE)] == [plan.id]
    assert client.plan(plan.id).plan is not None
    assert client.stop_plan(plan.id).state is PlanState.DONE
    child = client.ask_what_if(plan.id, None, PARAMS, wait_s=60)
    assert client.check_plan(problem_id, DRAFT).violations == ()
    assert client.unassigned(plan.id) == ()
    assert client.diff(child.id, plan.id).plan_id == child.id
    assert client.kpis(plan.id)["num_served"] == 3
    assert [event.kind for event in client.events(plan.id)][-1] == "done"
    return problem_id, plan.id


def day_calls(client, date, plan_id):
    """Every call about a day."""
    client.publish_plan(plan_id)
    assert date in [day.date for day in client.days(since=date)]
    visit = facts_from_json(Visit, json.dumps(EXAMPLE_VISIT))
    assert client.recommend(date, SlotQuestion(visit=visit, at_s=9 * 3600)).slots
    client.tell(date, VisitAdded(at_s=9 * 3600, visit=visit), reason="asked")
    client.acknowledge(date, Told(elder_ids=("e2",)))
    assert [step.step for step in client.steps(date)] == [2, 1] == [step.step for step in client.day(date).steps]


def study_calls(client, problem_id):
    """Every call about studies and networks."""
    study = client.finished_study(client.order_study(EXAMPLE_STUDY).id, patience_s=120, poll_s=0.1)
    assert study.id in [each.id for each in client.studies()]
    assert client.study_results(study.id)
    assert client.study_report(study.id)
    assert client.stop_study(study.id).state == study.state
    with pytest.raises(ApiError, match="not-ready"):
        client.resume_study(study.id)
    client.coverage(problem_id)
    client.territories(problem_id)
    client.roll_out(problem_id, facts_from_json(RollOutQuestion, json.dumps(EXAMPLE_ROLL_OUT)))
    client.baskets(problem_id, facts_from_json(BasketsQuestion, json.dumps(EXAMPLE_BASKETS)))


def service_calls(client, plan_id):
    """Every call about the service, the key and the scenarios."""
    assert client.is_alive()
    assert client.is_ready()
    assert "yizhan_requests_total" in client.metrics()
    assert client.open_session(Role.VIEWER).role is Role.VIEWER
    assert client.me().role is Role.ADMIN
    assert client.limits().max_visits > 0
    assert client.rules().rules
    assert client.issue_types().issues
    assert [entry.subject for entry in client.audit(subject=plan_id)] == [plan_id]
    assert "tiny" in [scenario.name for scenario in client.scenarios()]
    assert client.scenario("tiny", seed=2).name
    assert client.keep_scenario("tiny", stress=["snow"]).travel["stress"] == ["snow"]


def test_every_route_has_a_call(site):
    http = Recorder(site.http)
    client = Client("http://testserver", site.east[Role.ADMIN], http=http)
    problem = replace(PROBLEM, horizon=Horizon(first_date=dt.date(2028, 6, 1)))
    problem_id, plan_id = plan_calls(client, problem)
    day_calls(client, problem.horizon.first_date, plan_id)
    study_calls(client, problem_id)
    service_calls(client, plan_id)
    missing = [
        (method, path)
        for path, item in site.app.openapi()["paths"].items()
        for method in item
        if not any(
            sent == method.upper() and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), at) for sent, at in http.sent
        )
    ]
    assert missing == []
