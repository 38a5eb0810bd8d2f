"""Why visits of a day under way are not served: what is over or away is no way out."""

from dataclasses import replace

from optimizer.check import check_plan
from optimizer.explain import explain_unassigned
from optimizer.plan import RemedyKind
from optimizer.plan_supply import plan_sources
from optimizer.redispatch.day import after, at
from optimizer.redispatch.events import WorkerBack, WorkerIll
from optimizer.redispatch.redispatch import Tier, redispatch
from optimizer.redispatch.unserved import carry_out_on_day, explain_day
from optimizer.rules import Rule
from tests.builders import clock, make_route
from tests.redispatch.test_redispatch import QUICK, make_day, visit_at


def one_ill():
    """Worker a is ill from half past eight; v1 needs what only a knows."""
    visits = [visit_at("v1", 10, skills={"nursing": 1}), visit_at("v2", 20), visit_at("v3", -10)]
    day = make_day(visits, make_route("a", "v1", "v2"), make_route("b", "v3"), skills_of_a={"nursing": 1})
    return redispatch(after(day, WorkerIll(at_s=clock("08:30"), worker_id="a")), QUICK, Tier.INSERTION).day


def test_a_worker_who_is_away_is_no_way_out():
    day = one_ill()
    (told,) = explain_day(day)
    assert told.visit_id == "v1"
    assert RemedyKind.INSERT not in {remedy.kind for remedy in told.remedies}
    assert Rule.SKILL in {reason.rule for reason in told.reasons}
    supplied, sources = plan_sources(day.problem, day.travel, day.plan)
    (naive,) = explain_unassigned(supplied, day.travel, sources, day.plan)
    assert [remedy.kind for remedy in naive.remedies] == [RemedyKind.INSERT], "the facts know nothing of the illness"


def test_a_remedy_leaves_what_has_begun_as_it_was():
    day = at(one_ill(), clock("11:00"))
    (told,) = explain_day(day)
    (skill,) = [remedy for remedy in told.remedies if remedy.kind is RemedyKind.ADD_SKILL]
    judged = carry_out_on_day(day, "v1", skill)
    assert judged is not None
    assert "v1" in judged.plan.draft.served_visit_ids
    assert judged.problem.worker_by_id["b"].skills == {"nursing": 1}
    assert not check_plan(judged.problem, day.travel, judged.plan)

    def begun(plan):
        stops = (stop for route in plan.routes for stop in route.visit_stops)
        return {stop.visit_id: stop.start_s for stop in stops if stop.start_s <= day.now_s}

    assert begun(judged.plan) == begun(day.plan) != {}


def test_who_is_back_is_a_way_out_at_the_price_that_is_told():
    back = after(one_ill(), WorkerBack(at_s=clock("09:00"), worker_id="a", from_s=clock("09:30")))
    (told,) = explain_day(back)
    (insert,) = told.remedies
    assert insert.kind is RemedyKind.INSERT
    judged = carry_out_on_day(back, "v1", insert)
    assert judged is not None
    (stop,) = [stop for route in judged.plan.routes for stop in route.visit_stops if stop.visit_id == "v1"]
    assert stop.start_s >= clock("09:30")


def test_a_remedy_that_was_taken_already_does_not_fit_any_more():
    back = after(one_ill(), WorkerBack(at_s=clock("09:00"), worker_id="a", from_s=clock("09:30")))
    (insert,) = explain_day(back)[0].remedies
    judged = carry_out_on_day(back, "v1", insert)
    assert carry_out_on_day(replace(back, plan=judged.plan), "v1", insert) is None


def test_a_visit_whose_time_is_over_cannot_be_taught():
    (told,) = explain_day(at(one_ill(), clock("16:30")))
    assert told.remedies == ()
