"""A day improved in the background: published where it is worth it, and only as long as the day has not gone on."""

from __future__ import annotations

from api.daybook.answers import Budget, answer_of, budget_of
from api.daybook.state import state_of
from api.days.steps import _NO_CHANGE
from api.jobs.task import Solved, StepMade
from api.outcomes import params_facts
from api.store.days import DayStore, NewsRecord, Person
from api.store.records import Change, NewPlan, Origin, Outcome
from optimizer.params import SolveParams
from optimizer.redispatch.params import Tier
from tests.api.days import added

CANCELLED = {"kind": "visit-cancelled", "at": "09:30", "visit_id": "bath-e1"}


def test_improvement_is_made_in_the_background_and_published_if_it_is_worth_it(day):
    """Here nothing is to be gained: the plan is made, and the day stays as it is."""
    step = day.told(added(), "?improve=true&max_workers_told=3")
    client = day.requests.client()
    found = client.finished_plan(step["improvement_id"], patience_s=60)
    assert (found.state, found.origin, found.parent_id) == ("done", "improvement", step["plan_id"])
    assert day.get()["step"] == 2


def improvement_made(site, day, step, outcome_of_plan):
    """An improvement of the version of `step`, ordered and made; it serves `outcome_of_plan` and tells one elder."""
    store = DayStore(site.service.database, "east")
    params = params_facts(SolveParams(time_limit_s=1))
    new = NewPlan(
        problem_id=day.plan["problem_id"], origin=Origin.IMPROVEMENT, parent_id=step["plan_id"], params=params
    )
    plan = store.order_plan(new, Change(actor="me"), max_queue=100, max_queue_of_district=100)
    order = site.service.queue.start("east", plan.plan_id)
    held = site.service.desks.get(("east", day.date)).held
    news = [NewsRecord(step=0, person=Person.ELDER, person_id="e1", changes=[])]
    answer = answer_of(held.day.plan, _NO_CHANGE, Tier.IMPROVEMENT, (), Budget())
    made = Solved(outcome=outcome_of_plan, step=StepMade(state=state_of(held.day), answer=answer, news=news))
    return plan.plan_id, order, made


def test_improvement_that_is_worth_it_is_published_as_a_step(site, day):
    step = day.told(CANCELLED, "?max_workers_told=3")
    outcome = Outcome(status="complete", cost_cents=1, num_unassigned=0, content=b"{}")
    plan_id, order, made = improvement_made(site, day, step, outcome)
    assert budget_of(order.day.answer) == Budget(max_workers_told=3)
    site.service.jobs._keep(order, made, 0.1)
    found = day.get()
    assert (found["plan_id"], found["steps"][0]["kind"], found["news"][0]["person_id"]) == (
        plan_id,
        "improvement",
        "e1",
    )


def test_improvement_is_not_published_when_the_day_has_gone_on(site, day):
    step = day.told(CANCELLED)
    outcome = Outcome(status="complete", cost_cents=1, num_unassigned=0, content=b"{}")
    plan_id, order, made = improvement_made(site, day, step, outcome)
    last = day.told(added("b", at="09:40"))
    site.service.jobs._keep(order, made, 0.1)
    assert day.requests.get("/v1/plans?limit=200").json()["items"]
    assert (day.get()["plan_id"], day.get()["step"]) == (last["plan_id"], last["step"])
    assert DayStore(site.service.database, "east").plan(plan_id).state == "done"


def test_improvement_of_a_version_that_holds_no_more_is_not_begun(site, day):
    step = day.told(CANCELLED)
    day.told(added("b", at="09:40"))
    store = DayStore(site.service.database, "east")
    new = NewPlan(problem_id=day.plan["problem_id"], origin=Origin.IMPROVEMENT, parent_id=step["plan_id"])
    plan = store.order_plan(new, Change(actor="me"), max_queue=100, max_queue_of_district=100)
    assert site.service.queue.start("east", plan.plan_id) is None
    assert store.plan(plan.plan_id).error["code"] == "overtaken"
